"""What the policies deny, as the program that runs conftest gathers it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Level, Location, Report, Severity
from lockstep.parsers import conftest_json

TAGS = {
    "rule": "required-tags",
    "severity": "high",
    "message": "aws_vpc.main lacks the tags owner",
    "path": "iac/net/main.tf",
    "line": 4,
    "end_line": 9,
}


def read(*findings: object, **more: object) -> Report:
    return conftest_json.read(json.dumps({"findings": findings, **more}).encode())


def test_a_denial_becomes_a_finding() -> None:
    (finding,) = read(TAGS).findings
    assert finding == Finding(
        tool="conftest",
        rule="required-tags",
        message="aws_vpc.main lacks the tags owner",
        location=Location("iac/net/main.tf", 4, 0, 9),
        level=Level.ERROR,
        severity=Severity.HIGH,
    )


def test_a_file_that_it_cannot_parse_is_a_finding() -> None:
    (finding,) = read(syntax=[{"path": "iac/a.tf", "line": 3, "message": "Invalid expression"}]).findings
    assert (finding.rule, finding.location, finding.severity) == ("syntax", Location("iac/a.tf", 3), Severity.HIGH)
    assert finding.message == "no policy was tried on this file: Invalid expression"


def test_files_that_it_was_not_given_are_findings() -> None:
    grave, known = read(
        unread=[
            {"path": "iac/a.tf", "line": 1, "message": "too large"},
            {"path": "charts/a.yaml", "line": 1, "message": "a template of Helm's", "grave": False},
        ]
    ).findings
    assert (grave.severity, grave.level) == (Severity.HIGH, Level.ERROR)
    assert (known.severity, known.level) == (Severity.LOW, Level.NOTE)


def test_what_another_tool_gathers_in_the_same_way_has_its_name() -> None:
    syntax = {"path": "iac/a.yaml", "line": 1, "message": "is empty"}
    found = conftest_json.read(json.dumps({"findings": [TAGS], "syntax": [syntax]}).encode(), "cfn-guard").findings
    assert [(each.tool, each.rule) for each in found] == [("cfn-guard", "syntax"), ("cfn-guard", "required-tags")]


def test_a_denial_without_a_rule_is_a_problem() -> None:
    assert read({key: value for key, value in TAGS.items() if key != "rule"}).problem


@given(st.binary())
def test_any_bytes_are_a_report_with_a_problem_or_findings(data: bytes) -> None:
    assert isinstance(conftest_json.read(data), Report)
