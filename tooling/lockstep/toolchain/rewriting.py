"""Changing an entry in the text of a lock file, so that its comments and order stay as people wrote them."""

import re
from collections.abc import Iterator

from lockstep.toolchain.lock import ToolEntry
from lockstep.toolchain.sources import GoSource, NpmSource, PypiSource, ReleaseSource, Source


def rewritten(text: str, old: ToolEntry, new: ToolEntry, pattern: str) -> str:
    """Return a lock file's text with the entry `old` turned into `new`; comments and all else stay.

    Where the file has no such entry yet, one is added, made from `pattern` (the text of the lock that has it).
    """
    start, end = _block(text, old.name)
    block = text[start:end] if end else "\n" + _cut(pattern, old.name)
    for before, after in _changes(old, new):
        block = block.replace(f'"{before}"', f'"{after}"')
    return text[:start] + block + text[end:] if end else text + block


def _cut(text: str, name: str) -> str:
    start, end = _block(text, name)
    return text[start:end].rstrip() + "\n"


def _block(text: str, name: str) -> tuple[int, int]:
    """Return where the tables of an entry begin and end (the comment above the next one left out); (len, 0) if nowhere."""
    first = re.search(rf"^\[{re.escape(name)}\]$", text, re.MULTILINE)
    if first is None:
        return len(text), 0
    rest = re.compile(rf"^(?:#.*\n)*\[(?!\[?{re.escape(name)}[.\]])", re.MULTILINE).search(text, first.end())
    return first.start(), rest.start() if rest else len(text)


def _changes(old: ToolEntry, new: ToolEntry) -> Iterator[tuple[str, str]]:
    yield old.version, new.version
    for before, after in zip(old.sources, new.sources, strict=True):
        yield from zip(_strings(before), _strings(after), strict=True)


def _strings(source: Source) -> tuple[str, ...]:
    """Return what of a source changes from version to version."""
    match source:
        case PypiSource():
            return source.package, source.digest
        case GoSource():
            return (source.digest,)
        case NpmSource() | ReleaseSource():
            return tuple(pin.digest for pin in source.platforms.values())
        case _:
            return ()
