"""Whether a value of JSON is what a schema of a contract says: strictly where a client sends it, as an excerpt where it expects it.

A client may rely on a part of what is sent back: properties that a schema asks for may be missing from an excerpt. It
may not rely on what nobody promised: properties that no schema declares are told apart (`undeclared`).
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker
from jsonschema.exceptions import UnknownType, ValidationError, best_match
from jsonschema.validators import create
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable

from lockstep.contracts.change import ContractError, Spot
from lockstep.contracts.documents import parts, under
from lockstep.contracts.patterns import is_bounded, matches
from lockstep.contracts.schemas import Library, Node, Nodes, Shape, follow, resolved, shape

Json = Any
Errors = Iterator[ValidationError]

UNDESCRIBED = "undescribed"
_MOST_STEPS = 500_000
_LONGEST = 160
_BITS = {"int32": 31, "int64": 63}
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_LEAP_SECOND = "60"


class Problem(NamedTuple):
    """What is wrong with a value: where in it (a JSON pointer), what, and what in the contract refuses it.

    kind: `refused` by a schema, `undeclared` where the schema declares others, or `undescribed` where it declares none.
    """

    at: str
    what: str
    spot: Spot
    kind: str = "refused"


class Conformance:
    """Compares values with the schemas of one contract."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._steps = 0
        self._known: dict[tuple[int, int], ValidationError | None] = {}
        resources = ((_uri(name), Resource.opaque(each.value)) for name, each in library.documents.items())
        registry: Any = Registry().with_resources(resources)
        dialect: Any = Draft4Validator if library.nullable else Draft202012Validator
        keywords = dialect.VALIDATORS | {"$ref": self._reference} | _KEYWORDS
        self._sent = _validator(keywords | _SENT | {"unevaluatedProperties": self._unevaluated}, library, registry)
        self._excerpt = _validator(keywords | _EXCERPT, library, registry)

    def sent(self, value: Json, schema: Node) -> Iterator[Problem]:
        """Yield what is wrong with a value that a client sends.

        Raises:
            ContractError: the schema cannot be applied.
        """
        return self._problems(self._sent, value, schema)

    def expected(self, value: Json, schema: Node) -> Iterator[Problem]:
        """Yield what is wrong with a value of which a client expects at least that much.

        Raises:
            ContractError: the schema cannot be applied.
        """
        yield from self._problems(self._excerpt, value, schema)
        yield from self._undeclared(value, (schema,), "")

    def accepts(self, value: Json, schema: Node) -> bool:
        """Whether a value may be sent."""
        return not any(self.sent(value, schema))

    # Validity

    def _problems(self, validator: Any, value: Json, schema: Node) -> Iterator[Problem]:  # noqa: ANN401 - a validator
        for error in self._errors(validator, value, schema):
            told = best_match(iter((error,))) or error
            place = "".join(under("", part) for part in told.absolute_path)
            yield Problem(place, _shortened(told.message), self._spot(schema, told))

    def _errors(self, validator: Any, value: Json, schema: Node) -> list[ValidationError]:  # noqa: ANN401 - a validator
        # By identity, and so for as long as the value is held.
        self._known.clear()
        try:
            return sorted(validator.evolve(schema=self._entry(schema)).iter_errors(value), key=_order)
        except Unresolvable as error:
            why = f"the reference {error.ref} below #{schema.pointer} leads nowhere"
            raise ContractError(schema.document, why) from error
        except ContractError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, UnknownType, ValueError) as error:
            why = f"the schema at #{schema.pointer} cannot be applied: {_shortened(' '.join(str(error).split()))}"
            raise ContractError(schema.document, why) from error

    def _entry(self, schema: Node) -> Json:
        """Return a schema that leads to the node in its document; one that was put together stands in none."""
        document = self._library.documents.get(schema.document)
        if (
            document is None
            or Node(self._library, "", "", document.value).at(*parts(schema.pointer)).value is not schema.value
        ):
            return schema.value
        return {"$ref": f"{_uri(schema.document)}#{quote(schema.pointer, safe='/~')}"}

    def _reference(self, validator: Any, reference: Json, value: Json, schema: Json) -> Errors:  # noqa: ANN401 - a validator
        """Follow a reference, for each value once. Only references lead back up, so counting them bounds the work."""
        key = id(schema), id(value)
        if key not in self._known:
            self._steps += 1
            if self._steps > _MOST_STEPS:
                name = next(iter(self._library.documents))
                raise ContractError(name, "its schemas refer to each other more often than can be followed")
            found = list(_PLAIN["$ref"](validator, reference, value, schema))
            self._known[key] = _copied(found[0]) if found else None
            yield from found
        elif (known := self._known[key]) is not None:
            yield _copied(known)

    def _unevaluated(self, validator: Any, further: Json, value: Json, schema: Json) -> Errors:  # noqa: ANN401
        """Judge what no keyword has looked at, unless there is a pattern of which it cannot be told what it looks at."""
        names = value if isinstance(value, dict) else ()
        # jsonschema tries patterns itself, without a limit.
        if all(is_bounded(pattern, max(map(len, names), default=0)) for pattern in self._patterns):
            yield from _PLAIN["unevaluatedProperties"](validator, further, value, schema)

    @cached_property
    def _patterns(self) -> frozenset[str]:
        """The patterns of names of properties, anywhere in the contract."""
        pending: list[Json] = [each.value for each in self._library.documents.values()]
        found: set[str] = set()
        while pending:
            value = pending.pop()
            if isinstance(value, dict):
                named = value.get("patternProperties")
                found.update(named if isinstance(named, dict) else ())
                pending += value.values()
            elif isinstance(value, list):
                pending += value
        return frozenset(found)

    def _spot(self, schema: Node, error: ValidationError) -> Spot:
        """Return where the keyword that refuses the value stands: the path leads through references without naming them."""
        found = [schema]
        for part in error.absolute_schema_path:
            found = [each for node in found for each in _below(node, part)] or found
        return found[0].spot

    # What nobody promised

    def _undeclared(self, value: Json, nodes: Nodes, at: str) -> Iterator[Problem]:
        if isinstance(value, list):
            shapes = self._shapes(nodes, value)
            for index, item in enumerate(value):
                found = tuple(node for each in shapes for node in each.item(index))
                if found:
                    yield from self._undeclared(item, found, under(at, index))
        elif isinstance(value, dict):
            yield from self._members(value, nodes, at)

    def _members(self, value: Mapping[str, Json], nodes: Nodes, at: str) -> Iterator[Problem]:
        shapes = self._shapes(nodes, value)
        strange = []
        for name, child in value.items():
            found = tuple(node for each in shapes for node in _declared(each, name))
            if any(not _is_written_only(node) for node in found):
                yield from self._undeclared(child, found, under(at, name))
            else:
                strange.append(name)
        says_names = any(_says_names(each) for each in shapes)
        for name in strange if says_names else ():
            what = f"the property `{_shortened(name)}` is not declared"
            yield Problem(under(at, name), what, resolved(nodes[0]).spot, "undeclared")
        if strange and not says_names and any("object" in each.types for each in shapes):
            what = f"the contract does not say which properties there are; `{_shortened(strange[0])}` is not promised"
            yield Problem(at, what, resolved(nodes[0]).spot, UNDESCRIBED)

    def _shapes(self, nodes: Nodes, value: Json) -> list[Shape]:
        """Return what nodes ask for together, and what each of the alternatives does that the value fits."""
        found: list[Shape] = []
        pending, seen = [nodes], set[tuple[Spot, ...]]()
        while pending:
            own = pending.pop()
            spots = tuple(node.spot for node in own)
            if spots in seen:
                continue
            seen.add(spots)
            each = shape(own)
            found.append(each)
            pending += [(branch,) for branch in self._branches(each, value)]
        return found

    def _branches(self, of: Shape, value: Json) -> Iterator[Node]:
        for each in of.sums:
            chosen = _chosen(each.owner.value, each.keyword, value)
            fitting = [branch for branch in each.branches if not self._errors(self._excerpt, value, branch)]
            yield from (each.branches[chosen],) if chosen is not None else fitting or each.branches
        for condition in of.conditions:
            yield from (node for node in (condition.at("then"), condition.at("else")) if isinstance(node.value, dict))
        for name, nodes in of.dependent_schemas.items():
            yield from nodes if isinstance(value, dict) and name in value else ()


