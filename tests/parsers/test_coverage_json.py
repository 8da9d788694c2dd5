import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import FileCoverage
from lockstep.parsers import coverage_json
from lockstep.parsers.reading import UnreadableError

SUMMARY = {"num_statements": 4, "covered_lines": 3, "num_branches": 2, "covered_branches": 1}
FILE = {
    "summary": SUMMARY,
    "executed_lines": [1, 2, 3],
    "missing_lines": [5],
    "executed_branches": [[2, 3]],
    "missing_branches": [[2, 5]],
}


def report(files: dict[str, Any], *, branch: bool = True) -> bytes:
    return json.dumps({"meta": {"branch_coverage": branch, "version": "7.17.3"}, "files": files}).encode()


def test_paths_are_the_repositorys_so_that_equal_names_stay_apart() -> None:
    data = report({"src/x.py": FILE, "/tree/libs/b/src/y.py": FILE, "/usr/lib/z.py": FILE, "src\\w.py": FILE})
    assert [file.path for file in coverage_json.files(data, "/tree", "libs/a")] == [
        "libs/a/src/w.py",
        "libs/a/src/x.py",
        "libs/b/src/y.py",
    ]


def test_lines_and_branches_are_counted_and_named() -> None:
    assert coverage_json.files(report({"x.py": FILE}), "/tree", ".") == (
        FileCoverage("x.py", 4, 3, 2, 1, missing=(5,), covered=(1, 2, 3), branches=((2, 1, 2),)),
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "wrote no report"),
        (report({"x.py": FILE})[:-20], "not whole JSON"),
        (b"[]", "another shape"),
        (report({"x.py": {"summary": SUMMARY}}), "another shape"),
        (report({"x.py": FILE}, branch=False), "counted no branches"),
        (report({"x.py": FILE | {"summary": SUMMARY | {"covered_lines": 5}}}), "counted more of x.py"),
        (report({"x.py": FILE | {"summary": SUMMARY | {"covered_branches": -1}}}), "counted more of x.py"),
    ],
)
def test_what_cannot_be_believed(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        coverage_json.files(data, "/tree", ".")


@given(st.binary())
def test_nothing_but_its_own_error_is_raised(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        coverage_json.files(data, "/tree", ".")
