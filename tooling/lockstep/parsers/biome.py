"""Biome with `--reporter=sarif`."""

from collections.abc import Sequence

import msgspec

from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers import sarif
from lockstep.parsers.reading import agreed, misnamed

TOOL = "biome"
# What `check --write` mends without being asked twice.
_FIXABLE = ("format", "assist/")
# A rule that is none: Biome passed over the file, because it is too large.
_TOO_LARGE = "check"


def read(stdout: bytes, stderr: bytes, exit_code: int, *, files: Sequence[str], root: str, base: str = "") -> Report:
    """Return the errors, and what was not checked at all.

    Warnings and notes do not fail Biome unless the component's configuration makes them errors. files: what it should
    have looked at, relative to the root.
    """
    report = sarif.read(stdout, tool=TOOL, root=root, base=base, encoded=False)
    if report.problem:
        return report
    errors = tuple(_told(each) for each in report.findings if each.level is Level.ERROR)
    passed_over = tuple(_passed_over(each) for each in report.findings if each.rule == _TOO_LARGE)
    agreement = agreed(Report(findings=errors or passed_over if exit_code else errors), exit_code, TOOL, stderr)
    if agreement.problem:
        return agreement
    return Report(findings=(*errors, *passed_over, *misnamed(TOOL, files)))


def _told(finding: Finding) -> Finding:
    """Return the finding with a line: of a file that would be formatted Biome prints the new text, which SARIF leaves out."""
    message = "the file is not formatted" if finding.message.startswith("Formatter would have") else finding.message
    place = finding.location
    whole = place if place.line or not place.path else Location(place.path, 1)
    fixable = finding.rule.startswith(_FIXABLE)
    return msgspec.structs.replace(finding, message=message, location=whole, fixable=fixable)


def _passed_over(finding: Finding) -> Finding:
    message = "Biome did not check this file: it is larger than `files.maxSize` in its configuration"
    place = Location(finding.location.path, 1)
    return msgspec.structs.replace(finding, rule="too-large", level=Level.ERROR, message=message, location=place)
