"""From what the actions of a gate reported to its verdict.

`gate` judges one gate, `record` makes its part of the run's record, `outcome` sums up the run. Judging is pure and
always done afresh, so that a change of policy acts at once on cached reports.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

import msgspec

from lockstep.config import Allowance, Config, GateConfig
from lockstep.model.component import Component
from lockstep.model.finding import Finding, Level, Report, TestCase
from lockstep.model.gate import Gate, Judge
from lockstep.model.record import GateRecord, Threshold, Waived
from lockstep.model.verdict import Verdict, combine
from lockstep.policy import fingerprints, problems, quarantine, thresholds, tolerance
from lockstep.policy.waivers import EXPIRED_RULE, STRANGER_RULE, UNUSED_RULE, Waivers, apply

_BLOCKED = (Verdict.ERRORED, Verdict.UNAVAILABLE)
_FIRM = frozenset(
    {thresholds.RULE, quarantine.TEST_RULE, quarantine.MARK_RULE, EXPIRED_RULE, UNUSED_RULE, STRANGER_RULE}
)


class Outcome(msgspec.Struct, frozen=True):
    """One action as it ended. `verdict` is errored, unavailable, not-applicable, or any other for "it ran".

    reason: why it did not run to its end. A report with a problem is an errored action, whatever `verdict` says.
    """

    check: str
    component: str
    verdict: Verdict
    report: Report = Report()
    reason: str = ""

    @property
    def state(self) -> Verdict:
        """The verdict, with disbelieved reports as errored."""
        return Verdict.ERRORED if self.report.problem else self.verdict


def _nobody(_: str) -> str:
    return ""


class Policy(msgspec.Struct, frozen=True):
    """What the repository accepts, the same for every gate of a run.

    complete: the run covers every component, without --since or --staged. components: all of the workspace.
    waivers and base_marks are the base branch's in CI (`waivers.as_of`, `quarantine.marks_of` by path); outside
    CI the tree's own, and None. approver: who approved a breaking change of a path, "" for nobody who may.
    """

    today: date
    config: Config = Config()
    waivers: Waivers = Waivers()
    base_marks: quarantine.BaseMarks | None = None
    components: tuple[Component, ...] = ()
    complete: bool = True
    approver: Callable[[str], str] = _nobody


class Judgement(msgspec.Struct, frozen=True):
    """A gate's verdict and what it rests on. `policy`: findings about waivers and flaky marks; any fails the gate.

    reason: one line for people, "" for a plain pass. blocking: whether an `unavailable` blocks a strict run.
    """

    verdict: Verdict
    reason: str = ""
    blocking: bool = True
    findings: tuple[Finding, ...] = ()
    waived: tuple[Waived, ...] = ()
    quarantined: tuple[Finding, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    policy: tuple[Finding, ...] = ()


def gate(declared: Gate, actions: Sequence[Outcome], policy: Policy, required: Sequence[Outcome] = ()) -> Judgement:
    """Judge one gate by the outcomes of its own actions and of those of the gates that it requires.

    A gate with an errored action, own or required, is errored, and still lists every finding. It is unavailable if an
    action was, and nothing else is wrong. It is not applicable where nothing ran and nothing is amiss. Waivers take
    effect on what tools report; a failing test and a threshold cannot be waived.
    """
    everything = (*actions, *required)
    blocked = tuple(each for each in everything if each.state in _BLOCKED)
    complete = policy.complete and not blocked
    found = fingerprints.assign(problems.merged(finding for each in actions for finding in each.report.findings))
    sifted = tolerance.sift(found, policy.config, declared.id, policy.today)
    applied = apply(policy.waivers, declared.id, sifted.counting, policy.today, complete=complete)
    tests = _tests(actions, policy) if declared.judge is Judge.TESTS else quarantine.Quarantine()
    measured = everything if declared.judge is Judge.COVERAGE else ()
    ratios, short = _coverage(measured, policy, complete=complete)
    remaining, approved = _approved(applied.remaining, declared, policy)
    findings = (*remaining, *fingerprints.assign((*tests.failures, *short)))
    about = fingerprints.assign((*tests.policy, *applied.policy))
    blocking = tuple(each for each in findings if blocks(each, declared, policy.config))
    judged = Verdict.FAILED if blocking or about else Verdict.PASSED
    ran = bool(blocking or about or ratios) or any(_ran(each) for each in actions)
    verdict = combine((*(each.state for each in blocked), *((judged,) if ran else ())))
    allowance = policy.config.gates.get(declared.id, GateConfig()).unavailable
    judgement = Judgement(
        verdict=verdict,
        blocking=not (verdict is Verdict.UNAVAILABLE and _holds(allowance, policy.today)),
        findings=findings,
        waived=(*applied.waived, *sifted.ignored, *approved),
        quarantined=fingerprints.assign(tests.quarantined),
        thresholds=ratios,
        policy=about,
    )
    reason = _blocked_reason(blocked, verdict, allowance, policy.today) or _reason(judgement, len(blocking))
    if any(finding.check in declared.approvable for finding in blocking):
        reason = f"needs approval: {reason}"
    return msgspec.structs.replace(judgement, reason=reason)


def _approved(
    findings: Sequence[Finding], declared: Gate, policy: Policy
) -> tuple[tuple[Finding, ...], tuple[Waived, ...]]:
    """Part the findings that nobody has approved from those that somebody who may has."""
    remaining, approved = [], []
    for finding in findings:
        asked = finding.check in declared.approvable and blocks(finding, declared, policy.config)
        who = policy.approver(finding.location.path) if asked else ""
        if who:
            approved.append(Waived(finding, who, "approved on the pull request, which has the label", ""))
        else:
            remaining.append(finding)
    return tuple(remaining), tuple(approved)


def blocks(finding: Finding, declared: Gate, config: Config) -> bool:
    """Return whether a finding fails its gate: a change that only may break somebody is told, and fails none."""
    if declared.judge is Judge.SECURITY:
        return tolerance.blocks(finding, tolerance.of(config, declared.id, finding.component))
    return finding.level is Level.ERROR or finding.check not in {*declared.approvable, *declared.lenient}


def can_be_waived(finding: Finding) -> bool:
    """Return whether a waiver could accept a finding: what a tool reported, not a judgement of Lockstep's own."""
    return finding.rule not in _FIRM


