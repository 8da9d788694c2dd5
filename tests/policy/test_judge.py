from collections.abc import Mapping
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.config import Allowance, ComponentConfig, Config, GateConfig, Thresholds
from lockstep.model.finding import Flaky, Level, Report, Severity
from lockstep.model.gate import Gate, Judge, Stage
from lockstep.model.record import GateRecord
from lockstep.model.verdict import Verdict
from lockstep.policy import judge
from lockstep.policy.fingerprints import assign
from lockstep.policy.judge import Judgement, Outcome, Policy
from lockstep.policy.waivers import Waiver, Waivers
from tests.policy.making import COMPONENTS, TODAY, case, coverage, finding

_POLICY = Policy(TODAY, components=COMPONENTS)
_PASSED, _FAILED, _ERRORED = Verdict.PASSED, Verdict.FAILED, Verdict.ERRORED
_CLEAN, _BAD = Report(), Report(findings=(finding(),))
_UNAVAILABLE, _NOWHERE = Verdict.UNAVAILABLE, Verdict.NOT_APPLICABLE


def _gate(judged_by: Judge = Judge.FINDINGS) -> Gate:
    return Gate("lint", Stage.STATIC, "Code is tidy", "run the formatter", 600, judge=judged_by)


def _ran(report: Report = _CLEAN) -> Outcome:
    return Outcome("ruff", "orders", _PASSED, report)


def _stopped(verdict: Verdict, reason: str = "killed") -> Outcome:
    return Outcome("ruff", "money", verdict, reason=reason)


def _waiving(fingerprint: str, expires: date = TODAY) -> Waivers:
    return Waivers((Waiver(fingerprint, "lint", "@shop", "known", expires, line=5),))


def test_no_finding_is_a_pass_without_a_word() -> None:
    assert judge.gate(_gate(), [_ran()], _POLICY) == Judgement(_PASSED)


def test_any_finding_fails_and_has_its_fingerprint() -> None:
    judged = judge.gate(_gate(), [_ran(Report(findings=(finding(level=Level.NOTE),)))], _POLICY)
    assert (judged.verdict, judged.reason) == (_FAILED, "1 finding")
    assert len(judged.findings[0].fingerprint) == 64


def test_the_verdict_of_an_action_that_ran_does_not_matter() -> None:
    assert judge.gate(_gate(), [Outcome("ruff", "orders", _FAILED)], _POLICY).verdict is _PASSED


def test_an_errored_action_makes_the_gate_errored_and_hides_nothing() -> None:
    judged = judge.gate(_gate(), [_ran(_BAD), _stopped(_ERRORED), _stopped(_UNAVAILABLE)], _POLICY)
    assert (judged.verdict, judged.reason) == (_ERRORED, "ruff in money: killed")
    assert len(judged.findings) == 1


def test_a_report_that_cannot_be_believed_is_errored() -> None:
    judged = judge.gate(_gate(), [_ran(Report(problem="the JSON ends early")), _stopped(_ERRORED)], _POLICY)
    assert (judged.verdict, judged.reason) == (_ERRORED, "ruff in orders: the JSON ends early (and 1 more)")


def test_an_unavailable_action_makes_a_clean_gate_unavailable() -> None:
    judged = judge.gate(_gate(), [_ran(), _stopped(_UNAVAILABLE, "no Docker")], _POLICY)
    assert (judged.verdict, judged.blocking, judged.reason) == (_UNAVAILABLE, True, "ruff in money: no Docker")


def test_an_action_of_no_component_that_tells_nothing_is_named_by_its_check() -> None:
    judged = judge.gate(_gate(), [Outcome("sweep", "", _UNAVAILABLE)], _POLICY)
    assert judged.reason == "sweep: unavailable"


def test_a_finding_outweighs_what_is_unavailable() -> None:
    judged = judge.gate(_gate(), [_ran(_BAD), _stopped(_UNAVAILABLE)], _POLICY)
    assert (judged.verdict, judged.reason) == (_FAILED, "1 finding")


@pytest.mark.parametrize("actions", [[], [_stopped(_NOWHERE)]])
def test_where_nothing_ran_the_gate_is_not_applicable(actions: list[Outcome]) -> None:
    judged = judge.gate(_gate(), actions, _POLICY)
    assert (judged.verdict, judged.reason) == (_NOWHERE, "nothing here for it to check")


@pytest.mark.parametrize("verdict", [_ERRORED, _UNAVAILABLE])
def test_a_gate_is_no_better_than_what_it_requires(verdict: Verdict) -> None:
    assert judge.gate(_gate(), [_ran()], _POLICY, [_stopped(verdict)]).verdict is verdict


