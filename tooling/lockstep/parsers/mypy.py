"""mypy with `--output json`: one message a line. Messages that stop it early may stand on the error stream as text."""

import posixpath
import re
from collections.abc import Iterator

import msgspec

from lockstep.model.finding import Finding, Location, Report
from lockstep.model.gate import Output
from lockstep.parsers.reading import UnreadableError, agreed, excerpt, guarded, json, relative, text

TOOL = "mypy"
BLOCKED = 2
# mypy was not started (lockstep_mypy.py); why is on the error stream.
REFUSED = 86
_STOPPED = re.compile(r"^(?P<path>.+?\.pyi?):(?:(?P<line>\d+):)?(?:\d+:)*\s*error: (?P<message>.+)$")
_CRASHED = b"INTERNAL ERROR"
_SUMMARY = re.compile(r"^Found \d+ errors? in |^Success: |^[^{].*: note: unused section")


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


def read(output: Output, *, root: str, base: str = "", config: str = "") -> Report:
    """Return the errors; notes are added to the message that they follow.

    base: the folder in which mypy ran, config: its configuration file; both relative to the root. What mypy does not
    understand of its configuration it leaves out and goes on: a finding of that file. Exit code 2 means that it could
    not go on: with errors in files (syntax, duplicate modules) these are findings, without any it is a problem.
    """

    def findings() -> Report:
        if output.exit_code == REFUSED:
            raise UnreadableError(f"{TOOL} was not started: {excerpt(output.stderr)}")
        if _CRASHED in output.stderr:
            raise UnreadableError(f"{TOOL} crashed: {excerpt(output.stderr)}")
        # Before it has looked at any file, it writes messages to the error stream.
        early = [line for line in output.stderr.splitlines() if output.exit_code == BLOCKED and line.startswith(b"{")]
        said = [*_messages(output.stdout), *_messages(b"\n".join(early))]
        errors = [_finding(message, root, base) for message in _with_notes(said)]
        if output.exit_code == BLOCKED:
            errors += _stopped(output.stderr, root, base)
        if output.exit_code == BLOCKED and not errors:
            raise UnreadableError(
                f"{TOOL} could not run: {excerpt(output.stderr or output.stdout) or 'it does not say why'}"
            )
        report = agreed(Report(findings=tuple(errors)), output.exit_code, TOOL, output.stderr)
        return report if report.problem else Report(findings=(*report.findings, *_ignored(output.stderr, config)))

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


def _ignored(stderr: bytes, config: str) -> Iterator[Finding]:
    """Yield what mypy says of its configuration: it names the file by the path that it was given, an absolute one."""
    complaint = re.compile(rf"^/(?:.*/)?{re.escape(posixpath.basename(config))}: (?!note: )(?P<message>.+)$")
    for match in filter(None, map(complaint.match, text(stderr).splitlines()) if config else ()):
        yield Finding(TOOL, "configuration", match["message"], Location(config), anchor=match["message"])
