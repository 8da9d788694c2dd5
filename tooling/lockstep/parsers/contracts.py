"""The report of `lockstep.contracts.check`: what breaks somebody is an error; what only may is a warning."""

import msgspec

from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers.reading import UnreadableError, agreed, excerpt, guarded, json

TOOL = "lockstep"
FAILED = 2
UNREADABLE = "unreadable"


class _Item(msgspec.Struct, frozen=True):
    rule: str
    message: str
    path: str
    line: int
    certain: bool
    anchor: str


class _Found(msgspec.Struct, frozen=True):
    items: list[_Item]
    checked: list[str]


def read(stdout: bytes, stderr: bytes, exit_code: int) -> Report:
    """Return the changes that break or may break somebody; the anchor of each tells operation, part and pointer.

    The exit code speaks of the former alone.
    """

    def report() -> Report:
        if exit_code == FAILED:
            raise UnreadableError(f"the contracts could not be compared: {excerpt(stderr)}")
        found = json(stdout, _Found, TOOL)
        breaking = tuple(_finding(item) for item in found.items if item.certain)
        possibly = tuple(_finding(item) for item in found.items if not item.certain)
        report = agreed(Report(findings=breaking), exit_code, TOOL, stderr)
        return report if report.problem else Report(findings=(*breaking, *possibly))

    return guarded(report)


def _finding(item: _Item) -> Finding:
    return Finding(
        tool=TOOL,
        rule=item.rule,
        message=item.message,
        location=Location(item.path, item.line),
        level=Level.ERROR if item.certain else Level.WARNING,
        anchor=item.anchor,
        # What cannot be read is no change that somebody could approve: it is told apart from the check's own findings.
        check=item.rule if item.rule == UNREADABLE else "",
    )
