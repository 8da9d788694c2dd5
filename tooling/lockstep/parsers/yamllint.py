"""yamllint with `--format parsable`: `path:line:column: [level] message (rule)`."""

import re
from collections.abc import Sequence

from lockstep.model.digests import printable
from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers.reading import UnreadableError, agreed, excerpt, guarded, lines, relative

TOOL = "yamllint"
_LINE = re.compile(
    r"^(?P<path>.+?):(?P<line>\d+):(?P<column>\d+): \[(?P<level>\w+)\] (?P<message>.*?)(?: \((?P<rule>[\w-]+)\))?$"
)
_RULES = "https://yamllint.readthedocs.io/en/stable/rules.html#module-yamllint.rules."
_NOT_TEXT = b"UnicodeDecodeError"
_SHOWN = 5


def read(stdout: bytes, stderr: bytes, exit_code: int, *, files: Sequence[str], root: str) -> Report:
    """Return what yamllint printed. Whatever stands on the error stream means that it broke off.

    files: what it was handed, in that order. It breaks off at a file that is not UTF-8 without naming it: that is one
    after the last with a finding; where only one can be meant, that is a finding.
    """

    def findings() -> Report:
        found = tuple(_finding(line, root) for line in lines(stdout) if line.strip())
        if not stderr.strip():
            return agreed(Report(findings=found), exit_code, TOOL)
        reason = excerpt(stderr.strip().splitlines()[-1])
        meant = _after(found, files) if reason.encode().startswith(_NOT_TEXT) else ()
        if len(meant) == 1:
            return Report(findings=(*found, _not_text(meant[0], reason)))
        named = f" in one of {', '.join(map(printable, meant[:_SHOWN]))}" if meant else ""
        more = f" and {len(meant) - _SHOWN} more" if len(meant) > _SHOWN else ""
        raise UnreadableError(f"{TOOL} could not go on{named}{more}: {reason}")

    return guarded(findings)


def _after(found: Sequence[Finding], files: Sequence[str]) -> Sequence[str]:
    last = found[-1].location.path if found else ""
    return files[files.index(last) + 1 :] if last in files else files


def _not_text(path: str, reason: str) -> Finding:
    return Finding(tool=TOOL, rule="syntax", message=f"this is no UTF-8 text: {reason}", location=Location(path, 1))


def _finding(line: str, root: str) -> Finding:
    match = _LINE.match(line)
    if match is None:
        raise UnreadableError(f"{TOOL} wrote a line that cannot be read: {printable(line)[:200]}")
    rule = match["rule"] or "syntax"
    return Finding(
        tool=TOOL,
        rule=rule,
        message=printable(match["message"]),
        location=Location(relative(match["path"], root), int(match["line"]), int(match["column"])),
        level=Level.WARNING if match["level"] == "warning" else Level.ERROR,
        help_url="" if rule == "syntax" else _RULES + rule.replace("-", "_"),
    )