def test_findings_of_required_gates_are_theirs() -> None:
    assert judge.gate(_gate(), [_ran()], _POLICY, [_ran(_BAD)]).verdict is _PASSED


def _allowed(expires: date) -> Policy:
    allowance = Allowance("no mirror of the database yet", expires)
    return Policy(TODAY, Config(gates={"lint": GateConfig(unavailable=allowance)}))


def test_an_allowance_stops_the_gate_from_blocking_and_is_told() -> None:
    judged = judge.gate(_gate(), [_stopped(_UNAVAILABLE)], _allowed(TODAY))
    assert (judged.verdict, judged.blocking) == (_UNAVAILABLE, False)
    assert judged.reason == "ruff in money: killed; allowed until 2026-11-24: no mirror of the database yet"


def test_an_allowance_that_expired_blocks_and_is_told() -> None:
    judged = judge.gate(_gate(), [_stopped(_UNAVAILABLE)], _allowed(TODAY - timedelta(days=1)))
    assert (judged.verdict, judged.blocking) == (_UNAVAILABLE, True)
    assert "its allowance expired on 2026-11-23" in judged.reason


@pytest.mark.parametrize("action", [_stopped(_ERRORED), _ran(_BAD)])
def test_an_allowance_excuses_nothing_but_unavailability(action: Outcome) -> None:
    assert judge.gate(_gate(), [action], _allowed(TODAY)).blocking


def test_a_waived_finding_passes_and_is_kept_in_sight() -> None:
    policy = Policy(TODAY, waivers=_waiving(assign(_BAD.findings)[0].fingerprint))
    judged = judge.gate(_gate(), [_ran(_BAD)], policy)
    assert (judged.verdict, judged.reason, judged.findings) == (_PASSED, "1 waived", ())
    assert judged.waived[0].owner == "@shop"


def test_a_waiver_keeps_its_finding_among_equal_ones() -> None:
    twice = Report(findings=(finding(line=3), finding(line=9)))
    second = assign(twice.findings)[1].fingerprint
    judged = judge.gate(_gate(), [_ran(twice)], Policy(TODAY, waivers=_waiving(second)))
    assert [each.location.line for each in judged.findings] == [3]


def test_an_unused_waiver_fails_a_clean_gate() -> None:
    judged = judge.gate(_gate(), [_ran()], Policy(TODAY, waivers=_waiving("0" * 64)))
    assert (judged.verdict, judged.reason) == (_FAILED, "1 waiver or flaky mark to mend")
    assert str(judged.policy[0].location) == "waivers.toml:5"
    assert len(judged.policy[0].fingerprint) == 64


@pytest.mark.parametrize(
    ("complete", "actions", "verdict"),
    [
        (False, [_ran()], _PASSED),
        (True, [_ran(), _stopped(_ERRORED)], _ERRORED),
        (True, [_ran(), _stopped(_UNAVAILABLE)], _UNAVAILABLE),
    ],
)
def test_only_a_gate_that_ran_whole_can_call_a_waiver_unused(
    complete: bool,  # noqa: FBT001
    actions: list[Outcome],
    verdict: Verdict,
) -> None:
    policy = Policy(TODAY, waivers=_waiving("0" * 64), complete=complete)
    judged = judge.gate(_gate(), actions, policy)
    assert (judged.verdict, judged.policy) == (verdict, ())


@pytest.mark.parametrize(
    ("severity", "level", "grave"),
    [
        (Severity.CRITICAL, Level.NOTE, True),
        (Severity.HIGH, Level.WARNING, True),
        (Severity.MEDIUM, Level.ERROR, False),
        (Severity.LOW, Level.ERROR, False),
        (Severity.NONE, Level.ERROR, True),
        (Severity.NONE, Level.WARNING, False),
    ],
)
def test_security_fails_on_grave_findings_and_shows_the_others(
    severity: Severity, level: Level, *, grave: bool
) -> None:
    report = Report(findings=(finding(severity=severity, level=level),))
    judged = judge.gate(_gate(Judge.SECURITY), [_ran(report)], _POLICY)
    assert judged.verdict is (_FAILED if grave else _PASSED)
    assert judged.reason == ("1 finding" if grave else "1 finding that does not block")
    assert len(judged.findings) == 1


def _compared(*levels: Level, approver: str = "") -> Judgement:
    """Judge changes of a contract by a gate whose `compatibility` can be approved."""
    declared = msgspec.structs.replace(_gate(), approvable=("compatibility",))
    found = [finding(line=line, snippet=str(line), level=level) for line, level in enumerate(levels, start=1)]
    report = Report(findings=tuple(msgspec.structs.replace(each, check="compatibility") for each in found))
    return judge.gate(declared, [_ran(report)], Policy(TODAY, components=COMPONENTS, approver=lambda _: approver))


