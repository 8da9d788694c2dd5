"""The files of a tree: what git tracks and what it does not ignore, with the bytes of the working tree.

Git only names the files. Their content is read as it lies there, so that no end-of-line or LFS filter stands between
what was checked and what is used.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from lockstep.errors import WorkspaceError
from lockstep.host.git import Git
from lockstep.model.component import FileEntry
from lockstep.model.digests import Digest, of_bytes, printable
from lockstep.workspace import stats
from lockstep.workspace.stats import Known

STATE = ".lockstep"
_TRACKED = ("ls-files", "-z", "--cached")
LISTED = (*_TRACKED, "--others", "--exclude-standard", f"--exclude=/{STATE}/")
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
_NO_WAITING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Listing(msgspec.Struct, frozen=True):
    """The files by path, sorted, and what was left out that somebody may miss."""

    files: Mapping[str, FileEntry]
    notes: tuple[str, ...]


def read(git: Git, tree: Path, now: int) -> Listing:
    """Return the files of `tree`: the working tree, or a snapshot of the index. `now` is in nanoseconds, UTC.

    Raises:
        WorkspaceError: git refuses, or a file cannot be read.
    """
    if tree != git.root:
        return _survey(git.paths(*_TRACKED), tree, {}, now)[0]
    return remembered(git.paths(*LISTED), tree, git.root / STATE / "cache" / "stat.msgpack", now)


def remembered(names: tuple[str, ...], tree: Path, cache: Path, now: int) -> Listing:
    """Return those of the files `names` below `tree` that are there, reading only what `cache` does not know by its status.

    Raises:
        WorkspaceError: a file cannot be read.
    """
    known = stats.load(cache)
    listing, fresh = _survey(names, tree, known, now)
    if fresh != known:
        stats.save(cache, fresh)
    return listing


def unchanged(tree: Path, entries: Iterable[FileEntry]) -> bool:
    """Whether the files below `tree` are still what they were when they were listed, read anew."""
    return all(_is_still(f"{tree}/{entry.path}", entry) for entry in entries)


def _is_still(path: str, entry: FileEntry) -> bool:
    status = _status(path, entry.path)
    if status is None or _mode(status.st_mode) != entry.mode:
        return False
    found = _digested(path, entry.path, status)
    return found is not None and found.digest == entry.digest


def _survey(
    names: tuple[str, ...], tree: Path, known: Mapping[str, Known], now: int
) -> tuple[Listing, dict[str, Known]]:
    root = f"{tree}/"
    is_real = _folders(root)
    files: dict[str, FileEntry] = {}
    fresh: dict[str, Known] = {}
    notes: list[str] = []
    for name in sorted(set(names)):
        if name.startswith(f"{STATE}/") or not is_real(name.rpartition("/")[0]):
            continue
        status = _status(root + name, name)
        if status is None:
            continue
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode)):
            notes += _left_out(root, name, status.st_mode)
            continue
        before = known.get(name)
        entry = before if before is not None and stats.still(before, status) else _digested(root + name, name, status)
        if entry is None:
            continue
        files[name] = FileEntry(name, _mode(status.st_mode), Digest(entry.digest), status.st_size)
        if entry is before or stats.settled(status, now):
            fresh[name] = entry
    return Listing(files, tuple(notes)), fresh


def _folders(root: str) -> Callable[[str], bool]:
    """Return a predicate: is that folder below `root` reached without following a link?

    What git tracks below a folder that has become a link is gone, however the link may resolve.
    """
    seen = {"": True}

    def is_real(folder: str) -> bool:
        known = seen.get(folder)
        if known is None:
            status = _status(root + folder, folder) if is_real(folder.rpartition("/")[0]) else None
            known = seen[folder] = status is not None and stat.S_ISDIR(status.st_mode)
        return known

    return is_real


def _status(path: str, name: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except OSError as error:
        if error.errno in _GONE:
            return None
        raise _unreadable(name, error) from error


def _digested(path: str, name: str, status: os.stat_result) -> Known | None:
    """Read the file, or the text of the link; None where it went away meanwhile."""
    try:
        digest = of_bytes(os.readlink(os.fsencode(path))) if stat.S_ISLNK(status.st_mode) else _content(path)  # noqa: PTH115
    except OSError as error:
        if error.errno in _GONE:
            return None
        raise _unreadable(name, error) from error
    return stats.of(status, digest)


def _content(path: str) -> Digest:
    """Return the SHA-256 of the file, in pieces: it may be larger than memory."""
    with open(path, "rb", buffering=0, opener=lambda name, _: os.open(name, _NO_WAITING)) as stream:
        return Digest(hashlib.file_digest(stream, "sha256").hexdigest())


def _mode(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "120000"
    return "100755" if mode & stat.S_IXUSR else "100644"


def _left_out(root: str, name: str, mode: int) -> tuple[str, ...]:
    """Say why a path is no file: a repository of its own, or something that cannot be read like a file.

    A tracked file that a folder has replaced is simply gone; git lists what the folder holds.
    """
    if not stat.S_ISDIR(mode):
        return (f"{printable(name)} is not checked: it is neither a file, a folder nor a link",)
    inside = os.listdir(root + name)  # noqa: PTH208
    if ".git" in inside or not inside:
        return (f"{printable(name.rstrip('/'))} is not checked: it is a repository of its own",)
    return ()


def _unreadable(name: str, error: OSError) -> WorkspaceError:
    return WorkspaceError(
        "cannot read a file of the repository",
        where=printable(name),
        why=error.strerror or str(error),
        remedy="make it readable, or keep it out with .gitignore",
    )
