"""JSON that can be read in one way only.

What is not signed in an envelope (white space, escapes, a key given twice, what stands behind the end) could be changed
without breaking the signature. So a document counts only if writing what was read gives the same bytes again. Pure.
"""

import base64
import binascii
import json
from typing import Any, TypeVar

import msgspec

_SEPARATORS = ((",", ":"), (", ", ":"))
"""Compact JSON as most programs write it, and as Go's protojson does in about every second build of a program."""
_DEEPEST = 100

T = TypeVar("T")


class MalformedError(Exception):
    """The bytes are not what they should be; the text says why."""


def parse(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON value in `data`, which is signed itself: only a key given twice makes it ambiguous.

    Raises:
        MalformedError: it is not JSON, or not in a form that can be read in one way only.
    """
    try:
        value = json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"it is not JSON: {error}") from error
    if _depth(value) > _DEEPEST:
        raise MalformedError("it is nested too deeply")
    return value


def parse_exact(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON value in `data`, which nobody signed: compact, with at most one line feed behind it.

    Raises:
        MalformedError: it is not JSON, or other bytes would have the same value.
    """
    value = parse(data)
    body = data.removesuffix(b"\n")
    if not any(_written(value, separators) == body for separators in _SEPARATORS):
        raise MalformedError("it is not compact JSON: white space or escapes were added, or something stands behind it")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _depth(value: object) -> int:
    deepest, pending = 0, [(value, 1)]
    while pending and deepest <= _DEEPEST:
        each, depth = pending.pop()
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        pending += [(child, depth + 1) for child in inner]
        deepest = max(deepest, depth)
    return deepest


def _written(value: object, separators: tuple[str, str]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=separators).encode("utf-8", "surrogatepass")


def write(value: Any) -> bytes:  # noqa: ANN401 - any JSON-like value or msgspec struct
    """Return `value` as compact JSON in the order of its keys."""
    return msgspec.json.encode(value)


def read(value: Any, type_: type[T]) -> T:  # noqa: ANN401 - any JSON value
    """Return a parsed JSON value as `type_`, which forbids unknown fields.

    Raises:
        MalformedError: it is not one.
    """
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise MalformedError(f"it does not have the form that it should: {error}") from error


def unbase64(text: str) -> bytes:
    """Return the bytes of standard base64 (RFC 4648 section 4) in its one canonical form.

    Raises:
        MalformedError: it is not that.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedError(f"it is not base64: {error}") from error
    if base64.b64encode(data).decode() != text:
        raise MalformedError("its base64 is not in canonical form")
    return data


def to_base64(data: bytes) -> str:
    """Return standard base64 with padding."""
    return base64.b64encode(data).decode()
