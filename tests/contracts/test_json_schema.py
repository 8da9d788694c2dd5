"""JSON schemas: what a reader by one may refuse of what is written by another."""

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.contracts import json_schema
from lockstep.contracts.change import Change, ContractError
from tests.contracts.contracts_of import Json

CLOSED = {"additionalProperties": False}
A, B = {"properties": {"a": {"type": "string"}}}, {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}}


def load(schema: Json, name: str = "x.json") -> Json:
    return json_schema.load(name, json.dumps(schema).encode())


def compared(writer: Json, reader: Json) -> tuple[Change, ...]:
    return json_schema.unreadable(load(writer, "writer.json"), load(reader, "reader.json"))


def rules(writer: Json, reader: Json) -> list[str]:
    return [change.rule for change in compared(writer, reader)]


@pytest.mark.parametrize(
    ("writer", "reader"),
    [
        ({"type": "integer"}, {"type": "number"}),
        ({"type": "string"}, {"type": ["string", "null"]}),
        ({"type": "string", "minLength": 3}, {"type": "string", "minLength": 2}),
        ({"type": "integer", "exclusiveMinimum": 1}, {"type": "integer", "minimum": 2}),
        ({"type": "number", "minimum": 2}, {"type": "number", "exclusiveMinimum": 1}),
        ({"multipleOf": 10}, {"multipleOf": 5}),
        ({"type": "integer"}, {"type": "integer", "multipleOf": 1}),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}),
        ({"const": 1.0}, {"enum": [1]}),
        ({"enum": ["ab", "abc"]}, {"type": "string", "minLength": 2, "pattern": "^a"}),
        ({"type": "boolean"}, {"enum": [True, False]}),
        ({**A, **CLOSED}, {**B, **CLOSED}),
        (B, A),
        (A, {**A, "properties": {**A["properties"], "b": True}}),
        ({**A, "required": ["a"]}, A),
        (A, {**B, "properties": {**B["properties"], "b": {}}}),
        ({"allOf": [{"type": "string"}, {"maxLength": 2}]}, {"type": "string", "maxLength": 3}),
        ({"type": "string"}, {"anyOf": [{"type": "null"}, {"type": "string"}]}),
        ({"type": ["string", "null"]}, {"anyOf": [{"type": "null"}, {"type": "string"}]}),
        ({"enum": ["a", 1]}, {"oneOf": [{"const": 1}, {"const": "a"}]}),
        ({"anyOf": [{"const": 1}, {"const": 2}]}, {"type": "integer"}),
        ({"not": {"type": "number"}}, {"not": {"type": "integer"}}),
        ({"type": "string"}, {"not": {"type": "integer"}}),
        ({"if": {"required": ["a"]}, "then": A}, {"if": {"required": ["a"]}, "then": {}}),
        ({"prefixItems": [{"type": "string"}], "items": False}, {"prefixItems": [{}, {}]}),
        ({"type": "array", "uniqueItems": True}, {"type": "array", "uniqueItems": True}),
        ({"type": "array", "maxItems": 1}, {"type": "array", "uniqueItems": True}),
        ({"contains": {"const": 1}}, {"contains": {"type": "integer"}}),
        ({**A, **CLOSED}, {"propertyNames": {"maxLength": 1}}),
        ({"dependentRequired": {"a": ["b"]}}, {"dependentRequired": {"a": ["b"]}}),
        ({"required": ["b"]}, {"dependentRequired": {"a": ["b"]}}),
        ({"patternProperties": {"^x": {"type": "integer"}}}, {"patternProperties": {"^x": {"type": "number"}}}),
        (False, {"type": "string"}),
        ({"type": "string"}, True),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}, {"type": "string"}),
        ({"$ref": "#a", "$defs": {"a": {"$anchor": "a", "type": "string"}}}, {"type": "string"}),
        (
            {"$id": "https://shop.example/a", "$ref": "b", "$defs": {"b": {"$id": "b", "type": "string"}}},
            {"type": "string"},
        ),
    ],
)
def test_what_fits_fits(writer: Json, reader: Json) -> None:
    assert rules(writer, reader) == []


