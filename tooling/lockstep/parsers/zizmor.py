"""zizmor with `--format sarif`; what it could not audit stands on the error stream only."""

import re
from collections.abc import Sequence

import msgspec

from lockstep.model.digests import printable
from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers import sarif
from lockstep.parsers.reading import lines, relative

TOOL = "zizmor"
_PREFIX = "zizmor/"
_SKIPPED = re.compile(r"WARN .*?: (?P<why>failed to (?:parse|validate|load).*)$")
_NAMED = re.compile(r"file://(?P<path>.+?) as (?:workflow|action)")


def read(stdout: bytes, stderr: bytes, exit_code: int, *, files: Sequence[str], root: str) -> Report:
    """Return the findings, and one for each of `files` (relative to the root) that was skipped because it is invalid.

    With SARIF every audit that ran to its end has exit code 0; without any valid input it has another and no log.
    """
    skipped = tuple(_skipped(line, files, root) for line in lines(stderr) if _SKIPPED.search(line))
    if exit_code and skipped and not stdout.strip():
        return Report(findings=skipped)
    report = sarif.read(stdout, tool=TOOL, root=root, encoded=False)
    if report.problem:
        return report
    return Report(findings=(*skipped, *(_renamed(finding) for finding in report.findings)))


def _renamed(finding: Finding) -> Finding:
    return msgspec.structs.replace(finding, rule=finding.rule.removeprefix(_PREFIX))


def _skipped(line: str, files: Sequence[str], root: str) -> Finding:
    match = _SKIPPED.search(line)
    why = match["why"] if match else line
    named = _NAMED.search(why)
    path = relative(named["path"], root) if named else files[0] if len(files) == 1 else ""
    return Finding(
        tool=TOOL,
        rule="not-audited",
        message=f"this is no valid workflow, so it was not audited: {printable(why)}",
        location=Location(path, 1 if path else 0),
        anchor=path,
    )
