"""coverage-threshold: how much of each component, and of the repository, the unit tests run (CI-CL-001 section 7)."""

from lockstep.model.gate import MINUTE, Gate, Judge, Stage

GATE = Gate(
    id="coverage-threshold",
    stage=Stage.TEST,
    title="Coverage thresholds",
    remedy="test the missing lines that are named; thresholds are [thresholds] and [component.NAME.thresholds] "
    "in lockstep.toml",
    timeout=10 * MINUTE,
    requires=("unit-tests",),
    judge=Judge.COVERAGE,
)
