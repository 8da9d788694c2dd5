"""tflint's JSON, recorded from version 0.64.0."""

import json

from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Level, Location, Report, Severity
from lockstep.parsers import tflint

LINK = "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/v0.15.0/docs/rules/terraform_deprecated_index.md"
INDEX = {
    "rule": {"name": "terraform_deprecated_index", "severity": "warning", "link": LINK},
    "message": "List items should be accessed using square brackets",
    "range": {
        "filename": "iac/net/old.tf",
        "start": {"line": 9, "column": 23},
        "end": {"line": 9, "column": 25},
    },
    "callers": [],
    "fixable": True,
    "fixed": False,
}
BROKEN = {
    "message": "Failed to run in /tree/k; exit status 1\n\nFailed to load the root module; iac/k/broken.tf:2,7-3,1: "
    "Invalid expression; Expected the start of an expression, but found an invalid expression token.:\n\nError: ...",
    "severity": "error",
}


SEVERITIES = {"terraform_deprecated_index": "low", "terraform_typed_variables": "medium"}


def read(*issues: object, errors: tuple[object, ...] = ()) -> Report:
    report = {"tflint": {"issues": issues, "errors": errors}, "severities": SEVERITIES, "unread": []}
    return tflint.read(json.dumps(report).encode(), tree="/tree")


def test_an_issue_becomes_a_finding() -> None:
    (finding,) = read(INDEX).findings
    assert finding == Finding(
        tool="tflint",
        rule="terraform_deprecated_index",
        message="List items should be accessed using square brackets",
        location=Location("iac/net/old.tf", 9, 23, 9, 25),
        level=Level.NOTE,
        severity=Severity.LOW,
        help_url=LINK,
    )


def severity(rule: str, own: str) -> Severity:
    (finding,) = read({**INDEX, "rule": {"name": rule, "severity": own}}).findings
    return finding.severity


def test_the_reviewed_table_says_how_severe_it_is() -> None:
    assert severity("terraform_typed_variables", "warning") is Severity.MEDIUM


def test_a_rule_that_nobody_has_looked_at_is_of_high_severity_whatever_tflint_says() -> None:
    assert {severity("any", own) for own in ("error", "warning", "notice", "dreadful")} == {Severity.HIGH}


def test_a_file_that_breaks_is_a_finding_at_its_place() -> None:
    (finding,) = read(errors=(BROKEN,)).findings
    assert (finding.rule, finding.location, finding.severity) == (
        "syntax",
        Location("iac/k/broken.tf", 2, 7),
        Severity.HIGH,
    )
    assert finding.message.startswith("no rule was tried on this folder: Invalid expression; Expected the start")


def test_an_error_with_a_range_is_a_finding_there() -> None:
    given = {"summary": "Invalid", "message": "It is.", "severity": "error", "range": INDEX["range"]}
    (finding,) = read(errors=(given,)).findings
    assert finding.location.line == 9


def test_an_error_without_a_place_means_that_it_broke_off() -> None:
    report = read(INDEX, errors=({"message": "failed to initialize plugins", "severity": "error"},))
    assert report == Report(problem="tflint could not go on: failed to initialize plugins")


def test_files_that_it_was_not_given_are_findings() -> None:
    unread = [{"path": "iac/a.tf", "line": 1, "message": "it is nested 90 deep", "grave": True}]
    report = tflint.read(
        json.dumps({"tflint": {"issues": None}, "severities": {}, "unread": unread}).encode(), tree="/tree"
    )
    (finding,) = report.findings
    assert (finding.tool, finding.rule, finding.severity) == ("lockstep", "unread-file", Severity.HIGH)


@given(st.binary())
def test_any_bytes_are_a_report_with_a_problem_or_findings(data: bytes) -> None:
    assert isinstance(tflint.read(data, tree="/tree"), Report)


def test_half_a_report_is_a_problem() -> None:
    whole = json.dumps({"tflint": {"issues": [INDEX]}, "severities": {}}).encode()
    assert all(tflint.read(whole[:end], tree="/tree").problem for end in range(len(whole) - 1))