def record(declared: Gate, judgement: Judgement, *, alone: str, started: float, seconds: float) -> GateRecord:
    """Return the gate's part of the run's record; findings about policy stand with the gate's own.

    alone: the command that runs this gate by itself. started, seconds: from the run's start, and how long.
    """
    return GateRecord(
        id=declared.id,
        title=declared.title,
        stage=declared.stage,
        verdict=judgement.verdict,
        remedy=declared.remedy,
        alone=alone,
        reason=judgement.reason,
        started=started,
        seconds=seconds,
        blocking=judgement.blocking,
        findings=(*judgement.findings, *judgement.policy),
        waived=judgement.waived,
        quarantined=judgement.quarantined,
        thresholds=judgement.thresholds,
    )


def outcome(gates: Iterable[GateRecord], policy: Iterable[Finding] = (), *, strict: bool) -> tuple[str, int]:
    """Return the run's outcome (passed, failed or incomplete) and its exit code.

    failed, 1: a gate failed or errored, or was unavailable in a strict run without an allowance that holds, or there
    are findings about `policy` itself. incomplete, 0: a gate was unavailable otherwise, or none passed, so that
    nothing was shown. passed, 0: the rest.
    """
    judged = tuple(gates)
    verdicts = {each.verdict for each in judged}
    refused = strict and any(each.verdict is Verdict.UNAVAILABLE and each.blocking for each in judged)
    if refused or any(policy) or verdicts & {Verdict.FAILED, Verdict.ERRORED}:
        return "failed", 1
    if Verdict.UNAVAILABLE in verdicts or Verdict.PASSED not in verdicts:
        return "incomplete", 0
    return "passed", 0


def _ran(action: Outcome) -> bool:
    return action.state not in {*_BLOCKED, Verdict.NOT_APPLICABLE}


def _tests(actions: Sequence[Outcome], policy: Policy) -> quarantine.Quarantine:
    """Judge the tests of each check and component, over all Python versions at once."""
    groups: dict[tuple[str, str], list[TestCase]] = {}
    for each in actions:
        groups.setdefault((each.check, each.component), []).extend(each.report.tests)
    parts = [
        quarantine.judge(tests, policy.base_marks, policy.today, check=check, component=component)
        for (check, component), tests in groups.items()
    ]
    return quarantine.Quarantine(
        failures=tuple(finding for part in parts for finding in part.failures),
        quarantined=tuple(finding for part in parts for finding in part.quarantined),
        policy=tuple(finding for part in parts for finding in part.policy),
    )


def _coverage(
    actions: Iterable[Outcome], policy: Policy, *, complete: bool
) -> tuple[tuple[Threshold, ...], tuple[Finding, ...]]:
    own = {name: each.thresholds for name, each in policy.config.component.items() if each.thresholds}
    measured = [thresholds.Measured(each.component, each.report.coverage) for each in actions]
    return thresholds.judge(measured, policy.components, policy.config.thresholds, own, complete=complete)


def _holds(allowance: Allowance | None, today: date) -> bool:
    return allowance is not None and today <= allowance.expires


def _blocked_reason(blocked: Sequence[Outcome], verdict: Verdict, allowance: Allowance | None, today: date) -> str:
    """Say which action did not run to its end and why, "" where that does not decide the verdict."""
    deciding = [each for each in blocked if each.state is verdict]
    if not deciding:
        return ""
    first = deciding[0]
    where = f"{first.check} in {first.component}" if first.component else first.check
    more = f" (and {len(deciding) - 1} more)" if len(deciding) > 1 else ""
    text = f"{where}: {first.report.problem or first.reason or first.state}{more}"
    if verdict is Verdict.UNAVAILABLE and allowance is not None:
        word = "allowed until" if _holds(allowance, today) else "its allowance expired on"
        text += f"; {word} {allowance.expires.isoformat()}: {allowance.reason}"
    return text


def _reason(judgement: Judgement, blocking: int) -> str:
    """Say in numbers what a gate that ran to its end found."""
    if judgement.verdict is Verdict.NOT_APPLICABLE:
        return "nothing here for it to check"
    counts = (
        (blocking, "finding", "findings"),
        (len(judgement.findings) - blocking, "finding that does not block", "findings that do not block"),
        (len(judgement.policy), "waiver or flaky mark to mend", "waivers or flaky marks to mend"),
        (len(judgement.waived), "waived", "waived"),
        (len(judgement.quarantined), "in quarantine", "in quarantine"),
    )
    return ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts if count)
