"""The folder from which Terraform takes its providers on this machine, and what stands for its content."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from lockstep.model.digests import of_value
from lockstep.model.gate import Token

# Where a CLI configuration names a folder of providers (developer.hashicorp.com/terraform/cli/config/config-file).
_NAMED = re.compile(
    r"filesystem_mirror\s*\{[^}]*?\bpath\s*=\s*\"(?P<mirror>[^\"]+)\""
    r"|^\s*plugin_cache_dir\s*=\s*\"(?P<cache>[^\"]+)\"",
    re.MULTILINE,
)
_CONFIGURATIONS = (".terraformrc", ".tofurc")
_USUAL = (".terraform.d/plugins", ".terraform.d/plugin-cache")


def look(environ: Mapping[str, str], root: Path, configured: str) -> Token:
    """Return the token of the first folder that is there: lockstep.toml's, the machine's configuration's, the usual ones.

    Its place is "" where there is none; what needs no provider can be checked all the same.
    """
    home = Path(environ.get("HOME", "/"))
    for folder in _candidates(environ, home, root, configured):
        if folder.is_dir():
            return Token(of_value(["providers", *_listing(folder)]), str(folder))
    return Token(of_value(["providers"]))


def _candidates(environ: Mapping[str, str], home: Path, root: Path, configured: str) -> Iterator[Path]:
    if configured:
        yield root / _expanded(configured, home)
    if environ.get("TF_CLI_CONFIG_FILE"):
        yield from _named(Path(environ["TF_CLI_CONFIG_FILE"]), home)
    if environ.get("TF_PLUGIN_CACHE_DIR"):
        yield Path(environ["TF_PLUGIN_CACHE_DIR"])
    for name in _CONFIGURATIONS:
        yield from _named(home / name, home)
    yield from (home / name for name in _USUAL)


def _named(configuration: Path, home: Path) -> Iterator[Path]:
    try:
        text = configuration.read_text("utf-8", "replace")
    except OSError:
        return
    for match in _NAMED.finditer(text):
        yield _expanded(match["mirror"] or match["cache"], home)


def _expanded(path: str, home: Path) -> Path:
    return Path(re.sub(r"^(~|\$HOME)(?=/|$)", lambda _: str(home), path))


def _listing(folder: Path) -> Iterator[list[str | int]]:
    """Yield what tells one state of the folder from another: names, sizes and times."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            status = path.stat()
            yield [path.relative_to(folder).as_posix(), status.st_size, status.st_mtime_ns]
