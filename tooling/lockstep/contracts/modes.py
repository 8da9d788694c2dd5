"""Compatibility modes as schema registries name them, over schemas of any kind.

BACKWARD: readers with the new schema read what was written by the old one. FORWARD: readers with the old schema read
what is written by the new one. FULL: both. The transitive forms ask it of every earlier version, the others of the last.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from lockstep.contracts import avro, json_schema, protobuf
from lockstep.contracts.change import Change, ContractError


class Mode(StrEnum):
    """Who must be able to read what."""

    NONE = "NONE"
    BACKWARD = "BACKWARD"
    BACKWARD_TRANSITIVE = "BACKWARD_TRANSITIVE"
    FORWARD = "FORWARD"
    FORWARD_TRANSITIVE = "FORWARD_TRANSITIVE"
    FULL = "FULL"
    FULL_TRANSITIVE = "FULL_TRANSITIVE"

    @property
    def transitive(self) -> bool:
        """Whether every earlier version counts, and not only the last."""
        return self.value.endswith("_TRANSITIVE")

    @property
    def backward(self) -> bool:
        """Whether the new schema must read what the old one wrote."""
        return self.value.startswith(("BACKWARD", "FULL"))

    @property
    def forward(self) -> bool:
        """Whether the old schema must read what the new one writes."""
        return self.value.startswith(("FORWARD", "FULL"))


class Format(NamedTuple):
    """A language of schemas: how one is read (name, bytes), and what a reader may refuse of a writer's data."""

    load: Callable[[str, bytes], Any]
    unreadable: Callable[[Any, Any], tuple[Change, ...]]


FORMATS = {
    json_schema.NAME: Format(json_schema.load, json_schema.unreadable),
    avro.NAME: Format(avro.load, avro.unreadable),
    protobuf.NAME: Format(protobuf.load, protobuf.unreadable),
}
_OF_SUFFIX = {".avsc": avro.NAME, ".proto": protobuf.NAME}


class Broken(msgspec.Struct, frozen=True):
    """A change, the earlier version that it is a change from, and whether the new schema is the one that reads."""

    change: Change
    against: str
    backward: bool


def of_name(name: str) -> str:
    """Return the format of a schema file by its name; JSON and YAML files hold JSON schemas."""
    return next((kind for suffix, kind in _OF_SUFFIX.items() if name.endswith(suffix)), json_schema.NAME)


def broken(
    kind: str, mode: Mode, earlier: Sequence[tuple[str, bytes]], newest: tuple[str, bytes]
) -> tuple[Broken, ...]:
    """Return what the newest version breaks by the mode. `earlier` are names and bytes, oldest first.

    Raises:
        ContractError: a version cannot be read; every one that counts is.
    """
    form = FORMATS[kind]
    counted = earlier if mode.transitive else earlier[-1:]
    try:
        new = form.load(*newest)
        found = []
        for name, data in reversed(counted if mode is not Mode.NONE else ()):
            old = form.load(name, data)
            if mode.backward:
                found += [Broken(_told(each, backward=True), name, backward=True) for each in form.unreadable(old, new)]
            if mode.forward:
                found += [
                    Broken(_told(each, backward=False), name, backward=False) for each in form.unreadable(new, old)
                ]
    except RecursionError as error:
        raise ContractError(newest[0], "it is nested too deeply") from error
    return tuple(found)


def _told(change: Change, *, backward: bool) -> Change:
    why = (
        "readers with the new schema cannot read what was written before"
        if backward
        else "readers that still have the old schema cannot read what is written now"
    )
    return msgspec.structs.replace(change, why=why)
