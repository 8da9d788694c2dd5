"""JSON schemas as constraints: references resolved, `allOf` merged, dialects told apart.

A schema is looked at as an intersection of nodes; `Shape` holds what all of them together ask for.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin

from lockstep.contracts.change import ContractError, Spot
from lockstep.contracts.documents import Document, parts, under

TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
_LONGEST_CHAIN = 200


class Library(NamedTuple):
    """Documents that refer to each other, by name (paths relative to one folder, with `/`).

    siblings: whether keywords beside `$ref` count (2019-09 and later, OpenAPI 3.1). nullable: OpenAPI 3.0's own
    keywords (`nullable`, boolean exclusive bounds) are meant.
    """

    documents: Mapping[str, Document]
    identifiers: Mapping[str, "Node"]
    siblings: bool = True
    nullable: bool = False


class Node(NamedTuple):
    """A value in a document of a library. `base` is the URI that its references are relative to ("" for the document).

    without: keywords that are left out, because they are looked at elsewhere.
    """

    library: Library
    document: str
    pointer: str
    value: Any
    base: str = ""
    without: frozenset[str] = frozenset()

    @property
    def spot(self) -> Spot:
        """Where it stands."""
        return Spot(self.document, self.pointer)

    def at(self, *keys: str | int) -> "Node":
        """Return what lies below; its value is None where there is nothing."""
        value = self.value
        for key in keys:
            value = _item(value, str(key))
        return Node(self.library, self.document, under(self.pointer, *keys), value, self.base)

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """Yield the members of an object by name."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield key, Node(self.library, self.document, under(self.pointer, key), value, self.base)

    def each(self) -> Iterator["Node"]:
        """Yield the items of an array."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Node(self.library, self.document, under(self.pointer, index), value, self.base)


def _item(value: Any, key: str) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
        return value[int(key)]
    return None


def resolved(node: Node) -> Node:
    """Return what a chain of references ends at, keywords beside them left out.

    Raises:
        ContractError: a reference leads nowhere, or in a circle.
    """
    for _ in range(_LONGEST_CHAIN):
        reference = node.value.get("$ref") if isinstance(node.value, dict) else None
        if not isinstance(reference, str):
            return node
        node = follow(node, reference)
    raise ContractError(
        node.document, f"the reference at #{node.pointer} leads in a circle", pointer=under(node.pointer, "$ref")
    )


def follow(node: Node, reference: str) -> Node:
    """Return what `reference`, written in `node`, names.

    Raises:
        ContractError: there is no such thing.
    """
    target, _, fragment = reference.partition("#")
    library, found = node.library, None
    if not target and not node.base:
        found = _fragment(library, node.document, fragment)
    else:
        uri = joined(node.base or node.document, target)
        known = library.identifiers.get(uri) or library.identifiers.get(f"{uri}#{fragment}")
        if known is not None and (not fragment or f"{uri}#{fragment}" in library.identifiers):
            found = library.identifiers.get(f"{uri}#{fragment}", known)
        elif known is not None and fragment.startswith("/"):
            found = known.at(*parts(unquote(fragment)))
        else:
            found = _fragment(library, joined(node.document, target) if target else node.document, fragment)
    if found is None or found.value is None:
        why = f"the reference {reference} at #{node.pointer} leads nowhere"
        raise ContractError(node.document, why, pointer=under(node.pointer, "$ref"))
    return found


def joined(base: str, reference: str) -> str:
    """Return a reference (RFC 3986) as seen from `base`; one that is none stays as it is."""
    try:
        return urljoin(base, reference)
    except ValueError:
        return reference


def _fragment(library: Library, name: str, fragment: str) -> Node | None:
    document = library.documents.get(name)
    if document is None:
        return None
    root = Node(library, name, "", document.value)
    if not fragment:
        return root
    if fragment.startswith("/"):
        return root.at(*parts(unquote(fragment)))
    return library.identifiers.get(f"#{fragment}")


def identifiers(root: Node) -> Iterator[tuple[str, Node]]:
    """Yield every `$id` (absolute where the document's own is) and anchor below a schema, with the node that it names."""
    pending = [(root, "")]
    while pending:
        node, base = pending.pop()
        if isinstance(node.value, dict):
            own = node.value.get("$id")
            if isinstance(own, str):
                base = joined(base, own.partition("#")[0])
                yield base, node._replace(base=base)
            named = own if isinstance(own, str) and own.startswith("#") else None
            for anchor in (node.value.get("$anchor"), named):
                if isinstance(anchor, str) and anchor:
                    yield f"{base}#{anchor.lstrip('#')}", node._replace(base=base)
            pending += [(child, base) for key, child in node.items() if key not in {"enum", "const", "examples"}]
        elif isinstance(node.value, list):
            pending += [(child, base) for child in node.each()]


class Additional(NamedTuple):
    """What one node of an intersection says of names (or patterns) that it does not declare itself."""

    names: frozenset[str]
    patterns: tuple[str, ...]
    node: Node


Nodes = tuple[Node, ...]


class Sum(NamedTuple):
    """`anyOf` or `oneOf` with at least one branch, and the schema that it stands in."""

    keyword: str
    branches: Nodes
    owner: Node


class Shape:
    """What an intersection of nodes asks for. Keywords of one value are kept as pairs of value and node, tightest first."""

    def __init__(self) -> None:
        self.types: frozenset[str] = TYPES
        self.typed: Node | None = None
        self.never: Node | None = None
        self.nodes: list[Node] = []
        self.enums: list[tuple[list[Any], Node]] = []
        self.bounds: dict[str, tuple[Any, Node]] = {}
        self.patterns: list[tuple[str, Node]] = []
        self.formats: list[tuple[str, Node]] = []
        self.multiples: list[tuple[Any, Node]] = []
        self.properties: dict[str, Nodes] = {}
        self.property_patterns: dict[str, Nodes] = {}
        self.additional: list[Additional] = []
        self.required: dict[str, Node] = {}
        self.names: list[Node] = []
        self.items: list[tuple[Nodes, Node | None]] = []
        self.contains: list[Node] = []
        self.unique: Node | None = None
        self.sums: list[Sum] = []
        self.nots: list[Node] = []
        self.dependent: dict[tuple[str, str], Node] = {}
        self.dependent_schemas: dict[str, Nodes] = {}
        self.conditions: list[Node] = []
        self.discriminators: list[Node] = []

    @property
    def empty(self) -> bool:
        """Whether no value fits."""
        return self.never is not None or not self.types

    def item(self, index: int) -> Nodes:
        """Return what is asked of the item at that index."""
        found: Nodes = ()
        for prefix, rest in self.items:
            if index < len(prefix):
                found += (prefix[index],)
            elif rest is not None:
                found += (rest,)
        return found

    @property
    def prefix(self) -> int:
        """How many items have a schema of their own."""
        return max((len(prefix) for prefix, _ in self.items), default=0)


# Keyword -> whether the larger value is the tighter one.
BOUNDS: Mapping[str, bool] = {
    "minimum": True,
    "exclusiveMinimum": True,
    "minLength": True,
    "minItems": True,
    "minProperties": True,
    "minContains": True,
    "maximum": False,
    "exclusiveMaximum": False,
    "maxLength": False,
    "maxItems": False,
    "maxProperties": False,
    "maxContains": False,
}


def shape(nodes: Nodes) -> Shape:
    """Return what `nodes` together ask for.

    Raises:
        ContractError: a reference leads nowhere or in a circle, or a schema is neither object nor boolean.
    """
    found = Shape()
    pending, seen = list(nodes), set[tuple[str, str, int]]()
    while pending:
        node = pending.pop(0)
        place = (node.document, node.pointer, id(node.value))
        if node.value is True or place in seen:
            continue
        seen.add(place)
        if node.value is False:
            found.never = found.never or node
        elif not isinstance(node.value, dict):
            raise ContractError(node.document, f"what stands at #{node.pointer} is no schema", pointer=node.pointer)
        else:
            pending += _merge(found, node)
    return found


def _merge(found: Shape, node: Node) -> list[Node]:
    """Add what one schema object asks for; return the schemas that count as well (`$ref`, `allOf`)."""
    own = node.value.get("$id")
    if isinstance(own, str):
        node = node._replace(base=joined(node.base, own.partition("#")[0]))
    more = []
    reference = node.value.get("$ref", node.value.get("$dynamicRef"))
    if isinstance(reference, str) and "$ref" not in node.without:
        more.append(follow(node, reference))
        if len(node.value) == 1 or not node.library.siblings:
            return more
    found.nodes.append(node)
    asked = node.value.keys()
    for keywords, merge in _MERGES:
        if not keywords.isdisjoint(asked):
            merge(found, node)
    return [*more, *(node.at("allOf").each() if "allOf" in asked and "allOf" not in node.without else ())]


def _merge_plain(found: Shape, node: Node) -> None:
    value = node.value
    types = _types(node)
    if types != TYPES:
        narrowed = found.types & types if found.typed else types
        found.typed = node if narrowed != found.types else found.typed
        found.types = narrowed
    for keyword in BOUNDS.keys() & value.keys():
        higher = BOUNDS[keyword]
        limit = _limit(node, keyword)
        if limit is not None:
            known = found.bounds.get(keyword)
            if known is None or (limit > known[0]) == higher:
                found.bounds[keyword] = (limit, node.at(keyword))
    if isinstance(value.get("enum"), list):
        found.enums.append((value["enum"], node.at("enum")))
    if "const" in value:
        found.enums.append(([value["const"]], node.at("const")))
    for keyword, into in (("pattern", found.patterns), ("format", found.formats)):
        if isinstance(value.get(keyword), str):
            into.append((value[keyword], node.at(keyword)))
    if _number(value.get("multipleOf")) and value["multipleOf"] > 0:
        found.multiples.append((value["multipleOf"], node.at("multipleOf")))


def _types(node: Node) -> frozenset[str]:
    given = node.value.get("type")
    names = [given] if isinstance(given, str) else given if isinstance(given, list) else None
    if names is None:
        return TYPES
    found = frozenset(name for name in names if isinstance(name, str))
    if "number" in found:
        found |= {"integer"}
    if node.library.nullable and node.value.get("nullable") is True:
        found |= {"null"}
    if "file" in found:
        found = found - {"file"} | {"string"}
    return found


def _limit(node: Node, keyword: str) -> Any:  # noqa: ANN401 - a number, or None
    """Return the bound that a keyword sets; boolean exclusive bounds of old drafts turn the plain ones into theirs."""
    value = node.value.get(keyword)
    plain = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}.get(keyword)
    if plain and value is True:
        value = node.value.get(plain, -math.inf if plain == "minimum" else math.inf)
    strict = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}.get(keyword)
    if strict and node.value.get(strict) is True:
        return None
    return value if _number(value) else None


