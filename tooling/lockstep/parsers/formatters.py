"""Formatters that show what they would change as a unified diff (GNU diffutils, section 2.2.2): black, shfmt, terraform fmt."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lockstep.model.digests import printable
from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers.reading import UnreadableError, agreed, guarded, lines, named, relative

_HUNK = re.compile(r"^@@ -(?P<start>\d+)(?:,(?P<count>\d+))? \+\d+(?:,(?P<new>\d+))? @@")
_SHFMT_ERROR = re.compile(r"^(?P<path>.+?):(?P<line>\d+):(?P<column>\d+): (?P<message>.+)$")
_BLACK_PARSE = re.compile(r"^error: cannot parse: (?P<path>.+?):(?P<line>\d+):(?P<column>\d+)$")
_BLACK_FORMAT = re.compile(
    r"^error: cannot format (?P<path>.+?): (?P<message>.*?)(?: (?P<line>\d+):(?P<column>\d+)(?:: .*)?)?$"
)
_BLACK_SEEN = re.compile(
    r"^(?:would reformat (?P<changed>.+)|(?P<same>.+) already well formatted, good job\.|error: cannot format (?P<odd>.+?): .*)$"
)
_BLACK_IGNORED = re.compile(r"^(?P<path>.+) ignored: matches (?P<why>.+)$")
_BLACK_SETTING = re.compile(r"^(?P<name>exclude|include): ")
_TERRAFORM_ERROR = re.compile(r"^Error: (?P<message>.+)$")
_TERRAFORM_PLACE = re.compile(r"^ +on (?P<path>.+?) line (?P<line>\d+)")
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
    """Return the lines that go; where lines are only added, the one before which they would stand, or the last."""
    number, changed = max(start, 1), []
    for line in body:
        mark = line[:1]
        if mark == "-" or (mark == "+" and number - 1 not in changed):
            changed.append(number)
        number += mark in {" ", "", "-"}
    last = max(number - 1, 1)
    return Hunk(path, min([last, *changed]), min(last, max([1, *changed])))


def shfmt(stdout: bytes, stderr: bytes, exit_code: int, *, root: str) -> Report:
    """Return what `shfmt --diff` would change, and what it cannot parse."""

    def findings() -> Report:
        found = [_would_change("shfmt", hunk, hunk.path.removesuffix(".orig"), root) for hunk in _of(stdout)]
        for line in lines(stderr):
            match = _SHFMT_ERROR.match(line)
            if match is None:
                raise UnreadableError(f"shfmt failed: {printable(line)[:200]}")
            found.append(_unreadable("shfmt", match, match["message"], root))
        return agreed(Report(findings=tuple(found)), exit_code, "shfmt", stderr)

    return guarded(findings)


def black(stdout: bytes, stderr: bytes, exit_code: int, *, files: Sequence[str], root: str) -> Report:
    """Return what `black --check --diff --verbose` would change, what it cannot parse (exit code 123), what it left out.

    files: what should have been looked at, relative to the root. Black passes over folders such as `dist` and what git
    ignores without being told to; a file that is missing for no reason of the component's own is a finding.
    """

    def findings() -> Report:
        said = lines(stderr)
        found = [_would_change("black", hunk, hunk.path, root) for hunk in _of(stdout)]
        for line in said:
            match = _BLACK_PARSE.match(line) or _BLACK_FORMAT.match(line)
            if match:
                found.append(_unreadable("black", match, match.groupdict().get("message") or _CANNOT, root))
        known = frozenset(files)
        report = agreed(Report(findings=tuple(found)), exit_code, "black", stderr)
        asked = (each for each in named(report, files).findings if each.location.path in known)
        return Report(findings=(*asked, *_left_out(said, files, root)), problem=report.problem)

    return guarded(findings)


def _left_out(said: Sequence[str], files: Sequence[str], root: str) -> Iterator[Finding]:
    own = {match["name"] for line in said if (match := _BLACK_SETTING.match(line))}
    seen = {relative(next(filter(None, match.groups())), root) for line in said if (match := _BLACK_SEEN.match(line))}
    seen |= {relative(match["path"], root) for line in said if (match := _BLACK_PARSE.match(line))}
    ignored = {relative(match["path"], root): match["why"] for line in said if (match := _BLACK_IGNORED.match(line))}
    for path in files:
        above = (each for each in ignored if path == each or path.startswith(f"{each}/"))
        why = ignored.get(next(above, ""), "")
        chosen = "extend-exclude" in why or "force-exclude" in why or ("--exclude" in why and "exclude" in own)
        if path not in seen and not chosen and (why or "include" not in own):
            yield Finding(
                tool="black",
                rule="black-left-out",
                message=f"black did not look at this file: it matches {why or 'none of its patterns'}; "
                "say so with `extend-exclude` in [tool.black], or have it looked at with `exclude`",
                location=Location(path, 1),
            )


def terraform(stdout: bytes, stderr: bytes, exit_code: int, *, root: str) -> Report:
    """Return what `terraform fmt -check -diff` would change, or else what it cannot parse (exit code 2)."""

    def findings() -> Report:
        changes = [_would_change("terraform", hunk, hunk.path.removeprefix("old/"), root) for hunk in _of(stdout)]
        found = (*changes, *_terraform_errors(stderr, root))
        return agreed(Report(findings=found), exit_code, "terraform", stderr)

    return guarded(findings)


def _terraform_errors(stderr: bytes, root: str) -> Iterator[Finding]:
    message = _CANNOT
    for line in lines(stderr):
        told, place = _TERRAFORM_ERROR.match(line), _TERRAFORM_PLACE.match(line)
        message = told["message"] if told else message
        if place:
            yield _unreadable("terraform", place, message, root)


def _of(stdout: bytes) -> Iterator[Hunk]:
    return hunks(lines(stdout))


def _would_change(tool: str, hunk: Hunk, path: str, root: str) -> Finding:
    return Finding(
        tool=tool,
        rule=f"{tool}-fmt" if tool == "terraform" else f"{tool}-format",
        message="the file is not formatted",
        location=Location(relative(path, root), hunk.line, end_line=hunk.end_line),
        fixable=True,
    )


def _unreadable(tool: str, match: re.Match[str], message: str, root: str) -> Finding:
    places = match.groupdict()
    line, column = int(places.get("line") or 1), int(places.get("column") or 0)
    return Finding(
        tool=tool,
        rule="syntax",
        message=printable(message.strip(" .:")),
        location=Location(relative(match["path"], root), line, column),
    )
