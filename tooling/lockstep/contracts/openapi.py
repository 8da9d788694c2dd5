"""Two versions of an HTTP contract: what breaks clients that were written against the old one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from lockstep.contracts.api import Contract, Operation, Parameter, Payload, Response, load
from lockstep.contracts.change import Change
from lockstep.contracts.containment import Comparison, Profile
from lockstep.contracts.documents import without_collector
from lockstep.contracts.schemas import Node

NAME = "openapi"
_ASKED = Profile(undeclared=False, filled=False, hidden="readOnly", ignored=True, said=True)
_ANSWERED = Profile(undeclared=False, filled=False, hidden="writeOnly", lost=True, said=True)
_REFUSED = "clients that send what was allowed before are refused or misunderstood"
_UNEXPECTED = "clients that were written against the old contract do not expect it"

__all__ = ["NAME", "breaking", "load"]


def breaking(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Return every change that breaks clients, or may: each with operation, part, what and why.

    Raises:
        ContractError: a reference leads nowhere or in a circle.
    """
    found: dict[tuple[object, ...], tuple[Change, set[str]]] = {}
    with without_collector():
        for change in _Contracts(old, new).changes():
            key = (change.rule, change.what, change.writer, change.reader)
            found.setdefault(key, (change, set()))[1].add(change.operation)
    return tuple(_once(change, len(operations) - 1) for change, operations in found.values())


def _once(change: Change, others: int) -> Change:
    """Return a change that many operations share as one: with the first of them, and how many there are besides."""
    if not others:
        return change
    more = f"{change.what} (and in {others} more operation{'s' if others > 1 else ''})"
    return msgspec.structs.replace(change, what=more)


