"""ESLint's JSON."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers import eslint

UNUSED = {
    "ruleId": "no-unused-vars",
    "severity": 2,
    "message": "'a' is assigned a value but never used.",
    "line": 1,
    "column": 7,
    "endLine": 1,
    "endColumn": 8,
    "fix": {"range": [0, 1], "text": ""},
}
PARSING = {"ruleId": None, "fatal": True, "severity": 2, "message": "Parsing error: Unexpected token", "line": 3}


def printed(*messages: dict[str, Any]) -> bytes:
    file = {"filePath": "/tree/web/src/a.js", "messages": messages, "errorCount": 1, "source": "const a = 1;"}
    return json.dumps([file, {"filePath": "/tree/web/src/b.js", "messages": []}]).encode()


def read(*messages: dict[str, Any], exit_code: int = 1) -> Report:
    return eslint.read(printed(*messages), b"", exit_code, root="/tree")


def test_an_error_becomes_a_finding() -> None:
    assert read(UNUSED).findings == (
        Finding(
            tool="eslint",
            rule="no-unused-vars",
            message="'a' is assigned a value but never used.",
            location=Location("web/src/a.js", 1, 7, 1, 8),
            fixable=True,
        ),
    )


def test_a_file_that_does_not_parse_is_a_finding() -> None:
    (finding,) = read(PARSING).findings
    assert (finding.rule, finding.location, finding.fixable) == ("syntax", Location("web/src/a.js", 3), False)


def test_a_warning_fails_nothing() -> None:
    assert read(UNUSED | {"severity": 1}, exit_code=0) == Report()


def test_without_eslint_the_machine_lacks_something() -> None:
    report = eslint.read(b"", b"ESLint is configured but not installed\n", eslint.LACKING, root="/tree")
    assert report == Report(lacking="ESLint is configured but not installed")


@pytest.mark.parametrize(("messages", "exit_code"), [([], 1), ([UNUSED], 0)])
def test_an_exit_code_that_disagrees_is_a_problem(messages: list[dict[str, Any]], exit_code: int) -> None:
    assert "exit code" in read(*messages, exit_code=exit_code).problem


@given(st.binary(), st.binary(), st.sampled_from([0, 1]))
def test_any_bytes_give_a_problem(stdout: bytes, stderr: bytes, exit_code: int) -> None:
    assert eslint.read(stdout, stderr, exit_code, root="/tree").problem


@given(st.integers(0, len(printed(UNUSED)) - 1))
def test_a_report_that_is_cut_off_gives_a_problem(size: int) -> None:
    assert eslint.read(printed(UNUSED)[:size], b"", 1, root="/tree").problem
