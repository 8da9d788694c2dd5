"""A report that says what the machine lacks."""

from pathlib import Path

from lockstep.model.finding import Finding, Location, Report
from lockstep.model.gate import Invocation, Output
from tests.engine.running import check, gate, parse, repository, run, verdicts


def lacking(output: Output, invocation: Invocation) -> Report:
    return Report(findings=parse(output, invocation).findings, lacking="the almanac is not on this machine")


def test_it_is_unavailable_with_its_reason_and_never_cached(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {"a.txt": "fine\n"})
    for _ in range(2):
        record = run(root, gate(check(parse=lacking)))
        assert verdicts(record) == {"words": "unavailable"}
        assert "the almanac is not on this machine" in record.gates[0].reason
        assert (record.outcome, record.exit_code, record.actions[0].cached) == ("incomplete", 0, False)
    assert run(root, gate(check(parse=lacking)), strict=True).exit_code == 1


def test_what_was_found_all_the_same_fails(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {"a.txt": "BAD\n"})
    record = run(root, gate(check(parse=lacking)))
    assert verdicts(record) == {"words": "failed"}
    assert [str(each.location) for each in record.gates[0].findings] == ["a.txt:1"]


def test_a_problem_is_graver_than_what_is_lacking(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {"a.txt": "fine\n"})
    both = Report(
        findings=(Finding("grep", "bad", "it is bad", Location("a.txt")),), problem="cut in half", lacking="x"
    )
    assert verdicts(run(root, gate(check(parse=lambda *_: both)))) == {"words": "errored"}
