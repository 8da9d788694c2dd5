"""ShellCheck with `--format json1`."""

from collections.abc import Sequence

import msgspec

from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers.reading import agreed, guarded, json, named, relative

TOOL = "shellcheck"
_WIKI = "https://www.shellcheck.net/wiki/"
_LEVELS = {"error": Level.ERROR, "warning": Level.WARNING}


class _Comment(msgspec.Struct, frozen=True, rename="camel"):
    """One remark; the end is the character after the last one. A `fix` only ever is a suggestion."""

    file: str
    line: int
    end_line: int
    column: int
    end_column: int
    level: str
    code: int
    message: str


class _Comments(msgspec.Struct, frozen=True):
    comments: list[_Comment]


def read(stdout: bytes, exit_code: int, *, files: Sequence[str], root: str) -> Report:
    """Return every remark as a finding: ShellCheck itself fails on each, whatever its level.

    files: what it was handed, relative to the root.
    """

    def findings() -> Report:
        comments = json(stdout, _Comments, TOOL).comments
        report = Report(findings=tuple(_finding(each, root) for each in comments))
        return named(agreed(report, exit_code, TOOL), files)

    return guarded(findings)


def _finding(comment: _Comment, root: str) -> Finding:
    rule = f"SC{comment.code}"
    return Finding(
        tool=TOOL,
        rule=rule,
        message=comment.message.strip(),
        location=Location(
            relative(comment.file, root), comment.line, comment.column, comment.end_line, comment.end_column
        ),
        level=_LEVELS.get(comment.level, Level.NOTE),
        help_url=_WIKI + rule,
    )
