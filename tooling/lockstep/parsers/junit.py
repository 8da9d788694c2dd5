"""JUnit XML, as pytest (xunit2) and Node's test runner write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from lockstep.parsers.reading import UnreadableError, text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_OUTCOMES = {"failure": "failed", "error": "error", "skipped": "skipped"}
_MESSAGE = 8000


class Case(msgspec.Struct, frozen=True):
    """One `testcase`. `outcome` is passed, failed, error or skipped; `message` its summary, then its text, cut to 8000."""

    name: str
    classname: str
    outcome: str
    seconds: float
    message: str
    file: str
    properties: Mapping[str, str]


def cases(data: bytes, tool: str) -> tuple[Case, ...]:
    """Return every test case, in order, of suites inside suites too.

    Raises:
        UnreadableError: nothing was written, it is cut off, or it is no JUnit XML.
    """
    import xml.etree.ElementTree as ET  # noqa: PLC0415 - not needed on the warm path

    if not data.strip():
        raise UnreadableError(f"{tool} wrote no JUnit report")
    written = text(data)
    if "<!DOCTYPE" in written or "<!ENTITY" in written:
        raise UnreadableError(f"{tool}'s JUnit report declares entities, which none does")
    try:
        root = ET.fromstring(written)  # noqa: S314 - without declarations there are no entities to expand
    except (ET.ParseError, ValueError) as error:
        raise UnreadableError(f"{tool}'s JUnit report is not whole XML: {error}") from error
    if root.tag not in {"testsuites", "testsuite"}:
        raise UnreadableError(f"{tool}'s report is no JUnit XML: it starts with <{root.tag}>")
    return tuple(_cases(root))


def _cases(root: Element) -> Iterator[Case]:
    for element in root.iter("testcase"):
        ends = [child for child in element if child.tag in _OUTCOMES]
        yield Case(
            name=element.get("name", ""),
            classname=element.get("classname", ""),
            outcome=_outcome(ends),
            seconds=_seconds(element.get("time", "")),
            message="\n".join(_message(end) for end in ends)[:_MESSAGE],
            file=element.get("file", ""),
            properties={
                each.get("name", ""): each.get("value", "") for each in element.iterfind("properties/property")
            },
        )


def _outcome(ends: list[Element]) -> str:
    """Return the gravest of what is said: a test whose teardown broke after it failed has both."""
    said = {_OUTCOMES[end.tag] for end in ends}
    return next((outcome for outcome in ("failed", "error", "skipped") if outcome in said), "passed")


def _message(end: Element) -> str:
    return "\n".join(part for part in (end.get("message", ""), (end.text or "").strip()) if part)


def _seconds(written: str) -> float:
    try:
        seconds = float(written)
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < float("inf") else 0.0
