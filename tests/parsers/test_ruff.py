"""ruff's JSON, as `ruff check` and `ruff format --check` write it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers import ruff

UNUSED = {
    "cell": None,
    "code": "F401",
    "end_location": {"column": 10, "row": 1},
    "filename": "/tree/src/a.py",
    "fix": {"applicability": "safe", "edits": [], "message": "Remove unused import: `os`"},
    "location": {"column": 8, "row": 1},
    "message": "`os` imported but unused",
    "name": "unused-import",
    "noqa_row": 1,
    "severity": "error",
    "url": "https://docs.astral.sh/ruff/rules/unused-import",
}
FILES = ("src/a.py", "src/caf\udce9.py")


def read(*messages: object, exit_code: int = 1) -> Report:
    return ruff.read(json.dumps(messages).encode(), b"", exit_code, files=FILES, root="/tree")


def test_a_message_becomes_a_finding() -> None:
    assert read(UNUSED).findings == (
        Finding(
            tool="ruff",
            rule="F401",
            message="`os` imported but unused",
            location=Location("src/a.py", 1, 8, 1, 10),
            level=Level.ERROR,
            help_url="https://docs.astral.sh/ruff/rules/unused-import",
            fixable=True,
        ),
    )


def test_what_has_no_place_code_or_safe_fix_is_still_a_finding() -> None:
    bare = {"filename": "/tree/latin.py", "message": "stream did not contain valid UTF-8", "location": None}
    unsafe = UNUSED | {"fix": {"applicability": "unsafe"}, "severity": "warning"}
    first, second = read(bare, unsafe).findings
    assert (first.rule, first.location, first.fixable) == ("invalid-syntax", Location("latin.py", 1, 0, 1), False)
    assert (second.level, second.fixable) == (Level.WARNING, False)


def test_an_empty_list_is_clean() -> None:
    assert read(exit_code=0) == Report()


def test_a_place_in_a_notebook_is_told_by_its_cell() -> None:
    (finding,) = read(UNUSED | {"filename": "/tree/a.ipynb", "cell": 3}).findings
    assert (finding.message, finding.location.line) == ("cell 3, line 1: `os` imported but unused", 1)


def test_a_file_whose_name_is_not_utf8_is_known_again() -> None:
    (finding,) = read(UNUSED | {"filename": "/tree/src/caf\ufffd.py"}).findings
    assert finding.location.path == "src/caf\udce9.py"


@pytest.mark.parametrize(("messages", "exit_code"), [([], 2), ([UNUSED], 0)])
def test_an_exit_code_that_disagrees_is_a_problem(messages: list[object], exit_code: int) -> None:
    assert "exit code" in read(*messages, exit_code=exit_code).problem


@pytest.mark.parametrize("data", [b"", b"[", b"{}", b'[{"filename": 1}]', b"All checks passed!"])
def test_what_is_no_list_of_messages_is_a_problem(data: bytes) -> None:
    assert ruff.read(data, b"", 1, files=FILES, root="/tree").problem.startswith("ruff")


@given(st.binary())
def test_any_bytes_give_a_problem(data: bytes) -> None:
    assert ruff.read(data, b"", 1, files=FILES, root="/tree").problem


@given(st.integers(0, len(json.dumps([UNUSED])) - 1))
def test_a_report_that_is_cut_off_gives_a_problem(size: int) -> None:
    assert ruff.read(json.dumps([UNUSED]).encode()[:size], b"", 1, files=FILES, root="/tree").problem
