"""Protobuf: what the wire format lets one version read of another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.contracts import protobuf
from lockstep.contracts.change import ContractError


def load(body: str, syntax: str = 'syntax = "proto3";') -> protobuf.Schema:
    return protobuf.load("x.proto", f"{syntax}\n{body}".encode())


def rules(writer: str, reader: str, syntax: str = 'syntax = "proto3";') -> list[tuple[str, str]]:
    changes = protobuf.unreadable(load(writer, syntax), load(reader, syntax))
    return [(change.rule, change.reader.pointer) for change in changes]


def m(fields: str) -> str:
    return f"message M {{ {fields} }}"


@pytest.mark.parametrize(
    ("writer", "reader"),
    [
        (m("string a = 1;"), m("string renamed = 1;")),
        (m("string a = 1;"), m("string a = 1; int32 b = 2;")),
        (m("string a = 1; int32 b = 2;"), m("string a = 1;")),
        (m("int32 a = 1;"), m("bool a = 1;")),
        (m("string a = 1;"), m("bytes a = 1;")),
        (m("int32 a = 1;"), m("E a = 1; enum E { Z = 0; }")),
        (m("optional string a = 1;"), m("repeated string a = 1;")),
        (m("N a = 1; message N {}"), m(".M.N a = 1; message N {}")),
        ("package p; " + m("N a = 1; message N {}"), "package p; " + m("p.M.N a = 1; message N {}")),
        (m("string a = 1; string b = 2;"), m("string a = 1; oneof o { string b = 2; int32 c = 3; }")),
        (m("oneof o { string a = 1; string b = 2; }"), m("oneof p { string a = 1; string b = 2; }")),
        (m("map<string, int32> a = 1;"), m("map<string, int64> a = 1;")),
        ("", m("string a = 1;")),
        ("enum E { Z = 0; A = 1; }", "enum E { Z = 0; }"),
    ],
)
def test_what_can_be_read_is_compatible(writer: str, reader: str) -> None:
    assert rules(writer, reader) == []


@pytest.mark.parametrize(
    ("writer", "reader", "rule", "path"),
    [
        ("package a; " + m(""), "package b; " + m(""), "package-changed", ""),
        (m(""), "", "message-removed", ""),
        (m("int32 a = 1;"), m("string a = 1;"), "field-kind-changed", "M/1"),
        (m("int32 a = 1;"), m("sint32 a = 1;"), "field-kind-changed", "M/1"),
        (m("int32 a = 1;"), m("fixed32 a = 1;"), "field-kind-changed", "M/1"),
        (
            "message N {} message O {} " + m("N a = 1;"),
            "message N {} message O {} " + m("O a = 1;"),
            "field-type-changed",
            "M/1",
        ),
        (m("map<string, int32> a = 1;"), m("map<string, string> a = 1;"), "field-kind-changed", "M/1"),
        (m("int32 a = 1;"), m("repeated int32 a = 1;"), "field-label-changed", "M/1"),
        (m("oneof o { string a = 1; string b = 2; }"), m("oneof o { string a = 1; }"), "oneof-field-removed", "M/2"),
        (
            m("string a = 1; string b = 2;"),
            m("oneof o { string a = 1; string b = 2; }"),
            "fields-moved-into-oneof",
            "M/o",
        ),
        (
            "message W { message N { int32 a = 1; } }",
            "message W { message N { string a = 1; } }",
            "field-kind-changed",
            "W/N/1",
        ),
    ],
)
def test_what_cannot_be_read_says_what_and_where(writer: str, reader: str, rule: str, path: str) -> None:
    assert rules(writer, reader) == [(rule, path)]


@pytest.mark.parametrize(
    ("writer", "reader", "rule"),
    [
        (m("optional int32 a = 1;"), m("optional int32 a = 1; required int32 b = 2;"), "required-field-added"),
        (m("required int32 a = 1;"), m(""), "required-field-removed"),
        (m("optional int32 a = 1;"), m("required int32 a = 1;"), "field-became-required"),
    ],
)
def test_required_fields_of_proto2(writer: str, reader: str, rule: str) -> None:
    assert [each for each, _ in rules(writer, reader, 'syntax = "proto2";')] == [rule]


@pytest.mark.parametrize(
    ("data", "why", "line"),
    [
        (b"message {", "no Protobuf schema", 1),
        (b'syntax = "proto3";\nmessage A { string a = ; }', "no Protobuf schema", 2),
        (b"message A { string a = 1; string b = 1; }", "stands twice", 0),
        (b"\xff", "not UTF-8", 0),
        (b"message A {" * 100, "nested too deeply", 0),
        (b" " * (protobuf.LARGEST + 1), "it is larger than 1 MiB", 1),
    ],
)
def test_what_is_no_schema_says_why_and_where(data: bytes, why: str, line: int) -> None:
    with pytest.raises(ContractError) as caught:
        protobuf.load("x.proto", data)
    assert why in caught.value.why
    assert caught.value.line == line


@given(st.binary(max_size=60) | st.text(alphabet='message{}= ;1abint32oneof"', max_size=60).map(str.encode))
def test_any_bytes_are_a_schema_or_that_error(data: bytes) -> None:
    try:
        schema = protobuf.load("x.proto", data)
    except ContractError:
        return
    assert protobuf.unreadable(schema, schema) == ()
