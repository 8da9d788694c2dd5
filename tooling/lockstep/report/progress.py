"""What a run is doing, as lines of text: the state behind the live view. It knows no terminal."""

from collections.abc import Iterable

from lockstep.model.event import Ended, Event, Judged, Planned, Preparing, Started
from lockstep.model.record import ActionRecord
from lockstep.model.verdict import Verdict
from lockstep.report.final import Layout, cut
from lockstep.report.text import one_line
from lockstep.report.words import duration, plural

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_FRAMES_PER_SECOND = 10
_BAR = 20
_SUPPLIES = 4
_WAITING = "·"


class Progress:
    """The gates that have no verdict yet, their actions, and the tools that are being made ready. Times are in seconds."""

    def __init__(self, now: float) -> None:
        self._began = now
        self._gates: dict[str, tuple[str, ...]] = {}
        self._ended: dict[str, ActionRecord] = {}
        self._running: dict[str, float] = {}
        self._supplies: dict[str, tuple[Preparing, float]] = {}

    def hear(self, event: Event, now: float) -> None:
        """Take note of an event."""
        if isinstance(event, Planned):
            self._gates = {gate: actions for gate, actions in event.gates if actions}
        elif isinstance(event, Started):
            self._running[event.action] = now
        elif isinstance(event, Ended):
            self._end(event.record)
        elif isinstance(event, Judged):
            self._gates.pop(event.record.id, None)
        elif isinstance(event, Preparing):
            self._prepare(event, now)

    def _end(self, action: ActionRecord) -> None:
        self._running.pop(action.id, None)
        self._ended[action.id] = action
        if action.verdict is Verdict.UNAVAILABLE:  # nobody says that a tool or an environment is given up
            self._supplies = {what: each for what, each in self._supplies.items() if not _needed_by(action, what)}

    def _prepare(self, event: Preparing, now: float) -> None:
        _, since = self._supplies.pop(event.what, (event, now))
        if event.fraction < 1:
            self._supplies[event.what] = (event, since)

    def lines(self, now: float, height: int, layout: Layout) -> list[str]:
        """Return at most `height` lines: the gates at work, those that wait, tools being made ready, and the sum."""
        supplies = [self._supply(event, since, now) for event, since in self._supplies.values()]
        foot = [*(cut(line, layout.width) for line in supplies[-_SUPPLIES:]), cut(self._sum(now), layout.width)]
        name = max((len(one_line(gate)) for gate in self._gates), default=0)
        gates = [self._gate(gate, name, now, layout) for gate in self._by_urgency()]
        above = _cropped(gates, height - len(foot), layout.width)
        return [*above, *(layout.style("dim", line) for line in foot)][-max(1, height) :]

    def _by_urgency(self) -> Iterable[str]:
        """Return the gates in order, those with something that runs first: what is cropped is what waits."""
        return sorted(self._gates, key=lambda gate: not any(action in self._running for action in self._gates[gate]))

    def _gate(self, gate: str, width: int, now: float, layout: Layout) -> str:
        actions = self._gates[gate]
        ended = [self._ended[action] for action in actions if action in self._ended]
        running = [action for action in actions if action in self._running]
        bad = sum(action.findings for action in ended)
        parts = [f"{len(ended)}/{len(actions)}"]
        parts += [f"{cached} cached"] if (cached := sum(action.cached for action in ended)) else []
        parts += [plural(bad, "finding")] if bad else []
        parts += [self._longest(running, now)] if running else []
        head = f"{_frame(now) if running else _WAITING} {one_line(gate):<{width}}"
        text = cut(f"{head}  {'  '.join(parts)}", layout.width)
        return layout.style("strong", text[: len(head)]) + text[len(head) :] if running else layout.style("dim", text)

    def _longest(self, running: list[str], now: float) -> str:
        first = min(running, key=self._running.__getitem__)
        more = f" and {len(running) - 1} more" if len(running) > 1 else ""
        _, _, name = one_line(first).partition(":")
        return f"{name or one_line(first)} {duration(now - self._running[first])}{more}"

    def _supply(self, event: Preparing, since: float, now: float) -> str:
        what, detail = one_line(event.what), one_line(event.detail)
        if event.fraction < 0:
            return f"{_frame(now)} preparing {what}  {duration(now - since)}  {detail}".rstrip()
        done = round(_BAR * event.fraction)
        bar = "━" * done + "╌" * (_BAR - done)
        return f"{_frame(now)} preparing {what}  {bar} {event.fraction:4.0%}  {detail}".rstrip()

    def _sum(self, now: float) -> str:
        cached = sum(action.cached for action in self._ended.values())
        known = {*self._ended, *(action for actions in self._gates.values() for action in actions)}
        if not known:  # only tools are made ready
            return f"  {duration(now - self._began)}"
        return f"  {len(self._ended)}/{plural(len(known), 'action')}, {cached} cached, {duration(now - self._began)}"


def _needed_by(action: ActionRecord, what: str) -> bool:
    """Whether `what` (`ruff 0.14.1`, `Python 3.12 for services/a`) is the action's tool or environment."""
    return what.startswith(f"{action.tool} ") or what.endswith(f" for {action.component}")


def _frame(now: float) -> str:
    return _FRAMES[int(now * _FRAMES_PER_SECOND) % len(_FRAMES)]


def _cropped(lines: list[str], room: int, width: int) -> list[str]:
    if len(lines) <= room:
        return lines
    kept = lines[: max(0, room - 1)]
    return [*kept, cut(f"  … {plural(len(lines) - len(kept), 'more gate')}", width)]
