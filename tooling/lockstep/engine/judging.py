"""From outcomes to gate records: the bridge between what ran and the pure policy."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from lockstep.engine import policies
from lockstep.engine.execute import Outcome
from lockstep.engine.prepare import Prepared
from lockstep.host import Host
from lockstep.host.clock import today
from lockstep.host.git import Git
from lockstep.model.event import Event, Judged
from lockstep.model.gate import Gate, Scan
from lockstep.model.record import GateRecord
from lockstep.model.verdict import Verdict
from lockstep.policy import judge as judging

_NEVER_RAN = "it was interrupted before it ran"


class Jury:
    """Judges each wanted gate once: as soon as all that it judges has a result, the others at the end."""

    def __init__(self, host: Host, ready: Prepared, tell: Callable[[Event], None]) -> None:
        self._host = host
        self._ready = ready
        self._tell = tell
        self._waiting = {gate.id: {action.id for action in ready.plan.of_gate(gate)} for gate in ready.plan.gates}
        self._records: dict[str, GateRecord] = {}

    def hear(self, action: str, known: Mapping[str, Outcome]) -> None:
        """Take note that `action` has its result in `known`, and judge the gates that waited for it last."""
        for gate in self._ready.plan.gates:
            waiting = self._waiting[gate.id]
            if action in waiting:
                waiting.remove(action)
                if not waiting:
                    self._judge(gate, known)

    def close(self, known: Mapping[str, Outcome]) -> tuple[GateRecord, ...]:
        """Judge what is left and return the record of every wanted gate, in the plan's order."""
        for gate in self._ready.plan.gates:
            if gate.id not in self._records:
                self._judge(gate, known)
        return tuple(self._records[gate.id] for gate in self._ready.plan.gates)

    def _judge(self, gate: Gate, known: Mapping[str, Outcome]) -> None:
        record = judge(self._host, self._ready, gate, known)
        self._records[gate.id] = record
        self._tell(Judged(record))


def judge(host: Host, ready: Prepared, gate: Gate, known: Mapping[str, Outcome]) -> GateRecord:
    """Return the gate's record from the outcomes of its actions, and of those that it requires, by action id."""
    own = _outcomes(ready, known, (gate.id,))
    required = _outcomes(ready, known, gate.requires)
    judgement = judging.gate(gate, own, _policy(host, ready, (*own, *required)), required)
    return _record(ready, gate, judgement, known)


def _policy(host: Host, ready: Prepared, judged: Iterable[judging.Outcome]) -> judging.Policy:
    flaky = {test.path for each in judged for test in each.report.tests if test.flaky is not None}
    git = Git(ready.root, host.processes, host.environ)
    return judging.Policy(
        today=today(host.clock),
        config=ready.ruling.config,
        waivers=ready.ruling.waivers,
        base_marks=policies.base_marks(git, ready.ruling, flaky),
        components=ready.workspace.components,
        complete=is_complete(ready),
        approver=ready.request.approver(lambda path: git.show(ready.ruling.base, path) if ready.ruling.base else None),
    )


def is_complete(ready: Prepared) -> bool:
    """Return whether the run covers every component, the whole history and the working tree."""
    request = ready.request
    return ready.plan.complete and not request.staged and not request.foreign and request.scan is Scan.HISTORY


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
    done = [known[action.id] for action in ready.plan.of_gate(gate) if action.id in known]
    timed = [
        each for each in done if each.action.gate == gate.id
    ] or done  # what it only rests on is another gate's time
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
