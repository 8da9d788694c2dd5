"""Avro: schema resolution as the specification has it (Avro 1.12, "Schema Resolution"), both schemas seen side by side.

Pointers are JSON pointers into the schemas.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lockstep.contracts.change import Change, ContractError, Spot
from lockstep.contracts.documents import check_size, parsed_json, under

NAME = "avro"
# What checks that it is a schema takes a time that grows with the square of its size.
LARGEST = 2 * 1024 * 1024
_PROMOTED: Mapping[str, frozenset[str]] = {
    "int": frozenset({"long", "float", "double"}),
    "long": frozenset({"float", "double"}),
    "float": frozenset({"double"}),
    "string": frozenset({"bytes"}),
    "bytes": frozenset({"string"}),
}
_NAMED = frozenset({"record", "error", "enum", "fixed"})
_DEEPEST = 200


class Type(NamedTuple):
    """One type at its place: `value` as written, `kind` its Avro type, `space` the namespace around it."""

    document: str
    pointer: str
    value: Any
    kind: str
    space: str
    names: Mapping[str, "Type"]

    @property
    def spot(self) -> Spot:
        """Where it stands."""
        return Spot(self.document, self.pointer)

    @property
    def name(self) -> str:
        """The name without its namespace, "" for types that have none."""
        return str(self.value["name"]).rpartition(".")[2] if self.kind in _NAMED else ""


def load(name: str, data: bytes) -> Type:
    """Return the schema in `data`.

    Raises:
        ContractError: it is no JSON, or no Avro schema.
    """
    check_size(name, len(data), LARGEST)
    try:
        value = parsed_json(name, data.decode("utf-8-sig"))
    except ContractError:
        raise
    except ValueError as error:
        raise ContractError(name, f"it is no JSON: {error}") from error
    _check(name, value)
    names: dict[str, Type] = {}
    _index(_typed(name, "", value, "", names), names)
    return _typed(name, "", value, "", names)


def unreadable(writer: Type, reader: Type) -> tuple[Change, ...]:
    """Return what the reader may fail on in what is written by the writer's schema."""
    return tuple(dict.fromkeys(_Comparison().compare(writer, reader)))


