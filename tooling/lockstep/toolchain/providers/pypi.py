"""Python packages, installed by uv into a virtual environment of the tool's own, every wheel pinned by its SHA-256."""

import sys
from collections.abc import Mapping
from pathlib import Path

from lockstep.model.digests import of_bytes
from lockstep.toolchain import uv
from lockstep.toolchain.lock import ToolEntry
from lockstep.toolchain.site import MINUTE, Site, SourceError
from lockstep.toolchain.sources import PypiSource

_LIMIT = 15 * MINUTE


def fetch(site: Site, entry: ToolEntry, source: PypiSource) -> tuple[str, ...]:
    """Make the environment in the site's folder; it may be moved afterwards (relative shebangs).

    Raises:
        SourceError: the requirements are not those of the lock, or uv cannot install them as pinned.
    """
    requirements = checked_requirements(entry, source)
    site.tell(-1.0, f"from {source.label}")
    env = uv.environ(site.environ())
    made = (uv_program(), "venv", "--quiet", "--relocatable", "--no-project", "--allow-existing")
    site.run((*made, "--python", sys.executable, str(site.folder)), env, cwd=site.scratch, limit=MINUTE)
    site.run(_install(site, requirements), env, cwd=site.scratch, limit=_LIMIT)
    _strip(site.folder)
    return source.run or (f"bin/{entry.program}",)


def _install(site: Site, requirements: Path) -> tuple[str, ...]:
    """Return the command. Files are copied: a link into uv's cache could be changed behind the store's back."""
    offline = ("--no-index", "--find-links", str(site.bundle / "wheels")) if site.bundle else ()
    pinned = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "--link-mode", "copy", "--compile-bytecode")
    python = str(site.folder / "bin" / "python")
    return (uv_program(), "pip", "install", "--quiet", "--python", python, *pinned, *offline, "-r", str(requirements))


def uv_program() -> str:
    """Return the path of uv.

    Raises:
        SourceError: it is not where its package says.
    """
    try:
        return uv.program()
    except FileNotFoundError as error:
        raise SourceError(f"{error} (reinstall lockstep-ci)") from error


def collect(site: Site, entry: ToolEntry, source: PypiSource) -> None:
    """Put the wheels of the closure into `wheels/`; pip fetches them, for uv has no way to keep what it downloads.

    Raises:
        SourceError: the requirements are not those of the lock, or a wheel cannot be had as pinned.
    """
    requirements = checked_requirements(entry, source)
    site.tell(-1.0, "fetching its wheels")
    command = (*site.program("pip"), "download", "--quiet", "--disable-pip-version-check", "--no-deps")
    pinned = ("--require-hashes", "--only-binary", ":all:", "--dest", str(site.folder / "wheels"))
    env = site.environ(**_index_for_pip(site.host.environ))
    site.run((*command, *pinned, "-r", str(requirements)), env, cwd=site.scratch, limit=_LIMIT)


def _index_for_pip(environ: Mapping[str, str]) -> dict[str, str]:
    """Return uv's index settings in pip's words, where pip has none of its own."""
    index = environ.get("PIP_INDEX_URL") or environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL")
    return {"PIP_INDEX_URL": index} if index else {}


def checked_requirements(entry: ToolEntry, source: PypiSource) -> Path:
    """Return the path of the source's requirement file, whose bytes are those that the lock pins.

    Raises:
        SourceError: it is missing or has another digest.
    """
    path = Path(entry.folder, source.requirements)
    try:
        got = f"sha256:{of_bytes(path.read_bytes())}"
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}") from error
    if got != source.digest:
        raise SourceError(f"{path.name} has the wrong digest: expected {source.digest}, got {got}", refused=True)
    return path


def _strip(folder: Path) -> None:
    """Remove what uv leaves beside the environment, and activation scripts: the tool is run by its path."""
    for name in (".lock", ".gitignore", "CACHEDIR.TAG"):
        (folder / name).unlink(missing_ok=True)
    for path in (folder / "bin").glob("*activate*"):
        path.unlink()
