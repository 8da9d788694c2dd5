"""The final screen as text: a line for each gate, what fails in full, the outcome, where the report is."""

import textwrap
from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path

import msgspec

from lockstep.model.finding import Finding, Level, Severity
from lockstep.model.record import GateRecord, RunRecord
from lockstep.model.verdict import Verdict
from lockstep.report.text import one_line, visible
from lockstep.report.words import (
    SYMBOLS,
    counts,
    duration,
    explained,
    headline,
    mend,
    needs_attention,
    plural,
    policy_gate,
    reason,
    shell,
    worst_first,
)

Style = Callable[[str, str], str]
"""(style name, text) -> text, with colour or without. Names: the verdicts, and strong, dim, place, command."""

_PER_GATE = 50
_MESSAGE = 2000
_NARROWEST = 20
_MISSING = 12
_VERDICT_OF_OUTCOME = {"passed": Verdict.PASSED, "failed": Verdict.FAILED, "interrupted": Verdict.ERRORED}


class Layout(msgspec.Struct, frozen=True):
    """How to draw: columns there are, and what colours text."""

    width: int
    style: Style


def plain_style(_: str, text: str) -> str:
    """Colour nothing."""
    return text


_COLOURS = {
    Verdict.PASSED: "32",
    Verdict.FAILED: "31;1",
    Verdict.ERRORED: "35;1",
    Verdict.UNAVAILABLE: "33",
    Verdict.NOT_APPLICABLE: "2",
    "strong": "1",
    "dim": "2",
    "place": "36",
    "command": "1",
}


def ansi_style(name: str, text: str) -> str:
    """Colour by ECMA-48 SGR sequences, which every terminal of today knows."""
    return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m"


