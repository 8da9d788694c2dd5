"""One run, whole, with gates made on the spot."""

import json
from pathlib import Path

import pytest

from lockstep.errors import ConfigError
from lockstep.model.finding import Report
from lockstep.model.verdict import Verdict
from tests.engine.running import check, gate, git, machine, places, repository, run, verdicts, write


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {"services/a/one.txt": "fine\n", "libs/python/b/two.txt": "fine\n"})


def test_a_clean_repository_passes_and_the_second_run_is_cached(shop: Path) -> None:
    first = run(shop)
    assert (first.outcome, first.exit_code, verdicts(first)) == ("passed", 0, {"words": "passed"})
    assert [each.cached for each in first.actions] == [False, False]
    second = run(shop)
    assert second.outcome == "passed"
    assert [each.cached for each in second.actions] == [True, True]
    assert [each.key for each in first.actions] == [each.key for each in second.actions]


def test_a_finding_fails_its_gate_with_place_component_and_line(shop: Path) -> None:
    write(shop, {"services/a/one.txt": "fine\nthis is BAD\n"})
    record = run(shop)
    assert (record.outcome, record.exit_code) == ("failed", 1)
    [finding] = record.gates[0].findings
    assert (str(finding.location), finding.component, finding.check) == ("services/a/one.txt:2", "services/a", "grep")
    assert finding.snippet == "this is BAD"
    assert len(finding.fingerprint) == 64


def test_only_the_changed_component_runs_again_and_failing_reports_are_cached_too(shop: Path) -> None:
    run(shop)
    write(shop, {"services/a/one.txt": "BAD\n"})
    again = run(shop)
    assert {each.component: each.cached for each in again.actions} == {"libs/python/b": True, "services/a": False}
    third = run(shop)
    assert all(each.cached for each in third.actions)
    assert third.outcome == "failed"


def test_fresh_takes_nothing_from_the_cache(shop: Path) -> None:
    run(shop)
    assert not any(each.cached for each in run(shop, fresh=True).actions)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os; os.kill(os.getpid(), 9)", "killed by signal 9"),
        ("import sys; sys.exit(7)", "exit code 7"),
        ("import time; time.sleep(30)", "time limit of 1 s"),
    ],
)
def test_a_tool_that_does_not_end_well_is_errored_and_never_cached(shop: Path, code: str, reason: str) -> None:
    declared = gate(check(code, timeout=1))
    for _ in range(2):
        record = run(shop, declared)
        assert (record.outcome, verdicts(record)) == ("failed", {"words": "errored"})
        assert all(reason in each.reason and not each.cached for each in record.actions)


def test_a_report_that_cannot_be_believed_is_errored(shop: Path) -> None:
    record = run(shop, gate(check(parse=lambda *_: Report(problem="the report is cut in half"))))
    assert verdicts(record) == {"words": "errored"}
    assert "cut in half" in record.gates[0].reason


def test_one_failing_action_hides_no_others_result(shop: Path) -> None:
    write(shop, {"services/a/one.txt": "BAD\n"})
    dies = gate(check("import sys; sys.exit(9)"), id="dies")
    record = run(shop, dies, gate())
    assert verdicts(record) == {"dies": "errored", "words": "failed"}
    assert list(places(record)) == ["services/a/one.txt:1"]


def test_staged_bytes_are_what_is_checked_and_the_tree_is_left_alone(shop: Path) -> None:
    write(shop, {"services/a/one.txt": "staged BAD\n"})
    git(shop, "add", "--all")
    write(shop, {"services/a/one.txt": "mended but not staged\n"})
    assert run(shop, staged=True).outcome == "failed"
    assert (shop / "services/a/one.txt").read_text() == "mended but not staged\n"
    assert run(shop).outcome == "passed"
    assert not list((shop / ".lockstep/tmp").iterdir())


def test_a_component_or_a_revision_narrows_the_run(shop: Path) -> None:
    assert [each.component for each in run(shop, components=("services/a",)).actions] == ["services/a"]
    write(shop, {"libs/python/b/two.txt": "changed\n"})
    assert [each.component for each in run(shop, since="HEAD").actions] == ["libs/python/b"]
    with pytest.raises(ConfigError, match="no component is called services/zzz"):
        run(shop, components=("services/zzz",))


def test_nothing_to_check_is_not_a_pass(tmp_path: Path) -> None:
    record = run(repository(tmp_path / "empty", {}))
    assert (record.outcome, record.exit_code, verdicts(record)) == ("incomplete", 0, {"words": "not-applicable"})


def test_every_report_is_written_and_latest_points_at_them(shop: Path) -> None:
    record = run(shop)
    latest = shop / ".lockstep/latest"
    assert json.loads((latest / "run.json").read_text())["id"] == record.id
    assert {"results.sarif", "junit.xml", "coverage.xml", "summary.md", "report.html"} <= {
        path.name for path in latest.iterdir()
    }
    assert all((latest / each.log).is_file() for each in record.actions if each.log)
    assert (shop / ".lockstep/CACHEDIR.TAG").is_file()


def test_secrets_of_the_environment_are_masked_in_logs_and_reports(shop: Path) -> None:
    host = machine(shop.parent / "store", DEPLOY_TOKEN="hunter2-hunter2")  # noqa: S106 - made up
    code = "print('hunter2-hunter2'); import sys; sys.exit(3)"
    record = run(shop, gate(check(code)), host=host)
    latest = shop / ".lockstep/latest"
    everything = b"".join(path.read_bytes() for path in latest.rglob("*") if path.is_file())
    assert b"hunter2-hunter2" not in everything
    assert "***" in record.actions[0].reason


def test_the_tools_environment_is_cleared(shop: Path) -> None:
    host = machine(shop.parent / "store", LEAK="BAD")
    code = "import os, sys; sys.exit(3 if 'LEAK' in os.environ or os.environ['HOME'] == '/' else 0)"
    assert run(shop, gate(check(code)), host=host).outcome == "passed"


def test_unknown_gates_are_refused_by_name(shop: Path) -> None:
    with pytest.raises(ConfigError, match="unknown gate: wrods"):
        run(shop, gates=("wrods",))
    write(shop, {"lockstep.toml": "[gates.wrods]\ntimeout = 3\n"})
    with pytest.raises(ConfigError, match="unknown gate: wrods"):
        run(shop)


def test_a_missing_tool_is_unavailable_and_blocks_only_when_strict(shop: Path) -> None:
    declared = gate(check(tools=("lockstep", "nosuch")))
    write(
        shop,
        {
            "tools.toml": '[nosuch]\nversion = "1"\nlicence = "MIT"\nprogram = "nosuch"\n[[nosuch.sources]]\nkind = "machine"\nprogram = "nosuch"\n',
            "lockstep.toml": '[tools]\nlock = "tools.toml"\n',
        },
    )
    record = run(shop, declared)
    assert (record.outcome, record.exit_code, verdicts(record)) == ("incomplete", 0, {"words": "unavailable"})
    assert run(shop, declared, strict=True).exit_code == 1


def test_verdicts_of_the_record(shop: Path) -> None:
    write(shop, {"services/a/one.txt": "BAD\n"})
    assert {each.component: each.verdict for each in run(shop).actions} == {
        "libs/python/b": Verdict.PASSED,
        "services/a": Verdict.FAILED,
    }
