"""What a log says while nothing ends."""

import threading

from lockstep.model.event import Ended, Preparing, Started
from lockstep.report.heartbeat import Heartbeat
from tests.report import records

_PATIENCE = 30


class Listener:
    """Keeps the lines, and waits for the next one."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._heard = threading.Condition()

    def __call__(self, line: str) -> None:
        with self._heard:
            self.lines.append(line)
            self._heard.notify_all()

    def next(self) -> str:
        with self._heard:
            known = len(self.lines)
            assert self._heard.wait_for(lambda: len(self.lines) > known, _PATIENCE)
            return self.lines[-1]


def test_what_has_begun_and_not_ended_is_said_again_and_again() -> None:
    heard = Listener()
    with Heartbeat(heard, interval=0.01) as beat:
        beat(Preparing("ruff 0.14.1", 0.5))
        beat(Started("types:mypy:orders", "types", "orders"))
        heard.next()
        both = heard.next()
        assert both.startswith("still running: ruff 0.14.1 (")
        assert "types:mypy:orders (" in both
        beat(Preparing("ruff 0.14.1", 1.0))
        heard.next()
        assert "ruff" not in heard.next()


def test_what_has_ended_is_not_said() -> None:
    action = records.rich().actions[0]
    heard = Listener()
    with Heartbeat(heard, interval=0.01) as beat:
        beat(Started(action.id, action.gate, action.component))
        assert action.id in heard.next()
        beat(Ended(action))
        beat(Started("types:mypy:orders", "types", "orders"))
        heard.next()
        assert action.id not in heard.next()


def test_a_run_that_is_over_says_nothing_more() -> None:
    heard = Listener()
    with Heartbeat(heard, interval=0.01) as beat:
        beat(Started("types:mypy:orders", "types", "orders"))
        heard.next()
    for thread in threading.enumerate():
        if thread.name == "lockstep-heartbeat":
            thread.join(_PATIENCE)
            assert not thread.is_alive()
