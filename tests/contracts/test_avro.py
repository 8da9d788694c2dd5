"""Avro: schema resolution, case by case."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.contracts import avro
from lockstep.contracts.change import ContractError
from tests.contracts.contracts_of import Json


def record(*fields: Json, name: str = "R", **more: Json) -> dict[str, Json]:
    return {"type": "record", "name": name, "fields": list(fields), **more}


def field(name: str, type_: Json, **more: Json) -> dict[str, Json]:
    return {"name": name, "type": type_, **more}


def enum(*symbols: str, **more: Json) -> dict[str, Json]:
    return {"type": "enum", "name": "E", "symbols": list(symbols), **more}


def load(schema: Json) -> avro.Type:
    return avro.load("x.avsc", json.dumps(schema).encode())


def found(writer: Json, reader: Json) -> list[tuple[str, str]]:
    return [(change.rule, change.reader.pointer) for change in avro.unreadable(load(writer), load(reader))]


@pytest.mark.parametrize(
    ("writer", "reader"),
    [
        ("int", "long"),
        ("int", "double"),
        ("long", "float"),
        ("float", "double"),
        ("string", "bytes"),
        ("bytes", "string"),
        ("int", ["null", "long"]),
        (["int", "float"], "double"),
        (["int", "string"], ["string", "int"]),
        ({"type": "array", "items": "int"}, {"type": "array", "items": "long"}),
        ({"type": "map", "values": "int"}, {"type": "map", "values": "long"}),
        (record(field("a", "int")), record()),
        (record(), record(field("a", "int", default=0))),
        (record(field("a", "int")), record(field("b", "int", aliases=["a"]))),
        (record(name="old.R"), record(name="new.R")),
        (record(name="S"), record(name="R", aliases=["S"])),
        (enum("A"), enum("A", "B")),
        (enum("A", "B"), enum("A", default="A")),
        ({"type": "fixed", "name": "F", "size": 4}, {"type": "fixed", "name": "F", "size": 4}),
        (
            record(field("a", {"type": "record", "name": "N", "namespace": "x", "fields": []}), field("b", "x.N")),
            record(field("b", {"type": "record", "name": "N", "fields": []})),
        ),
        ({"type": "int", "logicalType": "date"}, "int"),
    ],
)
def test_what_resolves_resolves(writer: Json, reader: Json) -> None:
    assert found(writer, reader) == []


@pytest.mark.parametrize(
    ("writer", "reader", "rule", "pointer"),
    [
        ("long", "int", "type-changed", ""),
        ("string", "int", "type-changed", ""),
        (["null", "int"], "int", "type-changed", ""),
        (["null", "int"], ["int"], "union-branch-removed", ""),
        (record(), record(field("a", "int")), "field-without-default-added", "/fields/0"),
        (record(field("a", "long")), record(field("a", "int")), "type-changed", "/fields/0/type"),
        (record(name="S"), record(), "name-changed", ""),
        (enum("A", "B"), enum("A"), "enum-symbol-removed", "/symbols"),
        (
            {"type": "fixed", "name": "F", "size": 4},
            {"type": "fixed", "name": "F", "size": 8},
            "fixed-size-changed",
            "/size",
        ),
        (
            {"type": "array", "items": "long"},
            {"type": "array", "items": "int"},
            "type-changed",
            "/items",
        ),
    ],
)
def test_what_does_not_resolve_says_what_and_where(writer: Json, reader: Json, rule: str, pointer: str) -> None:
    assert found(writer, reader) == [(rule, pointer)]


def test_recursive_records_end() -> None:
    tree = record(field("v", "int"), field("next", ["null", "R"]))
    assert found(tree, tree) == []
    assert found(tree, record(field("v", "string"), field("next", ["null", "R"]))) == [
        ("type-changed", "/fields/0/type")
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[",
        b"3",
        b"{}",
        b'"none"',
        b'{"type": "record"}',
        b'{"type": "array"}',
        b'{"type": "enum", "name": "E"}',
        b"[" * 9999,
        b" " * (avro.LARGEST + 1),
        b"9" * 5000,
        b'{"type":"enum","name":"x","symbols":5}',
        b'{"type":"enum","name":"x","symbols":["A"],"aliases":3}',
        b'{"type":"fixed","name":"x","size":"4"}',
        b"\xff",
    ],
)
def test_what_is_no_schema_is_refused(data: bytes) -> None:
    with pytest.raises(ContractError, match="it is"):
        avro.load("x.avsc", data)


@given(st.binary(max_size=100) | st.text(alphabet='{}[]":,typerecodnamfilsx1', max_size=60).map(str.encode))
def test_any_bytes_are_a_schema_or_that_error(data: bytes) -> None:
    try:
        schema = avro.load("x.avsc", data)
    except ContractError:
        return
    assert avro.unreadable(schema, schema) == ()


_TYPES: st.SearchStrategy[Json] = st.recursive(
    st.sampled_from(["null", "boolean", "int", "long", "float", "double", "bytes", "string"]),
    lambda inner: st.one_of(
        inner.map(lambda each: {"type": "array", "items": each}),
        inner.map(lambda each: {"type": "map", "values": each}),
    ),
    max_leaves=4,
)


@given(st.lists(_TYPES, min_size=1, max_size=4))
def test_a_schema_reads_what_it_writes(types: list[Json]) -> None:
    schema = record(*(field(f"f{n}", each) for n, each in enumerate(types)))
    assert found(schema, schema) == []
