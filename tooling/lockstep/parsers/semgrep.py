"""The notes of `lockstep_semgrep.py`: what Semgrep found, and what it could not read."""

from collections.abc import Mapping

import msgspec

from lockstep.model.finding import Finding, Level, Location, Report, Severity
from lockstep.parsers.reading import agreed, guarded, json

TOOL = "semgrep"
_REMARKS = {
    "partly-read": "Semgrep cannot read what begins here, so rules may have missed something in it",
    "minified": "No rule was tried on this file, for its text is minified; scan what it was made from",
}
# GitHub's levels for the groups of its security severity.
_LEVELS: Mapping[Severity, Level] = {
    Severity.CRITICAL: Level.ERROR,
    Severity.HIGH: Level.ERROR,
    Severity.MEDIUM: Level.WARNING,
}


class _Note(msgspec.Struct, frozen=True):
    """A place in a file. `kind` is finding, unread, partly-read or minified; only a finding has the fields after `line`.

    Ends are the character after the last one. score: 0.0 to 10.0. secret: where the lines hold one, what stands for them.
    """

    path: str
    kind: str
    line: int
    rule: str = ""
    message: str = ""
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    score: float = 0.0
    help_url: str = ""
    secret: str = ""


def read(data: bytes, exit_code: int, complaint: bytes = b"") -> Report:
    """Return findings, and one for each file that was not read or not all of it.

    A file that was not read fails a security gate, for nobody looked at it. One that was read in part is remarked only,
    for Semgrep's parsers lag behind their languages, shell above all; so is a minified one, for nobody wrote it.
    """

    def findings() -> Report:
        notes = json(data, list[_Note], TOOL)
        return agreed(Report(findings=tuple(_finding(each) for each in notes)), exit_code, TOOL, complaint)

    return guarded(findings)


def _finding(note: _Note) -> Finding:
    if note.kind == "unread":
        message = "Semgrep cannot read this file, so no rule was tried on it"
        return Finding(TOOL, f"{note.kind}-file", message, Location(note.path), anchor=note.path)
    if note.kind in _REMARKS:
        place = Location(note.path, note.line)
        message = _REMARKS[note.kind]
        return Finding(TOOL, f"{note.kind}-file", message, place, level=Level.NOTE, severity=Severity.LOW)
    severity = Severity.of_score(note.score)
    return Finding(
        tool=TOOL,
        rule=note.rule,
        message=note.message,
        location=Location(note.path, note.line, note.column, note.end_line, note.end_column),
        level=_LEVELS.get(severity, Level.NOTE),
        severity=severity,
        snippet=f"not shown: it holds a secret ({note.secret})" if note.secret else "",
        help_url=note.help_url,
    )
