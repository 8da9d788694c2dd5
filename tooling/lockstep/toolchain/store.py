"""The store of installed tools: one folder an entry, named by what is in it, with a manifest that is written last.

`<store>/tools/<name>-<version>-<first 16 of the identity>/`. A folder without a manifest is not a tool. Every use
re-reads the program's digest and the size and time of everything else; `deep` re-reads the digest of everything.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from lockstep.model.digests import Digest

MANIFEST = "lockstep-tool.json"
_CHUNK = 1 << 20


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


def find(folder: Path, identity: Digest) -> Installed | None:
    """Return the tool in `folder`, or None where there is no whole one of that identity."""
    found = opened(folder)
    return found if found and found.manifest.identity == identity else None


def opened(folder: Path) -> Installed | None:
    """Return the tool in `folder`, or None where it has no manifest that can be read."""
    try:
        data = (folder / MANIFEST).read_bytes()
        return Installed(folder, msgspec.json.decode(data, type=Manifest))
    except (OSError, msgspec.DecodeError):
        return None


def installed(store: Path) -> Iterator[Installed]:
    """Yield every whole tool in `store`, by name of folder."""
    for path in sorted(tools(store).glob(f"*/{MANIFEST}")):
        found = opened(path.parent)
        if found:
            yield found


def problem(tool: Installed, *, deep: bool = False) -> str:
    """Return what is wrong with an installed tool, in a few words; "" where it is as it was installed."""
    for record in tool.manifest.files:
        path = os.path.join(tool.folder, record.path)  # noqa: PTH118 - thousands of files on every use
        try:
            status = os.stat(path, follow_symlinks=False)  # noqa: PTH116
        except OSError:
            return f"{record.path} is missing"
        if status.st_size != record.size or status.st_mtime_ns != record.mtime:
            return f"{record.path} has changed"
        if (deep or record.path in tool.manifest.argv) and digest_of(path) != record.digest:
            return f"{record.path} has changed"
    for link in tool.manifest.links:
        if not _points(tool.folder / link.path, link.target):
            return f"{link.path} no longer points to {link.target}"
    return _stranger(tool) if deep else ""


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


def digest_of(path: str) -> Digest:
    """Return the SHA-256 of a file of any size."""
    with open(path, "rb") as stream:  # noqa: PTH123
        return Digest(hashlib.file_digest(stream, "sha256").hexdigest())