def test_a_change_that_only_may_break_somebody_is_told_and_fails_nothing() -> None:
    judged = _compared(Level.WARNING)
    assert (judged.verdict, judged.reason, len(judged.findings)) == (_PASSED, "1 finding that does not block", 1)
    assert _compared(Level.WARNING, Level.ERROR).reason == "needs approval: 1 finding, 1 finding that does not block"


def test_only_errors_of_a_lenient_check_fail_the_gate_and_no_approval_is_asked_for() -> None:
    declared = msgspec.structs.replace(_gate(), lenient=("pacts",))
    told, wrong = (
        msgspec.structs.replace(finding(line=line, snippet=str(line), level=level), check="pacts")
        for line, level in enumerate((Level.WARNING, Level.ERROR), start=1)
    )
    assert judge.gate(declared, [_ran(Report(findings=(told,)))], _POLICY).verdict is _PASSED
    judged = judge.gate(declared, [_ran(Report(findings=(told, wrong)))], _POLICY)
    assert (judged.verdict, judged.reason) == (_FAILED, "1 finding, 1 finding that does not block")


def test_approval_is_asked_for_what_breaks_alone() -> None:
    judged = _compared(Level.WARNING, Level.ERROR, approver="@ada")
    assert judged.verdict is _PASSED
    assert [each.level for each in judged.findings] == ["warning"]
    assert [(each.owner, each.finding.level) for each in judged.waived] == [("@ada", "error")]


_LAPSED = Flaky("SHOP-1", "2026-01-01")
_HELD = Flaky("SHOP-1", "2026-11-20")


def _tests(
    flaky: Flaky | None, outcome: str = "failed", marks: Mapping[str, Mapping[str, Flaky]] | None = None
) -> Judgement:
    report = Report(tests=(case(outcome=outcome, flaky=flaky),))
    return judge.gate(_gate(Judge.TESTS), [_ran(report)], Policy(TODAY, base_marks=marks))


def test_a_failing_test_fails_the_gate() -> None:
    judged = _tests(None)
    assert (judged.verdict, judged.findings[0].rule) == (_FAILED, "test-failed")
    assert (judged.findings[0].check, judged.findings[0].component) == ("ruff", "orders")


def test_a_failing_test_cannot_be_waived() -> None:
    waiving = Policy(TODAY, waivers=_waiving(_tests(None).findings[0].fingerprint))
    judged = judge.gate(_gate(Judge.TESTS), [_ran(Report(tests=(case(outcome="failed"),)))], waiving)
    assert (judged.verdict, len(judged.findings), len(judged.policy)) == (_FAILED, 1, 1)


def test_a_failing_test_in_quarantine_does_not_gate() -> None:
    judged = _tests(_HELD)
    assert (judged.verdict, judged.reason, judged.findings) == (_PASSED, "1 in quarantine", ())
    assert len(judged.quarantined[0].fingerprint) == 64


def test_a_lapsed_mark_gates_though_the_test_passes() -> None:
    judged = _tests(_LAPSED, "passed")
    assert (judged.verdict, judged.policy[0].rule) == (_FAILED, "flaky-mark")


def test_base_marks_rule_in_ci() -> None:
    assert _tests(_HELD, marks={}).verdict is _FAILED
    assert _tests(_HELD, marks={case().path: {"test_total": _HELD}}).verdict is _PASSED


def test_tests_are_only_judged_by_the_gate_of_tests() -> None:
    report = Report(tests=(case(outcome="failed"),), coverage=(coverage("services/orders/a.py", 0, 9),))
    assert judge.gate(_gate(), [_ran(report)], _POLICY).verdict is _PASSED


def _covering(covered: int) -> Outcome:
    return _ran(Report(coverage=(coverage("services/orders/a.py", covered, 100),), tests=(case(outcome="failed"),)))


def test_coverage_is_judged_from_what_the_gate_requires() -> None:
    good = judge.gate(_gate(Judge.COVERAGE), [], _POLICY, [_covering(85)])
    bad = judge.gate(_gate(Judge.COVERAGE), [], _POLICY, [_covering(84)])
    assert (good.verdict, bad.verdict) == (_PASSED, _FAILED)
    assert [each.component for each in bad.thresholds] == ["orders", "*"]
    assert str(bad.findings[0].location) == "services/orders/a.py:85"


