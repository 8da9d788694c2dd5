"""Whether whoever reads by one JSON schema accepts all that is written by another: containment, keyword by keyword.

`unreadable` returns what the reader may refuse. It never claims that something fits which does not, as far as the
keywords of the drafts go; where containment cannot be decided (two patterns, two conditions), a difference is one.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from lockstep.contracts.change import Change, ContractError, Spot
from lockstep.contracts.patterns import matches
from lockstep.contracts.schemas import BOUNDS, Additional, Node, Nodes, Shape, Sum, resolved, shape

_MOST = 1000
_MOST_PIECES = 64
# Schemas looked at in all pairs together, each as often as it is in one. The largest contract that is read has fewer,
# unless alternatives multiply them.
_MOST_LOOKED_AT = 1_500_000
_SHOWN = 5
_SMALL = 100
_SUMS = frozenset({"anyOf", "oneOf"})
_NO_SPOT = Spot("", "")


class Profile(NamedTuple):
    """How strictly schemas are read.

    undeclared: names that an open writer does not declare may be written all the same (as schema registries see it).
    filled: a required property with a default may be missing. hidden: properties with this keyword are not written
    (`readOnly` in requests, `writeOnly` in responses). lost: it matters when optional properties are no longer written.
    ignored: it matters when the reader no longer knows a property. said: what is only said counts too: `format`,
    `contentEncoding` and their like, and the names of branches.
    """

    undeclared: bool = True
    filled: bool = True
    hidden: str = ""
    lost: bool = False
    ignored: bool = False
    said: bool = False


class Comparison:
    """Compares pairs of intersections of nodes; each pair once, cycles taken as fitting until they are shown not to."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._known: dict[tuple[object, ...], tuple[Change, ...]] = {}
        self._open: dict[tuple[object, ...], int] = {}
        self._leaning: list[list[tuple[object, ...]]] = []
        self._lowest: list[int] = []
        self._shapes: dict[tuple[object, ...], Shape] = {}
        self._made: dict[str, dict[str, Any]] = {}
        self._looked_at = 0

    def unreadable(self, writer: Nodes, reader: Nodes) -> tuple[Change, ...]:
        """Return what of the writer's values the reader may refuse, each with both places.

        Raises:
            ContractError: a reference leads nowhere or in a circle, or there are more alternatives than can be compared.
        """
        if _alike(writer, reader):
            return ()
        pair = (_names(writer), _names(reader))
        if pair in self._known:
            return self._known[pair]
        if pair in self._open:
            if self._lowest:
                self._lowest[-1] = min(self._lowest[-1], self._open[pair])
            return ()
        return self._compared(pair, writer, reader)

    def _compared(self, pair: tuple[object, ...], writer: Nodes, reader: Nodes) -> tuple[Change, ...]:
        """Compare a pair that is new. What fitted only because an outer pair was taken to fit falls with that pair."""
        self._count(writer, reader)
        depth = len(self._open)
        self._open[pair] = depth
        self._lowest.append(depth)
        self._leaning.append([])
        found = tuple(dict.fromkeys(self._differences(self._shape(writer), self._shape(reader))))[:_MOST]
        lowest, leaning = self._lowest.pop(), self._leaning.pop()
        del self._open[pair]
        self._known[pair] = found
        if lowest < depth:
            self._lowest[-1] = min(self._lowest[-1], lowest)
            self._leaning[-1] += [*leaning, *(() if found else (pair,))]
        elif found:
            for each in leaning:
                self._known.pop(each, None)
        return found

    def _count(self, writer: Nodes, reader: Nodes) -> None:
        """Stop where alternatives multiply: a pair of long intersections takes as much time and memory as many short ones."""
        self._looked_at += len(writer) + len(reader)
        if self._looked_at > _MOST_LOOKED_AT:
            at = next(iter((*reader, *writer)))
            why = f"too many alternatives to compare, at #{at.pointer}; give its anyOf and oneOf fewer branches, or do not nest them"
            raise ContractError(at.document, why, pointer=at.pointer)

    def _shape(self, nodes: Nodes) -> Shape:
        key = _names(nodes)
        if key not in self._shapes:
            self._shapes[key] = shape(nodes)
        return self._shapes[key]

    def _differences(self, writer: Shape, reader: Shape) -> Iterator[Change]:
        if writer.empty or (not reader.nodes and reader.never is None):
            return
        if reader.never is not None:
            yield _change("schema-became-false", "no value is accepted any more", writer.nodes[:1], [reader.never])
            return
        if self._profile.said:
            yield from _lost_names(writer, reader)
        if writer.sums:
            yield from self._of_branches(writer, writer.sums[0], reader)
            return
        yield from self._scalars(writer, reader)
        if "object" in writer.types & reader.types:
            yield from self._object(writer, reader)
        if "array" in writer.types & reader.types:
            yield from self._array(writer, reader)
        yield from self._combined(writer, reader)

    # Branches

    def _of_branches(self, writer: Shape, taken: Sum, reader: Shape) -> Iterator[Change]:
        """Compare each branch of one of the writer's sums, with all else that the writer says, with the reader."""
        rest = tuple(_flat(node, taken.keyword if node is taken.owner else "") for node in writer.nodes)
        for branch in taken.branches:
            yield from self.unreadable((branch, *rest), tuple(reader.nodes))

    def _combined(self, writer: Shape, reader: Shape) -> Iterator[Change]:
        for each in reader.sums:
            yield from self._into_sum(writer, each)
        for node in reader.nots:
            yield from self._into_not(writer, node)
        for node in reader.conditions:
            yield from self._into_condition(writer, node)
        for node in reader.discriminators if not self._profile.lost else ():
            yield from _into_discriminator(writer, node)

    def _into_sum(self, writer: Shape, into: Sum) -> Iterator[Change]:
        """Find a branch that takes all that is written, or one for each value or type of it."""
        own = tuple(writer.nodes)
        best = self._best(own, into.branches)
        if not any(each.certain for each in best):
            yield from best
            yield from self._ambiguous(own, into)
            return
        pieces = self._pieces(writer, into.owner)
        refused = [piece for piece in pieces if any(each.certain for each in self._best((piece, *own), into.branches))]
        if len(pieces) > 1 and not refused:
            return
        if len(into.branches) == 1:
            yield from best
            return
        what = f"no branch of {into.keyword} accepts {_told(refused, pieces)}"
        yield _change(f"{_kebab(into.keyword)}-narrowed", what, own[:1], [into.owner.at(into.keyword)])

    def _ambiguous(self, own: Nodes, into: Sum) -> Iterator[Change]:
        """Tell of a `oneOf` that more than one branch takes everything of, so that it takes nothing."""
        branch_already = any(not _SUMS.isdisjoint(node.without) for node in own)
        if self._profile.said and into.keyword == "oneOf" and not branch_already:
            fitting = [branch for branch in into.branches if not self.unreadable(own, (branch,))]
            if len(fitting) > 1:
                what = f"{len(fitting)} branches of oneOf accept what is written, and only one may"
                yield _change("one-of-ambiguous", what, own[:1], [into.owner.at(into.keyword)])

    def _best(self, writer: Nodes, branches: Nodes) -> tuple[Change, ...]:
        """Return the differences with the branch that has the fewest, certain ones first; one of the same name is the one."""
        best: tuple[Change, ...] | None = None
        name = _reference(writer[0]) if writer else ""
        same = tuple(branch for branch in branches if name and _reference(branch) == name)
        for branch in same or branches:
            found = self.unreadable(writer, (branch,))
            if best is None or _weight(found) < _weight(best):
                best = found
            if not best:
                break
        return best or ()

    def _pieces(self, writer: Shape, place: Node) -> list[Node]:
        """Return schemas of the single values, or of the single types, that together are what is written."""
        values, first = _values(writer), (*writer.nodes, place)[0]
        if values is not None and len(values) <= _MOST_PIECES:
            alone = [self._synthetic({"const": value}) for value in values]
        else:
            types = sorted(writer.types - ({"integer"} if "number" in writer.types else set()))
            alone = [self._synthetic({"type": name}) for name in types]
        return [first._replace(value=value, without=frozenset()) for value in alone]

    def _synthetic(self, value: dict[str, Any]) -> dict[str, Any]:
        return self._made.setdefault(json.dumps(value, sort_keys=True), value)

    def _into_not(self, writer: Shape, node: Node) -> Iterator[Change]:
        target = resolved(node)
        asked = self._shape((target,))
        if not (writer.types & asked.types) or asked.empty:
            return
        if any(not self.unreadable((target,), (mine,)) for mine in writer.nots):
            return
        yield _change("not-extended", "`not` refuses more", writer.nodes[:1], [node])

    def _into_condition(self, writer: Shape, node: Node) -> Iterator[Change]:
        for mine in writer.conditions:
            if mine.value.get("if") == node.value.get("if"):
                for keyword in ("then", "else"):
                    if keyword in node.value:
                        before = (mine.at(keyword),) if keyword in mine.value else ()
                        yield from self.unreadable((*before, *_unconditional(writer)), (node.at(keyword),))
                return
        for keyword in ("then", "else"):
            if keyword in node.value and self.unreadable(tuple(_unconditional(writer)), (node.at(keyword),)):
                what = f"`{keyword}` asks for more where the condition holds"
                yield _change("condition-added", what, writer.nodes[:1], [node.at(keyword)])

    # Values

    def _scalars(self, writer: Shape, reader: Shape) -> Iterator[Change]:
        values = _values(writer)
        yield from self._types(writer, reader, values)
        for allowed, node in reader.enums:
            yield from _into_enum(writer, values, allowed, node)
        if self._profile.said:
            yield from _extensible(writer, reader)
        if values is None:
            yield from self._limits(writer, reader)
        else:
            yield from _values_within(values, writer, reader)

    def _types(self, writer: Shape, reader: Shape, values: Sequence[Any] | None) -> Iterator[Change]:
        written = writer.types if values is None else {_type(value) for value in values} & writer.types
        refused = written - reader.types
        if refused:
            names = ", ".join(sorted(refused - {"integer"} if "number" in refused else refused))
            accepted = " or ".join(sorted(reader.types - ({"integer"} if "number" in reader.types else set())))
            what = f"the type {names} is not accepted (accepted: {accepted or 'nothing'})"
            only_null = refused == {"null"}
            rule = "null-refused" if only_null else "type-changed"
            yield _change(
                rule, what, [writer.typed] if writer.typed else writer.nodes[:1], [reader.typed or _first(reader)]
            )

    def _limits(self, writer: Shape, reader: Shape) -> Iterator[Change]:
        for keyword, higher in BOUNDS.items():
            both = keyword in reader.bounds and keyword in writer.bounds
            if both or (keyword in reader.bounds and _applies(keyword, writer.types & reader.types)):
                yield from _into_bound(writer, reader, keyword, higher=higher)
        if "string" in writer.types & reader.types:
            yield from self._strings(writer, reader)
        if self._profile.said and writer.types & reader.types & {"number", "integer"}:
            yield from _number_formats(writer, reader)
        for asked, node in reader.multiples:
            if writer.types & {"number", "integer"} and not _multiple(writer, asked):
                yield _change(
                    "multiple-of-changed",
                    f"numbers must be multiples of {asked}",
                    _or(writer.multiples, writer),
                    [node],
                )

    def _strings(self, writer: Shape, reader: Shape) -> Iterator[Change]:
        mine = {pattern for pattern, _ in writer.patterns}
        for pattern, node in reader.patterns:
            if pattern not in mine and pattern not in {".*", "^.*$", ""}:
                word = "changed" if mine else "added"
                yield _change(f"pattern-{word}", f"text must match {pattern}", _or(writer.patterns, writer), [node])
        if self._profile.said:
            said = {name for name, _ in writer.formats}
            for name, node in reader.formats:
                if name not in said:
                    yield _change(
                        "format-changed", f"text must have the format {name}", _or(writer.formats, writer), [node]
                    )
            yield from _content(writer, reader)

    # Objects

    def _object(self, writer: Shape, reader: Shape) -> Iterator[Change]:
        yield from self._properties(writer, reader)
        yield from self._patterns(writer, reader)
        yield from self._additional(writer, reader)
        yield from self._required(writer, reader)
        for node in reader.names:
            kept = any(not self.unreadable((mine,), (node,)) for mine in writer.names)
            if not kept and not self._names_fit(writer, node):
                yield _change("property-names-narrowed", "names of properties are narrower", writer.nodes[:1], [node])
        yield from self._dependent(writer, reader)

    def _properties(self, writer: Shape, reader: Shape) -> Iterator[Change]:
        for name, asked in reader.properties.items():
            if _alike(writer.properties.get(name, ()), asked):
                continue
            mine = self._written(writer, name)
            if mine is None:
                continue
            if self._hidden(mine) or self._hidden(asked):
                yield from self._half_hidden(name, mine, asked)
            else:
                yield from self._property(writer, name, mine, asked)
        for name, mine in writer.properties.items():
            if name not in reader.properties and not self._hidden(mine):
                yield from self._gone(reader, name, mine)

    def _property(self, writer: Shape, name: str, mine: Nodes, asked: Nodes) -> Iterator[Change]:
        if name in writer.properties:
            yield from self.unreadable(mine, asked)
            return
        found = self.unreadable(mine, asked)
        if found and not mine:
            what = f"the property `{name}` is new: what is written under that name today may be anything"
            yield _change("property-added-to-open-content", what, writer.nodes[:1], asked[:1])
        else:
            yield from found

    def _half_hidden(self, name: str, mine: Nodes, asked: Nodes) -> Iterator[Change]:
        """Compare a property that one side, or both, say is not written."""
        if self._hidden(mine) and self._hidden(asked):
            found = self.unreadable(mine, asked)
            yield from (each for each in found if each.rule == "type-changed")
        elif mine and self._hidden(asked) == self._profile.ignored:
            what = f"the property `{name}` has become `{self._profile.hidden}`"
            yield _change("property-became-hidden", what, mine[:1], asked[:1])

    def _written(self, writer: Shape, name: str) -> Nodes | None:
        """Return what the writer may write under a name; None where it writes nothing."""
        if name in writer.properties:
            return (*writer.properties[name], *_matching(writer, name))
        matching = _matching(writer, name)
        rest = tuple(each.node for each in writer.additional if not _declares(each, name))
        if any(node.value is False for node in rest) and not matching:
            return None
        if matching or rest:
            return (*matching, *(() if matching else rest))
        return () if self._profile.undeclared else None

    def _gone(self, reader: Shape, name: str, mine: Nodes) -> Iterator[Change]:
        """Compare a property that only the writer declares with what the reader says of names that it does not."""
        if self._shape(mine).empty:
            return
        asked = (*_matching(reader, name), *(each.node for each in reader.additional if not _declares(each, name)))
        found = [each for each in asked if each.value is False]
        if found and not _matching(reader, name):
            yield _change("property-refused", f"the property `{name}` is no longer accepted", mine[:1], found[:1])
        elif asked:
            yield from self.unreadable(mine, asked)
        elif self._profile.ignored:
            what = f"the property `{name}` is no longer known"
            yield _change("property-removed", what, mine[:1], reader.nodes[:1], certain=False)

    def _patterns(self, writer: Shape, reader: Shape) -> Iterator[Change]:
        for pattern, asked in reader.property_patterns.items():
            mine = writer.property_patterns.get(pattern, tuple(each.node for each in writer.additional))
            yield from self.unreadable(mine, asked)
        for pattern, mine in writer.property_patterns.items():
            if pattern not in reader.property_patterns:
                for each in reader.additional:
                    yield from self.unreadable(mine, (each.node,))

    def _additional(self, writer: Shape, reader: Shape) -> Iterator[Change]:
        for each in reader.additional:
            if writer.additional:
                yield from self.unreadable(tuple(other.node for other in writer.additional), (each.node,))
            elif each.node.value is False:
                what = "properties that are not declared are no longer accepted"
                certain = self._profile.undeclared
                yield _change("additional-properties-refused", what, writer.nodes[:1], [each.node], certain=certain)
            elif self.unreadable((), (each.node,)):
                what = "properties that are not declared are narrower"
                yield _change("additional-properties-narrowed", what, writer.nodes[:1], [each.node])

    def _required(self, writer: Shape, reader: Shape) -> Iterator[Change]:
        for name, node in reader.required.items():
            asked, mine = reader.properties.get(name, ()), writer.properties.get(name, ())
            if (name in writer.required and not self._hidden(mine)) or self._hidden(asked):
                continue
            if self._profile.filled and _has_default(asked):
                continue
            known = name in writer.properties
            rule = "property-became-required" if known else "required-property-added"
            what = f"the property `{name}` is required, and may be missing in what is written"
            yield _change(rule, what, mine[:1] or writer.nodes[:1], [node])
        if self._profile.lost:
            yield from self._lost(writer, reader)

    def _lost(self, writer: Shape, reader: Shape) -> Iterator[Change]:
        """Tell of properties that the reader knows and the writer no longer declares; what was optional may not be missed."""
        for name, asked in reader.properties.items():
            told = name in reader.required and name not in writer.required
            if (
                not told
                and name not in writer.properties
                and self._written(writer, name) is None
                and not self._hidden(asked)
            ):
                what = f"the property `{name}` is no longer written"
                certain = name in reader.required
                yield _change("property-removed", what, writer.nodes[:1], asked[:1], certain=certain)

    def _hidden(self, nodes: Nodes) -> bool:
        """Whether a property is not part of what is written, as its `readOnly` or `writeOnly` says."""
        keyword = self._profile.hidden
        return bool(keyword) and any(_says(node, keyword) for node in nodes)

    def _names_fit(self, writer: Shape, node: Node) -> bool:
        """Whether a closed writer's names all fit what the reader asks of names."""
        asked = self._shape((node,))
        closed = any(each.node.value is False for each in writer.additional)
        fits = all(not list(_values_within([name], writer, asked)) for name in writer.properties)
        return closed and fits and not writer.property_patterns

    def _dependent(self, writer: Shape, reader: Shape) -> Iterator[Change]:
        for (name, other), node in reader.dependent.items():
            kept = (name, other) in writer.dependent or other in writer.required
            if not kept and self._written(writer, name) is not None:
                what = f"where `{name}` is given, `{other}` is required"
                yield _change("dependency-added", what, writer.nodes[:1], [node])
        for name, asked in reader.dependent_schemas.items():
            mine = writer.dependent_schemas.get(name)
            if mine is None and self._profile.said:
                what = f"where `{name}` is given, another schema counts as well"
                yield _change("dependency-added", what, writer.nodes[:1], asked[:1])
            elif self._written(writer, name) is not None:
                yield from self.unreadable(tuple(writer.nodes) if mine is None else mine, asked)

    # Arrays

    def _array(self, writer: Shape, reader: Shape) -> Iterator[Change]:
        for index in range(max(writer.prefix, reader.prefix) + 1):
            asked, mine = reader.item(index), writer.item(index)
            if asked and not self._shape(mine).empty:
                yield from self.unreadable(mine, asked)
        if reader.unique and not writer.unique and _most(writer) > 1:
            yield _change("unique-items-added", "items must be unique", writer.nodes[:1], [reader.unique])
        for node in reader.contains:
            kept = any(not self.unreadable((mine,), (node,)) for mine in writer.contains)
            if not kept and reader.bounds.get("minContains", (1, None))[0] != 0:
                yield _change("contains-added", "some item must be as `contains` says", writer.nodes[:1], [node])


