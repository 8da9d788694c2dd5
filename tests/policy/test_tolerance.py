from datetime import date

import msgspec
import pytest

from lockstep.config import ComponentConfig, Config, GateConfig, Ignored, Tolerance
from lockstep.model.finding import Finding, Level, Location, Report, Severity
from lockstep.model.gate import Gate, Judge, Stage
from lockstep.model.verdict import Verdict
from lockstep.policy import judge, tolerance

TODAY = date(2026, 11, 24)


def finding(severity: Severity = Severity.HIGH, fixed: str = "2.0", anchor: str = "lamp@1.0") -> Finding:
    return Finding(
        "trivy",
        "CVE-1",
        f"bad; {fixed}",
        Location("uv.lock"),
        severity=severity,
        fixed=fixed,
        anchor=anchor,
        component="a",
    )


def ignored(**fields: str) -> Ignored:
    return Ignored(**({"rule": "CVE-1", "reason": "not reached"} | fields), expires=date(2026, 11, 24))


@pytest.mark.parametrize("severity", Severity)
def test_high_and_critical_block_unless_told_otherwise(severity: Severity) -> None:
    found = tolerance.blocks(finding(severity), Tolerance())
    # An error without a severity has not been looked at by anybody.
    assert found is (severity in {Severity.CRITICAL, Severity.HIGH, Severity.NONE})


def test_a_warning_without_a_severity_does_not_block() -> None:
    assert not tolerance.blocks(Finding("t", "r", "m", Location("x"), level=Level.WARNING), Tolerance())


@pytest.mark.parametrize(
    ("named", "blocks"), [(("critical",), False), (("high",), True), ((), False), (("low",), False)]
)
def test_the_severities_that_block_can_be_named(named: tuple[str, ...], blocks: bool) -> None:  # noqa: FBT001 - a table
    assert tolerance.blocks(finding(), Tolerance(severities=named)) is blocks  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fixed", "anchor", "fixed_only", "blocks"),
    [
        ("", "lamp@1.0", True, False),
        ("", "lamp@1.0", False, True),
        ("", "lamp@1.0", None, True),
        ("2.0", "lamp@1.0", True, True),
        ("", "", True, True),
    ],
)
def test_only_packages_can_be_without_a_fix(fixed: str, anchor: str, fixed_only: bool | None, blocks: bool) -> None:  # noqa: FBT001 - a table
    assert tolerance.blocks(finding(fixed=fixed, anchor=anchor), Tolerance(fixed_only=fixed_only)) is blocks


def test_a_component_decides_before_the_repository() -> None:
    config = Config(
        gates={"trivy": GateConfig(severities=("critical",), fixed_only=True, ignore=(ignored(rule="CVE-2"),))},
        component={"a": ComponentConfig(gates={"trivy": Tolerance(severities=(), ignore=(ignored(),))})},
    )
    assert tolerance.of(config, "trivy", "a") == Tolerance((), True, (ignored(), ignored(rule="CVE-2")))  # noqa: FBT003
    assert tolerance.of(config, "trivy", "b") == Tolerance(("critical",), True, (ignored(rule="CVE-2"),))  # noqa: FBT003
    assert tolerance.of(config, "codeql", "a") == Tolerance()


@pytest.mark.parametrize(
    ("entry", "today", "counts"),
    [
        (ignored(), TODAY, False),
        (ignored(package="lamp"), TODAY, False),
        (ignored(package="lamps"), TODAY, True),
        (ignored(rule="CVE-11"), TODAY, True),
        (ignored(), date(2026, 11, 25), True),
    ],
)
def test_what_is_ignored_does_not_count_and_is_told(entry: Ignored, today: date, counts: bool) -> None:  # noqa: FBT001 - a table
    config = Config(gates={"trivy": GateConfig(ignore=(entry,))})
    sifted = tolerance.sift((finding(),), config, "trivy", today)
    assert (len(sifted.counting), len(sifted.ignored)) == (int(counts), int(not counts))
    told = [(each.owner, each.reason, each.expires) for each in sifted.ignored]
    assert told == ([] if counts else [("lockstep.toml", "not reached", "2026-11-24")])


def test_the_judge_asks() -> None:
    declared = Gate("trivy", Stage.SECURITY, "Known vulnerabilities", "upgrade", 60, judge=Judge.SECURITY)
    ran = judge.Outcome("lock-files", "a", Verdict.PASSED, Report((finding(), finding(fixed=""))))
    own = Tolerance(fixed_only=True, ignore=(ignored(package="other"),))
    policy = judge.Policy(today=TODAY, config=Config(component={"a": ComponentConfig(gates={"trivy": own})}))
    judged = judge.gate(declared, (ran,), policy)
    assert (judged.verdict, judged.reason) == (Verdict.FAILED, "1 finding, 1 finding that does not block")
    quiet = msgspec.structs.replace(policy, config=Config(gates={"trivy": GateConfig(ignore=(ignored(),))}))
    judged = judge.gate(declared, (ran,), quiet)
    assert (judged.verdict, judged.reason) == (Verdict.PASSED, "2 waived")
