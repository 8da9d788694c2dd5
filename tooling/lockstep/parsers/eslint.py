"""ESLint with `--format json`: a list of files, each with its messages."""

import msgspec

from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers.reading import agreed, excerpt, guarded, json, relative

TOOL = "eslint"
# How `lockstep_eslint` ends where the component has no ESLint installed.
LACKING = 86
_ERROR = 2


class _Message(msgspec.Struct, frozen=True, rename="camel"):
    """One message; severity is 1 for a warning, 2 for an error; there is no rule where a file does not parse."""

    message: str
    severity: int
    rule_id: str | None = None
    line: int = 1
    column: int = 0
    end_line: int | None = None
    end_column: int | None = None
    fix: msgspec.Raw = msgspec.Raw()


class _File(msgspec.Struct, frozen=True, rename="camel"):
    file_path: str
    messages: list[_Message]


def read(stdout: bytes, stderr: bytes, exit_code: int, *, root: str) -> Report:
    """Return the errors; what the configuration calls a warning does not fail ESLint."""
    if exit_code == LACKING:
        return Report(lacking=excerpt(stderr))

    def findings() -> Report:
        files = json(stdout, list[_File], TOOL)
        found = (_finding(each, file.file_path, root) for file in files for each in file.messages if _counts(each))
        return agreed(Report(findings=tuple(found)), exit_code, TOOL, stderr)

    return guarded(findings)


def _counts(message: _Message) -> bool:
    return message.severity >= _ERROR


def _finding(message: _Message, path: str, root: str) -> Finding:
    end_line, end_column = message.end_line or 0, message.end_column or 0
    return Finding(
        tool=TOOL,
        rule=message.rule_id or "syntax",
        message=message.message,
        location=Location(relative(path, root), message.line, message.column, end_line, end_column),
        fixable=bool(message.fix),
    )
