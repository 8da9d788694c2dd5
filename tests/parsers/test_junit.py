import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.parsers import junit
from lockstep.parsers.junit import Case
from lockstep.parsers.reading import UnreadableError

PASSED = b'<testsuites><testsuite><testcase name="a" classname="t" time="0.5"/></testsuite></testsuites>'


def test_a_test_that_passed() -> None:
    assert junit.cases(PASSED, "pytest") == (Case("a", "t", "passed", 0.5, "", "", {}),)


def test_suites_in_suites_are_read() -> None:
    data = b'<testsuites><testsuite><testsuite><testcase name="a" file="x.js"/></testsuite></testsuite></testsuites>'
    assert [(case.name, case.file) for case in junit.cases(data, "node")] == [("a", "x.js")]


@pytest.mark.parametrize(
    ("body", "outcome", "message"),
    [
        (b'<failure message="assert 1">trace</failure>', "failed", "assert 1\ntrace"),
        (b'<error message="broke"/>', "error", "broke"),
        (b'<skipped message="not today"/>', "skipped", "not today"),
        (b'<error message="later"/><failure message="first"/>', "failed", "later\nfirst"),
        (b"<system-out>text</system-out>", "passed", ""),
    ],
)
def test_how_a_test_ended(body: bytes, outcome: str, message: str) -> None:
    case = junit.cases(b'<testsuite><testcase name="a">' + body + b"</testcase></testsuite>", "pytest")[0]
    assert (case.outcome, case.message) == (outcome, message)


def test_properties_are_kept() -> None:
    body = b'<properties><property name="lockstep.line" value="3"/></properties>'
    case = junit.cases(b"<testsuite><testcase>" + body + b"</testcase></testsuite>", "pytest")[0]
    assert case.properties == {"lockstep.line": "3"}


@pytest.mark.parametrize("time", [b"soon", b"-1", b"inf", b"nan", b""])
def test_a_duration_that_is_none_counts_as_nothing(time: bytes) -> None:
    data = b'<testsuite><testcase time="' + time + b'"/></testsuite>'
    assert junit.cases(data, "pytest")[0].seconds == 0.0


def test_bytes_that_are_not_utf8_do_no_harm() -> None:
    assert junit.cases(b'<testsuite><testcase name="\xff"/></testsuite>', "pytest")[0].name == "�"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b" \n", "wrote no JUnit report"),
        (b"<html/>", "starts with <html>"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><testsuite/>', "declares entities"),
        (PASSED[:60], "not whole XML"),
        (b"\x00", "not whole XML"),
    ],
)
def test_what_cannot_be_believed(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        junit.cases(data, "pytest")


@given(st.integers(0, len(PASSED) - 1))
def test_no_report_that_is_cut_is_believed(size: int) -> None:
    with pytest.raises(UnreadableError):
        junit.cases(PASSED[:size], "pytest")


@given(st.binary())
def test_nothing_but_its_own_error_is_raised(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        junit.cases(data, "pytest")