def _names(nodes: Nodes) -> tuple[object, ...]:
    return tuple((id(node.library), node.document, node.pointer, id(node.value), node.without) for node in nodes)


def _alike(writer: Nodes, reader: Nodes) -> bool:
    """Whether both are the same schema, and one that refers to nothing else: the short way for most of what there is."""
    if len(writer) != 1 or len(reader) != 1 or writer[0].value != reader[0].value:
        return False
    same = writer[0].library[2:] == reader[0].library[2:] and writer[0].without == reader[0].without
    return same and _closed(writer[0].value, reader[0].value)


def _closed(left: Any, right: Any) -> bool:  # noqa: ANN401 - any JSON values
    """Whether two small values that Python calls equal are so in JSON (1 is not true), and nothing in them is a reference."""
    pending, left_over = [(left, right)], _SMALL
    while pending and left_over:
        (one, other), left_over = pending.pop(), left_over - 1
        if isinstance(one, bool) != isinstance(other, bool):
            return False
        if isinstance(one, dict):
            if "$ref" in one or "$dynamicRef" in one:
                return False
            pending += [(value, other[key]) for key, value in one.items()]
        elif isinstance(one, list):
            pending += zip(one, other, strict=True)
    return not pending


def _change(rule: str, what: str, writer: Sequence[Node], reader: Sequence[Node], *, certain: bool = True) -> Change:
    return Change(
        rule=rule,
        what=what,
        writer=writer[0].spot if writer else _NO_SPOT,
        reader=reader[0].spot if reader else _NO_SPOT,
        certain=certain,
    )


