"""hadolint with `--format json`."""

from collections.abc import Sequence

import msgspec

from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers.reading import agreed, guarded, json, named, relative

TOOL = "hadolint"
_LEVELS = {"error": Level.ERROR, "warning": Level.WARNING}
_STYLE = "style"
_WIKIS = {"DL": "https://github.com/hadolint/hadolint/wiki/", "SC": "https://www.shellcheck.net/wiki/"}


class _Remark(msgspec.Struct, frozen=True):
    file: str
    line: int
    column: int
    level: str
    code: str
    message: str


def read(stdout: bytes, stderr: bytes, exit_code: int, *, files: Sequence[str], root: str) -> Report:
    """Return what made hadolint fail.

    It prints remarks below its failure threshold too and ends with 0 where there are no others; the threshold is the
    component's own (`info` unless configured), so remarks of style count only where there are no graver ones.
    """

    def findings() -> Report:
        remarks = json(stdout, list[_Remark], TOOL) if exit_code == 0 or stdout.strip() else []
        grave = [each for each in remarks if each.level != _STYLE] or remarks
        counted = grave if exit_code else []
        report = Report(findings=tuple(_finding(each, root) for each in counted))
        return named(agreed(report, exit_code, TOOL, stderr), files)

    return guarded(findings)


def _finding(remark: _Remark, root: str) -> Finding:
    wiki = _WIKIS.get(remark.code[:2], "")
    return Finding(
        tool=TOOL,
        rule=remark.code,
        message=remark.message,
        location=Location(relative(remark.file, root), remark.line, remark.column),
        level=_LEVELS.get(remark.level, Level.NOTE),
        help_url=wiki and wiki + remark.code,
    )
