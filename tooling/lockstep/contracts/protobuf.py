"""Protobuf (proto2, proto3): what the wire format lets a reader by one version make of another's messages.

Paths are names joined by `/`, with numbers for fields: `Order/Line/3`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from lockstep.contracts.change import Change, ContractError, Spot
from lockstep.contracts.documents import check_size

NAME = "protobuf"
# The parser is written in Python; more than this is no schema of an event.
LARGEST = 1024 * 1024
_DEEPEST = 60
_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("int32", "uint32", "int64", "uint64", "bool"), "varint"),
    **dict.fromkeys(("sint32", "sint64"), "zigzag varint"),
    **dict.fromkeys(("string", "bytes"), "text or bytes"),
    **dict.fromkeys(("fixed32", "sfixed32"), "32 bits"),
    **dict.fromkeys(("fixed64", "sfixed64"), "64 bits"),
    "float": "float",
    "double": "double",
}
_ENUM = "varint"
_MESSAGE = "message"


class Field(NamedTuple):
    """A field. `kind` is its wire kind, `type` the type's own name; `label` is required, optional or repeated; `oneof` is "" outside of one."""

    name: str
    number: int
    kind: str
    type: str
    label: str
    oneof: str


class Message(NamedTuple):
    """A message: its path, its fields by number, and the names of its oneofs."""

    path: str
    fields: Mapping[int, Field]


class Schema(NamedTuple):
    """One file: its name, its package, and its messages by path."""

    document: str
    package: str
    messages: Mapping[str, Message]


def load(name: str, data: bytes) -> Schema:
    """Return the schema in `data`.

    Raises:
        ContractError: it cannot be read.
    """
    file = _parsed(name, data)
    package = next((str(each.name) for each in file.file_elements if type(each).__name__ == "Package"), "")
    kinds = dict(_declared(file.file_elements, ""))
    messages = {message.path: message for message in _messages(name, file.file_elements, "", _Names(package, kinds))}
    return Schema(name, package, messages)


def unreadable(writer: Schema, reader: Schema) -> tuple[Change, ...]:
    """Return what the reader may misread in what is written by the writer's schema."""
    return tuple(_differences(writer, reader))


def _parsed(name: str, data: bytes) -> Any:  # noqa: ANN401 - the parser's own tree
    from antlr4.error.ErrorListener import ErrorListener  # noqa: PLC0415 - only where there is a Protobuf schema
    from proto_schema_parser.parser import Parser  # noqa: PLC0415

    class Strict(ErrorListener):
        """Refuses what the parser would go on after."""

        def syntaxError(  # noqa: N802 - antlr's name
            self, _recognizer: object, _symbol: object, line: int, _column: int, msg: str, _error: object
        ) -> None:
            raise ContractError(name, f"it is no Protobuf schema: {msg[:200]}", line)

    def strict(recognizer: Any) -> None:  # noqa: ANN401 - lexer or parser
        recognizer.removeErrorListeners()
        recognizer.addErrorListener(Strict())

    check_size(name, len(data), LARGEST)
    if _nesting(data) > _DEEPEST:
        raise ContractError(name, "it is nested too deeply")
    try:
        return Parser(setup_lexer=strict, setup_parser=strict).parse(data.decode("utf-8-sig"))
    except ContractError:
        raise
    except UnicodeDecodeError as error:
        raise ContractError(name, "it is not UTF-8") from error
    except RecursionError as error:
        raise ContractError(name, "it is nested too deeply") from error
    except (ValueError, AttributeError, TypeError, IndexError) as error:
        raise ContractError(name, f"it is no Protobuf schema: {' '.join(str(error).split())[:200]}") from error


def _nesting(data: bytes) -> int:
    depth = deepest = 0
    for byte in data:
        if byte in b"{[(<":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}])>":
            depth -= 1
    return deepest


class _Names(NamedTuple):
    """What is declared in a file: path (with dots) -> `message` or the wire kind of enums."""

    package: str
    kinds: Mapping[str, str]

    def resolve(self, text: str, scope: str) -> tuple[str, str]:
        """Return wire kind and name of a type as a field in `scope` (a dotted path) calls it."""
        if text in _KINDS:
            return _KINDS[text], text
        if text.startswith("."):
            local = text[1:].removeprefix(f"{self.package}.") if self.package else text[1:]
            return self.kinds.get(local, _MESSAGE), local
        while True:
            candidate = f"{scope}.{text}" if scope else text
            if candidate in self.kinds:
                return self.kinds[candidate], candidate
            if not scope:
                break
            scope = scope.rpartition(".")[0]
        local = text.removeprefix(f"{self.package}.") if self.package else text
        return self.kinds.get(local, _MESSAGE), local


def _declared(elements: Iterable[Any], scope: str) -> Iterator[tuple[str, str]]:
    for each in elements:
        what = type(each).__name__
        if what in {"Message", "Group"}:
            path = f"{scope}.{each.name}" if scope else each.name
            yield path, _MESSAGE
            yield from _declared(each.elements, path)
        elif what == "Enum":
            yield (f"{scope}.{each.name}" if scope else each.name), _ENUM


