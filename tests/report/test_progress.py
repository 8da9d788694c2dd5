"""What the live view shows, as lines."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.event import Ended, Event, Judged, Planned, Preparing, Started
from lockstep.model.verdict import Verdict
from lockstep.report.final import Layout, ansi_style, plain_style
from lockstep.report.progress import Progress
from tests.report import records

PLANNED = Planned((("lint", ("lint:ruff:a", "lint:ruff:b", "lint:shfmt:a")), ("types", ("types:mypy:a",))))


def ended(action: str, **more: object) -> Ended:
    made = records.action(action.split(":", maxsplit=1)[0], "x", "y", 0, 1)
    return Ended(msgspec.structs.replace(made, id=action, **more))


def lines(*events: Event, now: float = 10.0, width: int = 100, height: int = 24) -> list[str]:
    progress = Progress(0.0)
    for event in (PLANNED, *events):
        progress.hear(event, 5.0)
    return progress.lines(now, height, Layout(width, plain_style))


def test_before_anything_runs_every_gate_waits() -> None:
    assert lines() == ["· lint   0/3", "· types  0/1", "  0/4 actions, 0 cached, 10.0 s"]


def test_where_only_tools_are_made_ready_no_actions_are_counted() -> None:
    progress = Progress(0.0)
    progress.hear(Preparing("ruff 1.0", 0.5, "from PyPI"), 1.0)
    shown = progress.lines(2.0, 24, Layout(100, plain_style))
    assert [line.strip() for line in shown] == [f"⠋ preparing ruff 1.0  {'━' * 10}{'╌' * 10}  50%  from PyPI", "2.0 s"]


def test_a_gate_at_work_counts_what_ended_and_names_what_runs_longest() -> None:
    progress = Progress(0.0)
    heard: list[tuple[Event, float]] = [
        (PLANNED, 0.0),
        (ended("lint:ruff:a", cached=True, findings=2), 1.0),
        (Started("lint:shfmt:a", "lint", "a"), 2.0),
        (Started("lint:ruff:b", "lint", "b"), 3.0),
    ]
    for event, now in heard:
        progress.hear(event, now)
    assert progress.lines(7.5, 24, Layout(100, plain_style)) == [
        "⠴ lint   1/3  1 cached  2 findings  shfmt:a 5.5 s and 1 more",
        "· types  0/1",
        "  1/4 actions, 1 cached, 7.5 s",
    ]


def test_an_action_that_ended_runs_no_more() -> None:
    assert lines(Started("types:mypy:a", "types", "a"), ended("types:mypy:a"))[1] == "· types  1/1"


def test_a_gate_with_a_verdict_leaves_the_region_and_its_actions_stay_in_the_sum() -> None:
    shown = lines(ended("types:mypy:a"), Judged(records.gate("types", "static", Verdict.PASSED)))
    assert shown == ["· lint  0/3", "  1/4 actions, 0 cached, 10.0 s"]


def test_tools_being_made_ready_have_a_bar_or_a_time_until_they_are() -> None:
    shown = lines(Preparing("gitleaks 8", 0.25, "from the release"), Preparing("semgrep 1", -1.0, "from PyPI"))
    assert shown[2:4] == [
        "⠋ preparing gitleaks 8  ━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  25%  from the release",
        "⠋ preparing semgrep 1  5.0 s  from PyPI",
    ]
    assert len(lines(Preparing("gitleaks 8", 0.25), Preparing("gitleaks 8", 1.0))) == 3


def test_what_cannot_be_had_is_no_longer_being_made_ready() -> None:
    lost = ended("types:mypy:a", tool="mypy", component="services/a", verdict=Verdict.UNAVAILABLE)
    supplies = (Preparing("mypy 1.18", -1.0), Preparing("Python 3.12 for services/a", -1.0), Preparing("ruff 1", -1.0))
    assert [line.split()[2] for line in lines(*supplies, lost) if "preparing" in line] == ["ruff"]


def test_only_the_newest_of_many_tools_are_shown() -> None:
    shown = lines(*(Preparing(f"tool-{n}", -1.0) for n in range(9)))
    assert [line.split()[2] for line in shown if "preparing" in line] == ["tool-5", "tool-6", "tool-7", "tool-8"]


def test_in_a_low_terminal_what_runs_is_kept_and_what_waits_is_counted() -> None:
    progress = Progress(0.0)
    progress.hear(Planned(tuple((f"gate-{n}", (f"gate-{n}:x:y",)) for n in range(20))), 0.0)
    progress.hear(Started("gate-17:x:y", "gate-17", "y"), 0.0)
    shown = progress.lines(1.0, 4, Layout(100, plain_style))
    assert [line.split()[1] for line in shown[:2]] == ["gate-17", "gate-0"]
    assert shown[2:] == ["  … 18 more gates", "  0/20 actions, 0 cached, 1.0 s"]


def test_text_from_outside_never_acts() -> None:
    shown = lines(Started(records.HOSTILE, "lint", "a"), Preparing(records.HOSTILE, 0.5, records.HOSTILE))
    assert not any(re.search("[\x00-\x1f\x7f-\x9f\u202e\ud800-\udfff]", line) for line in shown)


def test_what_runs_is_set_off_from_what_waits() -> None:
    progress = Progress(0.0)
    progress.hear(PLANNED, 0.0)
    progress.hear(Started("types:mypy:a", "types", "a"), 0.0)
    shown = progress.lines(0.0, 24, Layout(100, ansi_style))
    assert shown[0].startswith("\x1b[1m⠋ types\x1b[0m")
    assert shown[1] == "\x1b[2m· lint   0/3\x1b[0m"


def test_a_gate_with_nothing_to_do_is_not_waited_for() -> None:
    progress = Progress(0.0)
    progress.hear(Planned((("lint", ("lint:ruff:a",)), ("contract-checks", ()))), 0.0)
    assert not any("contract-checks" in line for line in progress.lines(0.0, 24, Layout(100, plain_style)))


@given(st.integers(1, 60), st.integers(1, 30), st.integers(0, 120))
def test_it_fits_any_terminal(height: int, width: int, actions: int) -> None:
    progress = Progress(0.0)
    ids = tuple(f"lint:ruff:services/number-{n}" for n in range(actions))
    progress.hear(Planned((("lint", ids), ("types", ()), ("gitleaks", ()))), 0.0)
    for each in ids:
        progress.hear(Started(each, "lint", ""), 0.0)
    progress.hear(Preparing("a tool with a rather long name", 0.3, "from somewhere far away"), 0.0)
    shown = progress.lines(1.0, height, Layout(width, plain_style))
    assert len(shown) <= height
    assert all(len(line) <= width for line in shown)


@pytest.mark.parametrize("seconds", [0.0, 0.1, 123.4])
def test_the_spinner_turns_with_time(seconds: float) -> None:
    first = lines(Started("types:mypy:a", "types", "a"), now=seconds + 10)[0]
    later = lines(Started("types:mypy:a", "types", "a"), now=seconds + 10.35)[0]
    assert first[0] != later[0]
