"""hadolint's JSON, recorded from version 2.15.1."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers import hadolint

LATEST = {
    "code": "DL3007",
    "column": 1,
    "file": "shop/Dockerfile",
    "level": "warning",
    "line": 1,
    "message": "Using latest is prone to errors if the image will ever update.",
}
QUOTE = LATEST | {"code": "SC2086", "level": "info", "line": 3}
STYLE = LATEST | {"code": "DL3048", "level": "style", "line": 4}
SYNTAX = LATEST | {"code": "DL1000", "level": "error", "line": 2, "column": 4, "message": "missing whitespace"}
FILES = ("shop/Dockerfile", "shop/Dockerfile.caf\udce9")


def printed(*remarks: dict[str, Any]) -> bytes:
    return json.dumps(remarks).encode()


def read(*remarks: dict[str, Any], exit_code: int = 1, stderr: bytes = b"") -> Report:
    return hadolint.read(printed(*remarks), stderr, exit_code, files=FILES, root="/tree")


def test_a_remark_becomes_a_finding() -> None:
    assert read(LATEST).findings == (
        Finding(
            tool="hadolint",
            rule="DL3007",
            message="Using latest is prone to errors if the image will ever update.",
            location=Location("shop/Dockerfile", 1, 1),
            level=Level.WARNING,
            help_url="https://github.com/hadolint/hadolint/wiki/DL3007",
        ),
    )


def test_what_does_not_parse_is_an_error_and_a_remark_of_shellcheck_links_there() -> None:
    first, second = read(SYNTAX, QUOTE).findings
    assert (first.rule, first.level, first.location) == ("DL1000", Level.ERROR, Location("shop/Dockerfile", 2, 4))
    assert (second.level, second.help_url) == (Level.NOTE, "https://www.shellcheck.net/wiki/SC2086")


def test_style_counts_only_where_nothing_graver_made_it_fail() -> None:
    assert [each.rule for each in read(LATEST, STYLE).findings] == ["DL3007"]
    assert [each.rule for each in read(STYLE).findings] == ["DL3048"]


def test_remarks_below_the_components_threshold_are_clean() -> None:
    assert read(STYLE, exit_code=0) == Report()
    assert read(exit_code=0) == Report()


def test_a_file_whose_name_is_not_utf8_is_known_again() -> None:
    (finding,) = read(LATEST | {"file": "./shop/Dockerfile.caf\ufffd"}).findings
    assert finding.location.path == "shop/Dockerfile.caf\udce9"


def test_failing_without_a_report_is_a_problem_that_says_why() -> None:
    report = hadolint.read(b"", b"hadolint: withBinaryFile: does not exist\n", 1, files=FILES, root="/tree")
    assert report.problem.endswith("reported no finding: hadolint: withBinaryFile: does not exist")


@given(st.binary(), st.binary(), st.sampled_from([0, 1]))
def test_any_bytes_give_a_problem(stdout: bytes, stderr: bytes, exit_code: int) -> None:
    assert hadolint.read(stdout, stderr, exit_code, files=FILES, root="/tree").problem


@pytest.mark.parametrize("exit_code", [0, 1])
@given(size=st.integers(0, len(printed(LATEST)) - 1))
def test_a_report_that_is_cut_off_gives_a_problem(exit_code: int, size: int) -> None:
    assert hadolint.read(printed(LATEST)[:size], b"", exit_code, files=FILES, root="/tree").problem
