"""What runs leave behind, kept within bounds."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from lockstep.engine.cache import Cache
from lockstep.host.files import PRIVATE, remove_tree
from lockstep.model.digests import Digest

KEPT_RUNS = 20
# Old runs are deleted a few at a time, so that most runs delete none.
_BATCH = 10
# A private folder goes with its run; one that is a day old belongs to a run that was killed.
_STALE = _DAY = 24 * 60 * 60
# A result that nobody has wanted for a month belongs to a tree of long ago.
_UNWANTED = 30 * _DAY


def tidy(state: Path, temporary: Path, now: float) -> None:
    """Delete all but the newest runs in `state` where there are many more, and private folders of killed runs.

    Those are in `state` and in `temporary`. now: seconds since the epoch. What cannot be deleted stays until the next run; what is another user's is left alone.
    """
    runs = sorted(_entries(state / "runs"))
    for folder in runs[:-KEPT_RUNS] if len(runs) >= KEPT_RUNS + _BATCH else ():
        _remove(folder)
    for folder in (*_entries(state / "tmp"), *temporary.glob(f"{PRIVATE}*")):
        with contextlib.suppress(OSError):
            status = folder.lstat()
            if status.st_uid == os.getuid() and status.st_mtime < now - _STALE:
                _remove(folder)


def prune(cache: Cache, wanted: Iterable[Digest], now: float) -> None:
    """Delete from the cache what no run has wanted for a month, and the blobs that no result names any more.

    wanted: the keys of this run, which are noted at most once a day; the cache is gone through once a day. A blob that is
    missing makes the result that names it a miss, so nothing can go wrong where two runs meet here.
    """
    for path in map(cache.place, wanted):
        if _age(path, now) > _DAY:
            with contextlib.suppress(OSError):
                os.utime(path, (now, now))
    mark = cache.folder / "pruned"
    if _age(mark, now) < _DAY:
        return
    with contextlib.suppress(OSError):
        mark.touch()
        os.utime(mark, (now, now))
    for path in (*_files(cache.folder / "ac"), *_files(cache.folder / "last"), *_entries(cache.folder / "trees")):
        if _age(path, now) > _UNWANTED:
            _remove(path)
    kept = {blob for path in _files(cache.folder / "ac") for blob in cache.blobs(Digest(path.stem))}
    for path in _files(cache.folder / "cas"):
        if path.name not in kept and _age(path, now) > _DAY:
            _remove(path)


def _age(path: Path, now: float) -> float:
    """Return seconds since the file was last changed or wanted; endless where it is not there."""
    try:
        return now - path.stat().st_mtime
    except OSError:
        return float("inf")


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _remove(folder: Path) -> None:
    with contextlib.suppress(OSError):
        if folder.is_file():
            folder.unlink()
        remove_tree(folder)