def _flat(node: Node, keyword: str) -> Node:
    """Return a node of a shape again, without what the shape has followed already, and without one more keyword."""
    return node._replace(without=node.without | {"$ref", "allOf", keyword})


def _unconditional(writer: Shape) -> Iterator[Node]:
    return (node._replace(without=node.without | {"if"}) for node in writer.nodes)


def _first(found: Shape) -> Node:
    return found.nodes[0]


def _or(found: Sequence[tuple[Any, Node]], writer: Shape) -> Nodes:
    return (found[0][1],) if found else tuple(writer.nodes[:1])


def _told(refused: Sequence[Node], pieces: Sequence[Node]) -> str:
    if len(pieces) > 1 and refused:
        return ", ".join(str(next(iter(each.value.values()))) for each in refused[:3])
    return "all that is written"


def _weight(found: Sequence[Change]) -> tuple[int, int]:
    return sum(each.certain for each in found), len(found)


def _reference(node: Node) -> str:
    """Return the name of a schema that is a reference, or what one leads to; "" for one that is written out in its place."""
    reference = node.value.get("$ref") if isinstance(node.value, dict) else None
    if isinstance(reference, str):
        return reference.rpartition("/")[2]
    folder, _, name = node.pointer.rpartition("/")
    return name if folder in _NAMED else ""


