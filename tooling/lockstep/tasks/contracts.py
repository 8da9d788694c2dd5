"""`contracts.diff` and `contracts.pact`: compare two versions of a contract, or a pact with one, wherever they come from."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from lockstep.tasks._answers import print_json

_UNREADABLE = 2


@task(
    positional=["old", "new"],
    help={
        "kind": "openapi (also Swagger 2.0), asyncapi, json-schema, avro or protobuf",
        "old": "the version that clients, readers and writers know",
        "new": "the version that is to replace it",
        "mode": "event schemas: NONE, BACKWARD, FORWARD, FULL, or one of these and _TRANSITIVE (default BACKWARD)",
        "json": "print JSON",
    },
)
def diff(_: Context, kind: str, old: str, new: str, mode: str = "BACKWARD", json: bool = False) -> None:  # noqa: FBT001, FBT002 - invoke's way
    """Say what breaks between two versions: exit 0 nothing, 1 something, 2 a version cannot be read."""
    from lockstep.contracts.change import ContractError  # noqa: PLC0415 - not needed to list verbs
    from lockstep.contracts.comparing import KINDS, Version, differences  # noqa: PLC0415
    from lockstep.contracts.modes import Mode  # noqa: PLC0415

    _one_of("kind", kind, KINDS)
    _one_of("mode", mode, tuple(Mode))
    try:
        found = differences(kind, _version(Version, old), _version(Version, new), Mode(mode))
    except ContractError as error:
        raise _unreadable(error) from error
    (print_json if json else _print)(found)
    if any(change.certain for change in found):
        raise Exit(code=1)


@task(
    positional=["pact", "contract"],
    help={
        "pact": "a Pact file (specification 1 to 4)",
        "contract": "the OpenAPI or Swagger 2.0 contract of the pact's provider",
        "json": "print JSON",
    },
)
def pact(_: Context, pact: str, contract: str, json: bool = False) -> None:  # noqa: FBT001, FBT002 - invoke's way
    """Say what a contract refuses of a pact: exit 0 nothing, 1 something, 2 one of them cannot be read."""
    from lockstep.contracts.change import ContractError  # noqa: PLC0415 - not needed to list verbs
    from lockstep.contracts.comparing import Version  # noqa: PLC0415
    from lockstep.contracts.verification import breaches  # noqa: PLC0415

    try:
        found = breaches(_version(Version, pact), _version(Version, contract))
    except ContractError as error:
        raise _unreadable(error) from error
    (print_json if json else _print_breaches)(found)
    if any(breach.certain for breach in found):
        raise Exit(code=1)


def _unreadable(error: Any) -> Exit:  # noqa: ANN401 - a ContractError, loaded where it is used
    place = f"{error.document}:{error.line}" if error.line else error.document
    return Exit(f"error: the contract cannot be read\n  at: {place}\n  because: {error.why}", _UNREADABLE)


def _one_of(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise Exit(f"error: there is no {name} {value}\n  mend: one of {', '.join(known)}", _UNREADABLE)


def _version(make: Callable[..., Any], path: str) -> Any:  # noqa: ANN401 - a Version, loaded where it is used
    """Return a version and the files beside it, which it may refer to."""
    file = Path(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Exit(
            f"error: the contract cannot be read\n  at: {path}\n  because: {error.strerror}", _UNREADABLE
        ) from error
    return make(path, data, lambda name: Path(name).read_bytes() if Path(name).is_file() else None)


def _print(found: Sequence[Any]) -> None:
    for change in found:
        about = ", ".join(part for part in (change.operation, change.part) if part)
        _line(f"{'breaks' if change.certain else 'may break'}  {about + ': ' if about else ''}{change.what}")
        _line(f"    {change.why}  [{change.rule}]")
        _line(f"    read at {change.reader.document}#{change.reader.pointer}")
        _line(f"    written at {change.writer.document}#{change.writer.pointer}")
    certain = sum(change.certain for change in found)
    _line(f"{certain} breaking, {len(found) - certain} possibly breaking" if found else "compatible")


def _print_breaches(found: Sequence[Any]) -> None:
    for breach in found:
        about = ", ".join(part for part in (breach.operation, breach.part) if part)
        _line(f"{'refused' if breach.certain else 'doubtful'}  {about + ': ' if about else ''}{breach.what}")
        _line(f'    {breach.consumer} of {breach.provider}, "{breach.interaction}"  [{breach.rule}]')
        _line(f"    expected at #{breach.pointer}")
        _line(f"    by {breach.contract.document}#{breach.contract.pointer}")
    certain = sum(breach.certain for breach in found)
    _line(f"{certain} refused, {len(found) - certain} doubtful" if found else "verified")


def _line(text: str) -> None:
    sys.stdout.write("".join(each if each.isprintable() else " " for each in text) + "\n")
