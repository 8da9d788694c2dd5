"""What a component's own Node.js packages are, and whether they are those that its lock names.

Installed packages are no files of the repository, so a result rests on the lock; what is installed has to be what it says.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

# How a program ends that was not started, because the machine lacks something.
LACKING = 86
_NPM = ("package-lock.json", "npm-shrinkwrap.json")
_PNPM = "pnpm-lock.yaml"
_MODULES = "node_modules"


class LackingError(Exception):
    """The machine lacks what its text names."""


def installed(project: str, package: str, script: str) -> list[str]:
    """Return the argv prefix of a package's script as it is installed nearest to `project`, empty where it is not.

    project: a file, relative to the working directory. script: the path in the package.

    Raises:
        LackingError: Node.js is missing, or the packages are not those of the lock.
    """
    node = shutil.which("node")
    if node is None:
        raise LackingError("Node.js is not on this machine")
    _agree(project)
    for above in PurePosixPath(project).parents:
        found = Path(above, _MODULES, package, script)
        if found.is_file():
            return [node, str(found)]
    return []


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