def _validator(keywords: Mapping[str, Any], library: Library, registry: Any) -> Any:  # noqa: ANN401 - a validator
    make: Any = create
    made = make(
        meta_schema={},
        validators=keywords,
        type_checker=Draft202012Validator.TYPE_CHECKER,
        id_of=lambda _: "",
        applicable_validators=_all_keywords if library.siblings else _without_siblings,
    )
    return made({}, format_checker=_FORMATS, registry=registry)


def _all_keywords(schema: Mapping[str, Json]) -> Iterable[tuple[str, Json]]:
    return schema.items()


def _without_siblings(schema: Mapping[str, Json]) -> Iterable[tuple[str, Json]]:
    """Return the reference alone where there is one: what stands beside it does not count before OpenAPI 3.1."""
    return [("$ref", schema["$ref"])] if "$ref" in schema else schema.items()


def _copied(error: ValidationError) -> ValidationError:
    """Return an error whose path can grow on its own; what it was found among is left out."""
    copied = ValidationError(error.message, path=error.relative_path, schema_path=error.relative_schema_path)
    for name in ("validator", "validator_value", "instance", "schema"):
        setattr(copied, name, getattr(error, name))
    return copied


def _uri(document: str) -> str:
    return quote(document)


def _order(error: ValidationError) -> tuple[str, str]:
    return "".join(under("", part) for part in error.absolute_path), error.message


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _below(node: Node, part: str | int) -> Iterator[Node]:
    """Yield what lies below a node, or below what it refers to."""
    while True:
        if (child := node.at(part)).value is not None:
            yield child
        reference = node.value.get("$ref") if isinstance(node.value, dict) else None
        if not isinstance(reference, str):
            return
        node = follow(node, reference)


