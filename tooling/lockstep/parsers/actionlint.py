"""actionlint with `-format '{{json .}}'`."""

import re

import msgspec

from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers.reading import agreed, guarded, json, relative

TOOL = "actionlint"
FORMAT = "{{json .}}"
_CHECKS = "https://github.com/rhysd/actionlint/blob/main/docs/checks.md"
_SHELL = re.compile(r"\b(SC\d{4})\b")


class _Error(msgspec.Struct, frozen=True):
    """One error; columns count from 1, the end is of the last character; 0 where it is not known."""

    message: str
    filepath: str
    line: int
    column: int
    kind: str
    end_column: int = 0


def read(stdout: bytes, stderr: bytes, exit_code: int, *, root: str) -> Report:
    """Return the errors; those that ShellCheck found in a step are told by its rule."""

    def findings() -> Report:
        errors = json(stdout, list[_Error], TOOL)
        found = tuple(_finding(error, root) for error in errors)
        return agreed(Report(findings=found), exit_code, TOOL, stderr)

    return guarded(findings)


def _finding(error: _Error, root: str) -> Finding:
    shell = _SHELL.search(error.message) if error.kind == "shellcheck" else None
    line = error.line or 1
    end_column = error.end_column + 1 if error.end_column else 0
    return Finding(
        tool=TOOL,
        rule=f"shellcheck/{shell[1]}" if shell else error.kind,
        message=error.message,
        location=Location(relative(error.filepath, root), line, error.column, line, end_column),
        help_url=_CHECKS,
    )
