"""Which lock file decides what a component's Python environment holds, and whether it is in step. Mostly pure."""

import posixpath
import re
import tomllib
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

import msgspec

from lockstep.config import Config
from lockstep.model.component import ROOT, Component, FileEntry
from lockstep.toolchain.pinned import Pinned, flatten
from lockstep.workspace import Workspace

_MEMBERS = re.compile(rb"^\[manifest\]\n(?:[^\[\n][^\n]*\n)*?members = \[([^\]]*)\]", re.MULTILINE)
_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*([^;@]*)")


class How(StrEnum):
    """What makes the environment; `bare` holds nothing but Python."""

    UV = "uv"
    POETRY = "poetry"
    REQUIREMENTS = "requirements"
    BARE = "bare"


class Source(msgspec.Struct, frozen=True):
    """What decides: `folder` and `files` relative to the root.

    member: the component's path where it may be one of several in the lock, "" where the lock is all its own.
    pinned: what requirements files say.
    """

    how: How
    folder: str = ROOT
    files: tuple[FileEntry, ...] = ()
    member: str = ""
    pinned: Pinned = Pinned()


def governing(workspace: Workspace, config: Config, component: Component) -> Source:
    """Return what decides for the component: the nearest of uv.lock, poetry.lock and requirements files, up to the root.

    Where lockstep.toml names requirements files, it is those and nothing else. A component with a manifest of its own that is a member of the workspace of an outer uv.lock belongs to that lock,
    whatever requirements files lie beside it for other purposes.
    """
    own = config.component.get(component.name)
    if own is not None and own.requirements:
        paths = (posixpath.normpath(f"{component.path}/{name}") for name in own.requirements)
        return _pinned(workspace, component.path, tuple(paths))
    for folder in _upwards(component.path):
        for name, how in (("uv.lock", How.UV), ("poetry.lock", How.POETRY)):
            entry = workspace.files.get(posixpath.normpath(f"{folder}/{name}"))
            if entry is not None:
                has_manifest = f"{component.path}/pyproject.toml" in workspace.files
                return Source(
                    how, folder, (entry,), component.path if folder != component.path and has_manifest else ""
                )
        wanted = _requirements(workspace, folder)
        if wanted and not (folder == component.path and _is_member(workspace, component)):
            return _pinned(workspace, folder, wanted)
    return Source(How.BARE)


def _upwards(path: str) -> Iterator[str]:
    while path != ROOT:
        yield path
        path = posixpath.dirname(path) or ROOT
    yield ROOT


def _requirements(workspace: Workspace, folder: str) -> tuple[str, ...]:
    """Return the requirements files that lie directly in `folder` or in its folder `requirements`."""
    before = "" if folder == ROOT else f"{folder}/"
    inner = f"{before}requirements/"
    return tuple(
        path
        for path in workspace.files
        if path.endswith(".txt")
        and (
            (path.startswith(f"{before}requirements") and "/" not in path[len(before) :])
            or (path.startswith(inner) and "/" not in path[len(inner) :])
        )
    )


def _is_member(workspace: Workspace, component: Component) -> bool:
    """Whether an outer uv.lock names the component as a member."""
    name = project_name(read(workspace, f"{component.path}/pyproject.toml"))
    outer = (posixpath.normpath(f"{folder}/uv.lock") for folder in _upwards(component.path))
    lock = next((path for path in outer if path in workspace.files), "")
    return bool(name and lock and name in members(read(workspace, lock)))


def _pinned(workspace: Workspace, folder: str, paths: tuple[str, ...]) -> Source:
    """Return requirements files with all they include; a local project's own manifest counts as one of them."""
    pinned = flatten(paths, lambda path: read(workspace, path) if path in workspace.files else None)
    manifests = (posixpath.normpath(f"{project}/pyproject.toml") for project in pinned.projects)
    reached = (*pinned.files, *pinned.archives, *manifests)
    files = tuple(workspace.files[path] for path in dict.fromkeys(reached) if path in workspace.files)
    return Source(How.REQUIREMENTS, folder, files, pinned=pinned)


