"""The final screen: a line for each gate, all that one needs to mend what fails, the outcome."""

import re

import pytest

from lockstep.model.finding import Finding, Level, Location, Severity
from lockstep.model.record import RunRecord
from lockstep.model.verdict import Verdict
from lockstep.report.final import Layout, ansi_style, gate_line, plain_style, screen, shown_report
from tests.report import records

REPORT = ".lockstep/runs/r1/report.html"


def shown(record: RunRecord, width: int = 100, told: tuple[str, ...] = ()) -> list[str]:
    return list(screen(record, REPORT, Layout(width, plain_style), told))


def failing(*findings: Finding, **more: object) -> RunRecord:
    return records.run((records.gate("lint", "static", Verdict.FAILED, findings=findings, **more),), outcome="failed")


def test_every_gate_has_an_aligned_line_with_verdict_time_cache_and_findings() -> None:
    lines = shown(records.rich())[1:11]
    assert lines[0] == "✘ lint                failed           3.1 s  cached 1/3  2 findings"
    assert lines[2] == "✔ unit-tests          passed           9.2 s  cached 0/2  1 quarantined"
    assert lines[5] == "✘ codeql              failed           7.7 s  cached 1/2  1 finding, 1 waived"
    assert lines[8] == "· contract-checks     not-applicable  0.00 s"
    assert lines[9].startswith("✘ policy")


def test_a_failing_gate_tells_finding_place_remedy_and_the_command_that_runs_it_alone() -> None:
    text = "\n".join(shown(records.rich()))
    assert (
        "\n✘ lint failed\n"
        "  services/orders/src/orders/api.py:7:5 ruff[F401]\n"
        "      `json` imported but unused\n"
        "  ops/restore.sh:12:5 warning shellcheck[SC2086]\n"
        "      Double quote to prevent globbing and word splitting.\n"
        "  mend: mend what lint names\n"
        "  alone: nox -s lint\n"
    ) in text
    assert "  orders: lines 79.5 % (due 85 %), branches 71.2 % (due 80 %)" in text
    assert "  *: lines" not in text


def test_a_reason_that_only_counts_the_findings_is_left_out() -> None:
    found = records.finding("ruff", "F401", "unused", "a.py", 1)
    assert "  1 finding" not in shown(failing(found, reason="1 finding"))
    assert "  2 tests in quarantine" in shown(failing(reason="2 tests in quarantine"))


def test_what_an_interruption_kept_from_running_has_its_line_and_no_more() -> None:
    found = records.finding("ruff", "F401", "unused", "a.py", 1)
    gates = (
        records.gate("lint", "static", Verdict.FAILED, findings=(found,)),
        records.gate("types", "static", Verdict.ERRORED, reason="it was interrupted before it ran"),
    )
    lines = shown(records.run(gates, outcome="interrupted"))
    assert "✘ lint failed" in lines
    assert not any("types errored" in line or "interrupted before" in line for line in lines)
    assert any(line.startswith("‼ types  errored") for line in lines)


def test_an_action_that_broke_tells_why_and_where_its_log_is() -> None:
    assert (
        "‼ licenses errored\n"
        "  the report is cut in half\n"
        "  licenses:licenses:orders: errored\n"
        "    log: .lockstep/runs/r1/logs/licenses-licenses-orders.log"
    ) in "\n".join(shown(records.rich()))


def test_a_reason_that_several_actions_have_is_told_once_and_another_ones_is_told_too() -> None:
    absent = {"verdict": Verdict.UNAVAILABLE, "log": "", "reason": "no advisory database\nname a registry"}
    actions = (
        records.action("trivy", "lock-files", "shop", 0, 0, **absent),
        records.action("trivy", "lock-files", "till", 0, 0, **absent),
        records.action("trivy", "image", "shop", 0, 0, **{**absent, "reason": "there is no Docker"}),
        records.action("trivy", "image", "till", 0, 0, **{**absent, "reason": "there is no Docker"}),
    )
    gate = records.gate(
        "trivy", "security", Verdict.UNAVAILABLE, reason=f"lock-files in shop: {absent['reason']} (and 3 more)"
    )
    text = "\n".join(shown(records.run((gate,), actions)))
    assert (
        "? trivy unavailable\n"
        "  lock-files in shop: no advisory database\n"
        "  name a registry (and 3 more)\n"
        "  trivy:lock-files:shop: unavailable\n"
        "  trivy:lock-files:till: unavailable\n"
        "  trivy:image:shop: there is no Docker\n"
        "  trivy:image:till: unavailable\n"
    ) in text


def test_a_gate_that_could_not_run_is_told_once_and_names_no_remedy_for_findings() -> None:
    absent = records.action(
        "trivy", "lock-files", ".", 0, 0, verdict=Verdict.UNAVAILABLE, reason="no advisory database", log=""
    )
    gate = records.gate("trivy", "security", Verdict.UNAVAILABLE, reason="lock-files in .: no advisory database")
    text = "\n".join(shown(records.run((gate,), (absent,))))
    assert "? trivy unavailable\n  lock-files in .: no advisory database\n  alone: nox -s trivy\n" in text


