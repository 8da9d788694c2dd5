"""Pact files (specification 1 to 4) as values: what a consumer sends, and what it expects back.

Examples count, matching rules and generators do not: what a consumer tells its mock is what is compared.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from lockstep.contracts.change import ContractError
from lockstep.contracts.documents import read, under

_HTTP = "Synchronous/HTTP"
_NEWEST = 4
_CONTENT_TYPE = "content-type"
_WRITTEN_AS_JSON = "json"


class Body(NamedTuple):
    """A body: its value (any JSON value; text where it is no JSON), and the media type that is said beside it ("" for none)."""

    value: Any
    media: str = ""


class Request(NamedTuple):
    """A request. Headers are by lower-case name; a query parameter has all its values, in order."""

    method: str
    path: str
    query: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, str]
    body: Body | None

    @property
    def media(self) -> str:
        """The body's media type as it is said, "" where it is not."""
        return _media(self.headers, self.body)


class Response(NamedTuple):
    """The part of a response that the consumer relies on."""

    status: int
    headers: Mapping[str, str]
    body: Body | None

    @property
    def media(self) -> str:
        """The body's media type as it is said, "" where it is not."""
        return _media(self.headers, self.body)


class Interaction(NamedTuple):
    """One interaction; `pointer` is where it stands in the file. pending: nobody has to hold it yet (since version 4)."""

    description: str
    pointer: str
    request: Request
    response: Response
    pending: bool


class Pact(NamedTuple):
    """A pact, whole. `messages` are descriptions and pointers of what is no HTTP."""

    name: str
    consumer: str
    provider: str
    interactions: tuple[Interaction, ...]
    messages: tuple[tuple[str, str], ...]


def load(name: str, data: bytes) -> Pact:
    """Return the pact in `data`.

    Raises:
        ContractError: it cannot be read, or is no pact.
    """
    value = read(name, data).value
    if not isinstance(value, dict) or value.keys().isdisjoint({"interactions", "messages"}):
        raise ContractError(name, "it is no pact: it has neither interactions nor messages")
    interactions: list[Interaction] = []
    messages: list[tuple[str, str]] = []
    reader = _Reader(name, _version(name, value))
    for pointer, each in (*_listed(name, value, "interactions"), *_listed(name, value, "messages")):
        if pointer.startswith("/messages") or each.get("type", _HTTP) != _HTTP:
            messages.append((_described(each), pointer))
        else:
            interactions.append(reader.interaction(pointer, each))
    consumer, provider = (_called(name, value, side) for side in ("consumer", "provider"))
    return Pact(name, consumer, provider, tuple(interactions), tuple(messages))


def _called(name: str, value: Mapping[str, Any], side: str) -> str:
    named = value.get(side)
    found = named.get("name") if isinstance(named, dict) else None
    if not isinstance(found, str) or not found.strip():
        raise ContractError(name, f"it does not say who its {side} is")
    return found


def _version(name: str, value: Mapping[str, Any]) -> int:
    """Return the major version of the specification that a pact follows; 2 where it does not say."""
    about = value.get("metadata", value.get("metaData"))
    said: Any = None
    if isinstance(about, dict):
        named = about.get("pactSpecification", about.get("pact-specification"))
        said = named.get("version") if isinstance(named, dict) else about.get("pactSpecificationVersion")
    if said is None:
        return 2
    major = str(said).partition(".")[0]
    if not (major.isascii() and major.isdigit() and int(major) <= _NEWEST):
        raise ContractError(name, f"it follows version {said} of Pact's specification; 1 to {_NEWEST} are understood")
    return int(major)


def _listed(name: str, value: Mapping[str, Any], keyword: str) -> Iterator[tuple[str, dict[str, Any]]]:
    listed = value.get(keyword, [])
    if not isinstance(listed, list):
        raise ContractError(name, f"its {keyword} are no list")
    for index, each in enumerate(listed):
        if not isinstance(each, dict):
            raise ContractError(name, f"number {index + 1} of its {keyword} is no object")
        yield under("", keyword, index), each


