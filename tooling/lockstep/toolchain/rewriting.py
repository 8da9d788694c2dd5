"""Changing an entry in the text of a lock file, so that its comments and order stay as people wrote them. Pure."""

import re
from collections.abc import Mapping

import msgspec

from lockstep.errors import ConfigError
from lockstep.toolchain.lock import ToolEntry, parse
from lockstep.toolchain.sources import GoSource, NpmSource, NpmTreeSource, PypiSource, ReleaseSource, Source

_TABLES = re.compile(r"^(?=[ \t]*\[\[)", re.MULTILINE)
# Comments and other strings are matched so that nothing is looked for inside of them.
_TOKEN = re.compile(
    r"""
    \#.*
    | (?P<before>(?:^|(?<=[{,]))[ \t]*(?P<key>version|package|digest)[ \t]*=[ \t]*(?P<quote>["']))
      (?P<value>[^"'\n]*)(?P=quote)
    | "[^"\n]*" | '[^'\n]*'
    """,
    re.MULTILINE | re.VERBOSE,
)


def rewritten(text: str, old: ToolEntry, new: ToolEntry, pattern: str) -> str:
    """Return a lock file's text with the entry `old` turned into `new`; comments and all else stay, byte for byte.

    Where the file has no such entry yet, one is added, made from `pattern` (the text of the lock that has it).

    Raises:
        ConfigError: the file is written in a way that cannot be changed like that.
    """
    start, end = _block(text, old.name)
    if end:
        made = text[:start] + _renewed(text[start:end], old, new) + text[end:]
    else:
        between = "\n" * (bool(text) + bool(text and not text.endswith("\n")))
        made = text + between + _renewed(_cut(pattern, old.name), old, new)
    _check(made, text, new)
    return made


def _renewed(block: str, old: ToolEntry, new: ToolEntry) -> str:
    """Return the tables of an entry with its values changed; each source's are looked for in its own table alone."""
    head, *tables = _TABLES.split(block)
    parts = [_with(head, {("version", old.version): new.version})]
    for table, before, after in zip(tables, old.sources, new.sources, strict=len(tables) == len(old.sources)):
        parts.append(_with(table, dict(zip(_strings(before), (value for _, value in _strings(after)), strict=True))))
    return "".join((*parts, *tables[len(old.sources) :]))


def _with(text: str, changes: Mapping[tuple[str, str], str]) -> str:
    """Return the text with `key = "before"` changed wherever it stands outside of comments, all in one pass."""

    def change(found: re.Match[str]) -> str:
        after = changes.get((found["key"], found["value"]))
        return found[0] if after is None else f"{found['before']}{after}{found['quote']}"

    return _TOKEN.sub(change, text)


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


def _strings(source: Source) -> tuple[tuple[str, str], ...]:
    """Return what of a source changes from version to version: key and value."""
    match source:
        case PypiSource():
            return ("package", source.package), ("digest", source.digest)
        case GoSource() | NpmTreeSource():
            return (("digest", source.digest),)
        case NpmSource() | ReleaseSource():
            return tuple(("digest", pin.digest) for pin in source.platforms.values())
        case _:
            return ()
