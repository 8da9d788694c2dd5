"""A log that stands still looks like a run that hangs: what is still going on is said every minute."""

import threading
import time
from collections.abc import Callable
from typing import Self

from lockstep.model.event import Ended, Event, Preparing, Started
from lockstep.report.text import one_line
from lockstep.report.words import duration

_MINUTE = 60.0


class Heartbeat:
    """An observer that tells `line`, every `interval` seconds of its context, what has begun and has not ended."""

    def __init__(self, line: Callable[[str], None], interval: float = _MINUTE) -> None:
        self._line = line
        self._interval = interval
        self._since: dict[str, float] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._beating = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def __call__(self, event: Event, /) -> None:
        """Take note of what begins and what ends."""
        match event:
            case Started(action=name):
                self._begun(name)
            case Preparing(what=name, fraction=fraction) if fraction < 1:
                self._begun(name)
            case Preparing(what=name):
                self._ended(name)
            case Ended(record=record):
                self._ended(record.id)
            case _:
                pass

    def _begun(self, name: str) -> None:
        with self._lock:
            self._since.setdefault(name, time.monotonic())
            if not self._beating:
                self._beating = True
                threading.Thread(target=self._beat, name="lockstep-heartbeat", daemon=True).start()

    def _ended(self, name: str) -> None:
        with self._lock:
            self._since.pop(name, None)

    def _beat(self) -> None:
        while not self._over.wait(self._interval):
            now = time.monotonic()
            with self._lock:
                told = [f"{one_line(name)} ({duration(now - since)})" for name, since in self._since.items()]
            if told:
                self._line(f"still running: {', '.join(told)}")
