"""TypeScript's messages with `--pretty false`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Location, Report
from lockstep.model.gate import Output
from lockstep.parsers import tsc

WRONG = b"web/src/lamp.ts(3,14): error TS2322: Type '{ a: number; }' is not assignable to type '{ a: string; }'.\n"
MORE = b"  Types of property 'a' are incompatible.\n"


def read(stdout: bytes, exit_code: int = 2, stderr: bytes = b"") -> Report:
    return tsc.read(Output(exit_code, stdout, stderr), root="/tree")


def test_an_error_has_its_place_and_what_follows_belongs_to_it() -> None:
    (finding,) = read(WRONG + MORE).findings
    assert finding == Finding(
        tool="tsc",
        rule="TS2322",
        message="Type '{ a: number; }' is not assignable to type '{ a: string; }'.\n"
        "  Types of property 'a' are incompatible.",
        location=Location("web/src/lamp.ts", 3, 14),
    )


def test_nothing_is_clean() -> None:
    assert read(b"", 0) == Report()


@pytest.mark.parametrize("exit_code", [1, 2])
def test_both_of_its_exit_codes_mean_errors(exit_code: int) -> None:
    assert len(read(WRONG + WRONG, exit_code).findings) == 2


@pytest.mark.parametrize(
    ("stdout", "exit_code", "words"),
    [
        (b"error TS18003: No inputs were found in config file '/tree/tsconfig.json'.\n", 2, "No inputs were found"),
        (b"node:internal/modules/cjs/loader:1143\n", 1, "cannot be read"),
        (WRONG, 0, "exit code 0"),
        (b"", 1, "reported no finding"),
    ],
)
def test_what_cannot_be_believed_is_a_problem(stdout: bytes, exit_code: int, words: str) -> None:
    report = read(stdout, exit_code)
    assert words in report.problem
    assert report.findings == ()


def test_what_the_machine_lacks_is_told() -> None:
    assert read(b"", tsc.LACKING, b"Node.js is not on this machine\n").lacking == "Node.js is not on this machine"
    assert read(b"", tsc.LACKING).lacking


@given(st.binary(), st.sampled_from([0, 1, 2, tsc.LACKING]))
def test_any_bytes_are_answered(stdout: bytes, exit_code: int) -> None:
    report = read(stdout, exit_code)
    assert report.problem or report.lacking or bool(report.findings) == bool(exit_code)