def _declared(of: Shape, name: str) -> Iterator[Node]:
    yield from of.properties.get(name, ())
    for pattern, nodes in of.property_patterns.items():
        if matches(pattern, name) is not False:
            yield from nodes
    for each in of.additional:
        if isinstance(each.node.value, dict) and each.node.value and name not in each.names:
            yield each.node


def _says_names(of: Shape) -> bool:
    """Whether a schema says which properties there are, or that there are no others."""
    said = any(
        each.node.value is False or (isinstance(each.node.value, dict) and each.node.value) for each in of.additional
    )
    return bool(of.properties or of.property_patterns or said)


def _is_written_only(node: Node) -> bool:
    return isinstance(node.value, dict) and node.value.get("writeOnly") is True


# Keywords. Each yields the errors of one, as jsonschema's own do.

_PLAIN: Mapping[str, Any] = Draft202012Validator.VALIDATORS


def _type(validator: Any, types: Json, value: Json, schema: Mapping[str, Json]) -> Errors:  # noqa: ANN401
    """Take OpenAPI's own words: `nullable`, and Swagger's `file`, which is sent as text."""
    if value is None and schema.get("nullable") is True:
        return
    named = ["string" if each == "file" else each for each in (types if isinstance(types, list) else [types])]
    yield from _PLAIN["type"](validator, named, value, schema)


def _pattern(validator: Any, pattern: str, value: Json, _: Json) -> Errors:  # noqa: ANN401, ARG001
    if isinstance(value, str) and matches(pattern, value) is False:
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Mapping[str, Json], value: Json, _: Json) -> Errors:  # noqa: ANN401
    for pattern, schema in patterns.items() if isinstance(value, dict) else ():
        for name in value:
            if matches(pattern, name):
                yield from validator.descend(value[name], schema, path=name, schema_path=pattern)


def _additional(validator: Any, additional: Json, value: Json, schema: Mapping[str, Json]) -> Errors:  # noqa: ANN401
    """Judge what is neither declared nor, as far as that can be told, fits a pattern."""
    declared, patterns = schema.get("properties") or {}, schema.get("patternProperties") or {}
    others = [
        name
        for name in (value if isinstance(value, dict) else ())
        if name not in declared and all(matches(pattern, name) is False for pattern in patterns)
    ]
    if isinstance(additional, dict):
        for name in others:
            yield from validator.descend(value[name], additional, path=name)
    elif additional is False and others:
        yield ValidationError(f"properties that are not declared are not allowed: {', '.join(map(repr, others))}")


def _required(validator: Any, names: Json, value: Json, schema: Mapping[str, Json]) -> Errors:  # noqa: ANN401
    """Ask for all but what the server makes. Swagger's parameters have a `required` of their own, which is no list."""
    if isinstance(names, list):
        properties = schema.get("properties")
        asked = [name for name in names if not _is_read_only(properties, name)]
        yield from _PLAIN["required"](validator, asked, value, schema)


def _is_read_only(properties: Json, name: Json) -> bool:
    declared = properties.get(name) if isinstance(properties, dict) and isinstance(name, str) else None
    return isinstance(declared, dict) and declared.get("readOnly") is True


def _one_of(validator: Any, branches: Sequence[Json], value: Json, schema: Mapping[str, Json]) -> Errors:  # noqa: ANN401
    yield from _alternatives(validator, "oneOf", branches, value, schema)


def _any_of(validator: Any, branches: Sequence[Json], value: Json, schema: Mapping[str, Json]) -> Errors:  # noqa: ANN401
    yield from _alternatives(validator, "anyOf", branches, value, schema)


def _part_of_one(validator: Any, branches: Sequence[Json], value: Json, schema: Mapping[str, Json]) -> Errors:  # noqa: ANN401
    """Take an excerpt that fits several alternatives: the rest of the value tells which it is."""
    chosen = _chosen(schema, "oneOf", value)
    if chosen is None:
        yield from _PLAIN["anyOf"](validator, branches, value, schema)
    else:
        yield from validator.descend(value, branches[chosen], schema_path=chosen)


