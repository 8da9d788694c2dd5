"""Modes: who must read what, and of which versions."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.contracts.modes import Mode, broken, of_name


def avro(*names: str, default: bool = False) -> bytes:
    fields = [{"name": name, "type": "int", **({"default": 0} if default else {})} for name in names]
    return json.dumps({"type": "record", "name": "R", "fields": fields}).encode()


ONE, TWO, OTHER = avro("a"), avro("a", "b"), avro("a", "b", default=True)


def said(mode: Mode, *earlier: bytes, new: bytes) -> list[tuple[str, bool]]:
    versions = [(f"{n}.avsc", data) for n, data in enumerate(earlier, 1)]
    return [(each.against, each.backward) for each in broken("avro", mode, versions, ("new.avsc", new))]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (Mode.NONE, []),
        (Mode.BACKWARD, [("1.avsc", True)]),
        (Mode.FORWARD, []),
        (Mode.FULL, [("1.avsc", True)]),
    ],
)
def test_a_field_without_default_breaks_readers_of_old_data_alone(mode: Mode, expected: list[tuple[str, bool]]) -> None:
    assert said(mode, ONE, new=TWO) == expected


def test_a_lost_field_breaks_readers_that_still_have_the_old_schema() -> None:
    assert said(Mode.FORWARD, TWO, new=ONE) == [("1.avsc", False)]
    assert said(Mode.BACKWARD, TWO, new=ONE) == []


def test_only_the_last_version_counts_unless_the_mode_is_transitive() -> None:
    assert said(Mode.BACKWARD, ONE, OTHER, new=TWO) == []
    assert said(Mode.BACKWARD_TRANSITIVE, ONE, OTHER, new=TWO) == [("1.avsc", True)]


def test_the_reason_says_who_cannot_read_what() -> None:
    (change,) = broken("avro", Mode.BACKWARD, [("1", ONE)], ("2", TWO))
    assert change.change.why == "readers with the new schema cannot read what was written before"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.avsc", "avro"), ("a.proto", "protobuf"), ("a.json", "json-schema"), ("a.yaml", "json-schema")],
)
def test_the_name_tells_the_format(name: str, kind: str) -> None:
    assert of_name(name) == kind


_FIELDS = st.lists(st.sampled_from("abc"), unique=True, max_size=3)


@given(_FIELDS, _FIELDS, st.booleans(), st.booleans())
def test_backward_one_way_is_forward_the_other_way(old: list[str], new: list[str], first: bool, second: bool) -> None:  # noqa: FBT001 - drawn
    before, after = avro(*old, default=first), avro(*new, default=second)
    back = broken("avro", Mode.BACKWARD, [("a", before)], ("b", after))
    forth = broken("avro", Mode.FORWARD, [("b", after)], ("a", before))
    assert [each.change.what for each in back] == [each.change.what for each in forth]
