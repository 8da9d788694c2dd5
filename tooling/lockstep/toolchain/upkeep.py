"""What the store holds, whether it is whole, and what of it nobody needs."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from lockstep.errors import RefusedError
from lockstep.host import Host
from lockstep.host.files import CACHEDIR_TAG, explained, locked, remove_tree
from lockstep.toolchain import store
from lockstep.toolchain.install import identity, place
from lockstep.toolchain.lock import ToolEntry, ToolLock, on_path, platform
from lockstep.toolchain.sources import MachineSource, ToolSource

_OLD = "not in the tool lock"
_HALF = "left by an installation that was cut short"


class State(msgspec.Struct, frozen=True):
    """One entry as this machine has it: `installed`, `missing`, `damaged`, `machine` (its own program) or `entry` (another's).

    where: folder or program, absolute, or the other entry's name. size: bytes on disk. source: where it came from.
    """

    name: str
    version: str
    licence: str
    state: str
    source: str = ""
    where: str = ""
    size: int = 0
    problem: str = ""


class Damage(msgspec.Struct, frozen=True):
    """An installed tool that is not as it was installed."""

    tool: store.Installed
    problem: str


class Leftover(msgspec.Struct, frozen=True):
    """A folder of the store that nobody needs: why, and the bytes that it takes."""

    folder: Path
    why: str
    size: int


def states(host: Host, lock: ToolLock) -> tuple[State, ...]:
    """Return how each entry stands on this machine, by name, as sizes and times tell; `damages` reads every byte."""
    return tuple(_state(host, lock.entry(name)) for name in sorted(lock.entries))


def _state(host: Host, entry: ToolEntry) -> State:
    known = State(entry.name, entry.version, entry.licence, "missing")
    for source in entry.sources:
        if isinstance(source, MachineSource) and (path := on_path(source.program, host.environ)):
            return msgspec.structs.replace(known, state="machine", source=source.label, where=path)
        if isinstance(source, ToolSource):
            return msgspec.structs.replace(known, state="entry", source=source.label, where=source.tool)
    found = store.find(place(host, entry, platform()), identity(entry, platform()))
    if found is None:
        return known
    problem = store.problem(found, store.Care.GLANCE)
    return msgspec.structs.replace(
        known,
        state="damaged" if problem else "installed",
        source=found.manifest.source,
        where=str(found.folder),
        size=found.size,
        problem=problem,
    )


def damages(host: Host) -> Iterator[Damage | store.Installed]:
    """Read every byte of every installed tool; yield each as it is, or as a `Damage`."""
    for tool in store.installed(host.store):
        problem = store.problem(tool, store.Care.WHOLE)
        yield Damage(tool, problem) if problem else tool


def leftovers(host: Host, lock: ToolLock) -> tuple[Leftover, ...]:
    """Return the tools of other versions than the lock's, and what interrupted installations left."""
    wanted = {(entry.name, entry.version) for entry in lock.entries.values()}
    found = []
    for folder in store.folders(host.store):
        tool = store.opened(folder)
        if tool is None:
            found.append(Leftover(folder, _HALF, _size(folder)))
        elif (tool.manifest.name, tool.manifest.version) not in wanted:
            found.append(Leftover(folder, _OLD, tool.size))
    return tuple(found)


def remove(host: Host, folder: Path) -> None:
    """Delete one tool, or what is left of one; waits for whoever is installing it.

    Raises:
        RefusedError: the store does not carry CACHEDIR.TAG, so it is not ours to delete from.
        RunError: it cannot be deleted.
    """
    refuse_foreign(host)
    with locked(store.lock_of(folder)), explained("delete a tool", folder):
        remove_tree(folder)


def remove_all(host: Host) -> None:
    """Delete every tool, waiting for whoever is installing one, and the caches of a Go that came from the store.

    Raises:
        RefusedError: the store does not carry CACHEDIR.TAG, so it is not ours to delete from.
        RunError: something cannot be deleted.
    """
    refuse_foreign(host)
    for folder in store.folders(host.store):
        remove(host, folder)
    with explained("delete Go's caches", store.go(host.store)):
        remove_tree(store.go(host.store))


def refuse_foreign(host: Host) -> None:
    """Refuse a store that does not say of itself that it may be deleted.

    Raises:
        RefusedError: it exists and carries no CACHEDIR.TAG.
    """
    folder = store.tools(host.store)
    if folder.exists() and not (folder / CACHEDIR_TAG).is_file():
        raise RefusedError(
            "the store of tools is not Lockstep's to delete from",
            where=str(folder),
            why=f"it has no {CACHEDIR_TAG}",
            remedy="see what it is; delete it by hand, or name the right store in LOCKSTEP_STORE",
        )


def total(host: Host) -> int:
    """Return the bytes that all tools, and the caches of a Go that came from the store, take."""
    return sum(map(_size, (*store.folders(host.store), store.go(host.store))))


def _size(folder: Path) -> int:
    """Return the bytes in a folder; what another process deletes meanwhile does not count."""
    found = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                found += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118
    return found
