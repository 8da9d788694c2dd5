import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Level, Report
from lockstep.parsers import spectral

NOBODY = b"[]"


def result(**more: object) -> dict[str, object]:
    return {
        "code": "info-contact",
        "path": ["info", "contact"],
        "message": 'Info object must\n have "contact".',
        "severity": 0,
        "range": {"start": {"line": 1, "character": 6}, "end": {"line": 1, "character": 20}},
        "source": "/tree/schemas/openapi/shop.yaml",
    } | more


def read(*results: dict[str, object], refused: bytes = NOBODY, exit_code: int = 1) -> Report:
    return spectral.read(json.dumps(results).encode(), refused, b"", exit_code, root="/tree")


def test_a_result_has_its_place_counted_from_one() -> None:
    (finding,) = read(result()).findings
    location = finding.location
    assert (str(location), location.end_line, location.end_column) == ("schemas/openapi/shop.yaml:2:7", 2, 21)
    assert (finding.rule, finding.message) == ("info-contact", 'Info object must have "contact".')
    assert (finding.level, finding.anchor) == (Level.ERROR, "info/contact")


@pytest.mark.parametrize(("severity", "level"), [(1, Level.WARNING), (2, Level.NOTE), (3, Level.NOTE), (9, Level.NOTE)])
def test_severities_are_levels(severity: int, level: Level) -> None:
    assert read(result(severity=severity)).findings[0].level is level


def test_a_file_that_was_kept_out_is_a_finding() -> None:
    refused = b'[{"path": "a.yaml", "why": "it is empty", "line": 2}]'
    for exit_code in (0, 1):
        (finding,) = read(refused=refused, exit_code=exit_code).findings
        assert (finding.rule, str(finding.location), finding.message) == (
            "unreadable",
            "a.yaml:2",
            "it cannot be read: it is empty",
        )
    assert [each.rule for each in read(result(), refused=refused).findings] == ["unreadable", "info-contact"]


@pytest.mark.parametrize(
    ("report", "refused", "code", "why"),
    [
        (b"", NOBODY, 1, "wrote no report"),
        (json.dumps([result()]).encode(), NOBODY, 2, "spectral did not finish: it was killed"),
        (b"[{", NOBODY, 1, "not whole JSON"),
        (b"[]", b"", 0, "wrote no report"),
        (b"[]", NOBODY, 1, "reported no finding"),
        (json.dumps([result()]).encode(), NOBODY, 0, "exit code 0 but reported 1 findings"),
    ],
)
def test_what_cannot_be_believed_is_a_problem(report: bytes, refused: bytes, code: int, why: str) -> None:
    assert why in spectral.read(report, refused, b"it was killed\n", code, root="/tree").problem


@given(st.binary(max_size=60), st.binary(max_size=20), st.integers(0, 2))
def test_any_bytes_are_a_report(report: bytes, refused: bytes, code: int) -> None:
    assert isinstance(spectral.read(report, refused, b"", code, root="/tree"), Report)
