"""`ruff check` and `ruff format --check` with `--output-format json`: a list of messages."""

import msgspec

from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers.reading import guarded, json, relative

TOOL = "ruff"


class _Place(msgspec.Struct, frozen=True):
    row: int = 0
    column: int = 0


class _Fix(msgspec.Struct, frozen=True):
    applicability: str = ""


class _Message(msgspec.Struct, frozen=True):
    """One message; `location` is null where the whole file is meant, `code` where it does not parse (older versions)."""

    filename: str
    message: str
    code: str | None = None
    location: _Place | None = None
    end_location: _Place | None = None
    fix: _Fix | None = None
    url: str | None = None
    severity: str | None = None


def read(data: bytes, *, root: str, base: str = "") -> Report:
    """Return the findings of ruff's JSON. A fix counts as one where ruff calls it safe."""

    def findings() -> Report:
        messages = json(data, list[_Message], TOOL)
        return Report(findings=tuple(_finding(message, root, base) for message in messages))

    return guarded(findings)


def _finding(message: _Message, root: str, base: str) -> Finding:
    start = message.location or _Place()
    end = message.end_location or _Place()
    return Finding(
        tool=TOOL,
        rule=message.code or "invalid-syntax",
        message=message.message,
        location=Location(relative(message.filename, root, base), start.row, start.column, end.row, end.column),
        level=Level.WARNING if message.severity == "warning" else Level.ERROR,
        help_url=message.url or "",
        fixable=message.fix is not None and message.fix.applicability == "safe",
    )
