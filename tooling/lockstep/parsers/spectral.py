"""Spectral with `--format json`: an array of results, positions counted from 0."""

import msgspec

from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers.reading import UnreadableError, agreed, excerpt, guarded, json, relative

TOOL = "spectral"
_LEVELS = (Level.ERROR, Level.WARNING, Level.NOTE, Level.NOTE)
_FINISHED = frozenset({0, 1})


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


class _Refused(msgspec.Struct, frozen=True):
    path: str
    why: str
    line: int


def read(report: bytes, refused: bytes, stderr: bytes, exit_code: int, *, root: str) -> Report:
    """Return every result, each with its place and the pointer of what it is about, and every file that was not read.

    refused: the files that were not handed to Spectral (`lockstep.contracts.lint`). stderr: why it did not finish.
    """

    def findings() -> Report:
        if exit_code not in _FINISHED:
            raise UnreadableError(f"{TOOL} did not finish: {excerpt(stderr)}")
        kept_out = [_unread(each) for each in json(refused, list[_Refused], TOOL)]
        results = [_finding(each, root) for each in json(report, list[_Result], TOOL)]
        agreed_on = agreed(
            Report(findings=tuple(results)), exit_code if results else exit_code and not kept_out, TOOL, stderr
        )
        return msgspec.structs.replace(agreed_on, findings=(*kept_out, *agreed_on.findings))

    return guarded(findings)


def _unread(refused: _Refused) -> Finding:
    return Finding(TOOL, "unreadable", f"it cannot be read: {refused.why}", Location(refused.path, refused.line))


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
