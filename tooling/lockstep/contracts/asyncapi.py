"""Two versions of an AsyncAPI contract (2.x, 3.x): what breaks those who send to the application, or read what it sends."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from lockstep.contracts.api import Bytes, collected, referent
from lockstep.contracts.change import Change, ContractError
from lockstep.contracts.containment import Comparison, Profile
from lockstep.contracts.documents import read, without_collector
from lockstep.contracts.schemas import Library, Node

NAME = "asyncapi"
_PROFILE = Profile(undeclared=False, filled=False, said=True)
_SENT = "those who read what the application sends do not expect it"
_RECEIVED = "those who send what was allowed before are refused or misunderstood"


class Message(NamedTuple):
    """A message of a channel. `sent` is true where the application sends it."""

    channel: str
    name: str
    sent: bool
    node: Node


class Contract(NamedTuple):
    """A contract's messages by channel, direction and name."""

    root: Node
    messages: Mapping[tuple[str, bool, str], Message]


def load(name: str, data: bytes, others: Bytes = lambda _: None) -> Contract:
    """Return the contract in `data`; `others` gives the files that it refers to, by name.

    Raises:
        ContractError: it or a file that it refers to cannot be read, or is no such contract.
    """
    document = read(name, data)
    version = str(document.value.get("asyncapi", "")) if isinstance(document.value, dict) else ""
    if not version.startswith(("2.", "3.")):
        raise ContractError(name, f"its AsyncAPI version is {version or 'not said'}; 2.x and 3.x are understood")
    root = Node(Library(collected(document, others), {}), name, "", document.value)
    messages = _of_operations(root) if version.startswith("3.") else _of_channels(root)
    return Contract(root, {(each.channel, each.sent, each.name): each for each in messages})


def _of_channels(root: Node) -> Iterator[Message]:
    """Yield the messages of version 2: clients subscribe to what the application sends, and publish what it receives."""
    for channel, item in root.at("channels").items():
        for keyword, sent in (("subscribe", True), ("publish", False)):
            message = referent(referent(item).at(keyword).at("message"))
            choices = tuple(message.at("oneOf").each())
            for each in (referent(choice) for choice in choices) if choices else (message,):
                if isinstance(each.value, dict):
                    yield Message(channel, _called(each) if choices else "", sent, each)


def _of_operations(root: Node) -> Iterator[Message]:
    """Yield the messages of version 3; an operation without messages of its own has all those of its channel."""
    for _key, operation in root.at("operations").items():  # noqa: PERF102 - nodes have no values()
        channel = referent(operation.at("channel"))
        address = channel.at("address").value
        place = str(address) if address is not None else channel.pointer.rpartition("/")[2]
        named = tuple(operation.at("messages").each())
        for each in named or tuple(each for _key, each in channel.at("messages").items()):
            message = referent(each)
            if isinstance(message.value, dict):
                yield Message(place, _called(message), operation.at("action").value == "send", message)


def _called(message: Node) -> str:
    name = message.value.get("name")
    return name if isinstance(name, str) else message.pointer.rpartition("/")[2]


def breaking(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Return every change that breaks whoever writes to the application or reads from it.

    Raises:
        ContractError: a reference leads nowhere or in a circle.
    """
    comparison = Comparison(_PROFILE)
    with without_collector():
        return tuple(dict.fromkeys(_changes(comparison, old, new)))


def _changes(comparison: Comparison, old: Contract, new: Contract) -> Iterator[Change]:
    for key, before in old.messages.items():
        now = new.messages.get(key)
        operation = f"{'SEND' if before.sent else 'RECEIVE'} {before.channel}"
        part = f"message {before.name}".rstrip()
        why = _SENT if before.sent else _RECEIVED
        if now is None:
            what = f"the {part} is gone"
            spot = new.root.at("channels").spot
            yield Change("message-removed", what, before.node.spot, spot, why=why, operation=operation, part=part)
            continue
        for keyword in ("payload", "headers"):
            for change in _schemas(comparison, before.node.at(keyword), now.node.at(keyword), sent=before.sent):
                yield msgspec.structs.replace(change, operation=operation, part=f"{part} {keyword}".strip(), why=why)


def _schemas(comparison: Comparison, old: Node, new: Node, *, sent: bool) -> Iterator[Change]:
    """Compare two schemas. Those of a format of their own (version 3: `schemaFormat`) are compared as text."""
    before, now = _given(old), _given(new)
    if any("schemaFormat" in each.value for each in (*before, *now) if isinstance(each.value, dict)):
        if [each.value for each in before] != [each.value for each in now]:
            yield Change("payload-changed", "a schema in a format of its own has changed", old.spot, new.spot)
    elif sent:
        yield from comparison.unreadable(now, before)
    else:
        yield from comparison.unreadable(before, now)


def _given(node: Node) -> tuple[Node, ...]:
    return (node,) if isinstance(node.value, dict | bool) else ()
