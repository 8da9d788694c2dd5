"""zizmor with `--format sarif`; which inputs it audited, and which not, stands on the error stream only."""

import re
from collections.abc import Sequence

import msgspec

from lockstep.model.digests import printable
from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers import sarif
from lockstep.parsers.reading import excerpt, lines, misnamed, relative

TOOL = "zizmor"
# How it ends where none of its inputs could be audited.
NOTHING = 3
_PREFIX = "zizmor/"
_AUDITED = re.compile(r"\bINFO audit: zizmor: .*?completed (?P<path>.+)$")
_NAMED = re.compile(r"\bfailed to (?:validate|load) file://(?P<path>.+?) as [a-z -]+(?:: (?P<why>.+))?$")
_NAMELESS = re.compile(r"\bWARN .*?: failed to parse input: (?P<why>.+)$")
_INVALID = "it is no valid workflow, action or Dependabot file"


def read(stdout: bytes, stderr: bytes, exit_code: int, *, files: Sequence[str], root: str) -> Report:
    """Return the findings, and one for each of `files` (relative to the root) that was not audited.

    With SARIF every audit that ran to its end has exit code 0. A file that cannot be read ends it with 1.
    """
    left_out = _left_out(lines(stderr), files, root)
    refused = misnamed(TOOL, files)
    if exit_code:
        blamed = tuple(each for each in left_out if exit_code == NOTHING or _INVALID not in each.message)
        problem = "" if blamed else f"{TOOL} ended with exit code {exit_code}: {excerpt(stderr)}"
        return Report(findings=(*refused, *blamed) if blamed else (), problem=problem)
    report = sarif.read(stdout, tool=TOOL, root=root, encoded=False)
    if report.problem:
        return report
    return Report(findings=(*refused, *left_out, *(_renamed(finding) for finding in report.findings)))


def _renamed(finding: Finding) -> Finding:
    return msgspec.structs.replace(finding, rule=finding.rule.removeprefix(_PREFIX))


def _left_out(said: Sequence[str], files: Sequence[str], root: str) -> tuple[Finding, ...]:
    audited = {relative(match["path"], root) for line in said if (match := _AUDITED.search(line))}
    reasons = {
        relative(match["path"], root): match["why"] or "it cannot be read"
        for line in said
        if (match := _NAMED.search(line))
    }
    nameless = "; ".join(match["why"] for line in said if (match := _NAMELESS.search(line)))
    fallback = f"{_INVALID}: {nameless}" if nameless else _INVALID
    missed = (path for path in files if path not in audited and printable(path) == path)
    return tuple(_not_audited(path, reasons.get(path, fallback)) for path in missed)


def _not_audited(path: str, why: str) -> Finding:
    return Finding(
        tool=TOOL, rule="not-audited", message=f"zizmor did not audit this file: {why}", location=Location(path, 1)
    )
