"""Time and chance, handed in so that tests can say what they are."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from common.ids import ENTROPY_BYTES, new_id


@dataclass(frozen=True, slots=True)
class Source:
    """`milliseconds` since 1970, and `entropy`: that many random bytes."""

    milliseconds: Callable[[], int]
    entropy: Callable[[int], bytes]

    def new_id(self, prefix: str) -> str:
        """Return a new identifier."""
        return new_id(prefix, milliseconds=self.milliseconds(), entropy=self.entropy(ENTROPY_BYTES))

    def now(self) -> str:
        """Return the time in UTC as ISO 8601 with milliseconds, ending in Z."""
        moment = datetime.fromtimestamp(self.milliseconds() / 1000, tz=UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000


REAL = Source(milliseconds=_milliseconds, entropy=secrets.token_bytes)
