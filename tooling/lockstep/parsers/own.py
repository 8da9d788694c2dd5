"""Lockstep's own programs: `path:line: message` for each finding, exit code 1 where there is any."""

import re

from lockstep.model.digests import printable
from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers.reading import UnreadableError, agreed, guarded, lines, relative

TOOL = "lockstep"
_LINE = re.compile(r"^(?P<path>.+?):(?P<line>\d+): (?P<message>.+)$")


def read(stdout: bytes, stderr: bytes, exit_code: int, *, rule: str, root: str) -> Report:
    """Return the findings, all of one rule."""

    def findings() -> Report:
        found = tuple(_finding(line, rule, root) for line in lines(stdout))
        return agreed(Report(findings=found), exit_code, TOOL, stderr)

    return guarded(findings)


def _finding(line: str, rule: str, root: str) -> Finding:
    match = _LINE.match(line)
    if match is None:
        raise UnreadableError(f"{TOOL} wrote a line that cannot be read: {printable(line)[:200]}")
    place = Location(relative(match["path"], root), int(match["line"]))
    return Finding(tool=TOOL, rule=rule, message=printable(match["message"]), location=place)