@pytest.mark.parametrize(
    ("writer", "reader", "rule"),
    [
        ({"type": "number"}, {"type": "integer"}, "type-changed"),
        ({"type": ["string", "null"]}, {"type": "string"}, "null-refused"),
        ({"type": "string"}, {"type": "string", "minLength": 2}, "min-length-added"),
        ({"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 2}, "max-length-narrowed"),
        ({"type": "number", "minimum": 1}, {"type": "number", "exclusiveMinimum": 1}, "exclusive-minimum-added"),
        ({"type": "number", "maximum": 9}, {"type": "number", "maximum": 8}, "maximum-narrowed"),
        ({"multipleOf": 10}, {"multipleOf": 4}, "multiple-of-changed"),
        ({"type": "string"}, {"type": "string", "pattern": "a"}, "pattern-added"),
        ({"type": "string", "pattern": "b"}, {"type": "string", "pattern": "a"}, "pattern-changed"),
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, "enum-value-refused"),
        ({"enum": [True]}, {"enum": [1]}, "enum-value-refused"),
        ({"type": "string"}, {"enum": ["a"]}, "enum-added"),
        ({"enum": ["abc"]}, {"type": "string", "maxLength": 2}, "value-refused"),
        (A, B, "property-added-to-open-content"),
        ({**B, **CLOSED}, {**A, **CLOSED}, "property-refused"),
        (A, {**A, **CLOSED}, "additional-properties-refused"),
        (A, {**A, "additionalProperties": {"type": "string"}}, "additional-properties-narrowed"),
        (A, {**A, "required": ["a"]}, "property-became-required"),
        ({**A, **CLOSED}, {**B, **CLOSED, "required": ["b"]}, "required-property-added"),
        ({"type": "string"}, {"allOf": [{"type": "string"}, {"maxLength": 2}]}, "max-length-added"),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, {"anyOf": [{"type": "string"}]}, "null-refused"),
        ({"type": "integer"}, {"anyOf": [{"type": "null"}, {"type": "string"}]}, "any-of-narrowed"),
        ({"not": {"type": "integer"}}, {"not": {"type": "number"}}, "not-extended"),
        (A, {**A, "if": {"required": ["a"]}, "then": {"required": ["b"]}}, "condition-added"),
        ({"type": "array"}, {"type": "array", "items": {"type": "string"}}, "type-changed"),
        ({"type": "array"}, {"type": "array", "uniqueItems": True}, "unique-items-added"),
        ({"type": "array"}, {"type": "array", "contains": {"type": "string"}}, "contains-added"),
        ({"type": "array"}, {"type": "array", "maxItems": 3}, "max-items-added"),
        ({"type": "object"}, {"type": "object", "propertyNames": {"maxLength": 3}}, "property-names-narrowed"),
        ({"type": "object"}, {"type": "object", "dependentRequired": {"a": ["b"]}}, "dependency-added"),
        ({"type": "string"}, False, "schema-became-false"),
    ],
)
def test_what_does_not_fit_says_what(writer: Json, reader: Json, rule: str) -> None:
    assert rule in rules(writer, reader)


def test_a_required_property_with_a_default_may_be_missing() -> None:
    reader = {
        **B,
        **CLOSED,
        "required": ["b"],
        "properties": {**B["properties"], "b": {"type": "string", "default": ""}},
    }
    assert rules({**A, **CLOSED}, reader) == []


def test_a_change_names_both_places() -> None:
    (change,) = compared({"properties": {"a/b": {"type": "string"}}}, {"properties": {"a/b": {"type": "null"}}})
    assert (change.writer.document, change.writer.pointer) == ("writer.json", "/properties/a~1b")
    assert (change.reader.document, change.reader.pointer) == ("reader.json", "/properties/a~1b")
    assert change.what == "the type string is not accepted (accepted: null)"


TREE = {
    "$ref": "#/$defs/t",
    "$defs": {"t": {"properties": {"v": {"type": "string"}, "k": {"items": {"$ref": "#/$defs/t"}}}}},
}


