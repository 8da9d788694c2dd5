"""tflint's JSON, as `lockstep.plugin.iac.tflint` passes it on, with severities from a reviewed table."""

import re
from collections.abc import Mapping

import msgspec

from lockstep.model.finding import Finding, Location, Report, Severity
from lockstep.parsers.iac import Unread, level_of, unread
from lockstep.parsers.reading import UnreadableError, guarded, json, relative
from lockstep.parsers.terraform import Range

TOOL = "tflint"
SYNTAX = "syntax"
# Run in several folders, tflint tells where a file breaks in words alone.
_BROKEN = re.compile(
    r"Failed to load the root module; (?P<path>[^\n]+?):(?P<line>\d+),(?P<column>\d+)\S*: (?P<why>[^\n]+)"
)


class _Rule(msgspec.Struct, frozen=True):
    name: str
    link: str = ""


class _Issue(msgspec.Struct, frozen=True):
    rule: _Rule
    message: str
    range: Range = Range()
    fixable: bool = False


class _Error(msgspec.Struct, frozen=True):
    message: str = ""
    summary: str = ""
    severity: str = "error"
    range: Range | None = None


class _Own(msgspec.Struct, frozen=True):
    issues: tuple[_Issue, ...] | None = None
    errors: tuple[_Error, ...] | None = None


class _Notes(msgspec.Struct, frozen=True):
    tflint: _Own
    severities: dict[str, Severity]
    unread: tuple[Unread, ...] = ()


def read(data: bytes, *, tree: str) -> Report:
    """Return the findings. An error at a place is a file that cannot be read; any other means that tflint broke off.

    tree: the absolute folder in which it ran. A rule that the table does not name is of high severity.
    """

    def report() -> Report:
        notes = json(data, _Notes, TOOL)
        issues = tuple(_issue(each, notes.severities, tree) for each in notes.tflint.issues or ())
        errors = tuple(_error(each, tree) for each in notes.tflint.errors or ())
        return Report(findings=(*unread(notes.unread), *issues, *errors))

    return guarded(report)


def _location(place: Range, tree: str) -> Location:
    return Location(
        relative(place.filename, tree), place.start.line, place.start.column, place.end.line, place.end.column
    )


def _issue(issue: _Issue, severities: Mapping[str, Severity], tree: str) -> Finding:
    severity = severities.get(issue.rule.name, Severity.HIGH)
    return Finding(
        tool=TOOL,
        rule=issue.rule.name,
        message=" ".join(issue.message.split()),
        location=_location(issue.range, tree),
        level=level_of(severity),
        severity=severity,
        help_url=issue.rule.link,
    )


def _error(error: _Error, tree: str) -> Finding:
    broken = _BROKEN.search(error.message)
    said = " ".join(f"{error.summary}: {error.message}".removeprefix(": ").split())
    if broken:
        place = Location(relative(broken["path"], tree), int(broken["line"]), int(broken["column"]))
        said = broken["why"].rstrip(":")
    elif error.range and error.range.filename:
        place = _location(error.range, tree)
    else:
        raise UnreadableError(f"{TOOL} could not go on: {said}")
    return Finding(TOOL, SYNTAX, f"no rule was tried on this folder: {said}", place, severity=Severity.HIGH)
