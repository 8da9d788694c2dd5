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


def read(data: bytes) -> Report:
    """Return the findings, and one for each file that conftest cannot parse."""

    def report() -> Report:
        notes = json(data, _Notes, TOOL)
        denied = tuple(_denied(each) for each in notes.findings)
        return Report(findings=(*unread(notes.unread), *(_syntax(each) for each in notes.syntax), *denied))

    return guarded(report)


def _denied(each: _Denied) -> Finding:
    return Finding(
        tool=TOOL,
        rule=each.rule,
        message=each.message,
        location=Location(each.path, each.line, 0, each.end_line),
        level=level_of(each.severity),
        severity=each.severity,
    )


def _syntax(each: Unread) -> Finding:
    message = f"no policy was tried on this file: {each.message}"
    return Finding(TOOL, SYNTAX, message, Location(each.path, each.line), severity=Severity.HIGH, anchor=each.path)
