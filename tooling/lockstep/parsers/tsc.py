"""The TypeScript compiler with `--pretty false`: `path(line,column): error TS1234: message`."""

import re

from lockstep.model.digests import printable
from lockstep.model.finding import Finding, Location, Report
from lockstep.model.gate import Output
from lockstep.parsers.reading import UnreadableError, agreed, excerpt, guarded, lines, relative

TOOL = "tsc"
# tsc was not started (lockstep_tsc.py), because the machine lacks what stands on the error stream.
LACKING = 86
_PLACED = re.compile(r"^(?P<path>.+?)\((?P<line>\d+),(?P<column>\d+)\): error (?P<rule>TS\d+): (?P<message>.*)$")
_GLOBAL = re.compile(r"^error (?P<rule>TS\d+): (?P<message>.*)$")


def read(output: Output, *, root: str, base: str = "") -> Report:
    """Return the errors; indented lines continue the message. An error without a place is one of configuration."""
    if output.exit_code == LACKING:
        return Report(lacking=excerpt(output.stderr) or f"{TOOL} was not started")

    def findings() -> Report:
        found: list[Finding] = []
        for line in lines(output.stdout):
            match = _PLACED.match(line)
            if match:
                found.append(_finding(match, root, base))
            elif line.startswith(" ") and found:
                found[-1] = _continued(found[-1], line)
            elif _GLOBAL.match(line):
                raise UnreadableError(f"{TOOL} could not check anything: {excerpt(line.encode(errors='replace'))}")
            elif line.strip():
                raise UnreadableError(f"{TOOL} wrote a line that cannot be read: {printable(line)[:200]}")
        return agreed(Report(findings=tuple(found)), output.exit_code, TOOL, output.stderr)

    return guarded(findings)


def _finding(match: re.Match[str], root: str, base: str) -> Finding:
    place = Location(relative(match["path"], root, base), int(match["line"]), int(match["column"]))
    return Finding(tool=TOOL, rule=match["rule"], message=printable(match["message"]), location=place)


def _continued(finding: Finding, line: str) -> Finding:
    message = f"{finding.message}\n{printable(line)}"
    return Finding(tool=finding.tool, rule=finding.rule, message=message, location=finding.location)
