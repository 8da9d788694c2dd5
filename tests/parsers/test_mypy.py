"""mypy's messages, and what it says when it cannot go on."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Location, Report
from lockstep.model.gate import Output
from lockstep.parsers import mypy

WRONG = {
    "file": "src/a.py",
    "line": 2,
    "column": 11,
    "end_line": 2,
    "end_column": 12,
    "message": 'Incompatible return value type (got "int", expected "str")',
    "hint": None,
    "code": "return-value",
    "severity": "error",
}
NOTE = WRONG | {"message": "Revealed type is Any", "severity": "note"}
DUPLICATE = {
    "file": "b/dup.py",
    "line": -1,
    "column": -1,
    "end_line": -1,
    "end_column": 0,
    "message": "Duplicate module named dup",
    "hint": "See the manual",
    "code": None,
    "severity": "error",
}


def read(*messages: object, exit_code: int = 1, stderr: bytes = b"") -> Report:
    lines = b"".join(json.dumps(message).encode() + b"\n" for message in messages)
    return mypy.read(
        Output(exit_code, lines, stderr), root="/tree", base="services/a", config="services/a/pyproject.toml"
    )


def said(stdout: bytes, exit_code: int) -> Report:
    return mypy.read(Output(exit_code, stdout, b""), root="/tree")


def test_a_message_becomes_a_finding_with_columns_from_one() -> None:
    assert read(WRONG).findings == (
        Finding(
            tool="mypy",
            rule="return-value",
            message='Incompatible return value type (got "int", expected "str")',
            location=Location("services/a/src/a.py", 2, 12, 2, 13),
        ),
    )


def test_notes_belong_to_the_error_in_the_same_place() -> None:
    first, second = read(NOTE, WRONG, NOTE, NOTE | {"line": 9}, WRONG | {"line": 5}).findings
    assert first.message.endswith('"str")\nRevealed type is Any')
    assert "\n" not in second.message


def test_notes_alone_are_clean() -> None:
    assert read(NOTE, exit_code=0) == Report()


def test_an_error_without_a_line_is_a_finding_of_the_file() -> None:
    (finding,) = read(DUPLICATE, exit_code=2).findings
    assert finding.location == Location("services/a/b/dup.py")
    assert (finding.rule, finding.message) == ("blocking", "Duplicate module named dup\nSee the manual")


def test_missing_ends_are_unknown() -> None:
    (finding,) = read(WRONG | {"end_line": None, "end_column": None}).findings
    assert finding.location == Location("services/a/src/a.py", 2, 12, 2, 0)


def test_what_stops_it_on_the_error_stream_is_a_finding() -> None:
    stderr = b"x.py: error: Cannot decode file: caf\xe9\ny.pyi:3: error: bad\nnothing else\n"
    first, second = read(exit_code=2, stderr=stderr).findings
    assert first.location == Location("services/a/x.py")
    assert first.message == "Cannot decode file: caf\ufffd"
    assert second.location == Location("services/a/y.pyi", 3)


def test_a_message_on_the_error_stream_is_a_finding_too() -> None:
    missing = WRONG | {"file": "/tree/pyproject.toml", "line": 1, "column": 0, "code": "misc"}
    (finding,) = read(exit_code=2, stderr=b"warned\n" + json.dumps(missing).encode() + b"\n").findings
    assert (finding.location.path, finding.location.line, finding.rule) == ("pyproject.toml", 1, "misc")


@pytest.mark.parametrize(
    ("stderr", "words"),
    [
        (b"mypy: Invalid python executable '/x': No such file\n", "Invalid python executable"),
        (b"usage: mypy [-h]\nmypy: error: unrecognized arguments\n", "unrecognized arguments"),
        (b"a.py:3: error: INTERNAL ERROR -- Please report a bug\nTraceback (most recent call last):\n", "crashed"),
        (b"", "does not say why"),
    ],
)
def test_stopping_without_a_file_to_blame_is_a_problem(stderr: bytes, words: str) -> None:
    report = read(exit_code=2, stderr=stderr)
    assert words in report.problem
    assert report.findings == ()


@pytest.mark.parametrize(("exit_code", "messages"), [(0, [WRONG]), (1, []), (1, [NOTE])])
def test_an_exit_code_that_disagrees_is_a_problem(exit_code: int, messages: list[object]) -> None:
    assert "exit code" in read(*messages, exit_code=exit_code).problem


def test_the_summary_line_is_no_message() -> None:
    assert said(b"Success: no issues found in 1 source file\n", 0) == Report()


@pytest.mark.parametrize("line", [b"Traceback (most recent call last):", b'{"file": "a.py"}', b"[]"])
def test_lines_that_are_no_messages_are_a_problem(line: bytes) -> None:
    assert said(line, 1).problem


@given(st.binary(), st.binary(), st.sampled_from([0, 1, 2]))
def test_any_bytes_are_answered(stdout: bytes, stderr: bytes, exit_code: int) -> None:
    report = mypy.read(Output(exit_code, stdout, stderr), root="/tree")
    assert report.problem or bool(report.findings) == bool(exit_code)


@given(st.integers(1, len(json.dumps(WRONG)) - 1))
def test_a_message_that_is_cut_off_gives_a_problem(size: int) -> None:
    assert said(json.dumps(WRONG).encode()[:size], 1).problem


def test_what_it_leaves_out_of_its_configuration_is_a_finding() -> None:
    stderr = b"/tree/services/a/pyproject.toml: [mypy]: Unrecognized option: strickt = True\nbye\n"
    (finding,) = read(exit_code=0, stderr=stderr).findings
    assert finding.location == Location("services/a/pyproject.toml")
    assert (finding.rule, finding.message) == ("configuration", "[mypy]: Unrecognized option: strickt = True")


def test_unused_sections_are_no_problem() -> None:
    note = b"/tree/pyproject.toml: note: unused section(s): module = ['nothing.*']\n"
    assert said(note, 0) == Report()
    assert said(json.dumps(WRONG).encode() + b"\n" + note, 1).findings
    assert read(exit_code=0, stderr=note) == Report()


def test_what_kept_it_from_starting_is_a_problem() -> None:
    report = read(exit_code=mypy.REFUSED, stderr=b"a/mypy.ini: no section header\n")
    assert report.problem == "mypy was not started: a/mypy.ini: no section header"
