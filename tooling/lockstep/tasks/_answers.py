"""How verbs answer: what they found on standard output, an error once, and JSON as people can read it too."""

import sys
from collections.abc import Callable
from typing import NoReturn, TypeVar

from invoke.exceptions import Exit

from lockstep.errors import LockstepError, render
from lockstep.report.text import visible

T = TypeVar("T")


def told(work: Callable[[], T]) -> T:
    """Return what the work returns; an error ends the verb, rendered, with its exit code."""
    try:
        return work()
    except LockstepError as error:
        fail(error)


def fail(error: LockstepError) -> NoReturn:
    """End the verb with an error."""
    raise Exit(visible(render(error)), code=error.exit_code) from error


def print_json(value: object) -> None:
    """Print a value, structs included, as JSON."""
    import msgspec  # noqa: PLC0415 - not needed to list verbs

    print_text(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_text(text: str) -> None:
    """Print text in which nothing acts on the terminal."""
    sys.stdout.write(visible(text) + "\n")


def note(text: str) -> None:
    """Say what was done, where it cannot get between the lines of JSON."""
    sys.stdout.flush()
    sys.stderr.write(visible(text) + "\n")
