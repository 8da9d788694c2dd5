"""Pact files of every version of the specification, and what is none."""

import contextlib
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockstep.contracts import pact
from lockstep.contracts.change import ContractError
from lockstep.contracts.pact import Body, Interaction, Pact
from tests.contracts.contracts_of import Json
from tests.contracts.pacts_of import pact_of, sent


def read(value: Json) -> Pact:
    return pact.load("web-shop.json", json.dumps(value).encode())


def one(interaction: Json, version: str = "2.0.0") -> Interaction:
    (found,) = read(pact_of(interaction, version=version)).interactions
    return found


def test_a_pact_says_who_asks_whom_for_what() -> None:
    found = read(pact_of(sent("/a", method="POST", headers={"X-A": "1"}, query="p=1&p=2&q=a%20b")))
    assert (found.consumer, found.provider, found.messages) == ("web", "shop", ())
    (interaction,) = found.interactions
    assert (interaction.description, interaction.pointer) == ("a request", "/interactions/0")
    request = interaction.request
    assert (request.method, request.path, request.headers) == ("post", "/a", {"x-a": "1"})
    assert (request.query, request.body, request.media) == ({"p": ("1", "2"), "q": ("a b",)}, None, "")


@pytest.mark.parametrize("query", ["?p=1&p=2", {"p": ["1", "2"]}])
def test_a_query_is_text_or_lists(query: Json) -> None:
    assert one(sent(query=query)).request.query == {"p": ("1", "2")}


def test_a_query_may_have_numbers_and_no_list() -> None:
    assert one(sent(query={"p": 7, "q": [True]})).request.query == {"p": ("7",), "q": ("true",)}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (None, None),
        ({}, None),
        ({"content": ""}, None),
        (
            {"content": {"a": 1}, "contentType": "application/json", "encoded": False},
            Body({"a": 1}, "application/json"),
        ),
        (
            {"content": '{"a": 1}', "contentType": "application/json", "encoded": "JSON"},
            Body({"a": 1}, "application/json"),
        ),
        (
            {"content": "eyJhIjogMX0=", "contentType": "application/json", "encoded": "base64"},
            Body({"a": 1}, "application/json"),
        ),
        ({"content": "aGk=", "contentType": "text/plain", "encoded": "base64"}, Body("hi", "text/plain")),
        ({"content": "!", "encoded": "base64"}, Body("!", "")),
        ({"content": "{", "encoded": "json"}, Body("{", "")),
        ({"content": "hi", "encoded": False}, Body("hi", "")),
    ],
)
def test_bodies_of_version_four_are_unwrapped(body: Json, expected: Body | None) -> None:
    found = one(sent(body=body, answer={"body": body}), version="4.0")
    assert (found.request.body, found.response.body) == (expected, expected)


def test_a_body_before_version_four_is_what_it_is() -> None:
    assert one(sent(body={"content": 1}), version="3.0.0").request.body == Body({"content": 1})
    assert one(sent(body=False)).request.body == Body(value=False)


def test_the_media_type_stands_in_a_header_or_beside_the_body() -> None:
    body = {"content": 1, "contentType": "text/x"}
    assert one(sent(body=body), version="4.0").request.media == "text/x"
    headers = {"Content-Type": ["application/json"]}
    found = one(sent(body=body, headers=headers, answer={"headers": headers}), version="4.0")
    assert (found.request.media, found.response.media) == ("application/json", "application/json")


@pytest.mark.parametrize(
    "metadata",
    [
        {"pactSpecification": {"version": "4.0"}},
        {"pact-specification": {"version": "4"}},
        {"pactSpecificationVersion": "4.0.0"},
    ],
)
def test_the_version_is_said_in_several_ways(metadata: Json) -> None:
    value = pact_of(sent(body={"content": 7})) | {"metadata": metadata}
    assert read(value).interactions[0].request.body == Body(7)


def test_messages_are_told_apart() -> None:
    value = pact_of(sent(), {"type": "Asynchronous/Messages", "description": "made"}, version="4.0")
    found = read(value | {"messages": [{"contents": {}}]})
    assert [each.pointer for each in found.interactions] == ["/interactions/0"]
    assert found.messages == (("made", "/interactions/1"), ("", "/messages/0"))


def test_method_and_status_have_defaults() -> None:
    found = one({"request": {"path": "/"}, "response": {}})
    assert (found.description, found.request.method, found.response.status) == ("", "get", 200)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ([], "it is no pact"),
        ({"consumer": {"name": "a"}}, "it is no pact"),
        (pact_of() | {"consumer": {}}, "who its consumer is"),
        (pact_of() | {"provider": "shop"}, "who its provider is"),
        (pact_of(version="5.0"), "it follows version 5.0"),
        (pact_of(version="new"), "it follows version new"),
        (pact_of() | {"interactions": {}}, "its interactions are no list"),
        (pact_of(7), "number 1 of its interactions is no object"),
        (pact_of({"response": {}}), "#/interactions/0 has no request"),
        (pact_of({"request": {"path": "/"}}), "#/interactions/0 has no response"),
        (pact_of(sent("a")), "path that begins with /"),
        (pact_of(sent() | {"request": {"path": "/", "method": 1}}), "method is no text"),
        (pact_of(sent(query=[1])), "neither text nor object"),
        (pact_of(sent(headers=[1])), "headers that are no object"),
        (pact_of(sent(answer={"status": "ok"})), "expects the status ok"),
    ],
)
def test_what_is_no_pact_says_why(value: Json, why: str) -> None:
    with pytest.raises(ContractError, match=re.escape(why)) as caught:
        read(value)
    assert caught.value.document == "web-shop.json"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
PARTS = st.dictionaries(st.sampled_from(["method", "path", "query", "headers", "body", "status"]), VALUES)


@settings(max_examples=50)
@given(
    st.lists(st.fixed_dictionaries({}, optional={"request": PARTS, "response": PARTS}) | VALUES), st.sampled_from("234")
)
def test_anything_is_read_or_refused(interactions: list[Json], version: str) -> None:
    with contextlib.suppress(ContractError):
        found = read(pact_of(*interactions, version=version))
        assert len(found.interactions) + len(found.messages) == len(interactions)