def _described(interaction: Mapping[str, Any]) -> str:
    said = interaction.get("description")
    return said if isinstance(said, str) else ""


class _Reader:
    """Reads the interactions of one file by its version."""

    def __init__(self, name: str, version: int) -> None:
        self._name = name
        self._version = version

    def interaction(self, pointer: str, value: Mapping[str, Any]) -> Interaction:
        request = self._request(pointer, self._part(pointer, value, "request"))
        response = self._response(pointer, self._part(pointer, value, "response"))
        return Interaction(_described(value), pointer, request, response, value.get("pending") is True)

    def _part(self, pointer: str, value: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
        part = value.get(keyword)
        if not isinstance(part, dict):
            raise self._error(pointer, f"has no {keyword}")
        return part

    def _request(self, pointer: str, value: Mapping[str, Any]) -> Request:
        path, method = value.get("path"), value.get("method", "GET")
        if not isinstance(path, str) or not path.startswith("/"):
            raise self._error(pointer, "has a request without a path that begins with /")
        if not isinstance(method, str):
            raise self._error(pointer, "has a request whose method is no text")
        query = self._query(pointer, value.get("query"))
        return Request(method.lower(), path, query, self._headers(pointer, value), self._body(value))

    def _response(self, pointer: str, value: Mapping[str, Any]) -> Response:
        status = str(value.get("status", 200))
        if not (status.isascii() and status.isdigit()):
            raise self._error(pointer, f"expects the status {status}, which is no number")
        return Response(int(status), self._headers(pointer, value), self._body(value))

    def _query(self, pointer: str, value: Any) -> Mapping[str, tuple[str, ...]]:  # noqa: ANN401 - any JSON value
        """Return the query: text up to version 2, an object of lists since."""
        found: dict[str, tuple[str, ...]] = {}
        if isinstance(value, str):
            for name, each in parse_qsl(value.removeprefix("?"), keep_blank_values=True):
                found[name] = (*found.get(name, ()), each)
        elif isinstance(value, dict):
            found = {name: tuple(_texts(each)) for name, each in value.items()}
        elif value is not None:
            raise self._error(pointer, "has a query that is neither text nor object")
        return found

    def _headers(self, pointer: str, part: Mapping[str, Any]) -> Mapping[str, str]:
        value = part.get("headers") or {}
        if not isinstance(value, dict):
            raise self._error(pointer, "has headers that are no object")
        return {name.lower(): ", ".join(_texts(each)) for name, each in value.items()}

    def _body(self, part: Mapping[str, Any]) -> Body | None:
        """Return the body; in version 4 it is wrapped, with its media type and its encoding. Null and no text are none."""
        value = part.get("body")
        media: Any = ""
        if self._version >= _NEWEST and isinstance(value, dict):
            value, media = _content(value), value.get("contentType")
        return None if value in (None, "") else Body(value, media if isinstance(media, str) else "")

    def _error(self, pointer: str, why: str) -> ContractError:
        return ContractError(self._name, f"the interaction at #{pointer} {why}")


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Yield one text, or those of a list, as they stand in a request."""
    for each in value if isinstance(value, list) else (value,):
        yield each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)


def _content(wrapped: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """Return the content of a body of version 4: as it stands, or as `encoded` (false, JSON, base64) says."""
    content, encoded = wrapped.get("content"), wrapped.get("encoded")
    if not isinstance(content, str) or not isinstance(encoded, str):
        return content
    try:
        plain = content if encoded.lower() == _WRITTEN_AS_JSON else base64.b64decode(content, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return content
    return (
        _as_json(plain) if encoded.lower() == _WRITTEN_AS_JSON or _is_json(str(wrapped.get("contentType"))) else plain
    )


def _as_json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _is_json(media: str) -> bool:
    return "json" in media.lower()


def _media(headers: Mapping[str, str], body: Body | None) -> str:
    return headers.get(_CONTENT_TYPE) or (body.media if body is not None else "")
