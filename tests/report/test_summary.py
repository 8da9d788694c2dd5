"""summary.md: what a reviewer reads on the run's page."""

import re

from lockstep.model.finding import Finding, Location, Severity
from lockstep.model.record import Threshold
from lockstep.model.verdict import Verdict
from lockstep.report import summary
from tests.report import records


def text(record: object = None) -> str:
    return summary.render(record or records.rich()).decode()  # type: ignore[arg-type]


def test_the_outcome_is_the_heading_and_every_gate_a_row() -> None:
    lines = text().splitlines()
    assert lines[0].startswith("## ✘ Lockstep: failed · 3 passed, 3 failed")
    assert "| `lint` | ✘ failed | 3.1 s | 1/3 | 2 |" in lines
    assert "| `codeql` | ✘ failed | 7.7 s | 1/2 | 1, 1 waived |" in lines
    assert "| `contract-checks` | · not-applicable | 0.00 s |  |  |" in lines


def test_what_fails_has_its_findings_remedy_and_command() -> None:
    assert (
        "### ✘ lint: The lint gate holds\n\n"
        "- `services/orders/src/orders/api.py:7:5` `json` imported but unused (`ruff F401`)\n"
    ) in text()
    assert "**Mend:** mend what lint names  \n**Run it alone:** `nox -s lint`\n" in text()


def test_code_in_a_remedy_stays_code() -> None:
    gate = records.gate("lint", "static", Verdict.FAILED, remedy="`a_b` mends [it]; `not closed")
    assert "**Mend:** `a_b` mends \\[it\\]; `not closed`" in text(records.run((gate,), outcome="failed"))


def test_the_lines_of_a_reason_stay_lines() -> None:
    why = "lock-files in .: no advisory database\n\nname one:\n[advisories]"
    gate = records.gate("trivy", "security", Verdict.UNAVAILABLE, reason=why)
    shown = text(records.run((gate,), outcome="incomplete"))
    assert (
        "gate holds\n\nlock-files in .: no advisory database  \nname one:  \n\\[advisories\\]\n\n"
        "**Run it alone:** `nox -s trivy`\n"
    ) in shown


def test_the_gravest_finding_comes_first() -> None:
    mild = records.finding("scan", "R2", "mild", "b.py", 2, severity=Severity.LOW)
    grave = records.finding("scan", "R1", "grave", "a.py", 1, severity=Severity.CRITICAL)
    gate = records.gate("codeql", "security", Verdict.FAILED, findings=(mild, grave))
    shown = text(records.run((gate,), outcome="failed"))
    assert shown.index("grave") < shown.index("mild")


def test_a_missed_threshold_names_its_component_or_the_repository() -> None:
    missed = Threshold("*", 79.5, 71.2, 85.0, 80.0, 610, 170, met=False)
    gate = records.gate("coverage-threshold", "test", Verdict.FAILED, thresholds=(missed,), remedy="", alone="")
    shown = text(records.run((gate,), outcome="failed"))
    assert "- the repository: lines 79.5 % of 85 % due, branches 71.2 % of 80 % due" in shown
    assert "Mend" not in shown
    assert "- orders: lines 79.5 %" in text()


def test_many_findings_are_counted_and_left_to_the_page() -> None:
    many = tuple(records.finding("ruff", "F401", "unused", "a.py", line) for line in range(1, 54))
    shown = text(records.run((records.gate("lint", "static", Verdict.FAILED, findings=many),), outcome="failed"))
    assert shown.count("ruff F401") == 50
    assert "- … and 3 more in report.html" in shown


def test_it_never_grows_over_the_limit_of_a_step_summary() -> None:
    long = tuple(Finding("t" * 300, "r", "m" * 900, Location("p" * 900, 1)) for _ in range(50))
    gates = tuple(records.gate(f"gate-{n}", "static", Verdict.FAILED, findings=long) for n in range(30))
    data = summary.render(records.run(gates, outcome="failed"))
    assert len(data) < 1_048_576
    assert data.endswith("… cut here; the whole is in report.html\n".encode())


def test_text_from_outside_is_neither_markdown_nor_html() -> None:
    shown = re.sub(r"(`+).*?[^`]\1(?!`)", "", text(records.hostile()))  # inside a code span nothing acts
    assert not re.search(r"(?<!\\)[<>\[\]]", shown)


def test_back_quotes_in_a_place_stay_inside_their_span() -> None:
    found = records.finding("ruff", "F401", "m", "`x``y`.py", 1)
    shown = text(records.run((records.gate("lint", "static", Verdict.FAILED, findings=(found,)),), outcome="failed"))
    assert "``` `x``y`.py:1:5" in shown
