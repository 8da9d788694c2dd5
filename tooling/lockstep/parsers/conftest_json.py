"""What Lockstep's policies deny, as `lockstep.plugin.iac.policies` gathers it from conftest."""

import msgspec

from lockstep.model.finding import Finding, Location, Report, Severity
from lockstep.parsers.iac import Unread, level_of, unread
from lockstep.parsers.reading import guarded, json

TOOL = "conftest"
SYNTAX = "syntax"


class _Denied(msgspec.Struct, frozen=True):
    rule: str
    severity: Severity
    message: str
    path: str
    line: int
    end_line: int


class _Notes(msgspec.Struct, frozen=True):
    findings: tuple[_Denied, ...]
    syntax: tuple[Unread, ...] = ()
    unread: tuple[Unread, ...] = ()


def read(data: bytes, tool: str = TOOL) -> Report:
    """Return the findings, and one for each file that the tool cannot parse."""

    def report() -> Report:
        notes = json(data, _Notes, tool)
        denied = tuple(_denied(each, tool) for each in notes.findings)
        return Report(findings=(*unread(notes.unread), *(_syntax(each, tool) for each in notes.syntax), *denied))

    return guarded(report)


def _denied(each: _Denied, tool: str) -> Finding:
    return Finding(
        tool=tool,
        rule=each.rule,
        message=each.message,
        location=Location(each.path, each.line, 0, each.end_line),
        level=level_of(each.severity),
        severity=each.severity,
    )


def _syntax(each: Unread, tool: str) -> Finding:
    message = f"no policy was tried on this file: {each.message}"
    return Finding(tool, SYNTAX, message, Location(each.path, each.line), severity=Severity.HIGH, anchor=each.path)
