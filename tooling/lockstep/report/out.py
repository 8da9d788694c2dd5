"""A stream that never ends a run: what it cannot encode is escaped, and a reader that went away is forgotten."""

import threading
from typing import TextIO


class Out:
    """Writes whole lines to `stream`, flushed, from any thread."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._gone = False
        self._lock = threading.Lock()

    @property
    def encoding(self) -> str:
        """The stream's encoding."""
        return getattr(self.stream, "encoding", None) or "utf-8"

    def line(self, text: str) -> None:
        """Write one line."""
        self.write(text + "\n")

    def write(self, text: str) -> None:
        """Write `text`; after a first failure (a closed pipe, a full disk) nothing more is tried."""
        if self._gone:
            return
        fit = text.encode(self.encoding, "backslashreplace").decode(self.encoding)
        with self._lock:
            try:
                self.stream.write(fit)
                self.stream.flush()
            except (OSError, ValueError):
                self._gone = True

    def flush(self) -> None:
        """Do nothing: every write is flushed. With this it is file enough for a rich console."""
