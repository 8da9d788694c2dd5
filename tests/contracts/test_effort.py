"""How much there is to look at in a contract once its references are followed."""

import json
from operator import attrgetter

import pytest

from lockstep.contracts.documents import Document, read
from lockstep.contracts.effort import Efforts
from tests.contracts.contracts_of import Json


def efforts(**schemas: Json) -> Efforts:
    document = _document("a.json", {"schemas": schemas})
    return Efforts(document, {document.name: document})


def _document(name: str, value: Json) -> Document:
    return read(name, json.dumps(value).encode())


def to(name: str) -> dict[str, str]:
    return {"$ref": f"#/schemas/{name}"}


def test_without_references_every_value_counts_once() -> None:
    assert efforts(A={"type": "object", "required": ["a", "b"]}).whole == (7, 5)


def test_what_is_referred_to_counts_as_often_as_it_is() -> None:
    plain = efforts(A={"x": 1, "y": 2}).whole.values
    assert efforts(A={"x": 1, "y": 2}, B=[to("A"), to("A")]).whole.values == plain + 1 + 2 * 3


def test_schemas_that_double_themselves_are_counted_without_following_each_path() -> None:
    doubling = {f"S{n}": {"l": to(f"S{n + 1}"), "r": to(f"S{n + 1}")} for n in range(60)}
    counted = efforts(**doubling, S60={"type": "string"}, **{"A/B": {"a": to("S0")}})
    assert counted.whole.values > 2**60
    assert counted.place(attrgetter("values")) == "/schemas/A~1B/a"


def test_the_place_is_the_innermost_that_makes_up_a_good_part() -> None:
    counted = efforts(A={"x": [[[1]]]}, B={"y": {"z": [1] * 19}})
    assert counted.place(attrgetter("values")) == "/schemas/B/y/z"
    assert counted.place(attrgetter("depth")) == "/schemas/A/x/0/0/0"


@pytest.mark.parametrize("of", [{}, {"top": to("none")}, {"top": {"$ref": "other.json"}}, {"top": {"$ref": 3}}])
def test_a_reference_that_leads_nowhere_is_one_value(of: Json) -> None:
    assert efforts(A=of).whole.values <= 5


def test_a_reference_in_a_circle_is_not_followed_and_one_into_it_is() -> None:
    ring = {f"S{n}": {"l": to(f"S{(n + 1) % 20}"), "r": to(f"S{(n * 7 + 3) % 20}")} for n in range(20)}
    alone = efforts(**ring).whole
    assert (alone.values, alone.depth) == (2 + 20 * 3, 5)
    assert efforts(**ring, A=to("S4")).whole.values == alone.values + 3


def test_other_documents_count() -> None:
    first = _document("x/a.json", {"openapi": "3.1.0", "a": {"$ref": "../b.json#/b"}})
    second = _document("b.json", {"b": {"c": [1, 2, 3]}})
    assert Efforts(first, {each.name: each for each in (first, second)}).whole.values == 2 + 5


@pytest.mark.parametrize(
    ("schema", "judged"),
    [
        ({"type": "object", "properties": {"a": {"type": "string"}}}, 0),
        ({"type": "string", "default": "x"}, 3),
        ({"properties": {"example": {"type": "string"}}}, 0),
        ({"schema": {"$ref": "#/schemas/B"}, "examples": {}}, 5),
        ({"responses": {"default": {"description": "no"}}}, 0),
    ],
)
def test_schemas_with_examples_are_counted_with_all_that_they_refer_to(schema: Json, judged: int) -> None:
    assert efforts(A=schema, B={"type": "string", "minLength": 1}).judged == judged
