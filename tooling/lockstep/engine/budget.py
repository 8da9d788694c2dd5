"""The CPU budget: tools that are parallel inside take several shares, and the most urgent waiter goes first."""

import contextlib
import heapq
import itertools
import threading
from collections.abc import Iterator


class Budget:
    """`total` processors shared by threads; a wish for more than all of them is cut to all."""

    def __init__(self, total: int) -> None:
        self._total = max(1, total)
        self._free = self._total
        self._waiting: list[tuple[float, int]] = []
        self._turn = itertools.count()
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def share(self, wanted: int, urgency: float) -> Iterator[int]:
        """Hold `wanted` processors (at most all); the highest `urgency` (expected seconds) is served first."""
        size = max(1, min(wanted, self._total))
        ticket = (-urgency, next(self._turn))
        with self._changed:
            heapq.heappush(self._waiting, ticket)
            self._changed.wait_for(lambda: self._waiting[0] == ticket and self._free >= size)
            heapq.heappop(self._waiting)
            self._free -= size
            self._changed.notify_all()
        try:
            yield size
        finally:
            with self._changed:
                self._free += size
                self._changed.notify_all()
