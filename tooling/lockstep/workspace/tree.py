"""The workspace as a value: files, who owns them, and what depends on what. Pure."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from lockstep.errors import WorkspaceError
from lockstep.model.component import ROOT, Component, FileEntry
from lockstep.model.digests import printable


class Workspace(msgspec.Struct, frozen=True, dict=True, eq=False):
    """What a tree holds.

    root: absolute folder of the tree that is checked: the working tree, or a snapshot of the index.
    state: absolute folder of what Lockstep keeps for this repository, whichever tree is checked.
    files: by path, sorted. components: sorted by name; one of them is the repository's root, `.`.
    excluded: files that nobody checks; they are still inputs of what might read them. notes: what was left out, and why.
    extended: by configuration file, those that it extends, at any distance.
    """

    root: Path
    state: Path
    files: Mapping[str, FileEntry]
    components: tuple[Component, ...]
    excluded: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    extended: Mapping[str, tuple[str, ...]] = {}

    def by_name(self, name: str) -> Component:
        """Return the component.

        Raises:
            WorkspaceError: none is called that.
        """
        if name not in self._by_name:
            known = ", ".join(printable(component.name) for component in self.components)
            raise WorkspaceError(f"no component is called {printable(name)}", remedy=f"components: {known}")
        return self._by_name[name]

    def files_of(self, component: Component) -> tuple[FileEntry, ...]:
        """Return the files that belong to the component and to none inside it, sorted by path."""
        return self._owned.get(component.path, ())

    def owner(self, path: str) -> Component:
        """Return the component that owns `path`, or would if it were there: the innermost around it."""
        return self._by_path[owner(self._by_path, path)]

    def closure(self, name: str) -> tuple[str, ...]:
        """Return the component and all it depends on, nearest first."""
        return tuple(reach((name,), {each.name: each.depends for each in self.components}))

    def dependents(self, names: Iterable[str]) -> frozenset[str]:
        """Return `names` and every component that depends on one of them, at any distance."""
        return frozenset(reach(names, self._users))

    def named(self, name: str) -> tuple[FileEntry, ...]:
        """Return the files whose last part is `name`, sorted by path."""
        return tuple(self._named.get(name, ()))

    @cached_property
    def _named(self) -> dict[str, list[FileEntry]]:
        named: dict[str, list[FileEntry]] = defaultdict(list)
        for path, entry in self.files.items():
            named[path.rpartition("/")[2]].append(entry)
        return named

    @cached_property
    def _by_name(self) -> dict[str, Component]:
        return {component.name: component for component in self.components}

    @cached_property
    def _by_path(self) -> dict[str, Component]:
        return {component.path: component for component in self.components}

    @cached_property
    def _owned(self) -> dict[str, tuple[FileEntry, ...]]:
        owned: dict[str, list[FileEntry]] = defaultdict(list)
        folders: dict[str, str] = {}
        for path, entry in self.files.items():
            folder = path.rpartition("/")[0]
            if folder not in folders:
                folders[folder] = owner(self._by_path, path)
            owned[folders[folder]].append(entry)
        return {path: tuple(entries) for path, entries in owned.items()}

    @cached_property
    def _users(self) -> dict[str, list[str]]:
        users: dict[str, list[str]] = defaultdict(list)
        for component in self.components:
            for used in component.depends:
                users[used].append(component.name)
        return users


def reach(starts: Iterable[str], edges: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Yield `starts` and everything that can be reached from them, breadth first, each once; cycles end."""
    pending = list(dict.fromkeys(starts))
    seen = set(pending)
    for name in pending:
        yield name
        found = [each for each in edges.get(name, ()) if each not in seen]
        seen.update(found)
        pending += dict.fromkeys(found)


def above(path: str) -> Iterator[str]:
    """Yield the folders around `path`, innermost first, the root (`.`) last."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
    if path != ROOT:
        yield ROOT


def owner(folders: Container[str], path: str) -> str:
    """Return the innermost of `folders` that is `path` or around it; the root where none is."""
    return next((folder for folder in (path, *above(path)) if folder in folders), ROOT)
