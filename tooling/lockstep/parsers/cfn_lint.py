"""cfn-lint's JSON, as `lockstep.plugin.iac.cloudformation` passes it on."""

from collections.abc import Mapping

import msgspec

from lockstep.model.finding import Finding, Location, Report, Severity
from lockstep.parsers.iac import Unread, level_of, unread
from lockstep.parsers.reading import guarded, json, relative

TOOL = "cfn-lint"
SYNTAX = "E0000"
_SEVERITIES: Mapping[str, Severity] = {
    "Error": Severity.HIGH,
    "Warning": Severity.MEDIUM,
    "Informational": Severity.LOW,
}


class _Position(msgspec.Struct, frozen=True, rename="pascal"):
    line_number: int = 0
    column_number: int = 0


class _Location(msgspec.Struct, frozen=True, rename="pascal"):
    start: _Position = _Position()
    end: _Position = _Position()


class _Rule(msgspec.Struct, frozen=True, rename="pascal"):
    id: str
    source: str = ""


class _Match(msgspec.Struct, frozen=True, rename="pascal"):
    filename: str
    message: str
    rule: _Rule
    level: str = "Error"
    location: _Location = _Location()


class _Notes(msgspec.Struct, frozen=True):
    cfn_lint: tuple[_Match, ...]
    unread: tuple[Unread, ...] = ()


def read(data: bytes, *, tree: str) -> Report:
    """Return the findings; an unknown level is of high severity. tree: the absolute folder in which it ran."""

    def report() -> Report:
        notes = json(data, _Notes, TOOL)
        return Report(findings=(*unread(notes.unread), *(_finding(each, tree) for each in notes.cfn_lint)))

    return guarded(report)


def _finding(match: _Match, tree: str) -> Finding:
    severity = _SEVERITIES.get(match.level, Severity.HIGH)
    start, end = match.location.start, match.location.end
    return Finding(
        tool=TOOL,
        rule=match.rule.id,
        message=" ".join(match.message.split()),
        location=Location(
            relative(match.filename, tree), start.line_number, start.column_number, end.line_number, end.column_number
        ),
        level=level_of(severity),
        severity=severity,
        help_url=match.rule.source if match.rule.source.startswith("https://") else "",
    )
