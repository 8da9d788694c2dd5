import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.gates.codeql import GATE
from lockstep.model.finding import Finding, Level, Location, Report, Severity
from lockstep.model.verdict import Verdict
from lockstep.parsers import semgrep
from lockstep.policy.judge import Outcome, Policy, gate

FOUND = {
    "path": "src/shop/till.py",
    "kind": "finding",
    "line": 3,
    "rule": "lockstep-python-dynamic-eval",
    "message": "eval runs text. Look it up in a table.",
    "column": 5,
    "end_line": 4,
    "end_column": 9,
    "score": 8.8,
    "help_url": "https://docs.python.org/3/library/functions.html#eval",
    "secret": "",
}
UNREAD = {"path": "scripts/a.sh", "kind": "unread", "line": 1}
PARTLY = {"path": "scripts/b.sh", "kind": "partly-read", "line": 7}


def notes(*each: dict[str, object]) -> bytes:
    return json.dumps(each).encode()


def test_a_finding_has_its_place_rule_and_severity() -> None:
    assert semgrep.read(notes(FOUND), 1).findings == (
        Finding(
            tool="semgrep",
            rule="lockstep-python-dynamic-eval",
            message="eval runs text. Look it up in a table.",
            location=Location("src/shop/till.py", 3, 5, 4, 9),
            level=Level.ERROR,
            severity=Severity.HIGH,
            help_url="https://docs.python.org/3/library/functions.html#eval",
        ),
    )


@pytest.mark.parametrize(
    ("score", "severity", "level"),
    [(9.3, "critical", "error"), (7.0, "high", "error"), (6.9, "medium", "warning"), (3.9, "low", "note")],
)
def test_the_score_decides_severity_and_level(score: float, severity: str, level: str) -> None:
    [finding] = semgrep.read(notes(FOUND | {"score": score}), 1).findings
    assert (finding.severity, finding.level) == (severity, level)


def test_a_line_that_holds_a_secret_is_not_shown_but_told_from_others() -> None:
    first, second = semgrep.read(notes(FOUND | {"secret": "6768e31a"}, FOUND | {"secret": "11111111"}), 1).findings
    assert first.snippet == "not shown: it holds a secret (6768e31a)"
    assert first.snippet != second.snippet


def test_a_file_that_was_not_read_fails_the_gate_and_one_read_in_part_is_remarked() -> None:
    unread, partly = semgrep.read(notes(UNREAD, PARTLY), 1).findings
    actions = [Outcome("semgrep", "shop", Verdict.PASSED, Report((each,))) for each in (unread, partly)]
    policy = Policy(date(2026, 11, 25))
    assert [gate(GATE, [each], policy).verdict for each in actions] == [Verdict.FAILED, Verdict.PASSED]
    assert [str(each.location) for each in (unread, partly)] == ["scripts/a.sh", "scripts/b.sh:7"]


def test_nothing_found_is_no_finding() -> None:
    assert semgrep.read(b"[]", 0).findings == ()


@pytest.mark.parametrize(("data", "code"), [(b"[]", 1), (notes(FOUND), 0), (b"", 1), (b"{}", 1), (b'[{"path": 1}]', 1)])
def test_notes_that_do_not_fit_are_not_believed(data: bytes, code: int) -> None:
    assert semgrep.read(data, code).problem


def test_the_drivers_complaint_explains_a_missing_report() -> None:
    assert semgrep.read(b"[]", 2, b"semgrep gave up").problem.endswith("semgrep gave up")


@given(st.integers(min_value=0, max_value=len(notes(FOUND)) - 1))
def test_notes_cut_short_are_not_believed(length: int) -> None:
    found = semgrep.read(notes(FOUND)[:length], 1)
    assert found.problem
    assert not found.findings
