"""Biome's SARIF, recorded from version 2.5.15."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers import biome

FILES = ("web/src/a.js", "web/src/big.js")


def result(rule: str, level: str = "error", text: str = "", name: str = "a.js", **region: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": f"/tree/web/src/{name}"}}
    if region:
        place["region"] = region
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
    }


EQUALS = result(
    "lint/suspicious/noDoubleEquals",
    text="Using == may be unsafe.",
    startLine=2,
    startColumn=7,
    endLine=2,
    endColumn=9,
)
UNFORMATTED = result("format", text="Formatter would have printed the following content:")
TOO_LARGE = result("check", "warning", name="big.js")


def log(*results: dict[str, Any]) -> bytes:
    run = {"tool": {"driver": {"name": "Biome", "rules": []}}, "results": results}
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


def read(*results: dict[str, Any], exit_code: int = 1, files: tuple[str, ...] = FILES) -> Report:
    return biome.read(log(*results), b"", exit_code, files=files, root="/tree", base="web")


def test_an_error_becomes_a_finding() -> None:
    assert read(EQUALS).findings == (
        Finding(
            tool="biome",
            rule="lint/suspicious/noDoubleEquals",
            message="Using == may be unsafe.",
            location=Location("web/src/a.js", 2, 7, 2, 9),
            level=Level.ERROR,
        ),
    )


def test_a_file_that_is_not_formatted_is_a_finding_on_its_first_line_and_can_be_mended() -> None:
    first, second = read(UNFORMATTED, result("assist/source/organizeImports", startLine=3)).findings
    assert (first.message, first.location, first.fixable) == ("the file is not formatted", Location(FILES[0], 1), True)
    assert (second.location.line, second.fixable) == (3, True)


def test_warnings_and_notes_fail_nothing() -> None:
    assert read(result("lint/x", "warning"), result("lint/y", "note"), exit_code=0) == Report()


@pytest.mark.parametrize("exit_code", [0, 1])
def test_a_file_that_is_too_large_was_not_checked_whatever_the_exit_code(exit_code: int) -> None:
    (finding,) = read(TOO_LARGE, exit_code=exit_code).findings
    assert (finding.rule, finding.level, finding.location) == ("too-large", Level.ERROR, Location(FILES[1], 1))


def test_a_file_that_is_too_large_stands_beside_errors() -> None:
    assert [each.rule for each in read(TOO_LARGE, UNFORMATTED).findings] == ["format", "too-large"]


def test_a_file_whose_name_it_refuses_is_a_finding() -> None:
    (finding,) = read(exit_code=0, files=("web/caf\udce9.js",)).findings
    assert finding.rule == "file-name"


@pytest.mark.parametrize(("results", "exit_code"), [([], 1), ([EQUALS], 0), ([result("lint/x", "warning")], 1)])
def test_an_exit_code_that_disagrees_is_a_problem(results: list[dict[str, Any]], exit_code: int) -> None:
    assert "exit code" in read(*results, exit_code=exit_code).problem


@given(st.binary(), st.binary(), st.sampled_from([0, 1]))
def test_any_bytes_give_a_problem(stdout: bytes, stderr: bytes, exit_code: int) -> None:
    assert biome.read(stdout, stderr, exit_code, files=FILES, root="/tree").problem


@given(st.integers(0, len(log(EQUALS)) - 1))
def test_a_report_that_is_cut_off_gives_a_problem(size: int) -> None:
    assert biome.read(log(EQUALS)[:size], b"", 1, files=FILES, root="/tree").problem
