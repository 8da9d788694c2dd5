"""Biome with `--reporter=sarif`."""

import msgspec

from lockstep.model.finding import Finding, Level, Report
from lockstep.parsers import sarif
from lockstep.parsers.reading import agreed

TOOL = "biome"
# What `check --write` mends without being asked twice.
_FIXABLE = ("format", "assist/")


def read(stdout: bytes, stderr: bytes, exit_code: int, *, root: str, base: str = "") -> Report:
    """Return the errors. Warnings and notes do not fail Biome unless the component's configuration makes them errors."""
    report = sarif.read(stdout, tool=TOOL, root=root, base=base, encoded=False)
    if report.problem:
        return report
    errors = tuple(_told(each) for each in report.findings if each.level is Level.ERROR)
    return agreed(Report(findings=errors), exit_code, TOOL, stderr)


def _told(finding: Finding) -> Finding:
    """Return the finding; of a file that would be formatted Biome prints the new text, which SARIF leaves out."""
    message = "the file is not formatted" if finding.message.startswith("Formatter would have") else finding.message
    return msgspec.structs.replace(finding, message=message, fixable=finding.rule.startswith(_FIXABLE))
