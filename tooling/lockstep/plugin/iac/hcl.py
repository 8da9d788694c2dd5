"""Where the blocks of an HCL file are, and how deep it is nested, without a parser that hostile input could exhaust."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"(?P<skip>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<quote>\")|<<-?(?P<here>[A-Za-z_][\w-]*)[^\S\n]*\n"
    r"|[{(\[})\]\n]|[-+*/%!<>=&|?]",
    re.DOTALL,
)
# What is written in a string or a heredoc, up to where an expression is put in, or to the end of it or of its line.
_QUOTED = re.compile(r"\\.|\$\$\{|%%\{|(?P<open>[$%]\{)|(?P<end>[\"\n])")
_HERE = re.compile(r"\$\$\{|%%\{|(?P<open>[$%]\{)|(?P<end>\n)")
_QUOTE = '"'
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
            if depth == 0:
                blocks += [Block(*opened, _line(breaks, start))] if opened else []
                opened, statement = None, start + 1
    return Outline(tuple(blocks), deepest, most)


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    """Yield place and text of brackets, operators and line ends, and ends of comments; of text, what is put into it."""
    place = 0
    # What is open: code with so many braces in it, or text with the mark that ends it.
    within: list[int | str] = [0]
    while place < len(text):
        mode = within[-1]
        if isinstance(mode, str) and mode != _QUOTE and (end := _marked(text, place, mode)):
            within.pop()
            place = end
            continue
        match = (_TOKEN if isinstance(mode, int) else _QUOTED if mode == _QUOTE else _HERE).search(text, place)
        if match is None:
            return
        place = match.end()
        yield from _code(match, within) if isinstance(mode, int) else _text(match, within)


def _marked(text: str, place: int, mark: str) -> int:
    """Return where the line ends that begins at `place`, if it is the end of a heredoc; else 0."""
    if text[place - 1] != "\n":
        return 0
    end = text.find("\n", place)
    end = len(text) if end < 0 else end
    return end if text[place:end].strip() == mark else 0


def _code(match: re.Match[str], within: list[int | str]) -> Iterator[tuple[int, str]]:
    if match["quote"] or match["here"]:
        within.append(match["here"] or _QUOTE)
    elif match["skip"]:
        if match["skip"].startswith("/*"):
            yield match.end(), _COMMENT
    else:
        yield match.start(), match[0]
        braces = int(within.pop()) + (match[0] == "{") - (match[0] == "}")
        if braces >= 0 or not within:
            within.append(braces)


def _text(match: re.Match[str], within: list[int | str]) -> Iterator[tuple[int, str]]:
    if match["open"]:
        within.append(0)
        yield match.start(), "{"
    elif match["end"]:
        if within[-1] == _QUOTE:
            within.pop()
        if match["end"] == "\n":
            yield match.start(), "\n"


def _head(text: str, line: int) -> tuple[str, tuple[str, ...], int] | None:
    match = _HEAD.match(text)
    return (match["kind"], tuple(_LABEL.findall(match["labels"])), line) if match else None


def _line(breaks: list[int], place: int) -> int:
    return bisect_right(breaks, place - 1) + 1