_NAMED = frozenset({"/components/schemas", "/definitions", "/$defs"})


def _lost_names(writer: Shape, reader: Shape) -> Iterator[Change]:
    """Yield the named branches that the writer has and the reader does not, where the reader has fewer."""
    for mine, asked in zip(writer.sums, reader.sums, strict=False):
        names = {_reference(branch) for branch in asked.branches}
        known = {_reference(branch) for branch in mine.branches}
        lost = [branch for branch in mine.branches if _reference(branch) and _reference(branch) not in names]
        fewer = len(mine.branches) > len(asked.branches)
        new = [resolved(branch).value for branch in asked.branches if _reference(branch) not in known]
        if lost and (fewer or any(resolved(branch).value not in new for branch in lost)):
            what = f"{', '.join(_reference(branch) for branch in lost)} is no branch of {asked.keyword}"
            yield _change(f"{_kebab(asked.keyword)}-narrowed", what, lost[:1], [asked.owner.at(asked.keyword)])


def _content(writer: Shape, reader: Shape) -> Iterator[Change]:
    """Compare what text is said to hold."""
    for keyword in ("contentEncoding", "contentMediaType", "contentSchema"):
        for node in reader.nodes:
            asked = node.value.get(keyword)
            if asked is not None and all(mine.value.get(keyword) != asked for mine in writer.nodes):
                shown = asked if isinstance(asked, str) else "another"
                yield _change(
                    "content-changed", f"`{keyword}` is {shown} where it is read", writer.nodes[:1], [node.at(keyword)]
                )


