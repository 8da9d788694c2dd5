import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Flaky, Report, TestCase
from lockstep.parsers import pytest_run
from tests.gates.invoking import invocation, output

COVERAGE = json.dumps(
    {
        "meta": {"branch_coverage": True},
        "files": {
            "src/lamps/price.py": {
                "summary": {"num_statements": 1, "covered_lines": 1},
                "executed_lines": [1],
                "missing_lines": [],
            }
        },
    }
).encode()
PLACE = {"lockstep.path": "tests/test_price.py", "lockstep.line": "7"}
LOST = {"name": "tests/test_half.py", "path": "tests/test_half.py", "line": 4, "message": "SyntaxError: invalid"}


def case(name: str, body: str = "", properties: Mapping[str, str] | None = None) -> str:
    known = "".join(f"<property name='{key}' value='{value}'/>" for key, value in (properties or {}).items())
    inner = f"<properties>{known}</properties>" if known else ""
    return f'<testcase classname="tests.test_price" name="{name}" time="0.25">{inner}{body}</testcase>'


def read(exit_code: int, *cases: str, lost: object = (), drop: str = "", stderr: bytes = b"") -> Report:
    files = {
        "junit.xml": f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>".encode(),
        "collection.json": json.dumps(lost).encode(),
        "coverage.json": COVERAGE,
    }
    files.pop(drop, None)
    made = output(exit_code, stderr=stderr, files=files)
    return pytest_run.read(made, invocation(), ["libs/lamps/tests/test_price.py"])


def test_a_test_that_passed_stands_where_its_head_is() -> None:
    report = read(0, case("test_one", properties=PLACE))
    assert report.tests == (
        TestCase("test_one", "tests.test_price", "passed", 0.25, path="libs/lamps/tests/test_price.py", line=7),
    )
    assert [file.path for file in report.coverage] == ["libs/lamps/src/lamps/price.py"]


def test_a_test_that_failed_stands_where_it_failed_and_names_what_raised() -> None:
    said = PLACE | {"lockstep.failed": "9", "lockstep.origin": "src/lamps/price.py:3"}
    test = read(1, case("test_one", '<failure message="boom">trace</failure>', said)).tests[0]
    assert (test.outcome, test.line, test.message) == (
        "failed",
        9,
        "boom (at libs/lamps/src/lamps/price.py:3)\ntrace",
    )


def test_a_failure_that_is_in_no_file_of_the_test_stands_at_its_head() -> None:
    assert read(1, case("test_one", "<failure/>", PLACE)).tests[0].line == 7


def test_a_failure_and_the_teardown_that_broke_after_it_share_their_place() -> None:
    tests = read(1, case("test_one", "<failure/>"), case("test_one", "<error/>", PLACE)).tests
    assert {test.path for test in tests} == {"libs/lamps/tests/test_price.py"}


def test_a_quarantine_mark_is_read() -> None:
    said = PLACE | {"lockstep.flaky": '{"ticket": "LAMP-7", "since": "2026-11-20"}'}
    assert read(0, case("test_one", properties=said)).tests[0].flaky == Flaky("LAMP-7", "2026-11-20")


def test_a_test_that_no_plugin_saw_has_no_place() -> None:
    test = read(0, case("test_one", properties={"lockstep.line": "x"})).tests[0]
    assert (test.path, test.line) == ("", 0)


def test_a_module_that_cannot_be_collected_is_an_error_at_its_line() -> None:
    report = read(1, case("tests.test_half", '<error message="collection failure">E</error>'), lost=[LOST])
    assert report.tests == (
        TestCase(
            name="test_half.py",
            classname="",
            outcome="error",
            message="SyntaxError: invalid",
            path="libs/lamps/tests/test_half.py",
            line=4,
        ),
    )


def test_a_module_that_cannot_be_collected_and_tells_no_line_has_its_first() -> None:
    assert read(1, lost=[LOST | {"line": 0}]).tests[0].line == 1


def test_test_files_without_tests_are_an_error() -> None:
    assert read(5).tests[0].message == "pytest collected no test from 1 test files"


def test_failures_are_shown_even_where_coverage_is_lost() -> None:
    report = read(1, case("test_one", "<failure/>", PLACE), drop="coverage.json")
    assert (len(report.tests), report.coverage, report.problem) == (1, (), "")


@pytest.mark.parametrize(
    ("exit_code", "cases", "drop", "problem"),
    [
        (0, (case("a"),), "coverage.json", "coverage could not be reported: No data"),
        (0, (case("a"),), "junit.xml", "pytest wrote no JUnit report"),
        (0, (case("a"),), "collection.json", "pytest wrote no report"),
        (0, (case("a", "<failure/>"),), "", "pytest ended with exit code 0 but reported 1 failed tests"),
        (1, (case("a"),), "", "pytest ended with exit code 1 but reported 0 failed tests"),
        (0, (), "", "pytest says that all went well but reported no test"),
        (2, (case("a"),), "", "pytest was interrupted before all tests had run"),
        (3, (case("a"),), "", "pytest failed by itself"),
        (4, (), "", "pytest refused its command line or could not load a conftest.py"),
        (0, (case("a", properties={"lockstep.flaky": "{"}),), "", "pytest's report is not whole JSON"),
    ],
)
def test_what_cannot_be_believed(exit_code: int, cases: tuple[str, ...], drop: str, problem: str) -> None:
    assert read(exit_code, *cases, drop=drop, stderr=b"No data").problem.startswith(problem)


def test_what_the_environment_lacks_is_named_with_its_remedy() -> None:
    lacks = "the component's environment has no"
    assert read(86, stderr=b"missing: coverage\n").problem == f"{lacks} coverage (uv add --dev coverage)"
    assert read(86).problem == f"{lacks} pytest and no coverage (uv add --dev pytest coverage)"


@given(st.integers(0, 5), st.binary(), st.binary(), st.binary())
def test_no_bytes_make_it_raise_or_pass(exit_code: int, junit: bytes, lost: bytes, coverage: bytes) -> None:
    files = {"junit.xml": junit, "collection.json": lost, "coverage.json": coverage}
    assert pytest_run.read(output(exit_code, files=files), invocation(), []).problem
