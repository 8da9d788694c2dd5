"""One archive from which a machine with no network installs every tool, and the way back.

It holds what the sources serve (wheels, npm tarballs, vendors' files), which the lock's own digests check again on
installing, and the programs that were built from Go modules, under the identity of the entry they were built from.
`index.json` comes first and names every file with its SHA-256; a file that it does not name is refused. Nothing but the
digest of the whole bundle vouches for built programs, so it is printed where a bundle is made and may be asked for
where one is opened.
"""

import contextlib
import io
import os
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from lockstep.config import AdvisoriesConfig
from lockstep.errors import ToolError
from lockstep.host import Host
from lockstep.host.files import digest_of, explained, private_folder
from lockstep.model.digests import Digest
from lockstep.model.event import Observer
from lockstep.toolchain import advisories, archives, providers, provision, store
from lockstep.toolchain.install import installed, make_site
from lockstep.toolchain.lock import ToolEntry, ToolLock, platform
from lockstep.toolchain.site import SourceError
from lockstep.toolchain.sources import MachineSource, ToolSource

INDEX = "index.json"
# Tools that only fetch or build others; what they made is in the bundle.
MAKERS = frozenset({"go", "npm", "pip"})
_SCHEMA = 1
_SCANNER = "trivy"
_NO_DATABASE = AdvisoriesConfig()


class Member(msgspec.Struct, frozen=True):
    """One file of a bundle: path in the archive, size in bytes, content digest."""

    path: str
    size: int
    digest: Digest


class Index(msgspec.Struct, frozen=True):
    """What a bundle is for and what it holds. `tools`: name -> version. `python`: major.minor of the wheels."""

    schema: int
    platform: str
    python: str
    tools: Mapping[str, str]
    members: tuple[Member, ...]


def python_version() -> str:
    """Return this interpreter's version as wheels know it (`3.11`)."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def names(lock: ToolLock, only: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the entries that a bundle is to hold: `only`, or all; entries that stand for others become those."""
    wanted = tuple(only) or tuple(sorted(set(lock.entries) - MAKERS))
    return tuple(dict.fromkeys(_meant(lock, name) for name in wanted))


def _meant(lock: ToolLock, name: str) -> str:
    sources = lock.entry(name).sources
    return next((source.tool for source in sources if isinstance(source, ToolSource)), name)


def make(
    host: Host,
    lock: ToolLock,
    wanted: Iterable[str],
    target: Path,
    observer: Observer,
    settings: AdvisoriesConfig = _NO_DATABASE,
) -> Index:
    """Install `wanted`, gather what they were installed from, and write the bundle to `target`.

    Where Trivy is among them and `settings` name databases, they are fetched and go along.

    Raises:
        ToolError: one of them cannot be had.
        RunError: the archive cannot be written; nothing of it stays.
    """
    entries = [lock.entry(name) for name in wanted]
    programs = provision.provide(host, lock, [entry.name for entry in entries], observer)
    with store.workplace(host.store, "bundle") as scratch:
        content = scratch / "content"
        with explained("gather the bundle", content):
            content.mkdir()
            for entry in entries:
                _gather(host, lock, entry, content, observer)
        for source in (settings, settings.java_index) if _SCANNER in programs else ():
            if source.database:
                advisories.current(host, source) or advisories.obtain(host, source, programs[_SCANNER], observer)
                advisories.pack(host, source, content)
        index = _index(entries, content)
        with explained("write the bundle", target), private_folder(target.parent, ".bundle-") as draft:
            _write(index, content, draft / target.name)
            os.replace(draft / target.name, target)  # noqa: PTH105
    return index


def _gather(host: Host, lock: ToolLock, entry: ToolEntry, content: Path, observer: Observer) -> None:
    """Put what one of the entry's sources serves into `content`.

    Raises:
        ToolError: none of them serves it any more.
    """
    shop = provision.workshop(host, lock, observer)
    # From the store even where the machine has a program of its own, which nobody has checked.
    program = Path(installed(shop, entry).argv[0])
    why = []
    for source in entry.sources:
        if isinstance(source, MachineSource | ToolSource):
            continue
        with private_folder(content.parent, ".gather-") as scratch:
            try:
                return providers.collect(make_site(shop, entry, content, scratch), entry, source, program)
            except SourceError as error:
                why.append(f"{source.label}: {error.reason}")
    raise ToolError(
        f"{entry.name} {entry.version} cannot be bundled",
        where=f"[{entry.name}] in the tool lock",
        why="\n    ".join(why),
        remedy="make the bundle on a machine that reaches its sources",
    )


