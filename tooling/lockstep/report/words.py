"""The words that the terminal, the logs and the summary share: symbols, durations, counts, the outcome in a sentence."""

from collections.abc import Iterable

from lockstep.model.finding import Finding, Severity
from lockstep.model.record import ActionRecord, GateRecord, RunRecord
from lockstep.model.verdict import Verdict
from lockstep.report.text import one_line

SYMBOLS = {
    Verdict.PASSED: "✔",
    Verdict.FAILED: "✘",
    Verdict.ERRORED: "‼",
    Verdict.UNAVAILABLE: "?",
    Verdict.NOT_APPLICABLE: "·",
}
POLICY = "policy"
_MINUTE = 60
_TENTH = 0.0995
_SEVERITIES = tuple(Severity)


def duration(seconds: float) -> str:
    """Return a duration for people: `0.04 s`, `3.2 s`, `2 min 05 s`."""
    if seconds < _TENTH:
        return f"{seconds:.2f} s"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"


def plural(count: int, noun: str) -> str:
    """Return `1 finding`, `2 findings`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def counts(actions: Iterable[ActionRecord], gate: GateRecord) -> tuple[int, int]:
    """Return how many of the gate's actions came from the cache, and how many it has."""
    own = [action.cached for action in actions if action.gate == gate.id]
    return sum(own), len(own)


def needs_attention(gate: GateRecord) -> bool:
    """Whether a reader must do something about the gate: it failed, errored or could not run."""
    return gate.verdict in {Verdict.FAILED, Verdict.ERRORED, Verdict.UNAVAILABLE}


def explained(record: RunRecord, gate: GateRecord) -> bool:
    """Whether the reader needs more than the gate's line; what only an interruption kept from running explains itself."""
    cut_short = record.outcome == "interrupted" and gate.verdict is not Verdict.FAILED
    return needs_attention(gate) and not cut_short


def reason(gate: GateRecord) -> str:
    """Return the gate's reason; "" where it does no more than count the findings that are shown."""
    return "" if gate.verdict is Verdict.FAILED and gate.findings else gate.reason


def mend(gate: GateRecord) -> str:
    """Return the gate's remedy where it has something to mend; why another one did not run says what would help there."""
    return gate.remedy if gate.verdict is Verdict.FAILED or gate.findings else ""


def worst_first(findings: tuple[Finding, ...]) -> list[Finding]:
    """Return the findings by severity, the gravest first, else in their own order."""
    return sorted(findings, key=lambda finding: _SEVERITIES.index(finding.severity))


def policy_gate(record: RunRecord) -> tuple[GateRecord, ...]:
    """Return the findings about policy files (an unused waiver, an expired mark) as one more gate, if there are any."""
    if not record.policy:
        return ()
    gate = GateRecord(
        id=POLICY,
        title="Waivers, quarantine marks and settings hold",
        stage="static",
        verdict=Verdict.FAILED,
        remedy="mend the waiver, mark or setting that the finding names",
        alone="",
        findings=record.policy,
    )
    return (gate,)


def headline(record: RunRecord) -> str:
    """Return the outcome in one line: the word, how many gates ended how, the time, and what the cache spared."""
    ends = [gate.verdict for gate in record.gates]
    tally = [f"{ends.count(verdict)} {verdict}" for verdict in Verdict if verdict in ends]
    ran = len(record.actions)
    cached = sum(action.cached for action in record.actions)
    parts = [", ".join(tally) or "no gates", duration(record.seconds)]
    if ran:
        parts.append(f"{plural(ran, 'action')}, {cached} cached")
    return f"{record.outcome} · " + " · ".join(parts)


def shell(command: str) -> str:
    """Return a command on one line, fit to be copied."""
    return one_line(command)
