"""Time, so that tests can hold it still."""

import time
from datetime import UTC, date, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time in UTC and a monotonic counter in seconds."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start."""
        ...


class SystemClock:
    """This machine's clock."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start."""
        return time.monotonic()


def today(clock: Clock) -> date:
    """Return the date in UTC."""
    return clock.now().date()
