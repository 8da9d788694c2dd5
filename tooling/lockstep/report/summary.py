"""summary.md: GitHub Flavored Markdown for a job's step summary, short enough for its limit of 1 MiB."""

import re
from collections.abc import Sequence

from lockstep.model.finding import Finding
from lockstep.model.record import GateRecord, RunRecord, Threshold
from lockstep.model.verdict import Verdict
from lockstep.report.text import one_line, visible
from lockstep.report.words import (
    SYMBOLS,
    counts,
    duration,
    explained,
    headline,
    mend,
    policy_gate,
    reason,
    shell,
    worst_first,
)

_SPECIAL = re.compile(r"([\\`*_\[\]#|~<>&]|^[-+=])")
_PER_GATE = 50
_MESSAGE = 400
_MOST_LINES = 12
_LIMIT = 1_000_000


def render(record: RunRecord) -> bytes:
    """Return the summary: the outcome, a table of gates, then what fails with its place, remedy and command."""
    gates = (*record.gates, *policy_gate(record))
    parts = [
        f"## {SYMBOLS_OF_OUTCOME.get(record.outcome, '')} Lockstep: {_text(headline(record))}\n",
        *_table(record, gates),
    ]
    for gate in gates:
        if explained(record, gate):
            parts += _section(gate)
    parts += [f"- {_text(note)}" for note in record.notes]
    return _fitted("\n".join(parts) + "\n")


SYMBOLS_OF_OUTCOME = {
    "passed": SYMBOLS[Verdict.PASSED],
    "failed": SYMBOLS[Verdict.FAILED],
    "incomplete": SYMBOLS[Verdict.UNAVAILABLE],
    "interrupted": SYMBOLS[Verdict.ERRORED],
}


def _text(text: str, limit: int = _MESSAGE) -> str:
    """Escape all that Markdown or HTML would act on; a backslash before punctuation is literal (CommonMark 0.31 section 2.4)."""
    return _SPECIAL.sub(r"\\\1", one_line(text, limit))


def _lines(text: str) -> str:
    """Return text whose lines stay lines (hard breaks, CommonMark 0.31 section 6.7)."""
    return "  \n".join(_text(line) for line in visible(text).splitlines()[:_MOST_LINES] if line.strip())


def _code(text: str, limit: int = _MESSAGE) -> str:
    """Return a code span whose fence is longer than any run of back quotes inside."""
    content = one_line(text, limit)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", content)), default=0))
    pad = " " if content.startswith("`") or content.endswith("`") or not content else ""
    return f"{fence}{pad}{content}{pad}{fence}"


def _prose(text: str) -> str:
    """Return text whose `code` stays code."""
    parts = one_line(text, _MESSAGE).split("`")
    return "".join(_code(part) if index % 2 else _SPECIAL.sub(r"\\\1", part) for index, part in enumerate(parts))


def _table(record: RunRecord, gates: Sequence[GateRecord]) -> list[str]:
    rows = ["| Gate | Verdict | Time | Cached | Findings |", "| --- | --- | ---: | ---: | ---: |"]
    for gate in gates:
        cached, total = counts(record.actions, gate)
        share = f"{cached}/{total}" if total else ""
        verdict = f"{SYMBOLS[gate.verdict]} {gate.verdict}"
        rows.append(f"| {_code(gate.id)} | {verdict} | {duration(gate.seconds)} | {share} | {_findings(gate)} |")
    return [*rows, ""]


def _findings(gate: GateRecord) -> str:
    extra = [
        f"{len(found)} {word}" for word, found in (("waived", gate.waived), ("quarantined", gate.quarantined)) if found
    ]
    return ", ".join([str(len(gate.findings)), *extra]) if gate.findings or extra else ""


def _section(gate: GateRecord) -> list[str]:
    lines = [f"### {SYMBOLS[gate.verdict]} {_text(gate.id)}: {_text(gate.title)}", ""]
    if reason(gate):
        lines += [_lines(reason(gate)), ""]
    lines += [_item(finding) for finding in worst_first(gate.findings)[:_PER_GATE]]
    if len(gate.findings) > _PER_GATE:
        lines.append(f"- … and {len(gate.findings) - _PER_GATE} more in report.html")
    lines += [_missed(threshold) for threshold in gate.thresholds if not threshold.met]
    if lines[-1]:
        lines.append("")
    lines += [f"**Mend:** {_prose(mend(gate))}  "] if mend(gate) else []
    if gate.alone:
        lines.append(f"**Run it alone:** {_code(shell(gate.alone))}")
    return [*lines, ""]


def _item(finding: Finding) -> str:
    place = f"{_code(str(finding.location))} " if finding.location.path else ""
    return f"- {place}{_prose(finding.message)} ({_code(f'{finding.tool} {finding.rule}'.strip())})"


def _missed(threshold: Threshold) -> str:
    name = "the repository" if threshold.component == "*" else threshold.component
    return (
        f"- {_text(name)}: lines {threshold.lines:.1f} % of {threshold.lines_required:g} % due, "
        f"branches {threshold.branches:.1f} % of {threshold.branches_required:g} % due"
    )


def _fitted(text: str) -> bytes:
    data = text.encode()
    if len(data) <= _LIMIT:
        return data
    cut = data[:_LIMIT].decode("utf-8", "ignore").rpartition("\n")[0]
    return f"{cut}\n\n… cut here; the whole is in report.html\n".encode()