def test_recursive_schemas_end() -> None:
    assert rules(TREE, TREE) == []
    other = json.loads(json.dumps(TREE).replace('"string"', '"null"'))
    assert rules(TREE, other) == ["type-changed"]


def test_a_cycle_that_breaks_far_down_breaks_what_leaned_on_it() -> None:
    def chain(last: str) -> dict[str, Json]:
        defs = {
            "a": {"anyOf": [{"properties": {"b": {"$ref": "#/$defs/b"}}, **CLOSED}]},
            "b": {"properties": {"a": {"$ref": "#/$defs/a"}, "v": {"type": last}}, **CLOSED},
        }
        return {"properties": {"a": {"$ref": "#/$defs/a"}, "b": {"$ref": "#/$defs/b"}}, **CLOSED, "$defs": defs}

    assert rules(chain("string"), chain("string")) == []
    assert set(rules(chain("string"), chain("null"))) == {"type-changed"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"[]", "neither an object nor a boolean"),
        (b'{"type": 3}', "no JSON schema"),
        (b'{"$schema": "http://json-schema.org/draft-04/schema#"}', "too old"),
    ],
)
def test_what_is_no_schema_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(ContractError, match=why):
        json_schema.load("x.json", data)


@pytest.mark.parametrize("reference", ["#/none", "other.json", "#/$defs/b", "http://[", "#/x/0"])
def test_a_reference_that_leads_nowhere_is_an_error(reference: str) -> None:
    broken = {"$ref": reference, "$defs": {"b": {"$ref": "#/$defs/c"}}}
    with pytest.raises(ContractError, match="nowhere"):
        rules(broken, {"type": "string"})


def test_a_pattern_that_would_take_for_ever_is_not_tried() -> None:
    assert rules({"enum": ["a" * 40 + "!"]}, {"type": "string", "pattern": "^(a+)+$"}) == ["value-refused"]


_SCALARS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["string", "integer", "number", "object", "array", "null", ["string", "null"]]),
        "minimum": st.integers(-2, 2),
        "exclusiveMaximum": st.integers(-2, 5),
        "maxLength": st.integers(0, 5),
        "enum": st.lists(st.sampled_from(["a", "bb", 1, 2.5, None, True]), min_size=1, max_size=3),
        "pattern": st.sampled_from(["^a", "b$", "x"]),
        "multipleOf": st.sampled_from([1, 2, 0.5]),
        "uniqueItems": st.booleans(),
    },
)
_SCHEMAS: st.SearchStrategy[Json] = st.recursive(
    _SCALARS | st.booleans(),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from(["a", "b", "x1"]), inner, max_size=2),
            "required": st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True),
            "additionalProperties": inner,
            "patternProperties": st.dictionaries(st.sampled_from(["^x", "b"]), inner, max_size=1),
            "items": inner,
            "prefixItems": st.lists(inner, min_size=1, max_size=2),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "not": _SCALARS,
            "if": _SCALARS,
            "then": inner,
            "dependentRequired": st.dictionaries(st.sampled_from(["a", "b"]), st.just(["a"]), max_size=1),
            "propertyNames": _SCALARS,
            "contains": inner,
        },
    ),
    max_leaves=6,
)


@given(_SCHEMAS)
def test_a_schema_fits_itself(schema: Json) -> None:
    assert compared(schema, json.loads(json.dumps(schema))) == ()


@given(_SCHEMAS, _SCHEMAS)
def test_what_is_said_to_fit_does(writer: Json, reader: Json) -> None:
    if compared(writer, reader):
        return
    values = [None, True, 0, 1, 2.5, "", "a", "bb", "xxxxxx", [], [1, 1], ["a"], {}, {"a": 1}, {"b": "a", "x1": None}]
    # Registries take `oneOf` for a choice, as if its branches never overlapped.
    if "oneOf" in json.dumps(reader):
        return
    for value in values:
        if jsonschema.Draft202012Validator(writer).is_valid(value):
            assert jsonschema.Draft202012Validator(reader).is_valid(value), value
