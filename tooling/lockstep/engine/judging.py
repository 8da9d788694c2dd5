"""From outcomes to gate records: the bridge between what ran and the pure policy."""

from collections.abc import Mapping, Sequence

from lockstep.engine import policies
from lockstep.engine.execute import Outcome
from lockstep.engine.prepare import Prepared
from lockstep.host import Host
from lockstep.host.clock import today
from lockstep.host.git import Git
from lockstep.model.finding import Finding
from lockstep.model.gate import Gate, Scan
from lockstep.model.record import GateRecord
from lockstep.model.verdict import Verdict
from lockstep.policy import judge as judging
from lockstep.policy import waivers

_NEVER_RAN = "it was interrupted before it ran"


def judge(
    host: Host, ready: Prepared, known: Mapping[str, Outcome]
) -> tuple[tuple[GateRecord, ...], tuple[Finding, ...]]:
    """Return the record of every wanted gate, in order, and findings about the policy itself."""
    policy = _policy(host, ready, known)
    records = []
    for gate in ready.plan.gates:
        own = _outcomes(ready, known, (gate.id,))
        judgement = judging.gate(gate, own, policy, _outcomes(ready, known, gate.requires))
        records.append(_record(ready, gate, judgement, known))
    return tuple(records), waivers.strangers(ready.ruling.waivers, ready.request.known)


def _policy(host: Host, ready: Prepared, known: Mapping[str, Outcome]) -> judging.Policy:
    flaky = {test.path for each in known.values() for test in each.report.tests if test.flaky is not None}
    git = Git(ready.root, host.processes, host.environ)
    return judging.Policy(
        today=today(host.clock),
        config=ready.ruling.config,
        waivers=ready.ruling.waivers,
        base_marks=policies.base_marks(git, ready.ruling, flaky),
        components=ready.workspace.components,
        complete=ready.plan.complete and not ready.request.staged and ready.request.scan is Scan.HISTORY,
    )


def _outcomes(ready: Prepared, known: Mapping[str, Outcome], gates: Sequence[str]) -> tuple[judging.Outcome, ...]:
    found = []
    for action in ready.plan.actions:
        if action.gate not in gates:
            continue
        outcome = known.get(action.id)
        if outcome is None:
            lost = judging.Outcome(action.check.id, action.component.name, Verdict.ERRORED, reason=_NEVER_RAN)
            found.append(lost)
            continue
        found.append(
            judging.Outcome(action.check.id, action.component.name, outcome.verdict, outcome.report, outcome.reason)
        )
    return tuple(found)


def _record(ready: Prepared, gate: Gate, judgement: judging.Judgement, known: Mapping[str, Outcome]) -> GateRecord:
    timed = [known[action.id] for action in ready.plan.of_gate(gate) if action.id in known]
    ran = [each for each in timed if not each.cached] or timed
    started = min((each.started for each in ran), default=0.0)
    ended = max((each.started + (0 if each.cached else each.seconds) for each in ran), default=started)
    return judging.record(
        gate,
        judgement,
        alone=f"nox -s {gate.id}",
        started=started,
        seconds=round(ended - started, 4),
    )
