from lockstep.gates.coverage_threshold import GATE
from lockstep.model.gate import Judge


def test_it_judges_what_the_unit_tests_covered_and_runs_nothing_itself() -> None:
    assert (GATE.id, GATE.requires, GATE.checks, GATE.judge) == (
        "coverage-threshold",
        ("unit-tests",),
        (),
        Judge.COVERAGE,
    )
