"""Where a text names a package, for scanners that say which file but not which line. Pure."""

import re
from collections.abc import Sequence
from itertools import chain

# In lock files the version stands on the line of the name, or on one of the next.
_NEAR = 3
# The line that names the package in its own table of uv.lock, poetry.lock or Cargo.lock.
_HEAD = re.compile(r'name = "[^"]*"\s*$')


def line_of(lines: Sequence[str], anchor: str, start: int = 0) -> int:
    """Return the line (from 1) that names `anchor` (`name@version`); `start` where none does, or it is no such anchor.

    start: the line at which the package's entry begins, if that is known; then only the next few are looked at. The head of
    its table in TOML is preferred to a line that names the package and its version, as one that merely needs it may; that
    to one with the version nearby, and that to any other.
    """
    name, _, version = anchor.rpartition("@")
    if not name:
        return start
    named = _whole(name.rpartition(":")[2])
    within = range(start - 1, min(start + _NEAR, len(lines))) if start else range(len(lines))
    hits = [number for number in within if named.search(lines[number])]
    exact = _whole(version)
    here = (hit for hit in hits if exact.search(lines[hit]))
    near = [hit for hit in hits if any(exact.search(line) for line in lines[hit : hit + 1 + _NEAR])]
    heads = (hit for hit in near if _HEAD.match(lines[hit]))
    return next(chain(heads, here, near, hits), start - 1) + 1


def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-])v?{re.escape(word)}(?![\w-]|\.\w)", re.IGNORECASE)
