"""Run a component's own TypeScript over its projects, and over those that they refer to (a solution checks none itself).

Exit code 86 means that TypeScript was not started because the machine lacks something (Node.js, installed packages, or
those that the lock names); what is on standard error. Otherwise the output is tsc's, and the exit code its highest.
"""

from __future__ import annotations

import argparse
import json
import posixpath
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

LACKING = 86
_NPM = ("package-lock.json", "npm-shrinkwrap.json")
_PNPM = "pnpm-lock.yaml"
_MODULES = "node_modules"


class LackingError(Exception):
    """The machine lacks what its text names."""


class RefusedError(Exception):
    """tsc could not read a project; its text is what it said, and `code` how it ended."""

    def __init__(self, said: str, code: int) -> None:
        super().__init__(said)
        self.code = code


def main(words: Sequence[str]) -> int:
    """Check every project; return the highest exit code of tsc, or 86."""
    given = _given(words)
    try:
        projects = list(_all(given.projects))
    except LackingError as error:
        sys.stderr.write(f"{error}\n")
        return LACKING
    except RefusedError as error:
        sys.stdout.write(str(error))
        return error.code
    return max(_check(path, f"{given.scratch}/{number}.tsbuildinfo") for number, path in enumerate(projects))


def _given(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--scratch", required=True, help="absolute folder for what tsc writes")
    parser.add_argument("projects", nargs="+", help="tsconfig.json files")
    return parser.parse_args(words)


def _all(paths: Sequence[str]) -> Iterator[str]:
    """Yield the projects that have files, each once, with those that they refer to."""
    pending = [posixpath.normpath(path) for path in paths]
    for path in pending:
        shown = _shown(path)
        for reference in shown.get("references", []):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), str(reference["path"])))
            target = f"{target}/tsconfig.json" if Path(target).is_dir() else target
            pending += [target] if target not in pending else []
        if shown.get("files") or not shown.get("references"):
            yield path


def _shown(project: str) -> Mapping[str, Any]:
    """Return the project as tsc understands it.

    Raises:
        RefusedError: it does not.
    """
    done = subprocess.run([*_compiler(project), "--showConfig", "-p", project], capture_output=True, check=False)
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        sys.stderr.write(done.stderr.decode("utf-8", "replace"))
        raise RefusedError(said, done.returncode)
    shown = json.loads(said)
    return shown if isinstance(shown, dict) else {}


def _check(project: str, state: str) -> int:
    options = ("--noEmit", "--pretty", "false", "--incremental", "--tsBuildInfoFile", state)
    sys.stdout.flush()
    return subprocess.run([*_compiler(project), *options, "-p", project], check=False).returncode


def _compiler(project: str) -> list[str]:
    """Return the argv prefix of the project's own tsc.

    Raises:
        LackingError: there is none, or its packages are not those of the lock.
    """
    node = shutil.which("node")
    if node is None:
        raise LackingError("Node.js is not on this machine")
    _agree(project)
    for above in PurePosixPath(project).parents:
        found = Path(above, _MODULES, "typescript", "bin", "tsc")
        if found.is_file():
            return [node, str(found)]
    raise LackingError(f"TypeScript is not installed for {project} (npm install --save-dev typescript)")


def _agree(project: str) -> None:
    """Find the nearest lock and see that what is installed beside it is what it says.

    Raises:
        LackingError: it is not, or no lock that can be compared says what should be.
    """
    for above in PurePosixPath(project).parents:
        for name in (*_NPM, _PNPM):
            lock = Path(above, name)
            if lock.is_file():
                _agree_with(lock)
                return
    raise LackingError(f"no {_NPM[0]} or {_PNPM} says what {project} is checked with")


def _agree_with(lock: Path) -> None:
    modules = lock.with_name(_MODULES)
    if not modules.is_dir():
        raise LackingError(f"what {lock} names is not installed ({_command(lock)})")
    other = _other_pnpm(lock, modules) if lock.name == _PNPM else _other_npm(lock, modules)
    if other:
        raise LackingError(f"{modules} holds another {other} than {lock} names ({_command(lock)})")


def _command(lock: Path) -> str:
    return "pnpm install --frozen-lockfile" if lock.name == _PNPM else "npm ci"


def _other_pnpm(lock: Path, modules: Path) -> str:
    """Return what differs; pnpm keeps the lock that it installed from."""
    kept = modules / ".pnpm" / "lock.yaml"
    return "" if kept.is_file() and kept.read_bytes() == lock.read_bytes() else "set of packages"


def _other_npm(lock: Path, modules: Path) -> str:
    """Return the first package that differs; npm keeps a lock of what is installed. Optional ones may be missing."""
    kept = modules / ".package-lock.json"
    installed = _packages(kept) if kept.is_file() else {}
    for key, entry in _packages(lock).items():
        if not key.startswith(f"{_MODULES}/") and f"/{_MODULES}/" not in key:
            continue
        found = installed.get(key, {})
        may_be_missing = any(entry.get(word) for word in ("optional", "devOptional", "peer"))
        if found.get("version") != entry.get("version") and (found or not may_be_missing):
            return key.rpartition(f"{_MODULES}/")[2]
    return ""


def _packages(lock: Path) -> Mapping[str, Mapping[str, Any]]:
    found = json.loads(lock.read_bytes()).get("packages", {})
    return found if isinstance(found, dict) else {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
