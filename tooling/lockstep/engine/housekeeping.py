"""What runs leave behind, kept within bounds."""

import contextlib
from pathlib import Path

from lockstep.host.files import remove_tree

KEPT_RUNS = 20
# A private folder goes with its run; one that is a day old belongs to a run that was killed.
_STALE = 24 * 60 * 60


def tidy(state: Path, now: float) -> None:
    """Delete all but the newest runs in `state`, and private folders of killed runs. `now`: seconds since the epoch.

    What cannot be deleted stays until the next run.
    """
    for folder in sorted(_entries(state / "runs"))[:-KEPT_RUNS]:
        _remove(folder)
    for folder in _entries(state / "tmp"):
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < now - _STALE:
                _remove(folder)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _remove(folder: Path) -> None:
    with contextlib.suppress(OSError):
        remove_tree(folder)