def _check(name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    import fastavro.schema  # noqa: PLC0415 - only where there is an Avro schema

    try:
        fastavro.schema.parse_schema(value, _write_hint=False)
    except RecursionError as error:
        raise ContractError(name, "it is nested too deeply") from error
    except Exception as error:  # fastavro raises whatever a malformed schema leads it to
        raise ContractError(name, f"it is no Avro schema: {type(error).__name__}: {str(error)[:200]}") from error


def _typed(document: str, pointer: str, value: Any, space: str, names: Mapping[str, Type]) -> Type:  # noqa: ANN401
    """Return the type that a JSON value stands for; a name is looked up."""
    while isinstance(value, dict) and isinstance(value.get("type"), dict | list):
        value, pointer = value["type"], under(pointer, "type")
    if isinstance(value, list):
        return Type(document, pointer, value, "union", space, names)
    if isinstance(value, str):
        found = names.get(value if "." in value or not space else f"{space}.{value}") or names.get(value)
        return found or Type(document, pointer, {"type": value}, value, space, names)
    kind = str(value["type"])
    if kind in _NAMED:
        return Type(document, pointer, value, kind, _space(value, space), names)
    found = names.get(kind if "." in kind or not space else f"{space}.{kind}") or names.get(kind)
    return found or Type(document, pointer, value, kind, space, names)


def _space(value: Mapping[str, Any], around: str) -> str:
    space, dot, _ = str(value["name"]).rpartition(".")
    return space if dot else str(value.get("namespace", around) or "")


def _index(root: Type, names: dict[str, Type]) -> None:
    """Note every named type by its full name."""
    pending = [root]
    while pending:
        each = pending.pop(0)
        if each.kind in _NAMED:
            full = f"{each.space}.{each.name}" if each.space else each.name
            if full in names:
                continue
            _refuse_odd(each)
            names[full] = each
        pending += _children(each)


def _refuse_odd(each: Type) -> None:
    """Refuse what the specification forbids and the parser lets pass."""
    aliases = each.value.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise ContractError(each.document, f"it is no Avro schema: the aliases of {each.name} are no list of names")
    if each.kind == "fixed" and type(each.value["size"]) is not int:
        raise ContractError(each.document, f"it is no Avro schema: the size of {each.name} is no number")


def _children(each: Type) -> list[Type]:
    if each.kind == "union":
        return [_child(each, item, index) for index, item in enumerate(each.value)]
    if each.kind in {"record", "error"}:
        return [
            _child(each, field["type"], "fields", index, "type") for index, field in enumerate(each.value["fields"])
        ]
    keyword = {"array": "items", "map": "values"}.get(each.kind)
    return [_child(each, each.value[keyword], keyword)] if keyword else []


def _child(around: Type, value: Any, *keys: str | int) -> Type:  # noqa: ANN401 - any JSON value
    return _typed(around.document, under(around.pointer, *keys), value, around.space, around.names)


class _Comparison:
    """Compares pairs of types; a pair that is being compared is taken to fit."""

    def __init__(self) -> None:
        self._seen: set[tuple[Spot, Spot]] = set()
        self._depth = 0

    def compare(self, writer: Type, reader: Type) -> list[Change]:
        pair = (writer.spot, reader.spot)
        if pair in self._seen and writer.kind in _NAMED:
            return []
        self._seen.add(pair)
        if self._depth > _DEEPEST:
            raise ContractError(reader.document, "it is nested too deeply")
        self._depth += 1
        try:
            return list(self._differences(writer, reader))
        finally:
            self._depth -= 1

    def _differences(self, writer: Type, reader: Type) -> Iterator[Change]:
        if writer.kind == "union":
            for branch in _children(writer):
                yield from self._into(branch, reader)
        elif reader.kind == "union":
            yield from self._into(writer, reader)
        elif writer.kind != reader.kind:
            if reader.kind not in _PROMOTED.get(writer.kind, ()):
                what = f"{_said(writer)} cannot be read as {_said(reader)}"
                yield _change("type-changed", what, writer, reader)
        elif writer.kind in _NAMED:
            yield from self._named(writer, reader)
        else:
            for mine, asked in zip(_children(writer), _children(reader), strict=True):
                yield from self.compare(mine, asked)

    def _into(self, writer: Type, reader: Type) -> Iterator[Change]:
        """Resolve one type into the reader's: into the branch of a union with the same kind and name, else into any."""
        if reader.kind != "union":
            yield from self.compare(writer, reader)
            return
        branches = _children(reader)
        same = [each for each in branches if each.kind == writer.kind and _named_alike(writer, each)]
        for branch in [*same, *(each for each in branches if each not in same)]:
            seen = set(self._seen)
            found = self.compare(writer, branch)
            if not found:
                return
            self._seen = seen
            if same:
                yield from found
                return
        yield _change("union-branch-removed", f"the union has no branch for {_said(writer)}", writer, reader)

    def _named(self, writer: Type, reader: Type) -> Iterator[Change]:
        if not _named_alike(writer, reader):
            what = f"{_said(writer)} cannot be read as {_said(reader)}"
            yield _change("name-changed", what, writer, reader)
        elif writer.kind == "fixed":
            if writer.value["size"] != reader.value["size"]:
                what = f"{writer.name} has {writer.value['size']} bytes where it is written, {reader.value['size']} where it is read"
                yield _change("fixed-size-changed", what, writer, reader, "size")
        elif writer.kind == "enum":
            yield from _enum(writer, reader)
        else:
            yield from self._record(writer, reader)

    def _record(self, writer: Type, reader: Type) -> Iterator[Change]:
        mine = {field["name"]: index for index, field in enumerate(writer.value["fields"])}
        written = _children(writer)
        for index, (field, asked) in enumerate(zip(reader.value["fields"], _children(reader), strict=True)):
            names = (field["name"], *field.get("aliases", ()))
            found = next((mine[name] for name in names if name in mine), None)
            if found is not None:
                yield from self.compare(written[found], asked)
            elif "default" not in field:
                what = f"the field `{field['name']}` has no default, and is not written"
                yield _change("field-without-default-added", what, writer, reader, "fields", index)


def _enum(writer: Type, reader: Type) -> Iterator[Change]:
    lost = [symbol for symbol in writer.value["symbols"] if symbol not in reader.value["symbols"]]
    if lost and "default" not in reader.value:
        what = f"the enum {reader.name} has neither {', '.join(lost[:5])} nor a default"
        yield _change("enum-symbol-removed", what, writer, reader, "symbols")


def _named_alike(writer: Type, reader: Type) -> bool:
    """Whether two types have the same name (without namespaces) or the reader's aliases hold the writer's."""
    if writer.kind not in _NAMED or reader.kind not in _NAMED:
        return writer.kind == reader.kind
    aliases: Sequence[str] = reader.value.get("aliases", ())
    return writer.name in {reader.name, *(alias.rpartition(".")[2] for alias in aliases)}


def _said(each: Type) -> str:
    return f"{each.kind} {each.name}".rstrip()


def _change(rule: str, what: str, writer: Type, reader: Type, *keys: str | int) -> Change:
    return Change(rule, what, writer.spot, Spot(reader.document, under(reader.pointer, *keys)))
