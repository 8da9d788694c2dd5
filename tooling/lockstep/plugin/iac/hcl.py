"""Where the blocks of an HCL file are, and how deep it is nested, without a parser that hostile input could exhaust."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"(?P<skip>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\")"
    r"|<<-?(?P<here>[A-Za-z_][\w-]*)[^\S\n]*\n|(?P<open>[{(\[])|(?P<close>[})\]])|(?P<end>\n)|(?P<operator>[-+*/%!<>=&|?])",
    re.DOTALL,
)
_HEAD = re.compile(r"\s*(?P<kind>[A-Za-z_][\w-]*)(?P<labels>(?:\s+\"[^\"\n]*\"|\s+[A-Za-z_][\w-]*)*)\s*\Z")
_COMMENT = "/**/"
_OPERATORS = "-+*/%!<>=&|?"
_LABEL = re.compile(r"[^\s\"]+")


class Block(NamedTuple):
    """A block at the top of a file: its kind (`resource`), its labels, and the lines (from 1) of its head and its end."""

    kind: str
    labels: tuple[str, ...]
    line: int
    end_line: int


class Outline(NamedTuple):
    """The blocks of a file, how deep brackets are nested in it, and how many operators one line has at most."""

    blocks: tuple[Block, ...]
    depth: int
    operators: int


def outline(text: str) -> Outline:
    """Return the outline of HCL text; of what is no HCL, whatever looks like it."""
    breaks = [match.start() for match in re.finditer("\n", text)]
    depth = deepest = statement = operators = most = 0
    opened: tuple[str, tuple[str, ...], int] | None = None
    blocks = []
    for start, sign in _tokens(text):
        if sign in "{([":
            if depth == 0:
                opened = _head(text[statement:start], _line(breaks, start)) if sign == "{" else None
            depth += 1
            deepest = max(deepest, depth)
        elif sign == "\n":
            statement = start + 1 if depth == 0 else statement
            operators = 0
        elif sign == _COMMENT:
            statement = start if depth == 0 else statement
        elif sign in _OPERATORS:
            operators += 1
            most = max(most, operators)
        elif depth:
            depth -= 1
            if depth == 0 and opened:
                blocks.append(Block(*opened, _line(breaks, start)))
                opened = None
    return Outline(tuple(blocks), deepest, most)


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    """Yield place and text of brackets, operators and line ends outside of strings and heredocs, and ends of comments."""
    place = 0
    while match := _TOKEN.search(text, place):
        place = match.end()
        if match["here"]:
            ended = re.compile(rf"^[^\S\n]*{re.escape(match['here'])}[^\S\n]*$", re.MULTILINE).search(text, place)
            place = ended.end() if ended else len(text)
        elif not match["skip"]:
            yield match.start(), match[0]
        elif match["skip"].startswith("/*"):
            yield match.end(), _COMMENT


def _head(text: str, line: int) -> tuple[str, tuple[str, ...], int] | None:
    match = _HEAD.match(text)
    return (match["kind"], tuple(_LABEL.findall(match["labels"])), line) if match else None


def _line(breaks: list[int], place: int) -> int:
    return bisect_right(breaks, place - 1) + 1
