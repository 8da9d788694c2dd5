"""Documents: YAML 1.2 (core schema) or JSON as plain values, and the line on which a JSON pointer stands.

Hostile input ends in a `ContractError`: documents over the limits, aliases that multiply (YAML bombs), aliases of
themselves, nesting without end.
"""

import gc
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import msgspec
import yaml

from lockstep.contracts.change import ContractError
from lockstep.contracts.files import LARGEST

# Beside LARGEST, the limit within which contracts are compared and linted in less than a gibibyte.
MOST_VALUES = 600_000
# Beside the nodes that are written down, as many again may come from aliases.
_FROM_ALIASES = 200_000
_DEEPEST = 500
_BLANK = re.compile(rb"^\s*$")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_LONGEST_NUMBER = 400
_MEGABYTE = 1024 * 1024
_TOO_DEEP = "it is nested too deeply"
_SPLIT = "make several of it, by subject"


class Document(msgspec.Struct, frozen=True):
    """One document: its name (a path), its bytes and its value (dict, list, str, int, float, bool or None).

    values: at least as many as it holds.
    """

    name: str
    data: bytes
    value: Any
    values: int = 0

    def lines(self, pointers: Iterable[str]) -> Mapping[str, int]:
        """Return the line (from 1) of what each pointer names, or of the innermost part of it that is there; 0 if unknown."""
        wanted = {pointer: tuple(_above(pointer)) for pointer in pointers}
        builder = _Builder(self.name, frozenset(each for above in wanted.values() for each in above))
        try:
            builder.build(self.data.decode("utf-8-sig"))
        except (ContractError, UnicodeDecodeError):
            return dict.fromkeys(wanted, 0)
        known = builder.lines
        return {pointer: next((known[each] for each in above if each in known), 0) for pointer, above in wanted.items()}


# The last one is kept, for who has asked what a document is goes on to read it. Nobody changes what is in one.
@lru_cache(maxsize=1)
def read(name: str, data: bytes) -> Document:
    """Return the document in `data`.

    Raises:
        ContractError: it is too large, no YAML or JSON, holds more than one document, or is made to exhaust its reader.
    """
    check_size(name, len(data), LARGEST)
    if _BLANK.match(data):
        raise ContractError(name, "it is empty")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContractError(name, "it is not UTF-8", data.count(b"\n", 0, error.start) + 1) from error
    value = _json(name, text) if text.lstrip()[:1] in {"{", "["} else None
    if value is not None:
        return Document(name, data, value, _most_values(text))
    builder = _Builder(name)
    return Document(name, data, builder.build(text), builder.values)


def check_size(name: str, size: int, largest: int) -> None:
    """Refuse a document of too many bytes.

    Raises:
        ContractError: it is larger than `largest`.
    """
    if size > largest:
        raise ContractError(name, f"it is larger than {largest / _MEGABYTE:g} MiB, the most that is read; {_SPLIT}", 1)


def check_values(name: str, values: int, line: int = 1) -> None:
    """Refuse a document of too many values.

    Raises:
        ContractError: there are more than `MOST_VALUES`.
    """
    if values > MOST_VALUES:
        raise ContractError(name, f"it holds more than {MOST_VALUES} values, the most that are read; {_SPLIT}", line)


def parts(pointer: str) -> tuple[str, ...]:
    """Return the unescaped parts of a JSON pointer."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def under(pointer: str, *keys: str | int) -> str:
    """Return the pointer to something below `pointer`."""
    for key in keys:
        part = str(key)
        if "~" in part or "/" in part:
            part = part.replace("~", "~0").replace("/", "~1")
        pointer = f"{pointer}/{part}"
    return pointer


def _above(pointer: str) -> Iterator[str]:
    """Yield the pointer and those of all that it lies in, innermost first."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""


@contextmanager
def without_collector() -> Iterator[None]:
    """Hold the garbage collector off: while millions of nodes are made, it only looks at them again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def parsed_json(name: str, text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of JSON.

    Raises:
        ContractError: it is nested too deeply, or holds too many values.
        ValueError: it is no JSON, or holds a number that is too long.
    """
    check_values(name, _most_values(text))
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ContractError(name, _TOO_DEEP) from error
    if _depth(value) > _DEEPEST:
        raise ContractError(name, _TOO_DEEP)
    return value


