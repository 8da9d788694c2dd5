"""The one door: every kind, deep schemas, large contracts, and nothing raised but the one error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.contracts.change import ContractError
from lockstep.contracts.comparing import KINDS, Version, deep, differences, of_document
from lockstep.contracts.modes import Mode
from tests.contracts.contracts_of import Json, answered

AVRO = b'{"type": "record", "name": "R", "fields": []}'
EXAMPLES = {
    "openapi": json.dumps(answered({})).encode(),
    "asyncapi": b'{"asyncapi": "3.0.0"}',
    "json-schema": b'{"type": "object"}',
    "avro": AVRO,
    "protobuf": b'syntax = "proto3"; message M { string a = 1; }',
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_compatible_with_itself(kind: str) -> None:
    data = EXAMPLES[kind]
    assert differences(kind, Version("old", data), Version("new", data), Mode.FULL) == ()


@pytest.mark.parametrize("kind", KINDS)
@given(old=st.binary(max_size=60), new=st.binary(max_size=60))
def test_any_bytes_are_compared_or_refused(kind: str, old: bytes, new: bytes) -> None:
    try:
        found = differences(kind, Version("old", old), Version("new", new), Mode.FULL)
    except ContractError:
        return
    assert old != new or found == ()


def _chain(length: int, last: str) -> dict[str, Json]:
    schemas: dict[str, Json] = {
        f"S{n}": {"type": "object", "properties": {"next": {"$ref": f"#/components/schemas/S{n + 1}"}}}
        for n in range(length)
    }
    schemas[f"S{length}"] = {"type": last}
    return answered({"$ref": "#/components/schemas/S0"}, components={"schemas": schemas})


def test_schemas_that_refer_to_each_other_thousands_of_times_over_are_compared() -> None:
    old, new = (json.dumps(_chain(3000, each)).encode() for each in ("string", "integer"))
    (change,) = differences("openapi", Version("old", old), Version("new", new))
    assert (change.rule, change.writer.pointer) == ("type-changed", "/components/schemas/S3000")


def test_recursion_without_end_is_an_error() -> None:
    def endless() -> int:
        return endless() + 1

    with pytest.raises(ContractError, match="nested too deeply"):
        deep("x", endless)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"openapi: 3.1.0", "openapi"),
        (b'{"swagger": "2.0"}', "openapi"),
        (b"asyncapi: 3.0.0", "asyncapi"),
        (b"a: 1", ""),
        (b"[1]", ""),
        (b"a: [", ""),
    ],
)
def test_a_document_tells_what_it_is(data: bytes, kind: str) -> None:
    assert of_document("x.yaml", data) == kind


def test_what_takes_more_memory_than_there_is_says_so() -> None:
    def exhaust() -> None:
        raise MemoryError

    with pytest.raises(ContractError, match="more memory than there is"):
        deep("a.json", exhaust)


def _doubling(levels: int, keyword: str, **last: Json) -> dict[str, Json]:
    """A schema whose values are told by twice as many alternatives with each level."""
    each: dict[str, Json] = {
        f"l{level}": {
            keyword: [
                {"$ref": f"#/$defs/l{level + 1}"},
                {"allOf": [{"$ref": f"#/$defs/l{level + 1}"}, {"required": [f"r{level}"]}]},
            ]
        }
        for level in range(levels)
    }
    return {"$ref": "#/$defs/l0", "$defs": {**each, f"l{levels}": {"type": "object", **last}}}


@pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
def test_alternatives_that_multiply_without_end_are_refused(monkeypatch: pytest.MonkeyPatch, keyword: str) -> None:
    old, new = (json.dumps(_doubling(40, keyword, **last)).encode() for last in ({}, {"required": ["a"]}))
    monkeypatch.setattr("lockstep.contracts.containment._MOST_LOOKED_AT", 20_000)
    with pytest.raises(
        ContractError, match=r"too many alternatives to compare, at #/.*; give its anyOf and oneOf"
    ) as caught:
        differences("json-schema", Version("old.json", old), Version("new.json", new))
    assert caught.value.document in {"old.json", "new.json"}


def test_some_alternatives_are_compared() -> None:
    old, new = (json.dumps(_doubling(5, "anyOf", **last)).encode() for last in ({}, {"required": ["a"]}))
    assert differences("json-schema", Version("old.json", old), Version("new.json", new)) != ()
