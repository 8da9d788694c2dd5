"""Requests to end. What Ctrl-C ends in order (children first, nothing half written) a job's end must not tear apart."""

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def as_interrupts() -> Iterator[None]:
    """Let a job's end and a closed terminal raise KeyboardInterrupt, as Ctrl-C does; what is ignored on purpose (nohup) stays so."""
    previous = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number, handler in previous.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
