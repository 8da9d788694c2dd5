"""Publishing in steps that can be taken again: each looks before it writes, and the index of the release is the last.

Everything is looked at before anything is written: where one thing is there with other bytes, nothing is published.
"""

import contextlib
import threading
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import msgspec

from lockstep.errors import RefusedError, RunError

# Asking is waiting.
_AT_ONCE = 8


class Target(Protocol):
    """A place for one thing in one store."""

    def look(self) -> str:
        """Return the digest of what is there (SHA-256, hexadecimal), "" where nothing is."""
        ...

    def put(self) -> None:
        """Write it, where nothing is."""
        ...


def _nothing() -> None:
    pass


class Step(msgspec.Struct, frozen=True):
    """One thing to publish: what it is called for people, its digest (SHA-256, hexadecimal), and where it goes.

    ready: what can fail without anything being written, and is done for every step before the first is taken.
    """

    name: str
    digest: str
    target: Target
    ready: Callable[[], None] = _nothing


class State(StrEnum):
    """What a step finds: nothing yet, the same bytes, or others."""

    ABSENT = "absent"
    THERE = "there"
    OTHER = "other"


class Row(msgspec.Struct, frozen=True):
    """A step of the plan and what is there now."""

    name: str
    digest: str
    state: State


class Journal(msgspec.Struct, frozen=True):
    """What this machine remembers of publishing a release: the run that it was begun with, and the steps that were taken."""

    run: str
    taken: tuple[str, ...] = ()


def remembered(path: Path) -> Journal | None:
    """Return the journal of a release that was begun here; None where none was, or where it cannot be read.

    It saves asking which run to go on with. What is published already, the stores know.
    """
    with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(path.read_bytes(), type=Journal)
    return None


def distinct(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the steps, each once: where two things have one name, the second would be written over the first.

    Raises:
        RefusedError: two have, and are not the same.
    """
    found: dict[str, Step] = {}
    for step in steps:
        if found.setdefault(step.name, step).digest != step.digest:
            why = f"they are {found[step.name].digest[:12]} and {step.digest[:12]}"
            remedy = "give each component a name of its own ([component.NAME] image, or the package's name)"
            raise RefusedError(f"two things are called {step.name}", why=why, remedy=remedy)
    return tuple(found.values())


def survey(steps: Sequence[Step]) -> tuple[Row, ...]:
    """Return what every step finds; several stores are asked at once.

    Raises:
        RunError: a store cannot be asked.
    """
    states = _asked(steps)
    return tuple(Row(each.name, each.digest, states[index]) for index, each in enumerate(steps))


def _asked(steps: Sequence[Step]) -> dict[int, State]:
    """Return what each step finds, by its place. Whoever waits for a store can be interrupted: no thread is waited for then."""
    left, states, failed = iter(range(len(steps))), dict[int, State](), dict[int, BaseException]()

    def ask() -> None:
        while not failed and (index := next(left, None)) is not None:
            try:
                states[index] = _state(steps[index])
            except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                failed[index] = error

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(min(_AT_ONCE, len(steps)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[min(failed)]
    return states


def publish(steps: Sequence[Step], rows: Sequence[Row], took: Callable[[Step], None]) -> None:
    """Take every step that found nothing in the survey, in order; `took` is told of each.

    Raises:
        RefusedError: something is there with other bytes; nothing is written then.
        RunError: a store failed; what was written stays, and the same call goes on from there.
    """
    refuse_others(rows)
    left = [step for step, row in zip(steps, rows, strict=True) if row.state is State.ABSENT]
    for step in left:
        step.ready()
    for step in left:
        take(step)
        took(step)


def _state(step: Step) -> State:
    found = step.target.look()
    if not found:
        return State.ABSENT
    return State.THERE if found == step.digest else State.OTHER


def refuse_others(rows: Sequence[Row]) -> None:
    """Refuse to publish where something else has the name already.

    Raises:
        RefusedError: so it is, and each is named.
    """
    others = [
        f"{row.name} is there with other bytes than {row.digest[:12]}" for row in rows if row.state is State.OTHER
    ]
    if others:
        raise RefusedError(
            "what is published is never written over",
            why="\n           ".join(others),
            remedy="publish the run that it was begun with, or cut another version",
        )


def take(step: Step) -> None:
    """Write one thing, and look whether it is there.

    Raises:
        RunError: the store fails, or does not keep what it is given.
    """
    step.target.put()
    found = step.target.look()
    if found != step.digest:
        what = f"{found[:12]} is there" if found else "it is not there"
        raise RunError(f"{step.name} was written, and {what}", why="the store does not keep what it is given")
