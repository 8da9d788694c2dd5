"""What real runs leave is valid, whatever went wrong in them, and tells the truth about it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lockstep.host.process import Completed, Process, SystemProcesses
from lockstep.model.finding import Report
from lockstep.model.gate import Gate
from tests.engine.running import NOW, check, gate, git, machine, repository, run, write
from tests.report.published import latest


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {"services/a/one.txt": "fine\n", "libs/python/b/two.txt": "BAD\n"})


def killed() -> Gate:
    return gate(check("import os; os.kill(os.getpid(), 9)"))


class Interrupted(SystemProcesses):
    """The user presses Ctrl-C while the tool runs."""

    def run(self, process: Process) -> Completed:
        if process.argv[0] == sys.executable:
            raise KeyboardInterrupt
        return super().run(process)


FAULTS: dict[str, Callable[[], Gate]] = {
    "findings": gate,
    "killed": killed,
    "exit code": lambda: gate(check("import sys; sys.exit(7)")),
    "time limit": lambda: gate(check("import time; time.sleep(30)", timeout=1)),
    "report cut in half": lambda: gate(check(parse=lambda *_: Report(problem="cut in half"))),
    "hostile output": lambda: gate(check(r"print('\x1b]0;x\x07\udcff', flush=True); raise SystemExit(9)")),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_happens_the_record_and_the_log_are_valid(shop: Path, fault: str) -> None:
    run(shop, FAULTS[fault]())
    latest(shop)


def test_a_tool_that_cannot_be_had_leaves_valid_reports(shop: Path) -> None:
    lock = '[nosuch]\nversion = "1"\nlicence = "MIT"\nprogram = "nosuch"\n[[nosuch.sources]]\nkind = "machine"\nprogram = "nosuch"\n'
    write(shop, {"tools.toml": lock, "lockstep.toml": '[tools]\nlock = "tools.toml"\n'})
    run(shop, gate(check(tools=("nosuch", "lockstep"))))
    found, log = latest(shop)
    assert found["outcome"] == "incomplete"
    assert {one["executionSuccessful"] for each in log["runs"] for one in each["invocations"]} == {False}


def test_a_repository_with_nothing_to_check_leaves_valid_reports(tmp_path: Path) -> None:
    root = repository(tmp_path / "empty", {})
    run(root)
    found, log = latest(root)
    assert (found["outcome"], log["runs"]) == ("incomplete", [])


def test_names_that_are_not_utf8_leave_valid_reports(shop: Path) -> None:
    (Path(os.fsdecode(os.fsencode(shop) + b"/services/a/caf\xe9.txt"))).write_text("BAD\n", encoding="utf-8")
    run(shop)
    _, log = latest(shop)
    assert len(results(log)) == 2


def test_an_interrupted_run_leaves_valid_reports(shop: Path) -> None:
    host = msgspec.structs.replace(machine(shop.parent / "store"), processes=Interrupted())
    with pytest.raises(KeyboardInterrupt):
        run(shop, host=host)
    assert latest(shop)[0]["outcome"] == "interrupted"


def test_the_components_of_the_workspace_are_recorded(shop: Path) -> None:
    run(shop)
    found, _ = latest(shop)
    assert found["components"] == [
        {"name": ".", "path": ".", "kind": "repository"},
        {"name": "libs/python/b", "path": "libs/python/b", "kind": "python-library"},
        {"name": "services/a", "path": "services/a", "kind": "service"},
    ]


def test_each_gate_is_a_category_of_its_own(shop: Path) -> None:
    run(shop, gate(), gate(id="others"))
    _, log = latest(shop)
    pairs = [(each["automationDetails"]["id"], each["tool"]["driver"]["name"]) for each in log["runs"]]
    assert {category for category, _ in pairs} == {"lockstep/words/", "lockstep/others/"}
    assert len(pairs) == len(set(pairs))


def test_a_tool_that_did_not_end_well_is_no_successful_execution(shop: Path) -> None:
    run(shop, killed(), gate(id="others"))
    _, log = latest(shop)
    successful = {
        each["properties"]["gate"]: {one["executionSuccessful"] for one in each["invocations"]} for each in log["runs"]
    }
    assert successful == {"words": {False}, "others": {True}}


def test_a_fingerprint_survives_a_line_move(shop: Path) -> None:
    run(shop)
    first = fingerprints(latest(shop)[1])
    write(shop, {"libs/python/b/two.txt": "\n\n\nBAD\n"})
    run(shop)
    assert fingerprints(latest(shop)[1]) == first
    assert len(first) == 1


def test_a_waived_finding_is_a_suppressed_result(shop: Path) -> None:
    run(shop)
    [fingerprint] = fingerprints(latest(shop)[1])
    write(shop, {"waivers.toml": waiver(fingerprint)})
    assert run(shop).outcome == "passed"
    _, log = latest(shop)
    [result] = results(log)
    assert result["suppressions"][0]["properties"] == {"owner": "Ada Example", "expires": "2026-12-24"}
    assert fingerprints(log) == [fingerprint]
    git(shop, "status")


def waiver(fingerprint: str) -> str:
    return (
        f'[[waiver]]\nfingerprint = "{fingerprint}"\ngate = "words"\nowner = "Ada Example"\n'
        f'reason = "a quotation"\nexpires = {NOW.date().replace(month=12)}\n'
    )


def results(log: dict[str, Any]) -> list[dict[str, Any]]:
    return [result for each in log["runs"] for result in each["results"]]


def fingerprints(log: dict[str, Any]) -> list[str]:
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results(log)]
