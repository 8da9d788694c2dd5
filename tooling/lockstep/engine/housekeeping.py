"""What runs leave behind, kept within bounds."""

import contextlib
import os
from pathlib import Path

from lockstep.host.files import PRIVATE, remove_tree

KEPT_RUNS = 20
# Old runs are deleted a few at a time, so that most runs delete none.
_BATCH = 10
# A private folder goes with its run; one that is a day old belongs to a run that was killed.
_STALE = 24 * 60 * 60


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


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _remove(folder: Path) -> None:
    with contextlib.suppress(OSError):
        remove_tree(folder)
