"""mypy with `--output json`: one message a line. Messages that stop it early may stand on the error stream as text."""

import re
from collections.abc import Iterator

import msgspec

from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers.reading import UnreadableError, agreed, excerpt, guarded, json, relative, text

TOOL = "mypy"
BLOCKED = 2
_STOPPED = re.compile(r"^(?P<path>.+?\.pyi?):(?:(?P<line>\d+):)?(?:\d+:)*\s*error: (?P<message>.+)$")
_SUMMARY = re.compile(r"^Found \d+ errors? in |^Success: ")


class _Message(msgspec.Struct, frozen=True):
    """Columns count from 0; -1 or 0 stands for a place that is not known."""

    file: str
    message: str
    severity: str
    line: int = 0
    column: int = -1
    end_line: int | None = None
    end_column: int | None = None
    hint: str | None = None
    code: str | None = None


def read(stdout: bytes, stderr: bytes, exit_code: int, *, root: str, base: str = "") -> Report:
    """Return the errors; notes are added to the message that they follow.

    Exit code 2 means that mypy could not go on: with errors in files (syntax, duplicate modules) these are findings,
    without any it is a problem (configuration, crash).
    """

    def findings() -> Report:
        found = list(_messages(stdout))
        errors = [_finding(message, root, base) for message in _with_notes(found)]
        if exit_code == BLOCKED:
            errors += _stopped(stderr, root, base)
        if exit_code == BLOCKED and not errors:
            raise UnreadableError(f"{TOOL} could not run: {excerpt(stderr or stdout) or 'it does not say why'}")
        return agreed(Report(findings=tuple(errors)), exit_code, TOOL, stderr)

    return guarded(findings)


def _messages(stdout: bytes) -> Iterator[_Message]:
    for line in stdout.splitlines():
        if line.strip() and not _SUMMARY.match(text(line)):
            yield json(line, _Message, TOOL)


def _with_notes(messages: list[_Message]) -> Iterator[_Message]:
    """Yield the errors, each with the notes that follow it in the same place."""
    pending: _Message | None = None
    for message in messages:
        if message.severity == "error":
            if pending:
                yield pending
            pending = message
        elif pending and (message.file, message.line) == (pending.file, pending.line):
            pending = msgspec.structs.replace(pending, message=f"{pending.message}\n{message.message}")
    if pending:
        yield pending


def _finding(message: _Message, root: str, base: str) -> Finding:
    column = message.column + 1 if message.line > 0 else 0
    end_column = message.end_column + 1 if message.end_column is not None and column > 0 else 0
    return Finding(
        tool=TOOL,
        rule=message.code or "blocking",
        message="\n".join(part for part in (message.message, message.hint) if part),
        location=Location(
            relative(message.file, root, base),
            max(message.line, 0),
            max(column, 0),
            max(message.end_line or message.line, 0),
            max(end_column, 0),
        ),
    )


def _stopped(stderr: bytes, root: str, base: str) -> list[Finding]:
    matches = (_STOPPED.match(line) for line in text(stderr).splitlines())
    return [
        Finding(
            tool=TOOL,
            rule="blocking",
            message=match["message"],
            location=Location(relative(match["path"], root, base), int(match["line"] or 0)),
        )
        for match in matches
        if match
    ]