def _messages(document: str, elements: Iterable[Any], scope: str, names: _Names) -> Iterator[Message]:
    for each in elements:
        if type(each).__name__ not in {"Message", "Group"}:
            continue
        path = f"{scope}.{each.name}" if scope else each.name
        fields: dict[int, Field] = {}
        for field in _fields(each.elements, path, names, ""):
            if field.number in fields:
                raise ContractError(document, f"the number {field.number} stands twice in {path}")
            fields[field.number] = field
        yield Message(path.replace(".", "/"), fields)
        yield from _messages(document, each.elements, path, names)


def _fields(elements: Iterable[Any], scope: str, names: _Names, oneof: str) -> Iterator[Field]:
    for each in elements:
        what = type(each).__name__
        if what == "Field":
            kind, name = names.resolve(each.type, scope)
            yield Field(each.name, each.number, kind, name, _label(each), oneof)
        elif what == "MapField":
            key, _ = names.resolve(each.key_type, scope)
            value, name = names.resolve(each.value_type, scope)
            shown = f"map of {key} to {value}"
            yield Field(each.name, each.number, shown, name if value == _MESSAGE else shown, "repeated", oneof)
        elif what == "Group":
            yield Field(each.name, each.number, "group", f"{scope}.{each.name}", _label(each), oneof)
        elif what == "OneOf":
            yield from _fields(each.elements, scope, names, each.name)


def _label(field: Any) -> str:  # noqa: ANN401 - the parser's own tree
    return str(field.cardinality.value).lower() if field.cardinality else "optional"


def _differences(writer: Schema, reader: Schema) -> Iterator[Change]:
    if writer.package != reader.package:
        what = f"the package is {reader.package or 'not named'} where it is read, {writer.package or 'not named'} where it is written"
        yield Change("package-changed", what, Spot(writer.document, ""), Spot(reader.document, ""))
    for path, message in writer.messages.items():
        other = reader.messages.get(path)
        if other is None:
            what = f"the message {path} is not known where it is read"
            yield Change("message-removed", what, Spot(writer.document, path), Spot(reader.document, ""))
        else:
            yield from _message(writer, message, reader, other)


def _message(writer: Schema, mine: Message, reader: Schema, asked: Message) -> Iterator[Change]:
    for number in sorted(mine.fields.keys() | asked.fields.keys()):
        path = f"{mine.path}/{number}"
        found = _field(mine.fields.get(number), asked.fields.get(number))
        for rule, what in found:
            yield Change(rule, what, Spot(writer.document, path), Spot(reader.document, path))
    for oneof in sorted({field.oneof for field in asked.fields.values()} - {""}):
        sources = _sources(mine, asked, oneof)
        if len(sources) > 1:
            path = f"{asked.path}/{oneof}"
            what = f"fields that can be written together ({', '.join(sorted(sources))}) exclude each other in `{oneof}`"
            yield Change("fields-moved-into-oneof", what, Spot(writer.document, mine.path), Spot(reader.document, path))


def _sources(mine: Message, asked: Message, oneof: str) -> set[str]:
    """Return where the members of the reader's oneof stand at the writer's: in a oneof, or each for itself."""
    members = [number for number, field in asked.fields.items() if field.oneof == oneof and number in mine.fields]
    return {
        f"oneof {mine.fields[number].oneof}" if mine.fields[number].oneof else mine.fields[number].name
        for number in members
    }


def _field(mine: Field | None, asked: Field | None) -> Iterator[tuple[str, str]]:
    if asked is None and mine is not None:
        if mine.label == "required":
            yield "required-field-removed", f"the required field `{mine.name}` is not known where it is read"
        elif mine.oneof:
            yield "oneof-field-removed", f"the field `{mine.name}` of `{mine.oneof}` is not known where it is read"
    elif mine is None and asked is not None:
        if asked.label == "required":
            yield "required-field-added", f"the field `{asked.name}` is required, and is not written"
    elif mine is not None and asked is not None:
        yield from _types(mine, asked)
        yield from _labels(mine, asked)


def _types(mine: Field, asked: Field) -> Iterator[tuple[str, str]]:
    if mine.kind != asked.kind:
        yield (
            "field-kind-changed",
            f"the field `{asked.name}` is {asked.type} where it is read, {mine.type} where it is written",
        )
    elif mine.kind not in _KINDS.values() and mine.type.rpartition(".")[2] != asked.type.rpartition(".")[2]:
        yield (
            "field-type-changed",
            f"the field `{asked.name}` holds {asked.type} where it is read, {mine.type} where it is written",
        )


def _labels(mine: Field, asked: Field) -> Iterator[tuple[str, str]]:
    if asked.label == "required" != mine.label:
        yield "field-became-required", f"the field `{asked.name}` is required, and may be missing in what is written"
    repeated = {mine.label, asked.label} != {"repeated"} and "repeated" in {mine.label, asked.label}
    if repeated and mine.kind not in {_MESSAGE, _KINDS["string"]} and mine.kind == asked.kind:
        yield (
            "field-label-changed",
            f"the field `{asked.name}` is {asked.label} where it is read, {mine.label} where it is written",
        )
