"""What a program that follows references has to look at in contracts: a file of a few lines can ask for more than there is time."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from lockstep.contracts.change import ContractError
from lockstep.contracts.documents import Document, under
from lockstep.contracts.schemas import Library, Node, follow

_EXAMPLES = frozenset({"example", "examples", "default", "x-example"})
_SCHEMAS = frozenset({"schema", "type", "properties", "items", "format", "enum", "$ref"})


class Effort(NamedTuple):
    """values: how many there are where each reference stands for what it names, as often as it is named.

    depth: how many of them lie in each other.
    """

    values: int
    depth: int


_LEAF = Effort(1, 1)


class Efforts:
    """The efforts of all values in a document that may refer to others; a reference in a circle stays one.

    judged: the efforts together of those that have an example, or are a schema with a default: each is judged by the schema.
    Chains of references take a large stack (`lockstep.contracts.comparing.deep`).
    """

    def __init__(self, document: Document, documents: Mapping[str, Document]) -> None:
        self.judged = 0
        self._document = document
        self._library = Library(documents, {})
        self._known: dict[int, Effort] = {}
        self._order: dict[int, int] = {}
        self._open: list[int] = []
        self._circles: dict[int, int] = {}
        self._find_circles(document.name, document.value)
        self.whole = self._of(document.name, document.value)

    def place(self, measure: Callable[[Effort], int]) -> str:
        """Return the pointer to the innermost part that still makes up a tenth of what it lies in, by a measure of efforts."""
        pointer, value = "", self._document.value
        while children := dict(_children(value)):
            asked = {key: measure(self._of(self._document.name, child)) for key, child in children.items()}
            key = max(asked, key=lambda each: asked[each])
            if 10 * asked[key] < measure(self._of(self._document.name, value)):
                break
            pointer, value = under(pointer, key), children[key]
        return pointer

    def _of(self, document: str, value: Any) -> Effort:  # noqa: ANN401 - any JSON value
        if not isinstance(value, dict | list):
            return _LEAF
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = self._sum(document, value)
            if isinstance(value, dict) and not (_EXAMPLES.isdisjoint(value) or _SCHEMAS.isdisjoint(value)):
                self.judged += known.values
        return known

    def _sum(self, document: str, value: Any) -> Effort:  # noqa: ANN401 - dict or list
        target = self._referent(document, value)
        if target is not None:
            circular = self._circles[id(value)] == self._circles.get(id(target.value))
            effort = _LEAF if circular else self._of(target.document, target.value)
            return Effort(effort.values, effort.depth + 1)
        values, depth = 1, 0
        for _, child in _children(value):
            effort = self._of(document, child)
            values += effort.values
            depth = max(depth, effort.depth)
        return Effort(values, depth + 1)

    def _referent(self, document: str, value: Any) -> Node | None:  # noqa: ANN401 - dict or list
        """Return what a reference names; None where it is none, or leads nowhere, which others tell."""
        reference = value.get("$ref") if isinstance(value, dict) else None
        if not isinstance(reference, str):
            return None
        try:
            return follow(Node(self._library, document, "", value), reference)
        except ContractError:
            return None

    def _find_circles(self, document: str, value: Any) -> int:  # noqa: ANN401 - dict or list
        """Give all that lie in a circle with each other the same number (Tarjan's strongly connected components)."""
        own = low = self._order[id(value)] = len(self._order)
        self._open.append(id(value))
        for name, child in self._below(document, value):
            if id(child) not in self._order:
                low = min(low, self._find_circles(name, child))
            elif id(child) not in self._circles:
                low = min(low, self._order[id(child)])
        while low == own and id(value) not in self._circles:
            self._circles[self._open.pop()] = own
        return low

    def _below(self, document: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - dict or list
        target = self._referent(document, value)
        children = [(target.document, target.value)] if target else [(document, child) for _, child in _children(value)]
        yield from ((name, child) for name, child in children if isinstance(child, dict | list))


def _children(value: Any) -> Iterator[tuple[str | int, Any]]:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)
