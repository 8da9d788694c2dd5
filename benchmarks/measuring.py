"""Figures that hold on a noisy machine: what is compared is run in turn, and the ratio is taken pair by pair."""

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec


class Ratio(msgspec.Struct, frozen=True):
    """What took how many times as long as what; `limit` is the goal (0: there is none)."""

    name: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    limit: float = 0.0

    @property
    def pairs(self) -> tuple[float, ...]:
        """The ratio of each pair."""
        return tuple(our / their for our, their in zip(self.ours, self.theirs, strict=True))

    @property
    def median(self) -> float:
        """The middle ratio."""
        return statistics.median(self.pairs)

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return not self.limit or self.median <= self.limit


def in_turn(
    name: str, ours: Callable[[], float], theirs: Callable[[], float], *, rounds: int, limit: float = 0.0
) -> Ratio:
    """Measure both in turn, `rounds` times; each returns its seconds."""
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    return Ratio(name, tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs), limit)


def timed(argv: Sequence[str], cwd: Path, environ: Mapping[str, str], codes: Sequence[int] = (0,)) -> float:
    """Return the seconds that a program took.

    Raises:
        RuntimeError: it ended with another exit code than expected; a figure of it would mean nothing.
    """
    started = time.monotonic()
    done = subprocess.run(argv, cwd=cwd, env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, check=False)
    seconds = time.monotonic() - started
    if done.returncode not in codes:
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{said}")
    return seconds


def table(ratios: Sequence[Ratio]) -> str:
    """Return the ratios as aligned text."""
    rows = [("", "Lockstep", "beside it", "ratio", "least", "most", "goal")]
    rows += [
        (
            each.name,
            f"{statistics.median(each.ours):.2f} s",
            f"{statistics.median(each.theirs):.2f} s",
            f"{each.median:.2f}",
            f"{min(each.pairs):.2f}",
            f"{max(each.pairs):.2f}",
            f"at most {each.limit:g}: {'met' if each.met else 'MISSED'}" if each.limit else "",
        )
        for each in ratios
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            (cell.ljust if column in {0, 6} else cell.rjust)(widths[column]) for column, cell in enumerate(row)
        ).rstrip()
        for row in rows
    )