def _number(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _merge_object(found: Shape, node: Node) -> None:
    names, patterns = [], []
    for name, child in node.at("properties").items():
        names.append(name)
        found.properties[name] = (*found.properties.get(name, ()), child)
    for pattern, child in node.at("patternProperties").items():
        patterns.append(pattern)
        found.property_patterns[pattern] = (*found.property_patterns.get(pattern, ()), child)
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if keyword in node.value:
            # What branches evaluate is not known here: unevaluated names are taken as the closed world of this node's own.
            own = frozenset(names if keyword == "additionalProperties" else (*names, *_evaluated(node)))
            found.additional.append(Additional(own, tuple(patterns), node.at(keyword)))
    for asked in node.at("required").each():
        if isinstance(asked.value, str):
            found.required.setdefault(asked.value, asked)
    if "propertyNames" in node.value:
        found.names.append(node.at("propertyNames"))
    _merge_dependent(found, node)


def _evaluated(node: Node) -> Iterator[str]:
    """Yield the property names that schemas applied in place evaluate, one level deep."""
    for keyword in ("allOf", "anyOf", "oneOf"):
        for branch in node.at(keyword).each():
            target = resolved(branch)
            if isinstance(target.value, dict):
                yield from (name for name, _ in target.at("properties").items())
    if isinstance(node.value.get("$ref"), str):
        yield from (name for name, _ in resolved(node).at("properties").items())


def _merge_dependent(found: Shape, node: Node) -> None:
    for keyword in ("dependentRequired", "dependencies", "dependentSchemas"):
        for name, child in node.at(keyword).items():
            if isinstance(child.value, list):
                for other in child.each():
                    found.dependent.setdefault((name, str(other.value)), other)
            else:
                found.dependent_schemas[name] = (*found.dependent_schemas.get(name, ()), child)


def _merge_array(found: Shape, node: Node) -> None:
    items = node.at("items")
    prefix = tuple((items if isinstance(items.value, list) else node.at("prefixItems")).each())
    rest: Node | None = None
    if isinstance(items.value, list):
        rest = node.at("additionalItems")
    elif items.value is not None:
        rest = items
    elif "unevaluatedItems" in node.value:
        rest = node.at("unevaluatedItems")
    elif "additionalItems" in node.value:
        rest = node.at("additionalItems")
    if prefix or (rest is not None and rest.value is not None):
        found.items.append((prefix, rest if rest is not None and rest.value is not None else None))
    if "contains" in node.value:
        found.contains.append(node.at("contains"))
    if node.value.get("uniqueItems") is True:
        found.unique = node.at("uniqueItems")


def _merge_combined(found: Shape, node: Node) -> None:
    for keyword in ("anyOf", "oneOf"):
        branches = tuple(node.at(keyword).each())
        if branches and keyword not in node.without:
            found.sums.append(Sum(keyword, branches, node))
    if "not" in node.value:
        found.nots.append(node.at("not"))
    if "if" in node.value and "if" not in node.without:
        found.conditions.append(node)
    if isinstance(node.value.get("discriminator"), dict | str):
        found.discriminators.append(node.at("discriminator"))


_OBJECT = (
    *("properties", "patternProperties", "additionalProperties", "unevaluatedProperties", "propertyNames"),
    *("required", "dependencies", "dependentRequired", "dependentSchemas"),
)
_ARRAY = ("items", "prefixItems", "additionalItems", "unevaluatedItems", "contains", "uniqueItems")
_PLAIN = ("type", "enum", "const", "pattern", "format", "multipleOf", *BOUNDS)
_COMBINED = ("anyOf", "oneOf", "not", "if", "discriminator")
_MERGES: tuple[tuple[frozenset[str], Callable[[Shape, Node], None]], ...] = (
    (frozenset(_PLAIN), _merge_plain),
    (frozenset(_OBJECT), _merge_object),
    (frozenset(_ARRAY), _merge_array),
    (frozenset(_COMBINED), _merge_combined),
)
