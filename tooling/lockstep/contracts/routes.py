"""Which operation of a contract a request means, by method and path (OpenAPI 3, Paths Object and Server Object)."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from lockstep.contracts.api import Contract, Operation
from lockstep.contracts.documents import parts
from lockstep.contracts.schemas import Node

_PARAMETER = re.compile(r"\{([^{}]*)\}")


class Match(NamedTuple):
    """An operation that a path may mean, and the texts of its path's parameters by name."""

    operation: Operation
    values: Mapping[str, str]


class _Route(NamedTuple):
    """An operation with one of its base paths: its segments, each as a pattern where it has parameters."""

    operation: Operation
    segments: tuple[str | re.Pattern[str], ...]
    names: tuple[str, ...]

    def values(self, given: tuple[str, ...]) -> Mapping[str, str] | None:
        """Return the values of the path's parameters by name, None where it is another path."""
        found: list[str] = []
        for segment, text in zip(self.segments, given, strict=True):
            if isinstance(segment, str):
                if segment != text:
                    return None
                continue
            match = segment.fullmatch(text)
            if match is None:
                return None
            found += match.groups()
        return dict(zip(self.names, found, strict=True))


class Routes:
    """The operations of one contract by path."""

    def __init__(self, contract: Contract) -> None:
        self._by_length: dict[int, list[_Route]] = {}
        for operation in contract.operations.values():
            for base in dict.fromkeys(_bases(contract, operation)):
                route = _route(operation, f"{base}{operation.path}")
                self._by_length.setdefault(len(route.segments), []).append(route)

    def matches(self, path: str) -> list[Match]:
        """Return the operations that a path may mean, of any method: the fewer parameters (from the left), the earlier."""
        given = tuple(map(unquote, _split(path)))
        found: list[tuple[list[bool], Match]] = []
        for route in self._by_length.get(len(given), ()):
            values = route.values(given)
            if values is not None:
                found.append(([not isinstance(each, str) for each in route.segments], Match(route.operation, values)))
        return [match for _, match in sorted(found, key=lambda each: each[0])]


def _route(operation: Operation, template: str) -> _Route:
    split = _split(template)
    names = tuple(name for segment in split for name in _PARAMETER.findall(segment))
    return _Route(operation, tuple(map(_segment, split)), names)


def _split(path: str) -> tuple[str, ...]:
    return tuple(path.partition("?")[0].rstrip("/").split("/"))


def _segment(template: str) -> str | re.Pattern[str]:
    """Return a segment of a path template as what it matches once escapes are resolved."""
    if not _PARAMETER.search(template):
        return unquote(template)
    fixed = re.split(r"\{[^{}]*\}", template)
    return re.compile("(.+?)".join(re.escape(unquote(part)) for part in fixed), re.DOTALL)


def _bases(contract: Contract, operation: Operation) -> Iterator[str]:
    """Yield the paths that stand before those of the contract: Swagger's base path, or those of the servers, or none."""
    root = contract.root
    if contract.version == "2.0":
        yield str(root.at("basePath").value or "").rstrip("/")
        return
    top = root.library.documents[operation.node.document].value
    item = Node(root.library, operation.node.document, "", top).at(*parts(operation.node.pointer)[:-1])
    servers = next((each for each in (operation.node, item, root) if each.at("servers").value), root).at("servers")
    for server in servers.each():
        url = str(server.at("url").value or "")
        plain = re.sub(r"^[A-Za-z{][^/]*://[^/]*", "", url) if "://" in url else urlsplit(url).path
        yield plain.rstrip("/")
    yield ""
