"""What the store holds, whether it is whole, and what of it nobody needs."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from lockstep.host import Host
from lockstep.host.files import locked, remove_cache, remove_tree
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
    """Return how each entry stands on this machine, by name."""
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
    problem = store.problem(found)
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
        problem = store.problem(tool, deep=True)
        yield Damage(tool, problem) if problem else tool


def leftovers(host: Host, lock: ToolLock) -> tuple[Leftover, ...]:
    """Return the tools of other versions than the lock's, and what interrupted installations left."""
    wanted = {(entry.name, entry.version) for entry in lock.entries.values()}
    found = []
    for folder in sorted(path for path in store.tools(host.store).glob("*") if path.is_dir() and path.name != ".locks"):
        tool = store.opened(folder)
        if tool is None:
            found.append(Leftover(folder, _HALF, _size(folder)))
        elif (tool.manifest.name, tool.manifest.version) not in wanted:
            found.append(Leftover(folder, _OLD, tool.size))
    return tuple(found)


def remove(host: Host, folder: Path) -> None:
    """Delete one tool, or what is left of one; waits for whoever is installing it."""
    name = folder.name.removeprefix(".tmp-")
    if name != folder.name:
        name = name.rpartition("-")[0]
    with locked(store.tools(host.store) / ".locks" / name):
        remove_tree(folder)


def remove_all(host: Host) -> None:
    """Delete every tool.

    Raises:
        LockstepError: the folder does not carry CACHEDIR.TAG, so it is not ours to delete.
    """
    remove_cache(store.tools(host.store))


def total(host: Host) -> int:
    """Return the bytes that all tools take."""
    return _size(store.tools(host.store))


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*"))
