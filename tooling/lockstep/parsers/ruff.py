"""`ruff check` and `ruff format --check` with `--output-format json`: a list of messages."""

from collections.abc import Sequence

import msgspec

from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers.reading import agreed, guarded, json, named, relative

TOOL = "ruff"


class _Place(msgspec.Struct, frozen=True):
    row: int = 0
    column: int = 0


_FILE = _Place(1)


class _Fix(msgspec.Struct, frozen=True):
    applicability: str = ""


class _Message(msgspec.Struct, frozen=True):
    """One message; `location` is null where the whole file is meant, `code` where it does not parse (older versions)."""

    filename: str
    message: str
    code: str | None = None
    cell: int | None = None
    location: _Place | None = None
    end_location: _Place | None = None
    fix: _Fix | None = None
    url: str | None = None
    severity: str | None = None


def read(stdout: bytes, stderr: bytes, exit_code: int, *, files: Sequence[str], root: str) -> Report:
    """Return the findings of ruff's JSON. A fix counts as one where ruff calls it safe.

    files: what ruff was handed, relative to the root.
    """

    def findings() -> Report:
        messages = json(stdout, list[_Message], TOOL)
        found = Report(findings=tuple(_finding(message, root) for message in messages))
        return named(agreed(found, exit_code, TOOL, stderr), files)

    return guarded(findings)


def _finding(message: _Message, root: str) -> Finding:
    start = message.location or _FILE
    end = message.end_location or start
    cell = f"cell {message.cell}, line {start.row}: " if message.cell else ""
    if cell:  # the line within a cell is no line of the notebook's file
        start = end = _FILE
    return Finding(
        tool=TOOL,
        rule=message.code or "invalid-syntax",
        message=cell + message.message,
        location=Location(relative(message.filename, root), start.row, start.column, end.row, end.column),
        level=Level.WARNING if message.severity == "warning" else Level.ERROR,
        help_url=message.url or "",
        fixable=message.fix is not None and message.fix.applicability == "safe",
    )
