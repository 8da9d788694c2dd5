"""cfn-lint's JSON, recorded from version 1.58.0."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Level, Location, Report, Severity
from lockstep.parsers import cfn_lint

MATCH = {
    "Filename": "iac/queue.template.yaml",
    "Id": "bfdd96aa-9a6e-2c8b-cb0f-72a787bfd49c",
    "Level": "Error",
    "Location": {
        "End": {"ColumnNumber": 17, "LineNumber": 10},
        "Path": ["Resources", "Receipts", "Properties", "Retention"],
        "Start": {"ColumnNumber": 7, "LineNumber": 10},
    },
    "Message": "Additional properties are not allowed ('Retention' was unexpected)",
    "ParentId": None,
    "Rule": {
        "Description": "Making sure that resources properties comply",
        "Id": "E3002",
        "ShortDescription": "Resource properties are invalid",
        "Source": "https://github.com/aws-cloudformation/cfn-lint",
    },
}


def read(*matches: object) -> Report:
    return cfn_lint.read(json.dumps({"cfn_lint": matches, "unread": []}).encode(), tree="/tree")


def test_a_match_becomes_a_finding() -> None:
    (finding,) = read(MATCH).findings
    assert finding == Finding(
        tool="cfn-lint",
        rule="E3002",
        message="Additional properties are not allowed ('Retention' was unexpected)",
        location=Location("iac/queue.template.yaml", 10, 7, 10, 17),
        level=Level.ERROR,
        severity=Severity.HIGH,
        help_url="https://github.com/aws-cloudformation/cfn-lint",
    )


@pytest.mark.parametrize(
    ("own", "severity"),
    [
        ("Error", Severity.HIGH),
        ("Warning", Severity.MEDIUM),
        ("Informational", Severity.LOW),
        ("Dreadful", Severity.HIGH),
    ],
)
def test_its_own_levels_are_mapped(own: str, severity: Severity) -> None:
    (finding,) = read({**MATCH, "Level": own}).findings
    assert finding.severity is severity


def test_nothing_found_is_nothing() -> None:
    assert read() == Report()


def test_a_source_that_is_no_link_is_none() -> None:
    (finding,) = read({**MATCH, "Rule": {"Id": "E3002", "Source": "the schema"}}).findings
    assert finding.help_url == ""


@given(st.binary())
def test_any_bytes_are_a_report_with_a_problem_or_findings(data: bytes) -> None:
    assert isinstance(cfn_lint.read(data, tree="/tree"), Report)