def _index(entries: Iterable[ToolEntry], content: Path) -> Index:
    files = sorted(path for path in content.rglob("*") if path.is_file())
    return Index(
        schema=_SCHEMA,
        platform=platform(),
        python=python_version(),
        tools={entry.name: entry.version for entry in entries},
        members=tuple(
            Member(path.relative_to(content).as_posix(), path.stat().st_size, digest_of(path)) for path in files
        ),
    )


def _write(index: Index, content: Path, target: Path) -> None:
    with tarfile.open(target, "w") as archive:
        _add(archive, INDEX, msgspec.json.format(msgspec.json.encode(index)))
        for member in index.members:
            archive.add(content / member.path, member.path, filter=_plain)


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Return the member without what differs between machines, so that the same files make the same bundle."""
    info.uid = info.gid = info.mtime = 0
    info.uname = info.gname = ""
    info.mode = 0o644
    return info


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(_plain(info), io.BytesIO(data))


@contextlib.contextmanager
def opened(host: Host, path: Path, digest: str = "") -> Iterator[tuple[Index, Path]]:
    """Yield a bundle's index and a folder with its files, every one of which has the digest that the index says.

    `digest` is that of the whole bundle (`sha256:<hex>`), or "" where nobody told it.

    Raises:
        ToolError: it cannot be read, is for another platform or Python, or holds other bytes than it should.
    """
    with store.workplace(host.store, "opened-bundle") as folder:
        index = _checked(path, digest, folder)
        wrong = _unfit(index)
        if wrong:
            raise _unusable(path, wrong)
        yield index, folder


def _checked(path: Path, digest: str, folder: Path) -> Index:
    try:
        if digest:
            archives.check(path, digest, path.name)
        # Uncompressed alone: a few bytes cannot become many.
        with tarfile.open(path, "r:") as archive:
            return _unpacked(archive, folder)
    except SourceError as error:
        raise _unusable(path, error.reason) from error
    except (OSError, tarfile.TarError, EOFError, ValueError, RecursionError) as error:
        raise _unusable(path, f"it cannot be read: {error}") from error


def fitting(index: Index, lock: ToolLock, only: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the entries to install from a bundle: `only`, or all that it holds.

    Raises:
        ToolError: it does not hold one of them, or in another version than the lock's.
    """
    wanted = names(lock, only or index.tools)
    unlike = [
        f"{name}: the bundle holds {index.tools.get(name, 'none')}, the tool lock wants {lock.entry(name).version}"
        for name in wanted
        if index.tools.get(name) != lock.entry(name).version
    ]
    if unlike:
        raise ToolError(
            "the bundle was made from another tool lock",
            why="\n    ".join(unlike),
            remedy="make it anew with `lockstep tools.bundle` in this repository",
        )
    return wanted


def _unpacked(archive: tarfile.TarFile, folder: Path) -> Index:
    first = archive.next()
    if first is None or first.name != INDEX:
        raise SourceError(f"it does not begin with {INDEX}")
    index = msgspec.json.decode(archives.plain_file(archive, first).read(), type=Index)
    expected = {member.path: member for member in index.members}
    for info in archive:
        if info is not first:
            _take(archive, info, expected.pop(info.name, None), folder)
    if expected:
        raise SourceError(f"{next(iter(expected))} is missing from it")
    return index


def _take(archive: tarfile.TarFile, info: tarfile.TarInfo, member: Member | None, folder: Path) -> None:
    if member is None or info.size != member.size:
        raise SourceError(f"it holds {info.name}, which its index does not name, or with another size")
    target = archives.below(folder, info.name)
    archives.write(archives.plain_file(archive, info), target)
    got = digest_of(target)
    if got != member.digest:
        raise SourceError(f"{member.path} has the wrong digest: expected {member.digest}, got {got}")


def _unfit(index: Index) -> str:
    if index.schema != _SCHEMA:
        return f"it is of schema {index.schema}, and this Lockstep reads {_SCHEMA}"
    if index.platform != platform():
        return f"it was made for {index.platform}, and this machine is {platform()}"
    if index.python != python_version():
        return f"its wheels are for Python {index.python}, and this is Python {python_version()}"
    return ""


def _unusable(path: Path, why: str) -> ToolError:
    return ToolError(
        "the bundle cannot be used",
        where=str(path),
        why=why,
        remedy="make it anew with `lockstep tools.bundle` on a machine of the same kind that has a network",
    )