def _alternatives(
    validator: Any,  # noqa: ANN401
    keyword: str,
    branches: Sequence[Json],
    value: Json,
    schema: Mapping[str, Json],
) -> Errors:
    chosen = _chosen(schema, keyword, value)
    if chosen is None:
        yield from _PLAIN[keyword](validator, branches, value, schema)
    else:
        yield from validator.descend(value, branches[chosen], schema_path=chosen)


def _chosen(schema: Json, keyword: str, value: Json) -> int | None:
    """Return the index of the alternative that a discriminator chooses (OpenAPI 3, Discriminator Object)."""
    about = schema.get("discriminator") if isinstance(schema, dict) else None
    if not isinstance(about, dict) or not isinstance(value, dict):
        return None
    said = value.get(str(about.get("propertyName")))
    mapping = about.get("mapping")
    target = mapping.get(said, said) if isinstance(mapping, dict) and isinstance(said, str) else said
    for index, branch in enumerate(schema.get(keyword, ())):
        reference = branch.get("$ref") if isinstance(branch, dict) else None
        if (
            isinstance(reference, str)
            and isinstance(target, str)
            and target in {reference, reference.rpartition("/")[2]}
        ):
            return index
    return None


def _further(validator: Any, additional: Json, value: Json, schema: Mapping[str, Json]) -> Errors:  # noqa: ANN401
    """Apply a schema of further properties; that there are none is told elsewhere (`undeclared`)."""
    if isinstance(additional, dict):
        yield from _additional(validator, additional, value, schema)


def _not(validator: Any, schema: Json, value: Json, own: Mapping[str, Json]) -> Errors:  # noqa: ANN401
    """Refuse what is whole: of an excerpt it cannot be told."""
    if not isinstance(value, dict | list):
        yield from _PLAIN["not"](validator, schema, value, own)


def _if(validator: Any, condition: Json, value: Json, schema: Mapping[str, Json]) -> Errors:  # noqa: ANN401
    """Take either outcome of a condition, which the rest of the value decides."""
    if not isinstance(value, dict | list):
        yield from _PLAIN["if"](validator, condition, value, schema)
        return
    outcomes = [
        list(validator.descend(value, schema[keyword], schema_path=keyword)) if keyword in schema else []
        for keyword in ("then", "else")
    ]
    if all(outcomes):
        yield from outcomes[0]


def _nothing(*_: Json) -> Errors:
    """Ask for nothing: what is missing from an excerpt may be in the whole."""
    return iter(())


_KEYWORDS: Mapping[str, Any] = {"type": _type, "pattern": _pattern, "patternProperties": _pattern_properties}
_SENT: Mapping[str, Any] = {
    "additionalProperties": _additional,
    "required": _required,
    "oneOf": _one_of,
    "anyOf": _any_of,
}
_EXCERPT: Mapping[str, Any] = {
    **dict.fromkeys(
        ("required", "minProperties", "dependencies", "dependentRequired", "unevaluatedProperties"), _nothing
    ),
    "additionalProperties": _further,
    "anyOf": _any_of,
    "if": _if,
    "not": _not,
    "oneOf": _part_of_one,
}


# Formats of JSON Schema and of OpenAPI's registry; others say nothing.


def _is_date(text: str) -> bool:
    return date.fromisoformat(text).isoformat() == text


def _is_date_time(text: str) -> bool:
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return False
    whole = text.upper().replace("Z", "+00:00").replace(" ", "T").replace(match[2] or "", "")
    second = match[1]
    datetime.fromisoformat(whole if second != _LEAP_SECOND else whole.replace(":60", ":59", 1))
    return True


def _is_base64(text: str) -> bool:
    base64.b64decode(text, validate=True)
    return True


def _formats() -> FormatChecker:
    known = {
        "date": _is_date,
        "date-time": _is_date_time,
        "uuid": lambda text: str(UUID(text)) == text.lower(),
        "byte": _is_base64,
    }
    made = FormatChecker(formats=("email", "ipv4", "ipv6"))
    made.checkers = dict(made.checkers)
    for name, check in known.items():
        made.checkers[name] = (_of_text(check), (ValueError, binascii.Error))
    for name, bits in _BITS.items():
        made.checkers[name] = (_in_range(bits), ())
    return made


def _of_text(check: Any) -> Any:  # noqa: ANN401 - functions of a value
    return lambda value: not isinstance(value, str) or check(value)


def _in_range(bits: int) -> Any:  # noqa: ANN401 - a function of a value
    return lambda value: not isinstance(value, int) or -(2**bits) <= value < 2**bits


_FORMATS = _formats()