class _Contracts:
    def __init__(self, old: Contract, new: Contract) -> None:
        self._old = old
        self._new = new
        self._asked = Comparison(_ASKED)
        self._answered = Comparison(_ANSWERED)

    def changes(self) -> Iterator[Change]:
        yield from self._operations(self._old.operations, self._new.operations, by_clients=True)
        yield from self._operations(self._old.webhooks, self._new.webhooks, by_clients=False)

    def _operations(
        self, old: Mapping[tuple[str, str], Operation], new: Mapping[tuple[str, str], Operation], *, by_clients: bool
    ) -> Iterator[Change]:
        for key, before in old.items():
            now = new.get(key)
            if now is None:
                what = "the operation is gone"
                yield _change("operation-removed", what, before.node, self._new.root.at("paths"), before, "", _REFUSED)
            else:
                yield from self._operation(before, now, by_clients=by_clients)

    def _operation(self, before: Operation, now: Operation, *, by_clients: bool) -> Iterator[Change]:
        told = before
        for change in self._parts(before, now, by_clients=by_clients):
            yield change if change.operation else msgspec.structs.replace(change, operation=_named(told))

    def _parts(self, before: Operation, now: Operation, *, by_clients: bool) -> Iterator[Change]:
        yield from _identity(before, now)
        yield from self._security(before, now)
        yield from self._parameters(before, now, by_clients=by_clients)
        yield from self._body(before, now, by_clients=by_clients)
        yield from self._responses(before, now, by_clients=by_clients)
        yield from self._operations(before.callbacks, now.callbacks, by_clients=not by_clients)

    # Requests

    def _parameters(self, before: Operation, now: Operation, *, by_clients: bool) -> Iterator[Change]:
        for key, new in now.parameters.items():
            old = before.parameters.get(key)
            if old is not None:
                yield from self._parameter(old, new, before, by_clients=by_clients)
            elif new.required:
                what = f"the {new.place} parameter `{new.name}` is new and required"
                yield _change("required-parameter-added", what, before.node, new.node, before, _part(new), _REFUSED)
        for key, old in before.parameters.items():
            if key not in now.parameters:
                what = f"the {old.place} parameter `{old.name}` is no longer known"
                yield _change("parameter-removed", what, old.node, now.node, before, _part(old), _REFUSED)

    def _parameter(self, old: Parameter, new: Parameter, of: Operation, *, by_clients: bool) -> Iterator[Change]:
        part = _part(new)
        if new.required and not old.required:
            what = f"the {new.place} parameter `{new.name}` is required now"
            yield _change("parameter-became-required", what, old.node, new.node, of, part, _REFUSED)
        for keyword, before, now in _serialised(old, new):
            what = f"`{keyword}` of the {new.place} parameter `{new.name}` is {now} instead of {before}"
            yield _change("parameter-serialisation-changed", what, old.node, new.node, of, part, _REFUSED)
        before, now = _default(old), _default(new)
        if before != now and not new.required and not old.required:
            what = f"the default of the {new.place} parameter `{new.name}` is {now} instead of {before}"
            change = _change("parameter-default-changed", what, old.node, new.node, of, part, _UNEXPECTED)
            yield msgspec.structs.replace(change, certain=False)
        taken = _items(new) if by_clients and _is_list(new) and not _is_list(old) else new.schema
        for change in self._written(old.schema, taken, of, part, by_clients=by_clients):
            if change.rule != "type-changed" or not _is_text(taken):
                yield change

    def _body(self, before: Operation, now: Operation, *, by_clients: bool) -> Iterator[Change]:
        old, new, part = before.body, now.body, "request body"
        if new is not None and new.required and (old is None or not old.required):
            rule, word = (
                ("body-became-required", "required now") if old else ("required-body-added", "new and required")
            )
            yield _change(rule, f"the request body is {word}", (old or before).node, new.node, before, part, _REFUSED)
        if old is not None and new is None:
            change = _change(
                "body-removed", "a request body is no longer known", old.node, now.node, before, part, _REFUSED
            )
            yield change
        if old is not None and new is not None:
            yield from self._contents(old, new, before, part, by_clients=by_clients)

    def _contents(
        self, old: Payload | Response, new: Payload | Response, of: Operation, part: str, *, by_clients: bool
    ) -> Iterator[Change]:
        why = _REFUSED if by_clients else _UNEXPECTED
        for name, before in old.contents.items():
            special = None if by_clients else _special(name, new.contents)
            taken = name if name in new.contents else _wider(name, new.contents) or special
            if taken is None or taken == special:
                what = f"the media type {name} is gone" + (f", {taken} is instead of it" if taken else "")
                gone = _change("media-type-removed", what, old.node, new.node, of, part, why)
                yield msgspec.structs.replace(gone, certain=taken is None)
            if taken is not None:
                yield from self._written(before, new.contents[taken], of, part, by_clients=by_clients)

    def _written(
        self, old: Node | None, new: Node | None, of: Operation, part: str, *, by_clients: bool
    ) -> Iterator[Change]:
        """Compare what is written with what is read: by clients that know the old schema, or for them."""
        before, now = (old,) if old is not None else (), (new,) if new is not None else ()
        if by_clients:
            found, why = self._asked.unreadable(before, now), _REFUSED
        elif now or not before:
            found, why = self._answered.unreadable(now, before), _UNEXPECTED
        else:
            found, why = (), _UNEXPECTED
        for change in found:
            yield msgspec.structs.replace(change, operation=_named(of), part=part, why=why)

    # Responses

    def _responses(self, before: Operation, now: Operation, *, by_clients: bool) -> Iterator[Change]:
        for status, old in before.responses.items():
            new = now.responses.get(status) or _range(status, now.responses)
            part = f"response {status}"
            if new is None:
                what = f"the response {status} is gone"
                change = _change(
                    "response-removed", what, old.node, now.node.at("responses"), before, part, _UNEXPECTED
                )
                yield msgspec.structs.replace(change, certain=status.startswith("2"))
            else:
                yield from self._contents(old, new, before, part, by_clients=not by_clients)
                yield from self._headers(old, new, before, part)

    def _headers(self, old: Response, new: Response, of: Operation, part: str) -> Iterator[Change]:
        for key, before in old.headers.items():
            now = new.headers.get(key)
            if now is None:
                what = f"the header {before.name} is gone"
                yield _change("header-removed", what, before.node, new.node, of, part, _UNEXPECTED)
                continue
            if before.required and not now.required:
                what = f"the header {before.name} may be missing now"
                yield _change("header-became-optional", what, before.node, now.node, of, part, _UNEXPECTED)
            for keyword, was, is_ in _serialised(before, now):
                what = f"`{keyword}` of the header {before.name} is {is_} instead of {was}"
                yield _change("header-serialisation-changed", what, before.node, now.node, of, part, _UNEXPECTED)
            yield from self._written(before.schema, now.schema, of, f"{part} header {before.name}", by_clients=False)

    # Security

    def _security(self, before: Operation, now: Operation) -> Iterator[Change]:
        wanted = before.security or ({},)
        given = now.security or ({},)
        for alternative in wanted:
            if not any(_suffices(alternative, each) for each in given):
                told = " and ".join(alternative) or "no credentials"
                what = f"{told} no longer suffice{'s' if len(alternative) == 1 else ''}"
                yield _change(
                    "security-narrowed", what, before.security_node, now.security_node, before, "security", _REFUSED
                )
        for name in sorted({name for each in wanted for name in each} & {name for each in given for name in each}):
            yield from self._scheme(name, before)

    def _scheme(self, name: str, of: Operation) -> Iterator[Change]:
        old, new = self._old.schemes.get(name), self._new.schemes.get(name)
        if old is None or new is None:
            return
        for keyword in ("type", "in", "name", "scheme", "openIdConnectUrl", "flow", "authorizationUrl", "tokenUrl"):
            if _lower(old.at(keyword).value) != _lower(new.at(keyword).value):
                what = f"`{keyword}` of the security scheme {name} is {new.at(keyword).value} instead of {old.at(keyword).value}"
                yield _change("security-scheme-changed", what, old, new, of, "security", _REFUSED)
        yield from _flows(name, old, new, of)


