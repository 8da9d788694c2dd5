"""Changing an entry in the text of a lock file, so that its comments and order stay as people wrote them. Pure."""

import re
from collections.abc import Iterator

import msgspec

from lockstep.errors import ConfigError
from lockstep.toolchain.lock import ToolEntry, parse
from lockstep.toolchain.sources import GoSource, NpmSource, PypiSource, ReleaseSource, Source


def rewritten(text: str, old: ToolEntry, new: ToolEntry, pattern: str) -> str:
    """Return a lock file's text with the entry `old` turned into `new`; comments and all else stay, byte for byte.

    Where the file has no such entry yet, one is added, made from `pattern` (the text of the lock that has it).

    Raises:
        ConfigError: the file is written in a way that cannot be changed like that.
    """
    start, end = _block(text, old.name)
    block = text[start:end] if end else _cut(pattern, old.name)
    for key, before, after in _changes(old, new):
        block = _with(block, key, before, after)
    before_it = text[:start] if end else text + "\n" * (bool(text) + (not text.endswith("\n")))
    made = before_it + block + (text[end:] if end else "")
    _check(made, text, new)
    return made


def _with(block: str, key: str, before: str, after: str) -> str:
    """Return the block with every `key = "before"` changed that stands outside of comments."""
    wanted = re.compile(rf"""((?:^|[{{,])[ \t]*{key}[ \t]*=[ \t]*(["'])){re.escape(before)}(?=\2)""")
    return "".join(wanted.sub(lambda found: found[1] + after, line) for line in block.splitlines(keepends=True))


def _check(made: str, text: str, new: ToolEntry) -> None:
    """Refuse a text that does not say what was meant, or changes what was not."""
    wanted = {**_entries(text), new.name: msgspec.structs.replace(new, folder="")}
    if _entries(made) != wanted:
        raise ConfigError(
            f"[{new.name}] of the tool lock cannot be rewritten",
            where=new.name,
            why="its table is written in a way that is not understood here",
            remedy="write it as the lock that is shipped does: `[name]`, then `[[name.sources]]`",
        )


def _entries(text: str) -> dict[str, ToolEntry]:
    try:
        return parse(text, "")
    except ValueError:
        return {}


def _cut(text: str, name: str) -> str:
    start, end = _block(text, name)
    return text[start:end].rstrip() + "\n"


def _block(text: str, name: str) -> tuple[int, int]:
    """Return where the tables of an entry begin and end (the comment above the next one left out); (len, 0) if nowhere."""
    table = rf"\[[ \t]*{re.escape(name)}[ \t]*\]"
    first = re.search(rf"^{table}[ \t]*(?:#.*)?\r?$", text, re.MULTILINE)
    if first is None:
        return len(text), 0
    other = rf"^(?:[ \t]*#.*\n)*[ \t]*\[(?!\[?[ \t]*{re.escape(name)}[ \t]*[.\]])"
    rest = re.compile(other, re.MULTILINE).search(text, first.end())
    return first.start(), rest.start() if rest else len(text)


def _changes(old: ToolEntry, new: ToolEntry) -> Iterator[tuple[str, str, str]]:
    """Yield key, value before and value after."""
    yield "version", old.version, new.version
    for before, after in zip(old.sources, new.sources, strict=True):
        for (key, was), (_, becomes) in zip(_strings(before), _strings(after), strict=True):
            yield key, was, becomes


def _strings(source: Source) -> tuple[tuple[str, str], ...]:
    """Return what of a source changes from version to version: key and value."""
    match source:
        case PypiSource():
            return ("package", source.package), ("digest", source.digest)
        case GoSource():
            return (("digest", source.digest),)
        case NpmSource() | ReleaseSource():
            return tuple(("digest", pin.digest) for pin in source.platforms.values())
        case _:
            return ()
