"""What Lockstep's own programs print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers import own

LINE = b"shop/Dockerfile:3: the image `python:3.12` is not named by digest\n"


def read(stdout: bytes, exit_code: int = 1, stderr: bytes = b"") -> Report:
    return own.read(stdout, stderr, exit_code, rule="image-digest", root="/tree")


def test_a_line_becomes_a_finding() -> None:
    message = "the image `python:3.12` is not named by digest"
    place = Location("shop/Dockerfile", 3)
    assert read(LINE).findings == (Finding("lockstep", "image-digest", message, place),)


def test_a_name_that_is_not_utf8_survives() -> None:
    assert read(b"caf\xe9:1: wrong\n").findings[0].location.path == "caf\udce9"


def test_nothing_is_clean() -> None:
    assert read(b"", 0) == Report()


@pytest.mark.parametrize(
    ("stdout", "exit_code", "problem"),
    [
        (b"", 1, "reported no finding: Traceback"),
        (LINE, 0, "exit code 0 but reported 1 findings"),
        (b"Traceback\n", 1, "a line that cannot be read: Traceback"),
    ],
)
def test_what_cannot_be_believed_is_a_problem(stdout: bytes, exit_code: int, problem: str) -> None:
    assert problem in read(stdout, exit_code, b"Traceback").problem


@given(st.binary(), st.binary(), st.sampled_from([0, 1]))
def test_any_bytes_are_answered(stdout: bytes, stderr: bytes, exit_code: int) -> None:
    report = read(stdout, exit_code, stderr)
    assert report.problem or bool(report.findings) == bool(exit_code)
