"""checkov's JSON, recorded from version 3.3.30."""

import json

from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Level, Location, Report, Severity
from lockstep.parsers import checkov

PUBLIC = {
    "check_id": "CKV_AWS_20",
    "bc_check_id": None,
    "check_name": "S3 Bucket has an ACL defined which allows public READ access.",
    "check_result": {"result": "FAILED", "evaluated_keys": ["acl"]},
    "file_path": "/iac/store/main.tf",
    "file_line_range": [5, 10],
    "resource": "aws_s3_bucket.open",
    "severity": None,
    "guideline": None,
}
NOTHING = {
    "passed": 0,
    "failed": 0,
    "skipped": 0,
    "parsing_errors": 0,
    "resource_count": 0,
    "checkov_version": "3.3.30",
}


def read(*frameworks: object, **severities: str) -> Report:
    report = {"checkov": frameworks, "severities": severities, "unread": []}
    return checkov.read(json.dumps(report).encode(), tree="/tree")


def results(**results: object) -> object:
    return {"check_type": "terraform", "results": {"failed_checks": [], **results}, "summary": NOTHING}


def test_a_failed_check_becomes_a_finding_as_severe_as_the_table_says() -> None:
    (finding,) = read(results(failed_checks=[PUBLIC]), CKV_AWS_20="critical").findings
    assert finding == Finding(
        tool="checkov",
        rule="CKV_AWS_20",
        message="S3 Bucket has an ACL defined which allows public READ access.",
        location=Location("iac/store/main.tf", 5, 0, 10),
        level=Level.ERROR,
        severity=Severity.CRITICAL,
    )


def test_levels_follow_severities() -> None:
    (medium,) = read(results(failed_checks=[PUBLIC]), CKV_AWS_20="medium").findings
    (low,) = read(results(failed_checks=[PUBLIC]), CKV_AWS_20="low").findings
    assert (medium.level, low.level) == (Level.WARNING, Level.NOTE)


def test_a_rule_that_the_table_does_not_name_is_of_high_severity() -> None:
    (finding,) = read(results(failed_checks=[PUBLIC]), CKV_AWS_21="low").findings
    assert finding.severity is Severity.HIGH


def test_the_instances_of_a_resource_are_one_finding() -> None:
    instances = [{**PUBLIC, "resource": f"aws_s3_bucket.open[{number}]"} for number in range(3)]
    assert len(read(results(failed_checks=instances)).findings) == 1


def test_what_a_comment_would_excuse_is_a_finding() -> None:
    (finding,) = read(results(skipped_checks=[PUBLIC])).findings
    assert finding.rule == "CKV_AWS_20"


def test_a_file_that_it_cannot_read_is_a_finding() -> None:
    broken = {"path": "iac/store/broken.tf", "line": 1, "message": "checkov cannot read this file", "grave": True}
    report = {"checkov": [results()], "severities": {}, "syntax": [broken], "unread": []}
    (finding,) = checkov.read(json.dumps(report).encode(), tree="/tree").findings
    assert (finding.rule, finding.message, finding.location, finding.severity) == (
        "syntax",
        "checkov cannot read this file",
        Location("iac/store/broken.tf", 1),
        Severity.HIGH,
    )


def test_a_run_without_anything_to_check_has_no_findings() -> None:
    assert read(NOTHING) == Report()


def test_several_frameworks_are_read_together() -> None:
    kubernetes = {**PUBLIC, "check_id": "CKV_K8S_20", "file_path": "/deploy/a.yaml"}
    report = read(results(failed_checks=[PUBLIC]), results(failed_checks=[kubernetes]))
    assert {each.rule for each in report.findings} == {"CKV_AWS_20", "CKV_K8S_20"}


def test_a_severity_that_is_none_is_a_problem() -> None:
    assert read(results(failed_checks=[PUBLIC]), CKV_AWS_20="terrible").problem


@given(st.binary())
def test_any_bytes_are_a_report_with_a_problem_or_findings(data: bytes) -> None:
    assert isinstance(checkov.read(data, tree="/tree"), Report)
