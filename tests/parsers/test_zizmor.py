"""zizmor's SARIF and what it says beside it, recorded from version 1.32.0."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers import zizmor

A, B = ".github/workflows/a.yml", ".github/workflows/b.yml"
LATIN = ".github/workflows/caf\udce9.yml"
UNPINNED = {
    "ruleId": "zizmor/unpinned-uses",
    "level": "error",
    "message": {"text": "unpinned action reference"},
    "locations": [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": A},
                "region": {"startLine": 15, "startColumn": 15, "endLine": 15, "endColumn": 34},
            }
        }
    ],
}
START = " INFO zizmor: 🌈 zizmor v1.32.0\n"
DONE = f" INFO audit: zizmor: 🌈 completed {A}\n"
INVALID = (
    f" WARN collect_inputs: zizmor::registry::input: failed to validate file://{B} as workflow: "
    "input does not match expected validation schema\n"
)
UNPARSED = " WARN collect_inputs: zizmor::registry::input: failed to parse input: did not find expected node content\n"
UNLOADED = f"fatal: no audit was performed\nfailed to load file://{B} as workflow\n\nCaused by:\n    0: I/O error\n"
NOTHING = "fatal: no audit was performed\nerror: no inputs collected\n"
CONFIG = "fatal: no audit was performed\nerror: configuration error in .github/zizmor.yml\n"


def log(*results: object) -> bytes:
    run = {
        "tool": {"driver": {"name": "zizmor", "rules": []}},
        "invocations": [{"executionSuccessful": True}],
        "results": results,
    }
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


def read(stdout: bytes, said: str, *files: str, exit_code: int = 0) -> Report:
    return zizmor.read(stdout, (START + said).encode(), exit_code, files=files, root="/tree")


def test_a_result_becomes_a_finding_without_the_tools_name() -> None:
    (finding,) = read(log(UNPINNED), DONE, A).findings
    assert finding == Finding(
        tool="zizmor",
        rule="unpinned-uses",
        message="unpinned action reference",
        location=Location(A, 15, 15, 15, 34),
        level=Level.ERROR,
    )


def test_no_result_is_clean_where_every_file_was_audited() -> None:
    assert read(log(), DONE, A) == Report()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (INVALID, "input does not match expected validation schema"),
        (UNPARSED, "it is no valid workflow, action or Dependabot file: did not find expected node content"),
        ("", "it is no valid workflow, action or Dependabot file"),
    ],
)
def test_a_file_that_was_not_audited_is_a_finding(said: str, why: str) -> None:
    (finding,) = read(log(), said + DONE, A, B).findings
    assert finding == Finding("zizmor", "not-audited", f"zizmor did not audit this file: {why}", Location(B, 1))


def test_where_nothing_could_be_audited_each_file_is_a_finding() -> None:
    findings = read(b"", INVALID + UNPARSED + NOTHING, A, B, exit_code=zizmor.NOTHING).findings
    assert [each.location.path for each in findings] == [A, B]


def test_a_file_that_cannot_be_read_is_to_blame_for_the_end() -> None:
    (finding,) = read(b"", UNLOADED, A, B, exit_code=1).findings
    assert finding.location == Location(B, 1)
    assert finding.message.endswith("it cannot be read")


def test_a_file_whose_name_it_refuses_is_a_finding() -> None:
    (finding,) = read(log(), DONE, A, LATIN).findings
    assert (finding.rule, finding.location.path) == ("file-name", LATIN)


def test_an_end_that_no_file_explains_is_a_problem() -> None:
    report = read(log(), CONFIG, A, B, LATIN, exit_code=1)
    assert "configuration error in .github/zizmor.yml" in report.problem
    assert report.findings == ()


@given(st.binary(), st.binary())
def test_any_bytes_are_never_clean(stdout: bytes, stderr: bytes) -> None:
    for exit_code in (0, 1, zizmor.NOTHING):
        report = zizmor.read(stdout, stderr, exit_code, files=(A,), root="/tree")
        assert report.problem or report.findings


@given(st.integers(0, len(log(UNPINNED)) - 1))
def test_a_report_that_is_cut_off_gives_a_problem(size: int) -> None:
    assert read(log(UNPINNED)[:size], DONE, A).problem
