"""Build a component's source distribution and wheel twice, in two folders and at two times, and compare them.

By the component's own backend (PEP 517), the wheel from the source distribution, so that what is missing there is found.
Backends come in the versions that build-constraints.txt of the component or of a folder above it gives, else in those of
Lockstep's that the manifest accepts: a backend writes its version into what it builds.
"""

import argparse
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lockstep.artifacts import backends, comparing, sdists
from lockstep.plugin.building import describing
from lockstep.plugin.building.making import BuildError, copied, digest_of, failure, main, stored, told
from lockstep.toolchain import uv

_CONSTRAINTS = "build-constraints.txt"
_LOOSE = "which version of {} builds it depends on the day; name one in build-constraints.txt"
_DAY = 24 * 60 * 60
_PURE = "any"
_WHEEL = ".whl"
# What uv says where the machine or an index is at fault, which says nothing about the sources, and where they are.
_MACHINE = re.compile(
    r"Failed to fetch|error sending request|client error|No space left|Permission denied", re.IGNORECASE
)
_SOURCES = re.compile(
    r"build backend returned an error|does not appear to be a Python project|TOML parse error|Invalid `pyproject\.toml`"
    r"|must contain|Failed to parse|No solution found|Missing build|is not a valid|`build-system|no distribution",
    re.IGNORECASE,
)


class _FailedError(Exception):
    """The sources do not build; its text is what was printed."""


def program(argv: Sequence[str]) -> tuple[Path, dict[str, Any]]:
    """Build what `argv` names; return where the report goes, and the report.

    Raises:
        BuildError: the build could not be made for another reason than the sources.
    """
    given = _options(argv)
    manifest = _manifest(given.tree / given.folder / "pyproject.toml")
    if not _is_packaged(manifest):
        return given.report, {"artifacts": []}
    constraints, loose = _constraints(given, manifest)
    try:
        builds = [_built(given, manifest, constraints, number) for number in (1, 2)]
    except _FailedError as error:
        return given.report, failure(str(error).splitlines())
    differences = list(_compared(*builds))
    if differences:
        return given.report, {"artifacts": [], "differences": differences}
    wheels = [path for path in builds[0] if path.suffix == _WHEEL]
    described = [each for path in wheels for each in describing.of_wheel(given, path, digest_of(path))]
    artifacts = [_artifact(path, given.scratch / "artifacts") for path in builds[0]]
    return given.report, {"artifacts": artifacts, "sboms": described, "differences": [], "broken": loose}


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument(
        "--tree", required=True, type=Path, help="absolute folder with copies of the repository's files"
    )
    parser.add_argument("--folder", required=True, help="the component's folder in it")
    parser.add_argument("--python", required=True, help="the interpreter that the component is for")
    parser.add_argument("--uv", required=True, help="path of uv")
    describing.options(parser)
    parser.add_argument("--constraints", required=True, type=Path, help="versions of backends that ship with Lockstep")
    parser.add_argument("--epoch", required=True, type=int, help="SOURCE_DATE_EPOCH")
    parser.add_argument("--scratch", required=True, type=Path, help="absolute private folder")
    parser.add_argument("--report", required=True, type=Path, help="where the report is written")
    return parser.parse_args(argv)


def _manifest(path: Path) -> dict[str, Any]:
    """Return pyproject.toml; nothing where it is missing or broken, of which the build itself tells more."""
    try:
        return tomllib.loads(path.read_bytes().decode())
    except (OSError, ValueError):
        return {}


def _is_packaged(manifest: dict[str, Any]) -> bool:
    """Whether the component is one that is packaged: uv's and Poetry's own words for what is not count."""
    tools = manifest.get("tool", {})
    said = (tools.get("uv", {}).get("package", True), tools.get("poetry", {}).get("package-mode", True))
    return all(said)


def _built(given: argparse.Namespace, manifest: dict[str, Any], constraints: Path, number: int) -> tuple[Path, ...]:
    """Return what the build of that number leaves: the source distribution, then the wheel."""
    home = given.scratch / ("first" if number == 1 else "second/in/another/folder")
    tree = copied(given.tree, home / "tree", given.epoch + (number - 1) * _DAY)
    out = home / "dist"
    argv = (given.uv, "build", "--no-sources", "--no-create-gitignore", "--python", given.python)
    bounds = ("--build-constraints", str(constraints), "--out-dir", str(out), str(tree / given.folder))
    env = _environment(given.epoch, number)
    # The second build finds in uv's cache what the first has fetched. Neither fails for one index that did not answer once.
    if not (
        _uv((*argv, *(("--offline",) if number > 1 else ()), *bounds), home, env) or _uv((*argv, *bounds), home, env)
    ):
        raise BuildError("uv could not build; it says why above")
    paths = tuple(sorted(out.glob("*.tar.gz"))) + tuple(sorted(out.glob("*.whl")))
    if sdists.needs_help(manifest.get("build-system", {}).get("build-backend", "")):
        paths[0].write_bytes(sdists.normal(paths[0].read_bytes(), given.epoch))
    return paths


def _uv(argv: Sequence[str], home: Path, env: Mapping[str, str]) -> bool:
    """Run uv in `home` and return whether it built; False where the machine or an index is at fault.

    Raises:
        _FailedError: the sources are.
    """
    done = subprocess.run(argv, env=env, cwd=home, capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    sys.stderr.write(said)
    if done.returncode and _SOURCES.search(said) and not _MACHINE.search(said):
        raise _FailedError(said)
    return not done.returncode


def _constraints(given: argparse.Namespace, manifest: dict[str, Any]) -> tuple[Path, list[dict[str, str]]]:
    """Return what binds the backends, and what to say of those that nothing binds.

    The nearest build-constraints.txt in the component or above it says all; else it is what fits of Lockstep's own.
    """
    folder = given.tree / given.folder
    above = (folder, *(parent for parent in folder.parents if parent.is_relative_to(given.tree)))
    for path in (each / _CONSTRAINTS for each in above):
        if path.is_file():
            return path, []
    bound = backends.bound(given.constraints.read_text("utf-8"), backends.required(manifest))
    path = given.scratch / _CONSTRAINTS
    path.write_text(bound.text, "utf-8")
    return path, [
        {"rule": "backend-loose", "what": each, "message": _LOOSE.format(each), "level": "note"} for each in bound.loose
    ]


def _environment(epoch: int, number: int) -> dict[str, str]:
    """Return what a backend sees; what may not change the outcome differs between the builds."""
    own = {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": str(number), "SETUPTOOLS_SCM_PRETEND_VERSION": "0"}
    return uv.environ(os.environ) | own


def _compared(first: Sequence[Path], second: Sequence[Path]) -> Iterator[dict[str, str]]:
    for one, other in zip(first, second, strict=False):
        if one.name != other.name:
            yield from told(one.name, (comparing.Difference("", f"name: {one.name}, then {other.name}"),))
        else:
            yield from told(one.name, comparing.of_archives(one.name, one.read_bytes(), other.read_bytes()))


def _artifact(path: Path, store: Path) -> dict[str, object]:
    wheel = path.suffix == _WHEEL
    platform = path.name.removesuffix(_WHEEL).rpartition("-")[2] if wheel else _PURE
    name = path.name
    digest, size = stored(path, store)
    return {"kind": "wheel" if wheel else "sdist", "name": name, "digest": digest, "size": size, "platform": platform}


if __name__ == "__main__":
    sys.exit(main(program, sys.argv[1:]))
