"""ShellCheck's JSON, recorded from version 0.11.0."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers import shellcheck

QUOTE = {
    "file": "scripts/a.sh",
    "line": 2,
    "endLine": 2,
    "column": 6,
    "endColumn": 8,
    "level": "info",
    "code": 2086,
    "message": "Double quote to prevent globbing and word splitting.",
    "fix": {"replacements": []},
}
UNFINISHED = QUOTE | {"level": "error", "code": 1072, "message": " Fix any mentioned problems.", "fix": None}
FILES = ("scripts/a.sh", "scripts/caf\udce9.sh")


def printed(*comments: dict[str, Any]) -> bytes:
    return json.dumps({"comments": comments}).encode()


def read(*comments: dict[str, Any], exit_code: int = 1) -> Report:
    return shellcheck.read(printed(*comments), exit_code, files=FILES, root="/tree")


def test_a_remark_becomes_a_finding_whatever_its_level() -> None:
    assert read(QUOTE).findings == (
        Finding(
            tool="shellcheck",
            rule="SC2086",
            message="Double quote to prevent globbing and word splitting.",
            location=Location("scripts/a.sh", 2, 6, 2, 8),
            level=Level.NOTE,
            help_url="https://www.shellcheck.net/wiki/SC2086",
        ),
    )
    first, second = read(UNFINISHED, QUOTE | {"level": "warning"}).findings
    assert (first.level, first.message, second.level) == (Level.ERROR, "Fix any mentioned problems.", Level.WARNING)


def test_a_file_whose_name_is_not_utf8_is_known_again() -> None:
    (finding,) = read(QUOTE | {"file": "./scripts/caf\ufffd\ufffd\ufffd.sh"}).findings
    assert finding.location.path == "scripts/caf\udce9.sh"


def test_no_remark_is_clean() -> None:
    assert read(exit_code=0) == Report()


@pytest.mark.parametrize(("comments", "exit_code"), [([], 1), ([QUOTE], 0)])
def test_an_exit_code_that_disagrees_is_a_problem(comments: list[dict[str, Any]], exit_code: int) -> None:
    assert "exit code" in read(*comments, exit_code=exit_code).problem


@given(st.binary(), st.sampled_from([0, 1]))
def test_any_bytes_give_a_problem(data: bytes, exit_code: int) -> None:
    assert shellcheck.read(data, exit_code, files=FILES, root="/tree").problem


@given(st.integers(0, len(printed(QUOTE)) - 1))
def test_a_report_that_is_cut_off_gives_a_problem(size: int) -> None:
    assert shellcheck.read(printed(QUOTE)[:size], 1, files=FILES, root="/tree").problem
