"""coverage.xml says what coverage.py's own would."""

import xml.etree.ElementTree as ET

import pytest

from lockstep.model.finding import FileCoverage
from lockstep.report import coverage_xml
from tests.report import records


def tree(*files: FileCoverage, started: str = "2026-02-11T09:15:00Z") -> ET.Element:
    return ET.fromstring(coverage_xml.render(records.run(coverage=files, started=started)))  # noqa: S314 - our own output


def test_totals_and_rates_are_over_all_files() -> None:
    root = tree(
        FileCoverage("a/x.py", 4, 3, 2, 1, (4,), (1, 2, 3)), FileCoverage("b/y.py", 4, 1, 0, 0, (2, 3, 4), (1,))
    )
    assert (root.get("lines-valid"), root.get("lines-covered"), root.get("line-rate")) == ("8", "4", "0.5")
    assert root.get("branch-rate") == "0.5"
    assert [each.get("name") for each in root.iter("package")] == ["a", "b"]
    assert [each.get("filename") for each in root.iter("class")] == ["a/x.py", "b/y.py"]


def test_lines_carry_hits_and_branches() -> None:
    root = tree(FileCoverage("a.py", 3, 2, 2, 1, (3,), (1, 2), ((2, 1, 2),)))
    lines = [(line.get("number"), line.get("hits"), line.get("condition-coverage")) for line in root.iter("line")]
    assert lines == [("1", "1", None), ("2", "1", "50% (1/2)"), ("3", "0", None)]


def test_nothing_measured_is_nothing_missed() -> None:
    assert tree().get("line-rate") == "1"


@pytest.mark.parametrize(("started", "milliseconds"), [("2026-02-11T09:15:00Z", "1770801300000"), ("?", "0")])
def test_the_start_is_in_milliseconds(started: str, milliseconds: str) -> None:
    assert tree(started=started).get("timestamp") == milliseconds


def test_a_line_that_ran_under_any_python_has_run() -> None:
    one = FileCoverage("a.py", 3, 1, 2, 1, (2, 3), (1,), ((1, 1, 2),))
    other = FileCoverage("a.py", 3, 2, 2, 2, (3,), (1, 2), ((1, 2, 2),))
    [both] = coverage_xml.merged((one, other))
    assert both == FileCoverage("a.py", 3, 2, 2, 2, (3,), (1, 2), ((1, 2, 2),))