def test_an_action_that_broke_without_a_log_or_a_reason_is_still_named() -> None:
    broken = records.action("lint", "ruff", ".", 0, 1, verdict=Verdict.ERRORED, reason="", log="")
    text = "\n".join(shown(records.run((records.gate("lint", "static", Verdict.ERRORED),), (broken,))))
    assert "  lint:ruff:.: errored\n" in text
    assert "log:" not in text


def test_the_outcome_and_the_report_come_last() -> None:
    *_, note, outcome, report = shown(records.rich(), 200)
    assert note == "note: the base origin/main is not here; the last commit was taken"
    assert outcome.startswith("✘ failed · 3 passed, 3 failed, 1 errored, 1 unavailable, 1 not-applicable · 12.4 s · ")
    assert report == f"report: {REPORT}"


@pytest.mark.parametrize(
    ("outcome", "symbol"),
    [("passed", "✔"), ("failed", "✘"), ("interrupted", "‼"), ("incomplete", "?"), ("of the future", "?")],
)
def test_only_a_passed_run_looks_passed(outcome: str, symbol: str) -> None:
    assert shown(records.run(outcome=outcome))[-2].startswith(f"{symbol} {outcome} · no gates · ")


def test_the_gravest_finding_comes_first_with_its_severity() -> None:
    mild = records.finding("scan", "R2", "mild", "b.py", 2, severity=Severity.LOW)
    grave = records.finding("scan", "R1", "grave", "a.py", 1, severity=Severity.CRITICAL)
    places = [line for line in shown(failing(mild, grave)) if "scan[" in line]
    assert places == ["  a.py:1:5 critical scan[R1]", "  b.py:2:5 low scan[R2]"]


def test_a_finding_without_place_or_rule_names_its_component_and_tool() -> None:
    found = Finding("coverage", "", "too little", Location(""), component="orders", level=Level.NOTE)
    assert "  orders note coverage" in shown(failing(found))


def test_what_is_too_much_for_a_screen_is_counted_and_left_to_the_report() -> None:
    many = tuple(records.finding("ruff", "F401", "unused", "a.py", line) for line in range(1, 54))
    lines = shown(failing(*many))
    assert sum("ruff[F401]" in line for line in lines) == 50
    assert f"  … 3 more in {REPORT}" in lines


def test_a_long_message_is_cut_in_lines_and_characters() -> None:
    long = records.finding("mypy", "x", "\n".join(["word " * 30] * 30), "a.py", 1)
    lines = shown(failing(long), 80)
    assert len(lines) < 40
    endless = records.finding("mypy", "x", "y" * 9000, "a.py", 1)
    assert sum(line.count("y") for line in shown(failing(endless), 80)) < 2100


def test_a_gate_that_does_not_block_says_so_and_one_without_remedy_names_none() -> None:
    absent = records.gate("trivy", "security", Verdict.UNAVAILABLE, blocking=False, remedy="", alone="")
    text = "\n".join(shown(records.run((absent,))))
    assert "does not block" in text
    assert "mend:" not in text
    assert "alone:" not in text


@pytest.mark.parametrize("width", [8, 20, 40, 80])
def test_gate_lines_and_messages_fit_the_terminal(width: int) -> None:
    lines = shown(records.rich(), width)
    assert all(len(line) <= width for line in lines[1:11])
    messages = [line for line in lines if line.startswith("      ")]
    assert all(len(line) <= max(width, 20) for line in messages)


def test_gates_that_were_told_already_are_not_told_again_but_still_explained() -> None:
    lines = shown(records.rich(), told=tuple(gate.id for gate in records.rich().gates))
    assert [line for line in lines if "cached" in line and "actions" not in line] == []
    assert "✘ lint failed" in lines
    assert any(line.startswith("✘ policy ") for line in lines)


def test_hostile_text_never_acts_on_the_terminal() -> None:
    for line in screen(records.hostile(), "\x1b]0;x\x07", Layout(100, plain_style)):
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", line)


def test_colour_changes_nothing_but_colour() -> None:
    coloured = "\n".join(screen(records.rich(), REPORT, Layout(90, ansi_style)))
    assert "\x1b[31;1m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == "\n".join(shown(records.rich(), 90))


def test_a_gate_line_is_whole_where_there_is_room() -> None:
    gate = records.gate("lint", "static", Verdict.PASSED, seconds=125.0)
    line = gate_line(gate, (2, 3), (6, 7, 6, 11), Layout(80, plain_style))
    assert line == "✔ lint    passed   2 min 05 s  cached 2/3"


def test_the_report_is_named_as_the_reader_would_open_it(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    assert shown_report(f"{tmp_path}/.lockstep/runs/r1") == REPORT
    assert shown_report("/elsewhere/run") == "/elsewhere/run/report.html"