def shown_report(folder: str) -> str:
    """Return the report's path as a reader would open it: relative to the current folder where that is shorter."""
    report = Path(folder) / "report.html"
    try:
        return str(report.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(report)


def screen(record: RunRecord, report: str, layout: Layout, told: Container[str] = ()) -> Iterator[str]:
    """Yield the lines. `report` is where the report is, as the reader would open it; gates `told` have their line already."""
    gates = (*record.gates, *policy_gate(record))
    cached = {gate.id: counts(record.actions, gate) for gate in gates}
    widths = tuple(max((len(text) for text in column), default=0) for column in _columns(gates, cached))
    untold = [gate for gate in gates if gate.id not in told]
    if untold:
        yield ""
    for gate in untold:
        yield gate_line(gate, cached[gate.id], widths, layout)
    for gate in gates:
        if explained(record, gate):
            yield from failure(record, gate, report, layout)
    yield ""
    for note in record.notes:
        yield from _wrapped(f"note: {note}", "", layout)
    verdict = _VERDICT_OF_OUTCOME.get(record.outcome, Verdict.UNAVAILABLE)
    yield layout.style(verdict, f"{SYMBOLS[verdict]} {one_line(headline(record))}")
    yield layout.style("dim", f"report: {visible(report)}")


def _columns(gates: tuple[GateRecord, ...], cached: Mapping[str, tuple[int, int]]) -> tuple[list[str], ...]:
    return (
        [one_line(gate.id) for gate in gates],
        [str(gate.verdict) for gate in gates],
        [duration(gate.seconds) for gate in gates],
        [_cached(cached[gate.id]) for gate in gates],
    )


def _cached(found: tuple[int, int]) -> str:
    cached, total = found
    return f"cached {cached}/{total}" if total else ""


def gate_line(gate: GateRecord, cached: tuple[int, int], widths: tuple[int, ...], layout: Layout) -> str:
    """Return the gate's line: symbol, name, verdict in words, time, how much was cached (of how many), findings.

    `widths` are those of the columns name, verdict, time and cached.
    """
    name, verdict, time, share = widths
    head = f"{SYMBOLS[gate.verdict]} {one_line(gate.id):<{name}}  {gate.verdict:<{verdict}}"
    tail = f"  {duration(gate.seconds):>{time}}  {_cached(cached):<{share}}  {_tally(gate)}"
    text = cut(f"{head}{tail}".rstrip(), layout.width)
    return layout.style(gate.verdict, text[: len(head)]) + text[len(head) :]


def _tally(gate: GateRecord) -> str:
    parts = [plural(len(gate.findings), "finding")] if gate.findings else []
    parts += [f"{len(gate.waived)} waived"] if gate.waived else []
    parts += [f"{len(gate.quarantined)} quarantined"] if gate.quarantined else []
    parts += [] if gate.blocking or not needs_attention(gate) else ["does not block"]
    return ", ".join(parts)


def failure(record: RunRecord, gate: GateRecord, report: str, layout: Layout) -> Iterator[str]:
    """Yield all that a reader needs to mend the gate: reason, findings, logs, remedy, the command that runs it alone."""
    yield ""
    yield layout.style(gate.verdict, cut(f"{SYMBOLS[gate.verdict]} {one_line(gate.id)} {gate.verdict}", layout.width))
    if reason(gate):
        yield from _wrapped(reason(gate), "  ", layout)
    yield from _broken(record, gate, report, layout)
    for finding in worst_first(gate.findings)[:_PER_GATE]:
        yield from _finding(finding, layout)
    if len(gate.findings) > _PER_GATE:
        yield f"  … {len(gate.findings) - _PER_GATE} more in {visible(report)}"
    for threshold in gate.thresholds:
        if not threshold.met:
            yield _fit(
                f"  {one_line(threshold.component)}: lines {threshold.lines:.1f} % (due {threshold.lines_required:g} %), "
                f"branches {threshold.branches:.1f} % (due {threshold.branches_required:g} %)",
                layout,
                "strong",
            )
    if mend(gate):
        yield from _wrapped(f"mend: {mend(gate)}", "  ", layout)
    if gate.alone:
        yield f"  alone: {layout.style('command', shell(gate.alone))}"


def _broken(record: RunRecord, gate: GateRecord, report: str, layout: Layout) -> Iterator[str]:
    """Yield each action that did not run to its end; why is told once, however many have that reason."""
    told = [reason(gate)]
    ends = {Verdict.ERRORED, Verdict.UNAVAILABLE}
    broken = [action for action in record.actions if action.gate == gate.id and action.verdict in ends]
    for action in broken:
        why = action.reason or action.verdict
        known = any(why in each for each in told)
        if len(broken) > 1 or not known or action.log:
            yield from _wrapped(f"{action.id}: {action.verdict if known else why}", "  ", layout)
        told.append(why)
        if action.log:
            yield f"    log: {visible(str(Path(report).parent / action.log))}"


def _finding(finding: Finding, layout: Layout) -> Iterator[str]:
    place = one_line(str(finding.location)) if finding.location.path else one_line(finding.component)
    rule = one_line(f"{finding.tool}[{finding.rule}]" if finding.rule else finding.tool)
    grade = _grade(finding)
    yield f"  {layout.style('place', place)}{grade} {layout.style('dim', rule)}"
    yield from _wrapped(finding.message, "      ", layout)


def _grade(finding: Finding) -> str:
    if finding.severity is not Severity.NONE:
        return f" {finding.severity}"
    return "" if finding.level is Level.ERROR else f" {finding.level}"


def _wrapped(text: str, indent: str, layout: Layout) -> Iterator[str]:
    shown = visible(text)
    shown = shown if len(shown) <= _MESSAGE else shown[: _MESSAGE - 1] + "…"
    width = max(_NARROWEST, layout.width)
    for line in shown.expandtabs(4).splitlines()[:_MISSING]:
        yield from textwrap.wrap(
            line, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False, drop_whitespace=True
        )


def _fit(text: str, layout: Layout, style: str) -> str:
    return layout.style(style, cut(text, layout.width))


def cut(text: str, width: int) -> str:
    """Return `text` in at most `width` characters, with an ellipsis where something is missing."""
    return text if len(text) <= width else text[: max(1, width) - 1] + "…"