def _flows(name: str, old: Node, new: Node, of: Operation) -> Iterator[Change]:
    for flow, before in old.at("flows").items():
        now = new.at("flows", flow)
        if now.value is None:
            what = f"the flow {flow} of the security scheme {name} is gone"
            yield _change("security-scheme-changed", what, before, new, of, "security", _REFUSED)
            continue
        for keyword in ("authorizationUrl", "tokenUrl", "refreshUrl"):
            if before.at(keyword).value != now.at(keyword).value:
                what = f"`{keyword}` of the flow {flow} of {name} is another"
                yield _change("security-scheme-changed", what, before, now, of, "security", _REFUSED)
        lost = sorted(dict(before.at("scopes").items()).keys() - dict(now.at("scopes").items()).keys())
        if lost:
            what = f"the scopes {', '.join(lost)} of {name} are gone"
            yield _change("security-scheme-changed", what, before, now, of, "security", _REFUSED)


def _identity(before: Operation, now: Operation) -> Iterator[Change]:
    old, new = before.node.value.get("operationId"), now.node.value.get("operationId")
    if old is not None and old != new:
        what = f"the operationId is {new} instead of {old}"
        why = "clients whose code was generated from the contract no longer build"
        change = _change("operation-id-changed", what, before.node, now.node, before, "", why)
        yield msgspec.structs.replace(change, certain=False)


def _suffices(old: Mapping[str, frozenset[str]], new: Mapping[str, frozenset[str]]) -> bool:
    """Whether credentials for the old alternative are enough for the new one."""
    return all(name in old and scopes <= old[name] for name, scopes in new.items())


def _serialised(old: Parameter, new: Parameter) -> Iterator[tuple[str, Any, Any]]:
    """Yield the keywords that say how a value is written and differ: keyword, before, now."""
    style = {"query": "form", "cookie": "form"}.get(new.place, "simple")
    for keyword, default in (
        ("style", style),
        ("explode", None),
        ("allowReserved", False),
        ("collectionFormat", "csv"),
    ):
        before, now = old.node.value.get(keyword, default), new.node.value.get(keyword, default)
        if keyword == "explode":
            before = _explode(old, style) if before is None else before
            now = _explode(new, style) if now is None else now
        if before != now:
            yield keyword, before, now
    if old.node.value.get("allowEmptyValue") is True and new.node.value.get("allowEmptyValue") is not True:
        yield "allowEmptyValue", True, False


def _explode(parameter: Parameter, style: str) -> bool:
    return bool(parameter.node.value.get("style", style) == "form")


def _is_list(parameter: Parameter) -> bool:
    """Whether a parameter is a list in a form that a single value has as well."""
    value = parameter.schema.value if parameter.schema is not None else None
    return isinstance(value, dict) and value.get("type") == "array"


def _is_text(schema: Node | None) -> bool:
    """Whether a parameter may be any text: numbers and booleans are nothing else in a URL or a header."""
    value = schema.value if schema is not None else None
    return isinstance(value, dict) and value.get("type") == "string" and value.keys() <= {"type", "description"}


def _items(parameter: Parameter) -> Node | None:
    items = parameter.schema.at("items") if parameter.schema is not None else None
    return items if items is not None and items.value is not None else None


def _default(parameter: Parameter) -> Any:  # noqa: ANN401 - any JSON value
    schema = parameter.schema
    return schema.value.get("default") if schema is not None and isinstance(schema.value, dict) else None


def _wider(name: str, given: Iterable[str]) -> str | None:
    """Return a range of media types (RFC 9110, section 12.5.1) in `given` that holds `name`."""
    plain, _, _ = name.partition(";")
    return next((each for each in (plain, f"{plain.split('/')[0]}/*", "*/*") if each in given), None)


def _special(name: str, given: Iterable[str]) -> str | None:
    """Return a special kind of `name` in `given` (`application/problem+json`, RFC 6839).

    Who is sent one can read it, unless it insists on the plain kind.
    """
    suffix = f"+{name.partition(';')[0].rpartition('/')[2]}"
    return next((each for each in given if each.partition(";")[0].endswith(suffix)), None)


def _range(status: str, responses: Mapping[str, Response]) -> Response | None:
    return responses.get(f"{status[:1]}XX") or responses.get(f"{status[:1]}xx")


def _lower(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return value.lower() if isinstance(value, str) else value


def _named(operation: Operation) -> str:
    return f"{operation.method.upper()} {operation.path}"


def _part(parameter: Parameter) -> str:
    return f"{parameter.place} parameter {parameter.name}"


def _change(rule: str, what: str, old: Node, new: Node, of: Operation, part: str, why: str) -> Change:
    return Change(rule, what, old.spot, new.spot, why=why, operation=_named(of), part=part)