def read(workspace: Workspace, path: str) -> bytes:
    """Return the content of a file of the tree; nothing where it is not there."""
    try:
        return (workspace.root / path).read_bytes()
    except OSError:
        return b""


def normal(name: str) -> str:
    """Return a distribution's name in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def members(lock: bytes) -> frozenset[str]:
    """Return the names of the workspace's members, in normal form; empty for the lock of a single project."""
    found = _MEMBERS.search(lock)
    return frozenset(re.findall(r'"([^"]+)"', found[1].decode("utf-8", "replace"))) if found else frozenset()


def project_name(manifest: bytes) -> str:
    """Return the distribution's name in normal form; "" where the manifest gives none."""
    name = _table(_parsed(manifest).get("project")).get("name")
    return normal(name) if isinstance(name, str) else ""


def drift(lock: bytes, manifest: bytes) -> str:
    """Return how uv.lock and the manifest of one of its projects differ, in a few words; "" where they are in step.

    What the lock says that it was made from (`package.metadata`) is compared with what the manifest says now. A project
    whose dependencies are dynamic, or that the lock does not know, cannot be compared.
    """
    document = _parsed(manifest)
    project = _table(document.get("project"))
    name = project_name(manifest)
    packages = _list(_parsed(lock).get("package"))
    locked = next((each for each in packages if name and _table(each).get("name") == name), None)
    if locked is None or {"dependencies", "optional-dependencies"} & set(_list(project.get("dynamic"))):
        return ""
    metadata = _table(_table(locked).get("metadata"))
    then = set(_locked("", metadata.get("requires-dist")))
    now = set(_stated("", _list(project.get("dependencies"))))
    for extra in _table(project.get("optional-dependencies")).values():
        now |= set(_stated("", _list(extra)))
    for group, wanted in _table(metadata.get("requires-dev")).items():
        then |= set(_locked(group, wanted))
    for group, wanted in _groups(document).items():
        now |= set(_stated(group, wanted))
    return _difference(now, then)


# A group's name ("" for the project itself), a distribution's name, and its version specifiers in a normal form.
_Wanted = tuple[str, str, str]


def _difference(now: set[_Wanted], then: set[_Wanted]) -> str:
    added = sorted({name for _, name, _ in now - then} - {name for _, name, _ in then - now})
    dropped = sorted({name for _, name, _ in then - now} - {name for _, name, _ in now - then})
    changed = sorted({name for _, name, _ in now - then} & {name for _, name, _ in then - now})
    said = ((added, "not locked"), (dropped, "locked but no longer wanted"), (changed, "locked for another version"))
    return "; ".join(f"{', '.join(names)}: {what}" for names, what in said if names)


def _locked(group: str, wanted: object) -> Iterator[_Wanted]:
    for each in map(_table, _list(wanted)):
        yield group, str(each.get("name", "")), _specifiers(str(each.get("specifier", "")))


def _stated(group: str, wanted: Iterable[object]) -> Iterator[_Wanted]:
    for text in wanted:
        match = _NAME.match(text) if isinstance(text, str) else None
        if match:
            yield group, normal(match[1]), _specifiers(match[2])


def _specifiers(text: str) -> str:
    """Return version specifiers without what two ways of writing the same may differ in."""
    plain = re.sub(r"[\s()]", "", text).lower()
    return ",".join(sorted(filter(None, plain.split(","))))


def _groups(document: dict[str, Any]) -> dict[str, list[object]]:
    """Return dependency groups (PEP 735) with the groups that they include, and uv's own development dependencies."""
    raw = {normal(name): _list(wanted) for name, wanted in _table(document.get("dependency-groups")).items()}
    found = {name: _with_included(name, raw) for name in raw}
    legacy = _list(_table(_table(document.get("tool")).get("uv")).get("dev-dependencies"))
    if legacy:
        found["dev"] = [*found.get("dev", []), *legacy]
    return found


def _with_included(name: str, raw: dict[str, list[object]]) -> list[object]:
    pending, found = [name], list[object]()
    for group in pending:
        for each in raw.get(group, []):
            include = _table(each).get("include-group")
            if isinstance(include, str) and normal(include) not in pending:
                pending.append(normal(include))
            found.append(each)
    return found


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return {}


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
