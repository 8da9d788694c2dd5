"""Logs and pipes: grouped lines, no cursor movement. In GitHub Actions also groups and annotations (workflow commands)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import TextIO

from lockstep.host.files import append, write_atomic
from lockstep.model.event import Ended, Event, Finished, Judged, Observer, Preparing
from lockstep.model.finding import Finding, Level
from lockstep.model.record import ActionRecord, GateRecord, RunRecord
from lockstep.model.verdict import Verdict
from lockstep.report import fan_out, run_json, summary
from lockstep.report.final import Layout, Style, plain_style, screen, shown_report
from lockstep.report.heartbeat import Heartbeat
from lockstep.report.out import Out
from lockstep.report.text import one_line, visible
from lockstep.report.words import SYMBOLS, duration, explained, plural, policy_gate, worst_first

_LOG_WIDTH = 120
_ANNOTATIONS = 10  # of each kind that GitHub shows for a step; it drops the others without a word
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def choose(stream: TextIO, environ: Mapping[str, str]) -> AbstractContextManager[Observer]:
    """Return what yields the observer that suits `stream`: live in a terminal, plain lines elsewhere.

    `NO_COLOR` (no-color.org) takes the colours and `TERM=dumb` the live view; GITHUB_ACTIONS=true adds groups and annotations.
    """
    if environ.get("GITHUB_ACTIONS") == "true":
        return _logged(Out(stream), github=True)
    if not stream.isatty() or environ.get("TERM") == "dumb":
        return _logged(Out(stream), github=False)
    from lockstep.report.terminal import live  # noqa: PLC0415 - only where there is a terminal

    return live(stream, colour=not environ.get("NO_COLOR"))


@contextmanager
def _logged(out: Out, *, github: bool) -> Iterator[Observer]:
    with Heartbeat(out.line) as heartbeat:
        yield fan_out(Plain(out, github=github), heartbeat)


def json_lines(stream: TextIO) -> Observer:
    """Return an observer that writes the record as JSON to `stream` when the run is over (`--json -`)."""
    out = Out(stream)

    def tell(event: Event, /) -> None:
        if isinstance(event, Finished):
            out.write(run_json.render(event.record).decode())

    return tell


def json_file(path: Path) -> Observer:
    """Return an observer that writes the record as JSON to `path` when the run is over (`--json FILE`)."""

    def tell(event: Event, /) -> None:
        if isinstance(event, Finished):
            write_atomic(path, run_json.render(event.record))

    return tell


def step_summary(path: Path) -> Observer:
    """Return an observer that appends the summary to `path` when the run is over (GITHUB_STEP_SUMMARY)."""

    def tell(event: Event, /) -> None:
        if isinstance(event, Finished):
            append(path, summary.render(event.record))

    return tell


class Plain:
    """Prints what ran under its gate as soon as the gate is judged, and the final screen."""

    def __init__(self, out: Out, *, github: bool = False, style: Style = plain_style) -> None:
        self._out = out
        self._github = github
        self._style = style
        self._ended: dict[str, list[ActionRecord]] = {}
        self._prepared: set[str] = set()

    def __call__(self, event: Event, /) -> None:
        """Print what the event says."""
        if isinstance(event, Preparing):
            self._preparing(event)
        elif isinstance(event, Ended):
            self._ended.setdefault(event.record.gate, []).append(event.record)
        elif isinstance(event, Judged):
            self._judged(event.record)
        elif isinstance(event, Finished):
            self._finished(event.record, event.folder)

    def _preparing(self, event: Preparing) -> None:
        if event.what not in self._prepared and event.fraction < 1:
            self._prepared.add(event.what)
            self._line(f"preparing {one_line(f'{event.what} {event.detail}')}")

    def _judged(self, gate: GateRecord) -> None:
        ran = [
            action for action in self._ended.pop(gate.id, []) if not action.cached or action.verdict is Verdict.ERRORED
        ]
        head = f"{SYMBOLS[gate.verdict]} {one_line(gate.id)}: {gate.verdict}"
        if self._github:
            findings = f", {plural(len(gate.findings), 'finding')}" if gate.findings else ""
            self._out.line(f"::group::{head} ({duration(gate.seconds)}{findings})")
        elif ran:
            self._line(head)
        for action in ran:
            self._line(f"  {action_line(action)}")
        if self._github:
            self._out.line("::endgroup::")

    def _finished(self, record: RunRecord, folder: str) -> None:
        for line in screen(record, shown_report(folder), Layout(_LOG_WIDTH, self._style)):
            self._line(line)
        for line in annotations(record) if self._github else ():
            self._out.line(line)

    def _line(self, text: str) -> None:
        self._out.line(_defused(text) if self._github else text)


def action_line(action: ActionRecord) -> str:
    """Return one line about an action that ran; all of a longer reason stands below its gate in the end."""
    findings = f", {plural(action.findings, 'finding')}" if action.findings else ""
    first = one_line(action.reason.strip().partition("\n")[0])
    why = f": {first}" if action.verdict in {Verdict.ERRORED, Verdict.UNAVAILABLE} and first else ""
    return f"{SYMBOLS[action.verdict]} {one_line(action.id)} {duration(action.seconds)}{findings}{why}"


def annotations(record: RunRecord) -> Iterator[str]:
    """Yield as many workflow commands as GitHub shows: the gravest findings, in turn from every gate that needs attention."""
    gates = [gate for gate in (*record.gates, *policy_gate(record)) if explained(record, gate) and gate.blocking]
    told = [list(_annotated(gate)) for gate in gates]
    left = Counter(dict.fromkeys(_COMMANDS.values(), _ANNOTATIONS))
    for kind, line in (each for turn in zip_longest(*told) for each in turn if each is not None):
        left[kind] -= 1
        if left[kind] >= 0:
            yield line
    more = -sum(count for count in left.values() if count < 0)
    if more:
        yield f"… {plural(more, 'more finding')} in the summary and in report.html"


def _annotated(gate: GateRecord) -> Iterator[tuple[str, str]]:
    for finding in worst_first(gate.findings):
        yield _COMMANDS[finding.level], annotation(finding, gate)
    if not gate.findings:
        yield "error", command("error", {"title": gate.id}, gate.reason or f"{gate.id} {gate.verdict}")


def annotation(finding: Finding, gate: GateRecord) -> str:
    """Return the finding as a workflow command, which GitHub shows beside the line."""
    place = finding.location
    fields: dict[str, object] = {"file": visible(place.path)} if place.path else {}
    if place.path and place.line:
        fields |= {"line": place.line}
        fields |= {"endLine": place.end_line} if place.end_line else {}
        fields |= {"col": place.column} if place.column else {}
    fields["title"] = f"{gate.id}: {finding.tool} {finding.rule}"
    mend = f"\nmend: {gate.remedy}\nalone: {gate.alone}"
    return command(_COMMANDS[finding.level], fields, finding.message + mend)


def command(name: str, fields: Mapping[str, object], message: str) -> str:
    """Return a workflow command; what would end a field or the command is percent-encoded, as the runner decodes it."""
    texts = ",".join(f"{key}={_escaped(str(value), property_=True)}" for key, value in fields.items())
    return f"::{name} {texts}::{_escaped(message)}"


def _escaped(text: str, *, property_: bool = False) -> str:
    escaped = visible(text).replace("%", "%25").replace("\n", "%0A")
    return escaped.replace(":", "%3A").replace(",", "%2C") if property_ else escaped


def _defused(line: str) -> str:
    """Keep text of a tool from being read as a workflow command: `::` at the start of a line, the older `##[` anywhere."""
    line = line.replace("##[", "##\u200b[")
    return line.replace("::", ":\u200b:", 1) if line.lstrip().startswith("::") else line
