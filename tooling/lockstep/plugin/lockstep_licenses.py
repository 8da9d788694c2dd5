"""Collect what third parties say of their licences, as JSON; nothing is judged here.

With `--above FOLDER`, by the interpreter of a component's environment: the distributions that are installed there, and
the lock files from that folder up to the current one. With `--lock FILE`: those files, and what packages say that are
installed in `node_modules` around them. `--policy` is carried along, so that the report says by what it is judged.
Report: {"policy": ..., "files": {path: text}, "distributions": [...], "modules": [...]}.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path, PurePosixPath

_PYTHON_LOCKS = ("uv.lock", "poetry.lock")
_CONTAINS_LICENCES = "package-lock.json"
_LONGEST = 2000


def main(words: Sequence[str]) -> int:
    """Write the report."""
    given = _given(words)
    paths = [*given.lock, *(_above(given.above) if given.above else ())]
    report = {
        "policy": json.loads(given.policy),
        "files": {path: _text(Path(path)) for path in paths},
        "distributions": list(_installed()) if given.above else [],
        "modules": list(_modules(given.lock)),
    }
    Path(given.report).write_text(json.dumps(report), encoding="utf-8")
    return 0


def _given(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--report", required=True, help="file to write")
    parser.add_argument("--policy", required=True, help="the policy that judges the report, as JSON")
    parser.add_argument("--above", default="", help="folder of a Python component")
    parser.add_argument("--lock", action="append", default=[], help="lock file")
    return parser.parse_args(words)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig", "replace")


def _above(folder: str) -> Iterator[str]:
    """Yield the component's manifest, then the lock and requirements files that may govern it, nearest first."""
    start = PurePosixPath(folder)
    found = [str(start / "pyproject.toml")]
    for above in (start, *start.parents):
        here = Path(above)
        found += (str(above / name) for name in _PYTHON_LOCKS)
        found += sorted(
            path.as_posix() for glob in ("requirements*.txt", "requirements/*.txt") for path in here.glob(glob)
        )
    yield from (path for path in dict.fromkeys(found) if Path(path).is_file())


def _installed() -> Iterator[dict[str, object]]:
    """Yield the distributions of this environment, sorted by name; code that is linked into it is not among them."""
    folders = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    found = [each for each in distributions(path=folders) if not _is_linked(each)]
    for each in sorted(found, key=lambda known: str(known.metadata["Name"]).lower()):
        yield {
            "name": str(each.metadata["Name"]),
            "version": str(each.version),
            "expression": (each.metadata["License-Expression"] or "")[:_LONGEST],
            "licence": (each.metadata["License"] or "")[:_LONGEST],
            "classifiers": [
                text for text in each.metadata.get_all("Classifier") or [] if text.startswith("License ::")
            ],
        }


def _is_linked(distribution: Distribution) -> bool:
    """Whether it is a folder of this machine rather than an archive (PEP 610)."""
    origin = distribution.read_text("direct_url.json")
    return origin is not None and "dir_info" in json.loads(origin)


def _modules(locks: Sequence[str]) -> Iterator[dict[str, object]]:
    """Yield the packages in `node_modules` beside lock files that say nothing of licences."""
    for lock in locks:
        folder = Path(lock).parent / "node_modules"
        if Path(lock).name != _CONTAINS_LICENCES and folder.is_dir():
            for path in sorted(_manifests(folder)):
                manifest = _manifest(path)
                yield {name: manifest.get(name) for name in ("name", "version", "license", "licenses")} | {"lock": lock}


def _manifest(path: Path) -> dict[str, object]:
    """Return a package.json; nothing of one that cannot be read, so that its package counts as not installed."""
    try:
        found = json.loads(_text(path))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _manifests(folder: Path) -> Iterator[Path]:
    """Yield the package.json of every installed package; links lead to what is found in its own place."""
    for parent, folders, _ in os.walk(folder):
        here = Path(parent)
        if here.name == "node_modules":
            continue
        manifest = here / "package.json"
        if manifest.is_file() and (here.parent.name == "node_modules" or here.parent.name.startswith("@")):
            yield manifest
            folders[:] = [name for name in folders if name == "node_modules"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
