"""Edges between components, from what their files say about each other. Pure."""

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType

import msgspec

from lockstep.contracts.providers import contracts_of
from lockstep.model.component import ROOT, Component
from lockstep.workspace.references import How, Reference, at, normal
from lockstep.workspace.tree import owner


class Names(msgspec.Struct, frozen=True):
    """What packages are called, by component path; `declared` are Python names that the root says are local.

    contracts: the files of contract components. providers: what lockstep.toml says of them, path by provider.
    """

    python: Mapping[str, str]
    node: Mapping[str, str]
    declared: frozenset[str] = frozenset()
    contracts: tuple[str, ...] = ()
    providers: Mapping[str, str] = MappingProxyType({})


def edges(
    components: Iterable[Component], references: Iterable[tuple[str, Iterable[Reference]]], names: Names
) -> dict[str, tuple[str, ...]]:
    """Return component path -> paths of the components that it uses directly, sorted.

    `references` are (path of the file, what it says). An image that copies single files of the repository's root does
    not depend on all that lies there: the root is used only by whoever names it otherwise.
    """
    folders = frozenset(component.path for component in components)
    found: dict[str, set[str]] = defaultdict(set)
    for path, said in references:
        user = owner(folders, path)
        for reference in said:
            found[user].update(used for used in _targets(path, reference, folders, names) if used != user)
    return {user: tuple(sorted(used)) for user, used in found.items()}


def _targets(path: str, reference: Reference, folders: frozenset[str], names: Names) -> Iterator[str]:
    how, target = reference.how, reference.target
    if how is How.PATH:
        yield from _at_path(within(posixpath.dirname(path), target), folders)
    elif how is How.CONTEXT:
        yield from _in_context(within("", target.lstrip("/")), folders)
    elif how is How.PROVIDER:
        yield from (owner(folders, each) for each in contracts_of(target, names.contracts, names.providers))
    elif how is How.NODE:
        yield from (folder for folder in folders if names.node.get(folder) == target)
    elif how is How.PYTHON or target in names.declared:
        yield from (folder for folder in folders if names.python.get(folder) == target)


def within(folder: str, target: str) -> str | None:
    """Return `target`, seen from `folder`, relative to the root; None where it leaves the repository."""
    if target.startswith("/"):
        return None
    joined = posixpath.normpath(posixpath.join(folder, target))
    return None if joined == ".." or joined.startswith("../") else joined


def _at_path(path: str | None, folders: frozenset[str]) -> Iterator[str]:
    """Yield the component around the path, and those below it where it is a folder of several."""
    if path is not None:
        yield owner(folders, path)
        if path != ROOT:
            yield from (folder for folder in folders if folder.startswith(f"{path}/"))


def _in_context(path: str | None, folders: frozenset[str]) -> Iterator[str]:
    """Yield the components that a copy of `path`, which may hold globs, takes from. The whole context names none."""
    if path is None or path == ROOT:
        return
    wanted = path.split("/")
    for folder in folders - {ROOT}:
        parts = folder.split("/")
        if all(fnmatchcase(part, glob) for part, glob in zip(parts, wanted, strict=False)):
            yield folder


def names_of(manifests: Mapping[str, Mapping[str, object]], packages: Mapping[str, Mapping[str, object]]) -> Names:
    """Return the names in pyproject tables and package.json objects, both by component path."""
    python = {}
    for folder, manifest in manifests.items():
        name = at(manifest, "project").get("name") or at(manifest, "tool", "poetry").get("name")
        if isinstance(name, str):
            python[folder] = normal(name)
    node = {folder: name for folder, package in packages.items() if isinstance(name := package.get("name"), str)}
    declared = frozenset(normal(name) for name in at(manifests.get(ROOT), "tool", "uv", "sources"))
    return Names(python, node, declared)
