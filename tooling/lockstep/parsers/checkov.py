"""checkov's JSON, as `lockstep.plugin.iac.checkov` passes it on, with severities from a reviewed table."""

from collections.abc import Iterator, Mapping

import msgspec

from lockstep.model.finding import Finding, Location, Report, Severity
from lockstep.parsers.iac import Unread, level_of, unread
from lockstep.parsers.reading import guarded, json, relative

TOOL = "checkov"
SYNTAX = "syntax"


class _Check(msgspec.Struct, frozen=True):
    check_id: str
    check_name: str
    file_path: str
    file_line_range: tuple[int, int] = (0, 0)
    resource: str = ""
    guideline: str | None = None


class _Results(msgspec.Struct, frozen=True):
    failed_checks: tuple[_Check, ...] = ()
    skipped_checks: tuple[_Check, ...] = ()


class _Framework(msgspec.Struct, frozen=True):
    """The results of one framework; a run in which nothing was found has none."""

    check_type: str = ""
    results: _Results = _Results()


class _Notes(msgspec.Struct, frozen=True):
    checkov: tuple[_Framework, ...]
    severities: dict[str, Severity]
    syntax: tuple[Unread, ...] = ()
    unread: tuple[Unread, ...] = ()


def read(data: bytes, *, tree: str) -> Report:
    """Return the findings; what a comment tried to excuse is one as well.

    tree: the absolute folder in which it ran. A rule that the table does not name is of high severity.
    """

    def report() -> Report:
        notes = json(data, _Notes, TOOL)
        found = dict.fromkeys(each for part in notes.checkov for each in _findings(part, notes.severities, tree))
        broken = (_broken(each) for each in notes.syntax)
        return Report(findings=(*unread(notes.unread), *broken, *found))

    return guarded(report)


def _findings(part: _Framework, severities: Mapping[str, Severity], tree: str) -> Iterator[Finding]:
    results = part.results
    for check in (*results.failed_checks, *results.skipped_checks):
        yield _finding(check, severities.get(check.check_id, Severity.HIGH), tree)


def _broken(each: Unread) -> Finding:
    place = Location(each.path, each.line)
    return Finding(TOOL, SYNTAX, each.message, place, severity=Severity.HIGH, anchor=each.path)


def _finding(check: _Check, severity: Severity, tree: str) -> Finding:
    """Return the finding; the same in each of several instances of a resource."""
    first, last = check.file_line_range
    return Finding(
        tool=TOOL,
        rule=check.check_id,
        message=check.check_name,
        location=Location(relative(check.file_path.lstrip("/"), tree), max(first, 0), 0, max(last, 0)),
        level=level_of(severity),
        severity=severity,
        help_url=check.guideline or "",
    )
