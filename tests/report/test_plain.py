"""Logs and pipes: what is printed when, and what GitHub reads of it."""

import io
import json
import re
from pathlib import Path

import pytest

from lockstep.errors import RunError
from lockstep.model.event import Ended, Event, Finished, Judged, Planned, Preparing, Started
from lockstep.model.finding import Level
from lockstep.model.record import RunRecord
from lockstep.model.verdict import Verdict
from lockstep.report import plain
from lockstep.report.out import Out
from lockstep.report.plain import Plain, choose
from tests.report import records


def events(record: RunRecord) -> list[Event]:
    return [
        Planned(tuple((gate.id, ()) for gate in record.gates)),
        Preparing("ruff 0.14.1", -1.0, "from PyPI"),
        Preparing("ruff 0.14.1", 0.5, "from PyPI"),
        Preparing("ruff 0.14.1", 1.0, "ready"),
        Preparing("mypy 1.18", 1.0, "ready"),
        *(Started(action.id, action.gate, action.component) for action in record.actions),
        *(Ended(action) for action in record.actions),
        *(Judged(gate) for gate in record.gates),
        Finished(record, "/somewhere/run"),
    ]


def printed(record: RunRecord, *, github: bool = False) -> str:
    stream = io.StringIO()
    tell = Plain(Out(stream), github=github)
    for event in events(record):
        tell(event)
    return stream.getvalue()


def commands(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(("::error", "::warning", "::notice"))]


def test_what_is_made_ready_is_told_once_and_what_is_ready_already_not_at_all() -> None:
    assert printed(records.rich()).splitlines()[0] == "preparing ruff 0.14.1 from PyPI"
    assert "mypy 1.18" not in printed(records.rich())
    assert printed(records.rich()).count("preparing ruff") == 1


def test_what_ran_stands_under_its_gate_and_what_was_cached_does_not() -> None:
    text = printed(records.rich())
    assert "✘ lint: failed\n  ✘ lint:ruff:orders 0.4 s, 1 finding\n  ✘ lint:shellcheck:ops 1.2 s, 1 finding\n" in text
    assert "lint:ruff:common" not in text
    assert "  ‼ licenses:licenses:orders 0.6 s: the report is cut in half\n" in text


def test_a_gate_of_which_nothing_ran_is_only_in_the_table() -> None:
    assert "contract-checks:" not in printed(records.rich())


def test_the_final_screen_comes_last() -> None:
    assert printed(records.rich()).splitlines()[-1] == "report: /somewhere/run/report.html"


def test_in_github_each_gate_is_a_group_that_ends() -> None:
    text = printed(records.rich(), github=True)
    assert "::group::✘ lint: failed (3.1 s, 2 findings)\n" in text
    assert "::group::✔ types: passed (4.2 s)\n" in text
    assert text.count("::group::") == text.count("::endgroup::") == len(records.rich().gates)


def test_in_github_a_finding_is_an_annotation_at_its_line_with_remedy_and_command() -> None:
    assert (
        "::error file=services/orders/src/orders/api.py,line=7,col=5,title=lint%3A ruff F401::"
        "`json` imported but unused%0Amend: mend what lint names%0Aalone: nox -s lint"
    ) in commands(printed(records.rich(), github=True))
    assert any(
        line.startswith("::warning file=ops/restore.sh") for line in commands(printed(records.rich(), github=True))
    )


def test_a_finding_over_lines_has_its_end_and_one_about_a_file_no_line() -> None:
    over = records.finding("ruff", "E1", "m", "a.py")
    assert plain.annotation(over, records.gate("lint", "static", Verdict.FAILED)).startswith("::error file=a.py,title=")


def test_a_gate_that_broke_is_annotated_with_its_reason_or_its_verdict() -> None:
    broken = records.gate("types", "static", Verdict.ERRORED, reason="cut\nin half")
    silent = records.gate("lint", "static", Verdict.ERRORED)
    lines = commands(printed(records.run((broken, silent), outcome="failed"), github=True))
    assert lines == ["::error title=types::cut%0Ain half", "::error title=lint::lint errored"]


def test_a_gate_that_does_not_block_is_not_annotated() -> None:
    absent = records.gate("trivy", "security", Verdict.UNAVAILABLE, blocking=False, reason="no database")
    assert commands(printed(records.run((absent,)), github=True)) == []