def _json(name: str, text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of JSON, or None where it is none: flow-style YAML begins in the same way."""
    try:
        return parsed_json(name, text)
    except ContractError:
        raise
    except ValueError:
        return None


def _depth(value: Any) -> int:  # noqa: ANN401 - any JSON value
    """Return how many mappings and sequences lie in each other."""
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, dict | list)]:
        level = [child for each in level for child in (each.values() if isinstance(each, dict) else each)]
        depth += 1
    return depth


def _most_values(text: str) -> int:
    """Return a number of values that JSON text cannot exceed: all but one follow a comma or open something."""
    return 1 + sum(text.count(mark) for mark in ",[{")


class _Frame:
    """A mapping or sequence that is being read. `size` counts its nodes, those of its aliases included."""

    __slots__ = ("anchor", "key", "line", "pointer", "size", "value")

    def __init__(self, value: Any, anchor: str | None, pointer: str) -> None:  # noqa: ANN401 - dict or list
        self.value = value
        self.anchor = anchor
        self.pointer = pointer
        self.key: str | None = None
        self.line = 0
        self.size = 1


class _Builder:
    """Makes a value from the events of a parser, without recursion. What an alias names is shared, and its size counted.

    wanted: pointers whose lines are kept.
    """

    def __init__(self, name: str, wanted: frozenset[str] = frozenset()) -> None:
        self.lines: dict[str, int] = {}
        self.values = 0
        self._name = name
        self._wanted = wanted
        self._frames: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._documents: list[Any] = []
        self._extra = 0

    def build(self, text: str) -> Any:  # noqa: ANN401 - any YAML value
        """Return the value of the only document in `text`."""
        with without_collector():
            try:
                for event in yaml.parse(text, Loader=yaml.CSafeLoader):
                    self._take(event)
            except yaml.MarkedYAMLError as error:
                line = error.problem_mark.line + 1 if error.problem_mark else 0
                raise ContractError(self._name, f"it is no YAML: {error.problem or error.context}", line) from error
            except yaml.YAMLError as error:
                why = " ".join(str(error).split())
                raise ContractError(self._name, f"it is no YAML: {why}") from error
        if len(self._documents) != 1:
            raise ContractError(self._name, f"it holds {len(self._documents) or 'no'} documents")
        return self._documents[0]

    def _take(self, event: yaml.Event) -> None:
        check_values(self._name, self.values, _line(event))
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            frame = self._frames.pop()
            if frame.anchor:
                self._anchors[frame.anchor] = (frame.value, frame.size)
            self._attach(frame.value, frame.size)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.key is None and isinstance(frame.value, dict):
            self._key(frame, event.value, event)
            return
        value = event.value if event.style or not event.implicit[0] else _plain(event.value)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._note(event)
        self._attach(value, 1)

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        if len(self._frames) > _DEEPEST:
            raise self._error(event, _TOO_DEEP)
        self._expect_value(event)
        self._note(event)
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._frames.append(_Frame(value, event.anchor, self._pointer() if self._wanted else ""))

    def _alias(self, event: yaml.AliasEvent) -> None:
        self._expect_value(event)
        if event.anchor not in self._anchors:
            raise self._error(event, f"*{event.anchor} names nothing that stands before it")
        value, size = self._anchors[event.anchor]
        self._extra += size
        if self._extra > _FROM_ALIASES:
            raise self._error(event, "its aliases multiply beyond what a contract needs")
        self._note(event)
        self._attach(value, size)

    def _key(self, frame: _Frame, name: str, event: yaml.Event) -> None:
        if name in frame.value:
            raise self._error(event, f"`{name}` stands twice in the same mapping")
        frame.key = name
        frame.line = _line(event)

    def _expect_value(self, event: yaml.Event) -> None:
        if self._frames and self._frames[-1].key is None and isinstance(self._frames[-1].value, dict):
            raise self._error(event, "a key is no plain text")

    def _attach(self, value: Any, size: int) -> None:  # noqa: ANN401 - any YAML value
        self.values += 1
        if not self._frames:
            self._documents.append(value)
            return
        frame = self._frames[-1]
        frame.size += size
        if isinstance(frame.value, list):
            frame.value.append(value)
        else:
            frame.value[frame.key] = value
            frame.key = None

    def _pointer(self) -> str:
        """Return the pointer to the value that comes next."""
        if not self._frames:
            return ""
        frame = self._frames[-1]
        return under(frame.pointer, len(frame.value) if frame.key is None else frame.key)

    def _note(self, event: yaml.Event) -> None:
        if not self._wanted:
            return
        pointer = self._pointer()
        if pointer in self._wanted:
            frame = self._frames[-1] if self._frames else None
            self.lines[pointer] = frame.line if frame and frame.key is not None else _line(event)

    def _error(self, event: yaml.Event, why: str) -> ContractError:
        return ContractError(self._name, why, _line(event))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _plain(text: str) -> Any:  # noqa: ANN401 - any scalar
    """Return the value of a plain scalar by YAML 1.2's core schema (section 10.3)."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text