def _into_discriminator(writer: Shape, node: Node) -> Iterator[Change]:
    asked = node.value.get("propertyName") if isinstance(node.value, dict) else node.value
    for mine in writer.discriminators:
        said = mine.value.get("propertyName") if isinstance(mine.value, dict) else mine.value
        if said != asked:
            yield _change(
                "discriminator-changed", f"the discriminator is `{asked}` instead of `{said}`", [mine], [node]
            )


# Values


def _values(found: Shape) -> list[Any] | None:
    """Return the values that fit, where they can be counted."""
    if not found.enums:
        if found.types <= {"null", "boolean"}:
            return [*([None] if "null" in found.types else ()), *([False, True] if "boolean" in found.types else ())]
        return None
    values = [value for value in found.enums[0][0] if _type(value) in found.types]
    for allowed, _ in found.enums[1:]:
        keys = {_canonical(value) for value in allowed}
        values = [value for value in values if _canonical(value) in keys]
    return values


def _canonical(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return text that two values share where JSON Schema calls them equal (1 and 1.0 are, 1 and true are not)."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True, default=str)


def _type(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    return {float: "number", str: "string", list: "array"}.get(type(value), "object")


def _into_enum(writer: Shape, values: Sequence[Any] | None, allowed: Sequence[Any], node: Node) -> Iterator[Change]:
    if values is None:
        yield _change("enum-added", f"only {_listed(allowed)} is accepted", writer.nodes[:1], [node])
        return
    accepted = {_canonical(value) for value in allowed}
    refused = [value for value in values if _canonical(value) not in accepted]
    if refused:
        mine = [writer.enums[0][1]] if writer.enums else writer.nodes[:1]
        yield _change("enum-value-refused", f"the value {_listed(refused)} is not accepted", mine, [node])


def _extensible(writer: Shape, reader: Shape) -> Iterator[Change]:
    """Compare `x-extensible-enum`: values that are known now, of a list that may grow."""
    for node in reader.nodes:
        known = node.value.get(_EXTENSIBLE)
        for mine in writer.nodes:
            said = mine.value.get(_EXTENSIBLE)
            if isinstance(known, list) and isinstance(said, list):
                yield from _into_enum(writer, said, known, node.at(_EXTENSIBLE))


_EXTENSIBLE = "x-extensible-enum"


def _listed(values: Sequence[Any]) -> str:
    shown = ", ".join(json.dumps(value, ensure_ascii=False, default=str)[:60] for value in values[:_SHOWN])
    return shown + (f" (and {len(values) - _SHOWN} more)" if len(values) > _SHOWN else "") or "nothing"


def _values_within(values: Iterable[Any], writer: Shape, reader: Shape) -> Iterator[Change]:
    """Compare single values with the reader's limits."""
    for value in values:
        for keyword, (limit, node) in reader.bounds.items():
            size = _size(keyword, value)
            if size is not None and _beyond(keyword, size, limit):
                what = f"the value {_listed([value])} is outside of `{keyword}` {limit}"
                yield _change("value-refused", what, writer.nodes[:1], [node])
        for pattern, node in reader.patterns:
            if isinstance(value, str) and not matches(pattern, value):
                what = f"the value {_listed([value])} does not match {pattern}"
                yield _change("value-refused", what, writer.nodes[:1], [node])


def _size(keyword: str, value: Any) -> float | int | None:  # noqa: ANN401 - any JSON value
    if keyword.endswith("imum"):
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    wanted = {"Length": str, "Items": list, "Properties": dict}
    kind = next((type_ for end, type_ in wanted.items() if keyword.endswith(end)), None)
    return len(value) if kind is not None and isinstance(value, kind) else None


def _beyond(keyword: str, size: float, limit: float) -> bool:
    if keyword == "exclusiveMinimum":
        return size <= limit
    if keyword == "exclusiveMaximum":
        return size >= limit
    return size < limit if BOUNDS[keyword] else size > limit


# Limits

_OF_TYPE = {"imum": {"number", "integer"}, "Length": {"string"}, "Items": {"array"}, "Properties": {"object"}}


def _applies(keyword: str, types: frozenset[str]) -> bool:
    return any(keyword.endswith(end) and types & kinds for end, kinds in _OF_TYPE.items()) or (
        keyword.endswith("Contains") and "array" in types
    )


def _into_bound(writer: Shape, reader: Shape, keyword: str, *, higher: bool) -> Iterator[Change]:
    limit, node = reader.bounds[keyword]
    if _bounded(writer, keyword, limit, higher=higher):
        return
    mine = writer.bounds.get(keyword)
    said = f"{mine[0]}" if mine else "no limit"
    what = f"`{keyword}` is {limit} where it is read, and {said} where it is written"
    rule = f"{_kebab(keyword)}-{'narrowed' if mine else 'added'}"
    yield _change(rule, what, [mine[1]] if mine else writer.nodes[:1], [node])


def _bounded(writer: Shape, keyword: str, limit: float, *, higher: bool) -> bool:
    """Whether the writer's own limits keep to the reader's."""
    if keyword not in {"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"}:
        mine = writer.bounds.get(keyword)
        if mine is None:
            return higher and limit <= (1 if keyword == "minContains" else 0)
        return bool(mine[0] >= limit if higher else mine[0] <= limit)
    plain, strict = ("minimum", "exclusiveMinimum") if higher else ("maximum", "exclusiveMaximum")
    open_end = keyword == strict
    for name in (plain, strict):
        if name in writer.bounds:
            value = writer.bounds[name][0]
            room = value - limit if higher else limit - value
            if room > 0 or (room == 0 and (not open_end or name == strict)):
                return True
            if name == strict and not open_end and room >= -1 and "number" not in writer.types and _whole(value, limit):
                return True
    return False


_WIDER = {"int32": {"int64", "float", "double"}, "int64": {"double"}, "float": {"double"}}


def _number_formats(writer: Shape, reader: Shape) -> Iterator[Change]:
    """Compare formats of numbers: a wider one takes what a narrower one writes."""
    for asked, node in reader.formats:
        mine = [name for name, _ in writer.formats]
        if asked in _FIXED and not any(name == asked or asked in _WIDER.get(name, ()) for name in mine):
            what = f"numbers have the format {asked} where they are read, {' and '.join(mine) or 'any'} where they are written"
            yield _change("format-changed", what, _or(writer.formats, writer), [node])


_FIXED = {"int32", "int64", "float", "double"}


def _whole(*values: float) -> bool:
    return all(float(value).is_integer() for value in values if abs(value) < _LARGEST_EXACT)


_LARGEST_EXACT = 2**53


def _multiple(writer: Shape, asked: float) -> bool:
    if asked == 1 and "number" not in writer.types:
        return True
    try:
        return any((Fraction(str(mine)) / Fraction(str(asked))).denominator == 1 for mine, _ in writer.multiples)
    except (ValueError, OverflowError):
        return any(mine == asked for mine, _ in writer.multiples)


def _most(found: Shape) -> float:
    return float(found.bounds["maxItems"][0]) if "maxItems" in found.bounds else float("inf")


# Names


def _matching(found: Shape, name: str) -> Nodes:
    return tuple(node for pattern, nodes in found.property_patterns.items() if matches(pattern, name) for node in nodes)


def _declares(additional: Additional, name: str) -> bool:
    return name in additional.names or any(matches(pattern, name) for pattern in additional.patterns)


def _says(node: Node, keyword: str) -> bool:
    """Whether a schema, or what it refers to, sets a keyword to true."""
    value = node.value
    if isinstance(value, dict) and value.get(keyword) is not True and "$ref" in value:
        value = resolved(node).value
    return isinstance(value, dict) and value.get(keyword) is True


def _has_default(nodes: Nodes) -> bool:
    return any(isinstance(resolved(node).value, dict) and "default" in resolved(node).value for node in nodes)


def _kebab(keyword: str) -> str:
    return re.sub(r"([A-Z])", r"-\1", keyword).lower()
