import pytest

from lockstep.model.component import ROOT, Component, FileEntry, Kind
from lockstep.model.digests import of_bytes
from lockstep.model.finding import Location, Severity


@pytest.mark.parametrize(
    ("score", "severity"),
    [
        (10.0, Severity.CRITICAL),
        (9.0, Severity.CRITICAL),
        (8.9, Severity.HIGH),
        (4.0, Severity.MEDIUM),
        (0.1, Severity.LOW),
        (0.0, Severity.NONE),
    ],
)
def test_scores_are_grouped_as_cvss_groups_them(score: float, severity: Severity) -> None:
    assert Severity.of_score(score) is severity


def test_a_place_is_written_as_far_as_it_is_known() -> None:
    assert [str(Location("a.py")), str(Location("a.py", 3)), str(Location("a.py", 3, 9))] == [
        "a.py",
        "a.py:3",
        "a.py:3:9",
    ]


def test_paths_are_relative_to_the_component_and_links_are_known() -> None:
    assert Component("services/a", "services/a", Kind.SERVICE).relative("services/a/x.py") == "x.py"
    assert Component(ROOT, ROOT, Kind.REPOSITORY).relative("services/a/x.py") == "services/a/x.py"
    assert FileEntry("a", "120000", of_bytes(b""), 0).is_link
    assert not FileEntry("a", "100644", of_bytes(b""), 0).is_link
