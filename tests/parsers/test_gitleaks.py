import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers import gitleaks

LEAK = {
    "RuleID": "aws-access-token",
    "Description": "Identified a key.",
    "StartLine": 3,
    "EndLine": 3,
    "StartColumn": 18,
    "EndColumn": 37,
    "Match": "never read",
    "Secret": "never read",
    "File": "ops/deploy.conf",
    "Commit": "4784d9c925bb518bcebad4c908b8ae7e0de003f7",
    "Author": "never read",
    "Email": "never@read.example",
    "Date": "2026-11-24T03:14:40Z",
    "Message": "never read",
    "Tags": [],
    "Fingerprint": "never read",
}


def report(*leaks: dict[str, object]) -> bytes:
    return json.dumps(leaks).encode()


def test_a_secret_in_a_commit_is_named_by_commit_and_place() -> None:
    assert gitleaks.read(report(LEAK), 1, committed=True).findings == (
        Finding(
            tool="gitleaks",
            rule="aws-access-token",
            message="Identified a key (commit 4784d9c925 of 2026-11-24)",
            location=Location("ops/deploy.conf", 3, end_line=3),
            anchor="4784d9c925bb518bcebad4c908b8ae7e0de003f7:ops/deploy.conf:3",
        ),
    )


def test_one_that_is_not_committed_is_named_by_its_path() -> None:
    [finding] = gitleaks.read(report(LEAK), 1, committed=False).findings
    assert (finding.message, finding.anchor) == ("Identified a key (not committed yet)", "ops/deploy.conf")


def test_nothing_of_the_secret_or_its_author_is_read() -> None:
    assert "never" not in repr(gitleaks.read(report(LEAK), 1, committed=True))


def test_nothing_found_is_no_finding() -> None:
    assert gitleaks.read(b"[]", 0, committed=True) == Report()


@pytest.mark.parametrize(
    ("data", "code"), [(b"[]", 1), (report(LEAK), 0), (b"", 0), (b"null", 0), (b'[{"File": 1}]', 1)]
)
def test_a_report_that_does_not_fit_is_not_believed(data: bytes, code: int) -> None:
    assert gitleaks.read(data, code, committed=True).problem


@given(st.integers(min_value=0, max_value=len(report(LEAK)) - 1))
def test_a_report_cut_short_is_not_believed(length: int) -> None:
    found = gitleaks.read(report(LEAK)[:length], 1, committed=True)
    assert found.problem
    assert not found.findings
