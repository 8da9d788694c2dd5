"""Formatters that show what they would change as a unified diff (GNU diffutils, section 2.2.2): black, shfmt, tofu fmt."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lockstep.model.digests import printable
from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers.reading import UnreadableError, agreed, guarded, lines, relative

_HUNK = re.compile(r"^@@ -(?P<start>\d+)(?:,(?P<count>\d+))? \+\d+(?:,(?P<new>\d+))? @@")
_SHFMT_ERROR = re.compile(r"^(?P<path>.+?):(?P<line>\d+):(?P<column>\d+): (?P<message>.+)$")
_BLACK_PARSE = re.compile(r"^error: cannot parse: (?P<path>.+?):(?P<line>\d+):(?P<column>\d+)$")
_BLACK_FORMAT = re.compile(
    r"^error: cannot format (?P<path>.+?): (?P<message>.*?)(?: (?P<line>\d+):(?P<column>\d+)(?:: .*)?)?$"
)
_TOFU_ERROR = re.compile(r"^(?:│ )?(?:Error: )(?P<message>.+)$")
_TOFU_PLACE = re.compile(r"^(?:│ )?\s+on (?P<path>.+?) line (?P<line>\d+)")
_CANNOT = "it cannot be formatted"


class Hunk(NamedTuple):
    """Where a file would change: the path as printed, and the first and last line that would go or be added to."""

    path: str
    line: int
    end_line: int


def hunks(text: Sequence[str]) -> Iterator[Hunk]:
    """Yield one for each hunk of a unified diff, narrowed to the lines that change.

    Raises:
        UnreadableError: a hunk is not as long as its header says.
    """
    path, place = "", 0
    while place < len(text):
        line = text[place]
        header = _HUNK.match(line)
        if header is None:
            path = line[4:].split("\t")[0] if line.startswith("--- ") else path
            place += 1
            continue
        size = _size(text, place + 1, int(header["count"] or 1), int(header["new"] or 1))
        yield _narrowed(path, int(header["start"]), text[place + 1 : place + 1 + size])
        place += 1 + size


def _size(text: Sequence[str], start: int, old: int, new: int) -> int:
    """Return how many lines the hunk's body has, given how many lines of each side it holds."""
    place = start
    while old > 0 or new > 0:
        mark = text[place][:1] if place < len(text) else "end"
        if mark not in {" ", "", "-", "+", "\\"}:
            raise UnreadableError("the diff is cut off")
        old -= mark in {" ", "", "-"}
        new -= mark in {" ", "", "+"}
        place += 1
    return place - start


def _narrowed(path: str, start: int, body: Sequence[str]) -> Hunk:
    number, changed = max(start, 1), []
    for line in body:
        if line[:1] in {"-", "+"}:
            changed.append(number)
        number += line[:1] in {" ", "", "-"}
    return Hunk(path, changed[0] if changed else number, changed[-1] if changed else number)


def shfmt(stdout: bytes, stderr: bytes, exit_code: int, *, root: str, base: str = "") -> Report:
    """Return what `shfmt --diff` would change, and what it cannot parse."""

    def findings() -> Report:
        found = [_would_change("shfmt", hunk, hunk.path.removesuffix(".orig"), root, base) for hunk in _of(stdout)]
        for line in lines(stderr):
            match = _SHFMT_ERROR.match(line)
            if match is None:
                raise UnreadableError(f"shfmt failed: {printable(line)[:200]}")
            found.append(_unreadable("shfmt", match, match["message"], root, base))
        return agreed(Report(findings=tuple(found)), exit_code, "shfmt", stderr)

    return guarded(findings)


def black(stdout: bytes, stderr: bytes, exit_code: int, *, root: str, base: str = "") -> Report:
    """Return what `black --check --diff` would change, and what it cannot parse (exit code 123)."""

    def findings() -> Report:
        found = [_would_change("black", hunk, hunk.path, root, base) for hunk in _of(stdout)]
        for line in lines(stderr):
            match = _BLACK_PARSE.match(line) or _BLACK_FORMAT.match(line)
            if match:
                found.append(_unreadable("black", match, match.groupdict().get("message") or _CANNOT, root, base))
        return agreed(Report(findings=tuple(found)), exit_code, "black", stderr)

    return guarded(findings)


def tofu(stdout: bytes, stderr: bytes, exit_code: int, *, root: str, base: str = "") -> Report:
    """Return what `tofu fmt -check -diff` would change, and what it cannot parse (exit code 2)."""

    def findings() -> Report:
        changes = [_would_change("tofu", hunk, hunk.path.removeprefix("old/"), root, base) for hunk in _of(stdout)]
        found = (*changes, *_tofu_errors(stderr, root, base))
        return agreed(Report(findings=found), exit_code, "tofu", stderr)

    return guarded(findings)


def _tofu_errors(stderr: bytes, root: str, base: str) -> Iterator[Finding]:
    message = _CANNOT
    for line in lines(stderr):
        told, place = _TOFU_ERROR.match(line), _TOFU_PLACE.match(line)
        message = told["message"] if told else message
        if place:
            yield _unreadable("tofu", place, message, root, base)


def _of(stdout: bytes) -> Iterator[Hunk]:
    return hunks(lines(stdout))


def _would_change(tool: str, hunk: Hunk, path: str, root: str, base: str) -> Finding:
    return Finding(
        tool=tool,
        rule=f"{tool}-format",
        message="the file is not formatted",
        location=Location(relative(path, root, base), hunk.line, end_line=hunk.end_line),
        fixable=True,
    )


def _unreadable(tool: str, match: re.Match[str], message: str, root: str, base: str) -> Finding:
    places = match.groupdict()
    return Finding(
        tool=tool,
        rule="syntax",
        message=printable(message.strip(" .:")),
        location=Location(
            relative(match["path"], root, base), int(places.get("line") or 0), int(places.get("column") or 0)
        ),
    )
