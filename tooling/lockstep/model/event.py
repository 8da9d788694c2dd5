"""What the engine says while it works; the report listens."""

from typing import Protocol

import msgspec

from lockstep.model.record import ActionRecord, GateRecord, RunRecord


class Preparing(msgspec.Struct, frozen=True):
    """A tool or environment is being made ready. `fraction` is 0.0 to 1.0, or -1.0 where unknown; 1.0 means done."""

    what: str
    fraction: float = -1.0
    detail: str = ""


class Planned(msgspec.Struct, frozen=True):
    """The plan is made: each gate, in order, with the ids of the actions whose reports it judges."""

    gates: tuple[tuple[str, tuple[str, ...]], ...]


class Started(msgspec.Struct, frozen=True):
    """An action has begun to run."""

    action: str
    gate: str
    component: str


class Ended(msgspec.Struct, frozen=True):
    """An action has a result, run or found."""

    record: ActionRecord


class Judged(msgspec.Struct, frozen=True):
    """A gate has its verdict: as soon as all that it judges has a result, so not in the order of the plan."""

    record: GateRecord


class Finished(msgspec.Struct, frozen=True):
    """The run is over and written to `folder` (absolute)."""

    record: RunRecord
    folder: str


Event = Preparing | Planned | Started | Ended | Judged | Finished


class Observer(Protocol):
    """Whoever listens; called from several threads, one call at a time."""

    def __call__(self, event: Event, /) -> None:
        """Take note of the event."""
        ...
