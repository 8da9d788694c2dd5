"""Parameters and forms as they are sent: text, read as the value that its schema makes of it (OpenAPI 3, style and explode)."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from lockstep.contracts.api import Parameter
from lockstep.contracts.conformance import Conformance
from lockstep.contracts.schemas import TYPES, Node, Nodes, shape

Json = Any
Query = Mapping[str, tuple[str, ...]]

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)
_LONGEST_NUMBER = 400
_SEPARATORS = {
    "csv": ",",
    "ssv": " ",
    "tsv": "\t",
    "pipes": "|",
    "form": ",",
    "simple": ",",
    "spaceDelimited": " ",
    "pipeDelimited": "|",
    "label": ".",
    "matrix": ",",
}


class Wire:
    """Reads text as the schemas of one contract say."""

    def __init__(self, conformance: Conformance) -> None:
        self._conformance = conformance

    def parameter(self, parameter: Parameter, texts: tuple[str, ...]) -> Json:
        """Return the value that `texts`, all that were sent under the parameter's name, stand for."""
        about, schema = parameter.node.value, parameter.schema
        if "content" in about:
            return _as_json(texts[0])
        if schema is None:
            return texts[0]
        plain = tuple(_without_prefix(about, parameter.name, text) for text in texts)
        kinds = _kinds((schema,))
        if kinds != TYPES and "object" in kinds:
            return self._object((schema,), _pairs(plain[0], exploded=about.get("explode") is True))
        separator = "" if _is_repeated(parameter) else _SEPARATORS.get(_style(parameter), ",")
        return self._value((schema,), plain, separator)

    def spread(self, parameter: Parameter, query: Query) -> tuple[Json, frozenset[str]] | None:
        """Return the object that stands under several names of a query, and those names; None where it is no such parameter."""
        schema = parameter.schema
        if parameter.place != "query" or schema is None or "content" in parameter.node.value:
            return None
        kinds = _kinds((schema,))
        if kinds == TYPES or "object" not in kinds:
            return None
        if parameter.node.value.get("style") == "deepObject":
            names = {name: name.removeprefix(f"{parameter.name}[").rstrip("]") for name in query}
            names = {name: part for name, part in names.items() if name.startswith(f"{parameter.name}[")}
        elif _is_repeated(parameter):
            names = {name: name for name in query if name in shape((schema,)).properties}
        else:
            return None
        found = {part: query[name] for name, part in names.items()}
        return (self._object((schema,), found) if found else None), frozenset(names)

    def form(self, schema: Node, text: str) -> Json:
        """Return the object that a form stands for."""
        found: dict[str, tuple[str, ...]] = {}
        for name, each in parse_qsl(text, keep_blank_values=True):
            found[name] = (*found.get(name, ()), each)
        return self._object((schema,), found)

    def _object(self, nodes: Nodes, fields: Query) -> Json:
        properties = shape(nodes).properties
        return {name: self._value(properties.get(name, ()), texts, "") for name, texts in fields.items()}

    def _value(self, nodes: Nodes, texts: tuple[str, ...], separator: str) -> Json:
        """Return one value, or an array where the schema has one: of all texts, or of the parts of the first."""
        kinds = _kinds(nodes)
        if kinds != TYPES and "array" in kinds:
            parts = tuple(texts[0].split(separator)) if separator else texts
            of = shape(nodes)
            array = [self._scalar(of.item(index), part) for index, part in enumerate(parts)]
            if kinds == {"array"} or self._fits(array, nodes):
                return array
        return self._scalar(nodes, texts[0]) if len(texts) == 1 else [self._scalar((), text) for text in texts]

    def _scalar(self, nodes: Nodes, text: str) -> Json:
        readings = tuple(_readings(text, _kinds(nodes)))
        return next((each for each in readings if self._fits(each, nodes)), readings[0])

    def _fits(self, value: Json, nodes: Nodes) -> bool:
        return all(self._conformance.accepts(value, node) for node in nodes)


def _readings(text: str, kinds: frozenset[str]) -> Iterator[Json]:
    """Yield what a text may be: a number, a boolean or nothing where the schema has such values, and text."""
    if not kinds.isdisjoint({"integer", "number"}) and len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text):
        yield json.loads(text)
    if "boolean" in kinds and text in {"true", "false"}:
        yield text == "true"
    if "null" in kinds and text in {"", "null"}:
        yield None
    yield text


def _kinds(nodes: Nodes) -> frozenset[str]:
    """Return the types that values may have, those of alternatives included."""
    found = shape(nodes)
    kinds = found.types
    for each in found.sums:
        kinds &= frozenset(kind for branch in each.branches for kind in shape((branch,)).types)
    return kinds


def _style(parameter: Parameter) -> str:
    about = parameter.node.value
    return str(
        about.get(
            "collectionFormat", about.get("style", "form" if parameter.place in {"query", "cookie"} else "simple")
        )
    )


def _is_repeated(parameter: Parameter) -> bool:
    """Whether each value of an array is sent under the name of the parameter, on its own."""
    about, style = parameter.node.value, _style(parameter)
    if parameter.schema is parameter.node:
        return style == "multi"
    return bool(about.get("explode", style == "form")) and parameter.place in {"query", "cookie"}


def _without_prefix(about: Mapping[str, Json], name: str, text: str) -> str:
    if about.get("style") == "matrix":
        return text.removeprefix(f";{name}=")
    return text.removeprefix(".") if about.get("style") == "label" else text


def _pairs(text: str, *, exploded: bool) -> Query:
    """Return an object that is written in one text: `a,1,b,2`, or `a=1,b=2` where it is exploded."""
    if exploded:
        split = (part.partition("=") for part in text.split(","))
        return {name: (value,) for name, _, value in split}
    words = text.split(",")
    return {name: (value,) for name, value in zip(words[::2], words[1::2], strict=False)}


def _as_json(text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
