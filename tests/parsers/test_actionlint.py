"""actionlint's JSON, recorded from version 1.7.12."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers import actionlint

NEEDS = {
    "message": 'job "notes" needs job "build" which does not exist in this workflow',
    "filepath": ".github/workflows/a.yml",
    "line": 4,
    "column": 3,
    "kind": "job-needs",
    "snippet": "  notes:\n  ^~~~~~",
    "end_column": 8,
}
SHELL = NEEDS | {
    "message": "shellcheck reported issue in this script: SC2086:info:1:6: Double quote to prevent globbing",
    "kind": "shellcheck",
}
NOWHERE = {
    "message": "could not parse as YAML: invalid trailing UTF-8 octet",
    "filepath": ".github/workflows/a.yml",
    "line": 0,
    "column": 0,
    "kind": "syntax-check",
    "end_column": 0,
}


def printed(*errors: dict[str, Any]) -> bytes:
    return json.dumps(errors).encode()


def read(*errors: dict[str, Any], exit_code: int = 1, stderr: bytes = b"") -> Report:
    return actionlint.read(printed(*errors), stderr, exit_code, root="/tree")


def test_an_error_becomes_a_finding_that_ends_after_its_last_character() -> None:
    assert read(NEEDS).findings == (
        Finding(
            tool="actionlint",
            rule="job-needs",
            message='job "notes" needs job "build" which does not exist in this workflow',
            location=Location(".github/workflows/a.yml", 4, 3, 4, 9),
            help_url="https://github.com/rhysd/actionlint/blob/main/docs/checks.md",
        ),
    )


def test_what_shellcheck_found_is_told_by_its_rule() -> None:
    (finding,) = read(SHELL).findings
    assert finding.rule == "shellcheck/SC2086"


def test_a_file_that_does_not_parse_is_a_finding_on_its_first_line() -> None:
    (finding,) = read(NOWHERE).findings
    assert finding.location == Location(".github/workflows/a.yml", 1, 0, 1, 0)


def test_no_error_is_clean() -> None:
    assert read(exit_code=0) == Report()


@pytest.mark.parametrize(("errors", "exit_code"), [([], 1), ([NEEDS], 0)])
def test_an_exit_code_that_disagrees_is_a_problem(errors: list[dict[str, Any]], exit_code: int) -> None:
    report = read(*errors, exit_code=exit_code, stderr=b"could not read")
    assert "exit code" in report.problem


@given(st.binary(), st.binary(), st.sampled_from([0, 1]))
def test_any_bytes_give_a_problem(stdout: bytes, stderr: bytes, exit_code: int) -> None:
    assert actionlint.read(stdout, stderr, exit_code, root="/tree").problem


@given(st.integers(0, len(printed(NEEDS)) - 1))
def test_a_report_that_is_cut_off_gives_a_problem(size: int) -> None:
    assert actionlint.read(printed(NEEDS)[:size], b"", 1, root="/tree").problem
