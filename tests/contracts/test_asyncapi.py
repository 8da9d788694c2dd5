"""Messaging contracts: what breaks those who send to the application, or read what it sends."""

import json

import pytest

from lockstep.contracts import asyncapi
from lockstep.contracts.change import Change, ContractError
from tests.contracts.contracts_of import Json

OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
ASKED = {**OPEN, "required": ["a"]}


def second(word: str, payload: Json) -> dict[str, Json]:
    message = {"payload": {"$ref": "#/components/schemas/S"}}
    return {
        "asyncapi": "2.6.0",
        "channels": {"made": {word: {"message": message}}},
        "components": {"schemas": {"S": payload}},
    }


def third(action: str, payload: Json) -> dict[str, Json]:
    return {
        "asyncapi": "3.0.0",
        "channels": {"made": {"address": "shop.made", "messages": {"m": {"$ref": "#/components/messages/m"}}}},
        "operations": {"o": {"action": action, "channel": {"$ref": "#/channels/made"}}},
        "components": {"messages": {"m": {"name": "Made", "payload": payload}}},
    }


def changes(old: Json, new: Json) -> tuple[Change, ...]:
    return asyncapi.breaking(*(asyncapi.load("x.json", json.dumps(each).encode()) for each in (old, new)))


@pytest.mark.parametrize(("make", "sent", "received"), [(second, "subscribe", "publish"), (third, "send", "receive")])
def test_readers_need_what_they_had_and_senders_what_they_may(make: Json, sent: str, received: str) -> None:
    assert [each.rule for each in changes(make(sent, ASKED), make(sent, OPEN))] == ["property-became-required"]
    assert changes(make(sent, OPEN), make(sent, ASKED)) == ()
    assert [each.rule for each in changes(make(received, OPEN), make(received, ASKED))] == ["property-became-required"]
    assert changes(make(received, ASKED), make(received, OPEN)) == ()


def test_a_change_says_channel_and_message() -> None:
    (change,) = changes(third("send", ASKED), third("send", OPEN))
    assert (change.operation, change.part) == ("SEND shop.made", "message Made payload")
    assert change.why == "those who read what the application sends do not expect it"


def test_a_message_that_is_gone_breaks() -> None:
    assert [each.rule for each in changes(second("publish", OPEN), second("subscribe", OPEN))] == ["message-removed"]


def test_messages_to_choose_from_are_told_apart_by_name() -> None:
    def choice(*names: str) -> Json:
        message = {"oneOf": [{"name": name, "payload": OPEN} for name in names]}
        return {"asyncapi": "2.6.0", "channels": {"c": {"publish": {"message": message}}}}

    assert changes(choice("A"), choice("A", "B")) == ()
    assert [each.part for each in changes(choice("A", "B"), choice("B"))] == ["message A"]


def test_a_schema_in_a_format_of_its_own_is_compared_as_text() -> None:
    def own(text: str) -> Json:
        return third("send", {"schemaFormat": "application/vnd.apache.avro", "schema": {"type": text}})

    assert changes(own("int"), own("int")) == ()
    assert [each.rule for each in changes(own("int"), own("long"))] == ["payload-changed"]


@pytest.mark.parametrize("contract", [[], {}, {"asyncapi": "1.0.0"}])
def test_what_is_no_contract_is_refused(contract: Json) -> None:
    with pytest.raises(ContractError, match="AsyncAPI version"):
        asyncapi.load("x.json", json.dumps(contract).encode())