def test_github_shows_ten_of_each_kind_so_no_more_are_sent_and_every_gate_has_its_share() -> None:
    def many(tool: str, level: Level = Level.ERROR) -> tuple[object, ...]:
        return tuple(records.finding(tool, "R", "m", f"{tool}.py", n, level=level) for n in range(1, 31))

    gates = (
        records.gate("lint", "static", Verdict.FAILED, findings=(*many("ruff"), *many("yamllint", Level.WARNING))),
        records.gate("types", "static", Verdict.FAILED, findings=many("mypy")),
    )
    text = printed(records.run(gates, outcome="failed"), github=True)
    lines = commands(text)
    assert sum(line.startswith("::error") for line in lines) == 10
    assert sum(line.startswith("::warning") for line in lines) == 10
    assert sum("file=mypy.py" in line for line in lines) == 5
    assert "… 70 more findings in the summary and in report.html" in text


def test_hostile_text_can_neither_forge_a_command_nor_end_one() -> None:
    text = printed(records.hostile(), github=True)
    ours = re.compile(r"::(group|endgroup|error|warning|notice)( [^:]*)?::")
    for line in text.splitlines():
        assert not line.lstrip().startswith("::") or ours.match(line), line
        assert "##[" not in line
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", text)


def test_a_line_of_a_tool_that_looks_like_a_command_is_defused() -> None:
    reason = "::set-output name=x::y ##[error]no"
    broken = records.gate("types", "static", Verdict.ERRORED, reason=reason)
    text = printed(records.run((broken,), outcome="failed"), github=True)
    assert "  :\u200b:set-output name=x::y ##\u200b[error]no" in text.splitlines()
    assert f"  {reason}" in printed(records.run((broken,), outcome="failed")).splitlines()


@pytest.mark.parametrize(
    ("environ", "github"), [({}, False), ({"GITHUB_ACTIONS": "true"}, True), ({"GITHUB_ACTIONS": "false"}, False)]
)
def test_a_pipe_gets_plain_lines_and_github_its_commands(environ: dict[str, str], *, github: bool) -> None:
    stream = io.StringIO()
    with choose(stream, environ) as tell:
        for event in events(records.rich()):
            tell(event)
    assert ("::group::" in stream.getvalue()) is github
    assert "\x1b" not in stream.getvalue()


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_without_abilities_gets_plain_lines() -> None:
    stream = Terminal()
    with choose(stream, {"TERM": "dumb"}) as tell:
        for event in events(records.rich()):
            tell(event)
    assert "✘ lint: failed\n" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize(("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)])
def test_no_color_takes_the_colours(environ: dict[str, str], *, coloured: bool) -> None:
    stream = Terminal()
    with choose(stream, environ) as tell:
        tell(Finished(records.rich(), "/run"))
    assert ("\x1b[31;1m" in stream.getvalue()) is coloured


def test_the_record_is_written_as_json_to_a_stream_or_a_file_when_the_run_is_over(tmp_path: Path) -> None:
    stream, path = io.StringIO(), tmp_path / "deep" / "run.json"
    for tell in (plain.json_lines(stream), plain.json_file(path)):
        tell(Planned(()))
        tell(Finished(records.hostile(), "/run"))
    assert json.loads(stream.getvalue()) == json.loads(path.read_text("utf-8"))
    assert json.loads(stream.getvalue())["id"] == records.hostile().id


def test_the_summary_is_added_to_what_the_step_has_said_already(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("# before\n")
    tell = plain.step_summary(path)
    tell(Planned(()))
    tell(Finished(records.rich(), "/run"))
    assert path.read_text().startswith("# before\n## ✘ Lockstep: failed")


def test_a_summary_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot write a file"):
        plain.step_summary(tmp_path)(Finished(records.rich(), "/run"))


class Broken(io.StringIO):
    """A pipe whose reader is gone."""

    tries = 0

    def write(self, _: str) -> int:
        self.tries += 1
        raise BrokenPipeError


def test_a_reader_that_went_away_does_not_end_the_run_and_is_not_asked_again() -> None:
    stream = Broken()
    tell = Plain(Out(stream))
    for event in events(records.rich()):
        tell(event)
    assert stream.tries == 1


def test_what_a_stream_cannot_encode_is_escaped() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Out(stream).line("✔ naïve")
    assert raw.getvalue() == b"\\u2714 na\\xefve\n"
