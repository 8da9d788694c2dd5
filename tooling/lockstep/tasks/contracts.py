"""`contracts.diff`: compare two versions of a contract, wherever they come from."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

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
        place = f"{error.document}:{error.line}" if error.line else error.document
        raise Exit(f"error: the contract cannot be read\n  at: {place}\n  because: {error.why}", _UNREADABLE) from error
    (_print_json if json else _print)(found)
    if any(change.certain for change in found):
        raise Exit(code=1)


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


def _print_json(found: Sequence[object]) -> None:
    import msgspec  # noqa: PLC0415 - not needed to list verbs

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")


def _print(found: Sequence[Any]) -> None:
    for change in found:
        about = ", ".join(part for part in (change.operation, change.part) if part)
        _line(f"{'breaks' if change.certain else 'may break'}  {about + ': ' if about else ''}{change.what}")
        _line(f"    {change.why}  [{change.rule}]")
        _line(f"    read at {change.reader.document}#{change.reader.pointer}")
        _line(f"    written at {change.writer.document}#{change.writer.pointer}")
    certain = sum(change.certain for change in found)
    _line(f"{certain} breaking, {len(found) - certain} possibly breaking" if found else "compatible")


def _line(text: str) -> None:
    sys.stdout.write("".join(each if each.isprintable() else " " for each in text) + "\n")