def test_coverage_cannot_be_waived() -> None:
    short = judge.gate(_gate(Judge.COVERAGE), [], _POLICY, [_covering(84)]).findings[0]
    policy = Policy(TODAY, components=COMPONENTS, waivers=_waiving(short.fingerprint))
    assert judge.gate(_gate(Judge.COVERAGE), [], policy, [_covering(84)]).verdict is _FAILED


def test_coverage_of_tests_that_did_not_all_run_is_errored_and_shown() -> None:
    judged = judge.gate(_gate(Judge.COVERAGE), [], _POLICY, [_covering(84), _stopped(_ERRORED)])
    assert (judged.verdict, len(judged.findings)) == (_ERRORED, 1)
    assert [each.component for each in judged.thresholds] == ["orders"]


def test_coverage_of_nothing_is_not_applicable() -> None:
    assert judge.gate(_gate(Judge.COVERAGE), [], _POLICY, [_stopped(_NOWHERE)]).verdict is _NOWHERE


def test_a_component_has_its_own_thresholds() -> None:
    config = Config(component={"orders": ComponentConfig(thresholds=Thresholds(lines=99)), "money": ComponentConfig()})
    judged = judge.gate(_gate(Judge.COVERAGE), [], Policy(TODAY, config, components=COMPONENTS), [_covering(90)])
    assert [each.met for each in judged.thresholds] == [False, True]


def test_the_record_has_the_gates_words_and_every_finding() -> None:
    judged = judge.gate(_gate(), [_ran(_BAD)], Policy(TODAY, waivers=_waiving("0" * 64)))
    record = judge.record(_gate(), judged, alone="nox -s lint", started=1.5, seconds=2.0)
    assert (record.id, record.title, record.stage, record.remedy) == (
        "lint",
        "Code is tidy",
        "static",
        "run the formatter",
    )
    assert (record.alone, record.started, record.seconds, record.blocking) == ("nox -s lint", 1.5, 2.0, True)
    assert [each.rule for each in record.findings] == ["F401", "waiver-unused"]
    assert (record.verdict, record.reason) == (_FAILED, "1 finding, 1 waiver or flaky mark to mend")


def _record(verdict: Verdict, *, blocking: bool = True) -> GateRecord:
    return GateRecord("lint", "t", "static", verdict, "r", "nox -s lint", blocking=blocking)


@pytest.mark.parametrize(
    ("records", "local", "strict"),
    [
        ([_record(_PASSED)], ("passed", 0), ("passed", 0)),
        ([_record(_PASSED), _record(_NOWHERE)], ("passed", 0), ("passed", 0)),
        ([_record(_NOWHERE)], ("incomplete", 0), ("incomplete", 0)),
        ([], ("incomplete", 0), ("incomplete", 0)),
        ([_record(_PASSED), _record(_UNAVAILABLE)], ("incomplete", 0), ("failed", 1)),
        ([_record(_PASSED), _record(_UNAVAILABLE, blocking=False)], ("incomplete", 0), ("incomplete", 0)),
        ([_record(_PASSED), _record(_FAILED), _record(_UNAVAILABLE)], ("failed", 1), ("failed", 1)),
        ([_record(_ERRORED), _record(_PASSED)], ("failed", 1), ("failed", 1)),
    ],
)
def test_the_outcome_of_a_run(records: list[GateRecord], local: tuple[str, int], strict: tuple[str, int]) -> None:
    assert judge.outcome(records, strict=False) == local
    assert judge.outcome(records, strict=True) == strict


def test_a_finding_about_policy_fails_the_run() -> None:
    assert judge.outcome([_record(_PASSED)], [finding()], strict=False) == ("failed", 1)


_REPORTS = st.sampled_from([_CLEAN, _BAD, Report(problem="cut in half"), Report(tests=(case(outcome="failed"),))])
_OUTCOMES = st.lists(
    st.builds(Outcome, st.just("ruff"), st.just("orders"), st.sampled_from(Verdict), _REPORTS), max_size=5
)


@given(_OUTCOMES, _OUTCOMES, st.sampled_from(Judge))
def test_a_pass_means_that_something_ran_and_nothing_was_amiss(
    actions: list[Outcome], required: list[Outcome], judged_by: Judge
) -> None:
    judged = judge.gate(_gate(judged_by), actions, _POLICY, required)
    states = {each.state for each in (*actions, *required)}
    if judged.verdict is _PASSED:
        assert states & {_PASSED, _FAILED}
        assert not states & {_ERRORED, _UNAVAILABLE}
        assert not judged.findings
    assert (_ERRORED in states) == (judged.verdict is _ERRORED)
    assert not (judged.findings and judged.verdict not in {_FAILED, _ERRORED})
