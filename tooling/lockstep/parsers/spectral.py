"""Spectral with `--format json`: an array of results, positions counted from 0."""

import msgspec

from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers.reading import agreed, guarded, json, relative

TOOL = "spectral"
_LEVELS = (Level.ERROR, Level.WARNING, Level.NOTE, Level.NOTE)
_RULES = "https://docs.stoplight.io/docs/spectral/4dec24461f3af-open-api-rules#"


class _Point(msgspec.Struct, frozen=True):
    line: int
    character: int


class _Range(msgspec.Struct, frozen=True):
    start: _Point
    end: _Point


class _Result(msgspec.Struct, frozen=True):
    code: str | int
    path: list[str | int]
    message: str
    severity: int
    range: _Range
    source: str = ""


def read(report: bytes, stderr: bytes, exit_code: int, *, root: str) -> Report:
    """Return every result, each with its place and the pointer of what it is about."""

    def findings() -> Report:
        results = json(report, list[_Result], TOOL)
        return agreed(Report(findings=tuple(_finding(each, root) for each in results)), exit_code, TOOL, stderr)

    return guarded(findings)


def _finding(result: _Result, root: str) -> Finding:
    severity = min(max(result.severity, 0), len(_LEVELS) - 1)
    start, end = result.range.start, result.range.end
    return Finding(
        tool=TOOL,
        rule=str(result.code),
        message=" ".join(result.message.split()),
        location=Location(
            relative(result.source, root), start.line + 1, start.character + 1, end.line + 1, end.character + 1
        ),
        level=_LEVELS[severity],
        anchor="/".join(str(part) for part in result.path),
    )
