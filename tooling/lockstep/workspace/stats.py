"""What is already known of files by their status, so that unchanged ones are not read again.

An entry counts only where modification and change time, size, inode and mode are all as they were. As in git's index
("racy git"), a file that changed so shortly before it was read that the next write could carry the same time is never
entered: the next run reads it again.
"""

import contextlib
import os
from pathlib import Path
from typing import NamedTuple

import msgspec

from lockstep.errors import LockstepError
from lockstep.host.files import write_atomic

VERSION = 1
# The coarsest time stamps in use are two seconds apart (FAT).
_SLACK = 2_000_000_000


class Known(NamedTuple):
    """A file's status when it was read, and its SHA-256. A tuple, for thousands are made on every run."""

    modified: int
    changed: int
    size: int
    inode: int
    mode: int
    digest: str


class _Stored(msgspec.Struct, array_like=True):
    version: int
    entries: dict[str, Known]


_DECODER = msgspec.msgpack.Decoder(_Stored)


def load(path: Path) -> dict[str, Known]:
    """Return what is known; nothing where the cache is absent, cut, or of another version."""
    try:
        stored = _DECODER.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    return stored.entries if stored.version == VERSION else {}


def save(path: Path, entries: dict[str, Known]) -> None:
    """Write the cache whole; one that cannot be written costs time at the next run and nothing else."""
    named = {name: known for name, known in entries.items() if _is_text(name)}
    with contextlib.suppress(LockstepError):
        write_atomic(path, msgspec.msgpack.encode(_Stored(VERSION, named)))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def of(status: os.stat_result, digest: str) -> Known:
    """Return the entry for a file of that status and content."""
    return Known(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_mode, digest)


def still(known: Known, status: os.stat_result) -> bool:
    """Whether the file is as it was when it was read."""
    return known[:5] == (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_mode)


def settled(status: os.stat_result, now: int) -> bool:
    """Whether a later write must show: the file last changed well before `now` (nanoseconds, UTC)."""
    return max(status.st_mtime_ns, status.st_ctime_ns) + _SLACK < now
