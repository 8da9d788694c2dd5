"""What the reports of the programs of iac-scan have in common: files that no scanner was given, and levels."""

from collections.abc import Iterable, Mapping

import msgspec

from lockstep.model.finding import Finding, Level, Location, Severity

UNREAD = "unread-file"
_OWN = "lockstep"
_LEVELS: Mapping[Severity, Level] = {
    Severity.CRITICAL: Level.ERROR,
    Severity.HIGH: Level.ERROR,
    Severity.MEDIUM: Level.WARNING,
}


class Unread(msgspec.Struct, frozen=True):
    """A place at which a file cannot be read, and why. grave: whether somebody must mend it."""

    path: str
    line: int
    message: str
    grave: bool = True


def level_of(severity: Severity) -> Level:
    """Return GitHub's level for its group of severities."""
    return _LEVELS.get(severity, Level.NOTE)


def unread(files: Iterable[Unread]) -> tuple[Finding, ...]:
    """Return a finding for each file that no scanner was given; the same from every check."""
    return tuple(_finding(each) for each in files)


def _finding(each: Unread) -> Finding:
    severity = Severity.HIGH if each.grave else Severity.LOW
    return Finding(
        tool=_OWN,
        rule=UNREAD,
        message=each.message,
        location=Location(each.path, each.line),
        level=level_of(severity),
        severity=severity,
        anchor=each.path,
    )
