"""The live view: gates at work in a region at the foot of the terminal, finished ones printed above it for good.

The region begins with the first thing that takes time, so a run that is all in the cache neither flickers nor loads rich.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TextIO, cast

from lockstep.model.event import Ended, Event, Finished, Judged, Observer, Planned, Preparing, Started
from lockstep.model.record import ActionRecord, GateRecord
from lockstep.model.verdict import Verdict
from lockstep.report.final import Layout, Style, ansi_style, gate_line, plain_style, screen, shown_report
from lockstep.report.out import Out
from lockstep.report.progress import Progress
from lockstep.report.text import one_line
from lockstep.report.words import counts

if TYPE_CHECKING:
    from rich.text import Text

_PER_SECOND = 8
_VERDICT = max(len(verdict) for verdict in Verdict)
_TIME = len("59.9 s")
_COLUMNS, _ROWS = 80, 24


@contextlib.contextmanager
def live(stream: TextIO, *, colour: bool = True, clock: Callable[[], float] = time.monotonic) -> Iterator[Observer]:
    """Yield an observer for a terminal; however the context ends, the region is gone and the cursor is back."""
    view = _View(Out(stream), ansi_style if colour else plain_style, clock)
    try:
        yield view
    finally:
        view.stop()


class _View:
    """Hears the run; draws from the thread of rich's live display as well."""

    def __init__(self, out: Out, style: Style, clock: Callable[[], float]) -> None:
        self._out = out
        self._style = style
        self._clock = clock
        self._lock = threading.Lock()
        self._progress = Progress(clock())
        self._region: _Region | None = None
        self._widths = (0, _VERDICT, _TIME, 0)
        self._actions: list[ActionRecord] = []
        self._told: set[str] = set()

    def __call__(self, event: Event, /) -> None:
        """Show what the event says."""
        with self._lock:
            self._progress.hear(event, self._clock())
        if isinstance(event, Planned):
            self._planned(event)
        elif isinstance(event, Started) or (isinstance(event, Preparing) and event.fraction < 1):
            self._start()
        elif isinstance(event, Ended):
            self._actions.append(event.record)
        elif isinstance(event, Judged):
            self._judged(event.record)
        elif isinstance(event, Finished):
            self._finished(event)

    def stop(self) -> None:
        """Take the region away, if there is one."""
        if self._region is not None:
            self._region.stop()
            self._region = None

    def _start(self) -> None:
        if self._region is None:
            self._region = _Region(self._out, self._lines)

    def _lines(self, width: int, height: int) -> list[str]:
        with self._lock:
            return self._progress.lines(self._clock(), height, Layout(width, self._style))

    def _planned(self, event: Planned) -> None:
        name = max((len(one_line(gate)) for gate, _ in event.gates), default=0)
        most = max((len(str(len(actions))) for _, actions in event.gates), default=0)
        self._widths = (name, _VERDICT, _TIME, len("cached /") + 2 * most)

    def _judged(self, gate: GateRecord) -> None:
        self._told.add(gate.id)
        self._line(gate_line(gate, counts(self._actions, gate), self._widths, self._layout()))

    def _finished(self, event: Finished) -> None:
        self.stop()
        for line in screen(event.record, shown_report(event.folder), self._layout(), self._told):
            self._out.line(line)

    def _layout(self) -> Layout:
        return Layout(size(self._out.stream)[0], self._style)

    def _line(self, text: str) -> None:
        if self._region is None:
            self._out.line(text)
        else:
            self._region.above(text)


class _Region:
    """Lines that are redrawn in place at the foot of the terminal, by rich; one drawing at a time."""

    def __init__(self, out: Out, lines: Callable[[int, int], list[str]]) -> None:
        from rich.console import Console  # noqa: PLC0415 - a tenth of a second
        from rich.live import Live  # noqa: PLC0415

        # Whatever reaches it is styled already, and none of it is rich's markup.
        self._console = Console(file=cast("TextIO", out), force_terminal=True, markup=False, highlight=False)
        self._lines = lines
        self._out = out
        self._widths: list[int] = []
        self._live = Live(
            get_renderable=self._drawn,
            console=self._console,
            auto_refresh=False,
            transient=True,
            vertical_overflow="crop",
        )
        self._drawing = threading.Lock()
        self._over = threading.Event()
        self._measure()
        self._live.start(refresh=True)
        self._ticker = threading.Thread(target=self._tick, name="lockstep-view", daemon=True)
        self._ticker.start()

    def above(self, line: str) -> None:
        """Print a line above the region, for good."""
        from rich.text import Text  # noqa: PLC0415

        with self._drawing:
            self._measure()
            self._live.refresh()  # what is over is not at work any more
            self._console.print(Text.from_ansi(line), soft_wrap=True)

    def stop(self) -> None:
        """Erase the region and show the cursor."""
        self._over.set()
        self._ticker.join()
        self._live.stop()

    def _tick(self) -> None:
        while not self._over.wait(1 / _PER_SECOND):
            with self._drawing:
                self._measure()
                self._live.refresh()

    def _measure(self) -> None:
        """Tell rich how large our stream is; by itself it asks standard input, which may be another terminal or none."""
        from rich.console import ConsoleDimensions  # noqa: PLC0415

        self._console.size = ConsoleDimensions(*size(self._out.stream))

    def _drawn(self) -> "Text":
        from rich.text import Text  # noqa: PLC0415

        width, height = self._console.size
        self._erase_wrapped(width)
        text = Text.from_ansi("\n".join(self._lines(width - 1, height - 1)), no_wrap=True, overflow="ellipsis")
        self._widths = [line.cell_len for line in text.split("\n")]
        return text

    def _erase_wrapped(self, width: int) -> None:
        """Erase the rows that a terminal made narrower has wrapped the region into; rich knows of the others only."""
        rows = sum((each - 1) // width for each in self._widths if each > width)
        if rows:
            self._out.write("\x1b[2K\x1b[1A" * rows)


def size(stream: TextIO) -> tuple[int, int]:
    """Return columns and rows of the terminal behind `stream`; 80 and 24 where it does not tell."""
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError, AttributeError):
        return _COLUMNS, _ROWS
    return columns or _COLUMNS, rows or _ROWS
