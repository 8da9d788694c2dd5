"""The live view on a pseudo-terminal: what a person sees at the end, whatever happened on the way."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lockstep.model.event import Ended, Event, Finished, Judged, Planned, Preparing, Started
from lockstep.model.record import RunRecord
from lockstep.model.verdict import Verdict
from lockstep.report.terminal import live, size
from tests.report import records
from tests.report.screens import Pty, Screen

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


@pytest.fixture
def terminal() -> Iterator[Pty]:
    made = Pty()
    yield made
    if not made.stream.closed:
        made.close()


def events(record: RunRecord) -> Iterator[Event]:
    actions = {gate.id: [each for each in record.actions if each.gate == gate.id] for gate in record.gates}
    yield Planned(tuple((gate, tuple(each.id for each in own)) for gate, own in actions.items()))
    yield Preparing("ruff 0.14.1", 0.5, "from PyPI")
    yield Preparing("ruff 0.14.1", 1.0, "ready")
    for gate in record.gates:
        for action in actions[gate.id]:
            if not action.cached:
                yield Started(action.id, action.gate, action.component)
            yield Ended(action)
        yield Judged(gate)
    yield Finished(record, "/run")


def test_at_the_end_every_gate_has_one_line_and_nothing_of_the_region_is_left(terminal: Pty) -> None:
    with live(terminal.stream, colour=False) as tell:
        for event in events(records.rich()):
            tell(event)
    screen = Screen().feed(terminal.close())
    assert [line.split()[1] for line in screen.lines[:9]] == [gate.id for gate in records.rich().gates]
    assert screen.lines[0] == "✘ lint                failed           3.1 s  cached 1/3  2 findings"
    assert sum(line.startswith("✔ types") for line in screen.lines) == 1
    assert not any("preparing" in line or "11/11" in line for line in screen.lines)
    assert "  alone: nox -s lint" in screen.lines
    assert screen.lines[-2] == "report: /run/report.html"
    assert screen.cursor_visible


def test_while_it_works_the_region_shows_what_runs(terminal: Pty) -> None:
    with live(terminal.stream, colour=False) as tell:
        for event in events(records.rich()):
            tell(event)
            if isinstance(event, Started):
                break
    text = terminal.close()
    assert HIDE in text
    assert "preparing ruff 0.14.1  ━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌  50%  from PyPI" in text


def test_the_region_turns_by_itself_while_nothing_is_told(terminal: Pty) -> None:
    with live(terminal.stream, colour=False) as tell:
        tell(Planned((("lint", ("lint:ruff:a",)),)))
        tell(Started("lint:ruff:a", "lint", "a"))
        assert terminal.waited_for("lint  0/1", times=3)


def test_a_run_that_is_all_in_the_cache_only_prints_lines(terminal: Pty) -> None:
    with live(terminal.stream, colour=False) as tell:
        for event in events(records.rich()):
            if not isinstance(event, Started | Preparing):
                tell(event)
    text = terminal.close()
    assert "\x1b" not in text
    assert text.splitlines()[-1] == "report: /run/report.html"


def test_a_gate_that_has_its_line_is_not_at_work_any_more(terminal: Pty) -> None:
    with live(terminal.stream, colour=False) as tell:
        tell(Planned((("lint", ("lint:ruff:a",)), ("types", ("types:mypy:a",)))))
        tell(Started("lint:ruff:a", "lint", "a"))
        tell(Started("types:mypy:a", "types", "a"))
        tell(Judged(records.gate("lint", "static", Verdict.PASSED)))
    _, _, after = terminal.close().partition("✔ lint")
    assert "types  0/1" in after
    assert "lint   0/1" not in after


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_however_it_ends_the_cursor_is_back_and_the_region_gone(terminal: Pty, error: type[BaseException]) -> None:
    def broken() -> None:
        with live(terminal.stream, colour=False) as tell:
            tell(Planned((("lint", ("lint:ruff:a",)),)))
            tell(Started("lint:ruff:a", "lint", "a"))
            raise error

    with pytest.raises(error):
        broken()
    screen = Screen().feed(terminal.close())
    assert screen.cursor_visible
    assert not any(screen.lines)


@pytest.mark.parametrize(("columns", "rows"), [(20, 5), (40, 8), (200, 50), (2, 1)])
def test_any_size_will_do(columns: int, rows: int) -> None:
    terminal = Pty(columns, rows)
    with live(terminal.stream, colour=False) as tell:
        for event in events(records.rich()):
            tell(event)
    screen = Screen(columns).feed(terminal.close())
    assert screen.cursor_visible
    assert any(line.startswith("✔ types"[: columns - 1]) for line in screen.lines)
    assert not any("preparing" in line for line in screen.lines)


def test_a_terminal_made_narrower_on_the_way_is_erased_to_the_last_wrapped_row() -> None:
    terminal = Pty(100, 24)
    long = f"lint:ruff:{'x' * 70}"
    with live(terminal.stream, colour=False) as tell:
        tell(Planned((("lint", (long,)), ("types", ()))))
        tell(Started(long, "lint", ""))
        terminal.resize(50, 24)
        tell(Judged(records.gate("types", "static", Verdict.PASSED)))
    text = terminal.close()
    # One row more than the region has lines: the terminal has wrapped the long one.
    assert "\x1b[2K\x1b[1A\r\x1b[2K" in text


def test_more_than_a_hundred_actions_in_a_low_terminal() -> None:
    terminal = Pty(60, 6)
    gates = tuple((f"gate-{n}", tuple(f"gate-{n}:x:c{m}" for m in range(12))) for n in range(12))
    with live(terminal.stream, colour=False) as tell:
        tell(Planned(gates))
        for gate, actions in gates:
            for action in actions:
                tell(Started(action, gate, "c"))
            tell(Judged(records.gate(gate, "static", Verdict.PASSED)))
        tell(Finished(records.run(), "/run"))
    screen = Screen(60).feed(terminal.close())
    assert [line.split()[1] for line in screen.lines[:12]] == [gate for gate, _ in gates]


def test_hostile_text_never_acts_on_the_terminal(terminal: Pty) -> None:
    with live(terminal.stream) as tell:
        tell(Preparing(records.HOSTILE, 0.5, records.HOSTILE))
        for event in events(records.hostile()):
            tell(event)
    Screen().feed(terminal.close())


def test_a_terminal_that_went_away_does_not_end_the_run(terminal: Pty) -> None:
    with live(terminal.stream) as tell:
        terminal.stream.close()
        for event in events(records.rich()):
            tell(event)


def test_what_is_no_terminal_counts_as_80_by_24() -> None:
    with open(os.devnull, "w", encoding="utf-8") as stream:  # noqa: PTH123 - no Path needed
        assert size(stream) == (80, 24)


CODE = """
import os, signal, sys, time
from lockstep.model.event import Planned, Started
from lockstep.report import plain
with plain.choose(sys.stdout, os.environ) as tell:
    tell(Planned((("lint", ("lint:ruff:a",)),)))
    tell(Started("lint:ruff:a", "lint", "a"))
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(30)
"""


def test_a_program_ended_by_control_c_leaves_the_cursor_visible() -> None:
    terminal = Pty()
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        stdout=terminal.stream,
        stderr=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm", "GITHUB_ACTIONS": ""},
        check=False,
    )
    text = terminal.close()
    assert b"KeyboardInterrupt" in done.stderr
    assert text.index(HIDE) < text.rindex(SHOW)
    assert Screen().feed(text).cursor_visible
