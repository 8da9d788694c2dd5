"""Values against the schemas of contracts: what is sent, and excerpts of what is expected."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockstep.contracts import api
from lockstep.contracts.change import ContractError
from lockstep.contracts.conformance import Conformance, Problem
from tests.contracts.contracts_of import Json, answered

REF = "#/components/schemas"


def of(schema: Json, version: str = "3.0.3", **schemas: Json) -> tuple[Conformance, api.Contract]:
    contract = answered(schema, version=version, components={"schemas": schemas})
    read = api.load("api.json", json.dumps(contract).encode())
    return Conformance(read.root.library), read


def problems(value: Json, schema: Json, *, sent: bool, version: str = "3.0.3", **schemas: Json) -> list[Problem]:
    conformance, contract = of(schema, version, **schemas)
    (response,) = contract.operations["get", "/a"].responses.values()
    node = response.contents["application/json"]
    assert node is not None
    return list(conformance.sent(value, node) if sent else conformance.expected(value, node))


def sent(value: Json, schema: Json, version: str = "3.0.3", **schemas: Json) -> list[str]:
    return [each.what for each in problems(value, schema, sent=True, version=version, **schemas)]


def expected(value: Json, schema: Json, version: str = "3.0.3", **schemas: Json) -> list[tuple[str, str]]:
    return [(each.kind, each.at) for each in problems(value, schema, sent=False, version=version, **schemas)]


def test_a_problem_names_the_keyword_that_refuses_through_all_references() -> None:
    order = {"properties": {"state/now": {"$ref": f"{REF}/State"}}}
    state = {"type": "string", "enum": ["open"]}
    (found,) = problems([{"state/now": "x"}], {"items": {"$ref": f"{REF}/Order"}}, sent=True, Order=order, State=state)
    assert (found.at, found.spot.document, found.spot.pointer) == (
        "/0/state~1now",
        "api.json",
        "/components/schemas/State/enum",
    )


def test_keywords_beside_a_reference_count_since_3_1() -> None:
    schema = {"$ref": f"{REF}/Name", "maxLength": 2}
    assert sent("abc", schema, Name={"type": "string"}) == []
    assert sent("abc", schema, version="3.1.0", Name={"type": "string"}) == ["'abc' is too long"]
    (found,) = problems("abc", schema, sent=True, version="3.1.0", Name={"type": "string"})
    assert found.spot.pointer.endswith("/schema/maxLength")


def test_the_nearest_alternative_is_told() -> None:
    alternatives = [
        {"type": "integer"},
        {"type": "object", "properties": {"a": {"properties": {"b": {"type": "integer"}}}}},
    ]
    (found,) = problems({"a": {"b": "x"}}, {"anyOf": alternatives}, sent=True)
    assert (found.at, found.what) == ("/a/b", "'x' is not of type 'integer'")


def test_what_the_server_makes_need_not_be_sent_and_what_only_clients_send_is_not_promised() -> None:
    schema = {
        "required": ["id", "name"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "name": {"type": "string"},
            "password": {"type": "string", "writeOnly": True},
        },
    }
    assert sent({"name": "a", "password": "b"}, schema) == []
    assert sent({"id": 1}, schema) == ["'name' is a required property"]
    assert expected({"name": "a"}, schema) == []
    assert expected({"name": "a", "password": "b"}, schema) == [("undeclared", "/password")]


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ({}, {"type": "object", "minProperties": 2}),
        ({"a": 1}, {"properties": {"a": {}}, "dependentRequired": {"a": ["b"]}}),
        ({"a": 1}, {"properties": {"a": {}}, "not": {"required": ["a"]}}),
        ({"a": 1}, {"properties": {"a": {}}, "if": {"required": ["b"]}, "then": {"properties": {"a": False}}}),
        ({"a": 1}, {"properties": {"a": {}}, "if": {"required": ["a"]}, "then": {"required": ["b"]}}),
        ({"b": 1}, {"if": {"required": ["a"]}, "else": {"properties": {"b": {}}}}),
        ({"a": 1, "b": 1}, {"properties": {"a": {}}, "dependentSchemas": {"a": {"properties": {"b": {}}}}}),
        ({"a": 1, "b": 1}, {"unevaluatedProperties": False, "allOf": [{"properties": {"a": {}, "b": {}}}]}),
        ({"x-a": 1}, {"patternProperties": {"^x-": {"type": "integer"}}}),
        ([1, {"a": 1}], {"prefixItems": [{"type": "integer"}, {"properties": {"a": {}}}]}),
        ({"a": 1}, {"properties": {"a": {"oneOf": [{"type": "integer"}, {"type": "number"}]}}}),
    ],
)
def test_an_excerpt_may_be_a_part_of_what_the_schema_asks_for(value: Json, schema: Json) -> None:
    assert expected(value, schema, version="3.1.0") == []


@pytest.mark.parametrize(
    ("value", "schema", "found"),
    [
        ("a", {"not": {"type": "string"}}, [("refused", "")]),
        (1, {"if": {"type": "integer"}, "then": {"minimum": 2}}, [("refused", "")]),
        (
            {"a": 1},
            {"properties": {"a": {}}, "then": {"properties": {"a": {"type": "string"}}}, "if": True, "else": False},
            [("refused", "/a")],
        ),
        ({"x-a": "x"}, {"patternProperties": {"^x-": {"type": "integer"}}}, [("refused", "/x-a")]),
        ({"y": 1}, {"patternProperties": {"^x-": {"type": "integer"}}}, [("undeclared", "/y")]),
        ({"a": {"b": 1}}, {"properties": {"a": {}}}, [("undescribed", "/a")]),
        (
            {"a": {"b": 1}},
            {"properties": {"a": {"type": "object", "additionalProperties": False}}},
            [("undeclared", "/a/b")],
        ),
        ([{"b": 1}], {"items": {"properties": {"a": {}}}}, [("undeclared", "/0/b")]),
        ({"a": "x"}, {"properties": {"a": {"type": "integer"}}}, [("refused", "/a")]),
    ],
)
def test_an_excerpt_may_not_be_what_the_schema_does_not_promise(value: Json, schema: Json, found: Json) -> None:
    assert expected(value, schema, version="3.1.0") == found


def test_a_discriminator_chooses_by_name_or_by_mapping_and_nothing_where_it_names_nothing() -> None:
    pets: dict[str, Json] = {
        name: {"properties": {"kind": {"type": "string"}, name.lower(): {"type": "integer"}}} for name in ("Cat", "Dog")
    }
    schema = {
        "anyOf": [{"$ref": f"{REF}/Cat"}, {"$ref": f"{REF}/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"d": "Dog"}},
    }
    assert expected({"kind": "Cat", "cat": 1}, schema, **pets) == []
    assert expected({"kind": "Cat", "dog": 1}, schema, **pets) == [("undeclared", "/dog")]
    assert expected({"kind": "d", "dog": 1}, schema, **pets) == []
    assert expected({"kind": "x", "dog": 1}, schema, **pets) == []
    assert sent({"kind": "d", "dog": "x"}, schema, **pets) == ["'x' is not of type 'integer'"]


@pytest.mark.parametrize(
    ("pattern", "taken", "refused"),
    [(r"^(?<year>\d{4})$", "2026", "x"), ("[[a]", "a", "b"), (r"^(a)\1$", "anything", None)],
)
def test_patterns_of_ecma_are_taken_as_far_as_they_are_understood(
    pattern: str, taken: str, refused: str | None
) -> None:
    assert sent(taken, {"type": "string", "pattern": pattern}) == []
    assert len(sent(refused, {"type": "string", "pattern": pattern})) == (refused is not None) or refused is None
    assert expected({taken: 1}, {"patternProperties": {pattern: {"type": "integer"}}}) == []


ENDLESS, LONG = r"^(a+)+\1$", "a" * 60 + "!"


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"name": {"type": "string", "pattern": ENDLESS}}},
        {"patternProperties": {ENDLESS: {"type": "integer"}}},
        {"patternProperties": {ENDLESS: {"type": "integer"}}, "additionalProperties": False},
        {"patternProperties": {ENDLESS: {"type": "integer"}}, "additionalProperties": {"type": "string"}},
        {"patternProperties": {ENDLESS: {"type": "integer"}}, "unevaluatedProperties": False},
        {"patternProperties": {"(?<a>x)|name": {"type": "string"}, LONG: {}}, "unevaluatedProperties": False},
    ],
)
def test_a_pattern_that_would_take_for_ever_refuses_nothing(schema: Json) -> None:
    value = {"name": LONG, LONG: "x"}
    assert sent(value, schema, version="3.1.0") == []
    assert [kind for kind, _ in expected(value, schema, version="3.1.0") if kind == "refused"] == []


def test_what_fits_no_pattern_is_an_additional_property() -> None:
    closed = {"patternProperties": {"^(x-)+": {}}, "properties": {"a": {}}, "additionalProperties": False}
    assert sent({"x-x-a": 1, "a": 1}, closed) == []
    assert sent({"b": 1, "c": 1}, closed) == ["properties that are not declared are not allowed: 'b', 'c'"]
    assert sent({"b": 1, "x-a": "x"}, {**closed, "additionalProperties": {"type": "string"}}) == [
        "1 is not of type 'string'"
    ]
    assert sent([], {"additionalProperties": False}) == []


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("2016-12-31T23:59:60Z", True),
        ("2026-02-30T10:00:00Z", False),
        ("2026-02-03 10:00:00.5-01:30", True),
        ("10:00", False),
    ],
)
def test_points_in_time_are_those_of_rfc_3339(text: str, fits: bool) -> None:  # noqa: FBT001 - a table
    assert (sent(text, {"type": "string", "format": "date-time"}) == []) is fits


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"$ref": f"{REF}/Nothing"}, "leads nowhere"),
        ({"properties": {"a": {"$ref": "other.yaml#/A"}}}, "leads nowhere"),
        ({"properties": 3}, "cannot be applied"),
        ({"type": "lamp"}, "cannot be applied: Unknown type 'lamp'"),
        ({"properties": {"a": {"minimum": "x"}}}, "cannot be applied"),
    ],
)
def test_a_schema_that_cannot_be_applied_is_an_error(schema: Json, why: str) -> None:
    with pytest.raises(ContractError, match=why):
        sent({"a": 1}, schema)


def test_alternatives_that_multiply_stay_cheap_and_do_not_go_on_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    deep: Json = True
    for _ in range(40):
        deep = {"a": deep}
    step = {"type": "object", "properties": {"a": {"$ref": f"{REF}/A"}}}
    assert expected(deep, {"$ref": f"{REF}/A"}, A={"oneOf": [step, step, {"type": "string"}]}) != []
    monkeypatch.setattr("lockstep.contracts.conformance._MOST_STEPS", 20)
    with pytest.raises(ContractError, match="more often than can be followed"):
        expected(deep, {"$ref": f"{REF}/A"}, A=step)


def values(schema: Json) -> st.SearchStrategy[Json]:
    """Return values that fit a schema of `schemas`."""
    if schema["type"] == "array":
        return st.lists(values(schema["items"]), max_size=3)
    if schema["type"] == "object":
        return st.fixed_dictionaries({name: values(each) for name, each in schema["properties"].items()})
    return {"integer": st.integers(-9, 9), "string": st.text(max_size=3), "boolean": st.booleans()}[schema["type"]]


def _objects(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    properties = st.dictionaries(st.sampled_from("abc"), inner, min_size=1)
    return properties.map(lambda given: {"type": "object", "required": sorted(given), "properties": given})


schemas = st.recursive(
    st.sampled_from([{"type": name} for name in ("integer", "string", "boolean")]),
    lambda inner: _objects(inner) | inner.map(lambda each: {"type": "array", "items": each}),
    max_leaves=6,
)


def parts(value: Json) -> Iterator[Json]:
    """Yield every excerpt of a value that lacks one property."""
    if isinstance(value, dict):
        for name, child in value.items():
            rest = {key: each for key, each in value.items() if key != name}
            yield rest
            yield from ({**rest, name: part} for part in parts(child))


@settings(max_examples=40)
@given(st.data())
def test_what_fits_is_taken_whole_and_in_part_and_with_more_it_is_not(data: st.DataObject) -> None:
    schema = data.draw(schemas)
    value = data.draw(values(schema))
    assert sent(value, schema) == []
    assert expected(value, schema) == []
    assert all(expected(part, schema) == [] for part in parts(value))
    if isinstance(value, dict):
        assert expected(value | {"more": 1}, schema) == [("undeclared", "/more")]
        assert all(sent(part, schema) for part in parts(value))
