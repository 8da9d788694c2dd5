"""The store of installed tools: one folder an entry, named by what is in it, with a manifest that is written last.

`<store>/tools/<name>-<version>-<first 16 of the identity>/`. A folder without a manifest is not a tool. Every use
re-reads the program's digest and the size and time of everything else.
"""

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path

import msgspec

from lockstep.errors import ToolError
from lockstep.host.files import CACHEDIR_TAG, digest_of, explained, locked, private_folder, tag_cache
from lockstep.model.digests import Digest

MANIFEST = "lockstep-tool.json"
# The folders that installing makes: tools by the name that `place` gives them, and unfinished work.
_OURS = re.compile(r"\.tmp-.+|[a-z][a-z0-9-]*-[0-9A-Za-z.+_-]+-[0-9a-f]{16}")


class Care(IntEnum):
    """How closely an installed tool is looked at: sizes and times; the program's digest as well; every byte."""

    GLANCE = 0
    USE = 1
    WHOLE = 2


class FileRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One file of a tool: path in its folder, size in bytes, time of change in ns, and content digest."""

    path: str
    size: int
    mtime: int
    digest: Digest


class LinkRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One symbolic link of a tool and where it points."""

    path: str
    target: str


class Manifest(msgspec.Struct, frozen=True):
    """What an installed tool is. `argv` is its argv prefix, relative to its folder; `source` is where it came from."""

    name: str
    version: str
    identity: Digest
    platform: str
    source: str
    argv: tuple[str, ...]
    files: tuple[FileRecord, ...]
    links: tuple[LinkRecord, ...] = ()


class Installed(msgspec.Struct, frozen=True):
    """A tool in the store: its folder (absolute) and its manifest."""

    folder: Path
    manifest: Manifest

    @property
    def argv(self) -> tuple[str, ...]:
        """Return the argv prefix with absolute paths."""
        return tuple(str(self.folder / part) for part in self.manifest.argv)

    @property
    def size(self) -> int:
        """Return the bytes that its files take."""
        return sum(record.size for record in self.manifest.files)


def tools(store: Path) -> Path:
    """Return the folder of all tools in `store`."""
    return store / "tools"


def go(store: Path) -> Path:
    """Return the folder of the caches of a Go that came from the store."""
    return store / "go"


def prepare(store: Path) -> None:
    """Make the store's folders and mark them as caches.

    Raises:
        ToolError: the place holds other things, which a cache's tag would give up for deletion.
        RunError: the place cannot be written.
    """
    for folder in (store, tools(store)):
        if (folder / CACHEDIR_TAG).is_file():
            continue
        with explained("make the store of tools", folder):
            folder.mkdir(parents=True, exist_ok=True)
            # Another process may be writing the tag at this moment.
            foreign = [path.name for path in folder.iterdir() if not path.name.lstrip(".").startswith(CACHEDIR_TAG)]
        if foreign and not (folder / CACHEDIR_TAG).is_file():
            raise ToolError(
                "the store of tools is no folder of Lockstep's",
                where=str(folder),
                why=f"it has no {CACHEDIR_TAG} and holds {min(foreign)}",
                remedy="name a new or empty folder in LOCKSTEP_STORE",
            )
        tag_cache(folder)


@contextlib.contextmanager
def workplace(store: Path, purpose: str) -> Iterator[Path]:
    """Yield a new folder in the store, gone afterwards, which nobody cleans away while it is used.

    One at a time for each purpose.
    """
    prepare(store)
    with locked(lock_of(tools(store) / purpose)), private_folder(tools(store), f".tmp-{purpose}-") as folder:
        yield folder


def lock_of(folder: Path) -> Path:
    """Return the lock that whoever changes a folder of the store holds."""
    name = folder.name
    if name.startswith(".tmp-"):
        name = name.removeprefix(".tmp-").rpartition("-")[0]
    return folder.parent / ".locks" / name


def folders(store: Path) -> Iterator[Path]:
    """Yield every folder in `store` that installing made, whole or not, by name."""
    with explained("read the store of tools", tools(store)):
        found = sorted(tools(store).iterdir()) if tools(store).is_dir() else []
    yield from (path for path in found if _OURS.fullmatch(path.name) and path.is_dir() and not path.is_symlink())


def find(folder: Path, identity: Digest) -> Installed | None:
    """Return the tool in `folder`, or None where there is no whole one of that identity."""
    found = opened(folder)
    return found if found and found.manifest.identity == identity else None


def opened(folder: Path) -> Installed | None:
    """Return the tool in `folder`, or None where it has no manifest that can be read."""
    try:
        data = (folder / MANIFEST).read_bytes()
        return Installed(folder, msgspec.json.decode(data, type=Manifest))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def installed(store: Path) -> Iterator[Installed]:
    """Yield every whole tool in `store`, by name of folder."""
    return (tool for folder in folders(store) if (tool := opened(folder)))


def problem(tool: Installed, care: Care = Care.USE) -> str:
    """Return what is wrong with an installed tool, in a few words; "" where it is as it was installed."""
    for record in tool.manifest.files:
        wrong = _wrong(tool, record, care)
        if wrong:
            return wrong
    for link in tool.manifest.links:
        if not _points(tool.folder / link.path, link.target):
            return f"{link.path} no longer points to {link.target}"
    return _stranger(tool) if care is Care.WHOLE else ""


def _wrong(tool: Installed, record: FileRecord, care: Care) -> str:
    path = os.path.join(tool.folder, record.path)  # noqa: PTH118 - thousands of files on every use
    is_program = record.path in tool.manifest.argv
    try:
        status = os.stat(path, follow_symlinks=False)  # noqa: PTH116
        if status.st_size != record.size or status.st_mtime_ns != record.mtime:
            return f"{record.path} has changed"
        if is_program and not status.st_mode & stat.S_IXUSR:
            return f"{record.path} is no longer executable"
        if (care is Care.WHOLE or (care is Care.USE and is_program)) and digest_of(path) != record.digest:
            return f"{record.path} has changed"
    except FileNotFoundError:
        return f"{record.path} is missing"
    except OSError as error:
        return f"{record.path} cannot be read: {error.strerror}"
    return ""


def _points(path: Path, target: str) -> bool:
    return path.is_symlink() and str(path.readlink()) == target and path.exists()


def _stranger(tool: Installed) -> str:
    known = {record.path for record in tool.manifest.files} | {link.path for link in tool.manifest.links} | {MANIFEST}
    unknown = sorted({path for path, _ in _walk(tool.folder)} - known)
    return f"{unknown[0]} was added" if unknown else ""


def record(folder: Path, argv: tuple[str, ...]) -> tuple[tuple[FileRecord, ...], tuple[LinkRecord, ...]]:
    """Return the files and links of a tool that was just made in `folder`; files lose their write permission."""
    files, links = [], []
    for path, status in _walk(folder):
        full = folder / path
        if stat.S_ISLNK(status.st_mode):
            links.append(LinkRecord(path, str(full.readlink())))
            continue
        executable = 0o111 if path in argv else status.st_mode & 0o111
        full.chmod(0o444 | executable)
        files.append(FileRecord(path, status.st_size, status.st_mtime_ns, digest_of(str(full))))
    return tuple(files), tuple(links)


def _walk(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    for parent, names, files in os.walk(folder):
        for name in sorted((*files, *(name for name in names if os.path.islink(os.path.join(parent, name))))):  # noqa: PTH114, PTH118
            full = os.path.join(parent, name)  # noqa: PTH118
            yield os.path.relpath(full, folder), os.lstat(full)
