import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.parsers import contracts


def report(*items: dict[str, object]) -> bytes:
    return json.dumps({"items": items, "checked": ["a.yaml"]}).encode()


def item(**more: object) -> dict[str, object]:
    return {
        "rule": "type-changed",
        "message": "m",
        "path": "a.yaml",
        "line": 3,
        "certain": True,
        "anchor": "GET /a",
    } | more


def test_what_breaks_is_an_error() -> None:
    (finding,) = contracts.read(report(item()), b"", 1).findings
    assert (finding.tool, finding.rule, finding.message, str(finding.location)) == (
        "lockstep",
        "type-changed",
        "m",
        "a.yaml:3",
    )
    assert (finding.anchor, finding.level) == ("GET /a", "error")


def test_what_only_may_break_somebody_is_a_warning_after_what_does() -> None:
    levels = [each.level for each in contracts.read(report(item(certain=False), item()), b"", 1).findings]
    assert levels == ["error", "warning"]
    assert [each.level for each in contracts.read(report(item(certain=False)), b"", 0).findings] == ["warning"]


def test_what_cannot_be_read_is_told_apart_from_what_can_be_approved() -> None:
    checks = [each.check for each in contracts.read(report(item(), item(rule="unreadable")), b"", 1).findings]
    assert checks == ["", "unreadable"]


def test_nothing_is_nothing() -> None:
    found = contracts.read(report(), b"", 0)
    assert (found.findings, found.problem) == ((), "")


@pytest.mark.parametrize(
    ("data", "code", "why"),
    [
        (b"", 0, "wrote no report"),
        (b"{", 1, "not whole JSON"),
        (b"{}", 0, "another shape"),
        (report(), 1, "reported no finding"),
        (report(item(certain=False)), 1, "reported no finding"),
        (report(item()), 0, "exit code 0 but reported"),
        (b"", 2, "could not be compared: no such folder"),
    ],
)
def test_what_cannot_be_believed_is_a_problem(data: bytes, code: int, why: str) -> None:
    assert why in contracts.read(data, b"no such folder", code).problem


@given(st.binary(max_size=80), st.integers(0, 2))
def test_any_bytes_are_a_report(data: bytes, code: int) -> None:
    found = contracts.read(data, b"", code)
    assert found.problem or not found.findings
