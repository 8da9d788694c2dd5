"""yamllint with `--format parsable`: `path:line:column: [level] message (rule)`."""

import re

from lockstep.model.digests import printable
from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers.reading import UnreadableError, agreed, excerpt, guarded, lines, relative

TOOL = "yamllint"
_LINE = re.compile(
    r"^(?P<path>.+?):(?P<line>\d+):(?P<column>\d+): \[(?P<level>\w+)\] (?P<message>.*?)(?: \((?P<rule>[\w-]+)\))?$"
)
_RULES = "https://yamllint.readthedocs.io/en/stable/rules.html#module-yamllint.rules."


def read(stdout: bytes, stderr: bytes, exit_code: int, *, root: str, base: str = "") -> Report:
    """Return every error and warning. Whatever stands on the error stream means that yamllint broke off."""

    def findings() -> Report:
        if stderr.strip():
            raise UnreadableError(f"{TOOL} could not go on: {_reason(stderr)}")
        found = tuple(_finding(line, root, base) for line in lines(stdout) if line.strip())
        return agreed(Report(findings=found), exit_code, TOOL)

    return guarded(findings)


def _reason(stderr: bytes) -> str:
    """Return the last line: the exception, where it is a traceback."""
    return excerpt(stderr.strip().splitlines()[-1])


def _finding(line: str, root: str, base: str) -> Finding:
    match = _LINE.match(line)
    if match is None:
        raise UnreadableError(f"{TOOL} wrote a line that cannot be read: {printable(line)[:200]}")
    rule = match["rule"] or "syntax"
    return Finding(
        tool=TOOL,
        rule=rule,
        message=printable(match["message"]),
        location=Location(relative(match["path"], root, base), int(match["line"]), int(match["column"])),
        level=Level.WARNING if match["level"] == "warning" else Level.ERROR,
        help_url="" if rule == "syntax" else _RULES + rule.replace("-", "_"),
    )
