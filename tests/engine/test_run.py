"""One run, whole, with gates made on the spot."""

import json
from pathlib import Path

import pytest

from lockstep.errors import ConfigError
from lockstep.model.event import Event, Finished
from lockstep.model.finding import Finding, Location, Report
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


def test_a_gates_time_is_its_own_and_not_that_of_the_gates_it_rests_on(shop: Path) -> None:
    write(shop, {"services/a/notes.md": "fine\n"})
    pages = gate(check(select=lambda _, entry: entry.path.endswith(".md")), id="pages", requires=("words",))
    run(shop, gate(), pages)
    write(shop, {"services/a/one.txt": "fine too\n"})
    words, rests = run(shop, gate(), pages).gates
    assert (words.seconds > 0, rests.seconds) == (True, 0)


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
    assert list((shop / ".lockstep/tmp").iterdir()) == []
    assert list((shop.parent / "temporary").iterdir()) == []


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


def test_secrets_are_masked_in_what_is_told_of_a_tool_that_cannot_be_had(shop: Path) -> None:
    host = machine(shop.parent / "store", MIRROR_TOKEN="hunter2-hunter2")  # noqa: S106 - made up
    lock = '[nosuch]\nversion = "1"\nlicence = "MIT"\nprogram = "hunter2-hunter2"\n'
    lock += '[[nosuch.sources]]\nkind = "machine"\nprogram = "hunter2-hunter2"\n'
    write(shop, {"tools.toml": lock, "lockstep.toml": '[tools]\nlock = "tools.toml"\n'})
    heard: list[Event] = []
    record = run(shop, gate(check(tools=("nosuch", "lockstep"))), host=host, heard=heard)
    assert "***" in record.actions[0].reason
    assert "hunter2" not in record.actions[0].reason + record.gates[0].reason
    assert not any("hunter2" in f"{event}" for event in heard if not isinstance(event, Finished))


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


def test_a_result_over_files_that_changed_meanwhile_is_judged_and_not_kept(shop: Path) -> None:
    writes = gate(check("import sys; open(sys.argv[1], 'a').write('more\\n')"))
    assert run(shop, writes).outcome == "passed"
    again = run(shop, writes, gates=("words",))
    assert not any(action.cached for action in again.actions)


def test_actions_whose_names_differ_in_a_separator_alone_have_logs_of_their_own(tmp_path: Path) -> None:
    root = repository(
        tmp_path / "shop",
        {
            "services/a_b/one.txt": "BAD\n",
            "services_a/b/one.txt": "fine\n",
            "lockstep.toml": '[[rules]]\npath = "services_a/*"\nkind = "service"\n',
        },
    )
    record = run(root)
    logs = {action.component: action.log for action in record.actions}
    assert set(logs) == {"services/a_b", "services_a/b"}
    assert len(set(logs.values())) == 2
    assert (root / ".lockstep/latest" / logs["services/a_b"]).read_text() == "services/a_b/one.txt:1\n"


def test_a_component_whose_name_is_longer_than_a_file_name_may_be(tmp_path: Path) -> None:
    deep = "/".join(["services", *["d" * 100] * 3])
    rule = f'[[rules]]\npath = "{deep}"\nkind = "service"\n'
    root = repository(tmp_path / "shop", {f"{deep}/one.txt": "BAD\n", "lockstep.toml": rule})
    record = run(root)
    assert list(places(record)) == [f"{deep}/one.txt:1"]


def test_a_materialised_check_gets_a_copy_of_its_files_and_nothing_else(shop: Path) -> None:
    lists = "import os, sys; print(*(os.path.join(d, f) for d, _, fs in os.walk(sys.argv[1]) for f in fs), sep='\\n')"
    copies = check(
        lists,
        materialise=True,
        argv=lambda it: (*it.program("lockstep"), "-c", lists, f"{it.scratch}/tree"),
        parse=lambda output, it: Report(problem=output.stdout.decode().replace(it.scratch, "").strip()),
    )
    write(shop, {"services/a/notes.md": "not selected\n"})
    record = run(shop, gate(copies), components=("services/a",))
    assert record.actions[0].reason.splitlines()[0] == "/tree/services/a/one.txt"


def test_a_check_of_uncommitted_files_sees_those_alone(shop: Path) -> None:
    uncommitted = gate(check(uncommitted=True))
    assert run(shop, uncommitted).actions == ()
    write(shop, {"services/a/new.txt": "BAD\n", "services/a/one.txt": "fine\n"})
    record = run(shop, uncommitted)
    assert list(places(record)) == ["services/a/new.txt:1"]
    git(shop, "add", "--all")
    write(shop, {"services/a/new.txt": "fine\n"})
    assert list(places(run(shop, uncommitted, staged=True))) == ["services/a/new.txt:1"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import sys; sys.exit(9)", "ended with exit code 9, which is neither clean nor findings"),
        ("import os; os.kill(os.getpid(), 9)", "was killed by signal 9"),
        ("import time; time.sleep(60)", "was ended after its time limit of 1 s"),
    ],
)
def test_a_tool_that_does_not_end_as_declared_is_errored_and_never_kept(shop: Path, code: str, reason: str) -> None:
    declared = gate(check(code, timeout=1))
    record = run(shop, declared)
    assert verdicts(record) == {"words": "errored"}
    assert record.exit_code == 1
    assert all(reason in action.reason for action in record.actions)
    assert not any(action.cached for action in run(shop, declared).actions)


def test_a_program_that_cannot_be_started_is_errored(shop: Path) -> None:
    record = run(shop, gate(check(argv=lambda _: ("/nowhere/tool",))))
    assert verdicts(record) == {"words": "errored"}
    assert "could not be started" in record.gates[0].reason


def test_an_interpreter_that_is_not_here_is_unavailable_by_name(shop: Path) -> None:
    write(
        shop,
        {
            "services/a/pyproject.toml": "[project]\nname = 'a'\nversion = '1'\n",
            "lockstep.toml": '[python]\nversions = ["3.99"]\n',
        },
    )
    record = run(shop, gate(check(python=True, per_version=True)))
    assert verdicts(record) == {"words": "unavailable"}
    assert "3.99" in record.gates[0].reason


def test_findings_carry_the_text_of_their_line_where_it_can_be_read(shop: Path) -> None:
    write(shop, {"services/a/one.txt": "BAD thing\n", "services/a/minified.txt": "BAD " * 1001})
    (shop / "services/a/link.txt").symlink_to("one.txt")
    places = {"one.txt": (1, 9), "minified.txt": (1,), "link.txt": (1,), "no.txt": (1,)}
    spots = [(f"services/a/{name}", line) for name, lines in places.items() for line in lines]
    found = tuple(Finding("grep", "bad", "it is bad", Location(path, line)) for path, line in spots)
    record = run(shop, gate(check(parse=lambda _, __: Report(found))), components=("services/a",))
    snippets = {str(each.location): each.snippet for each in record.gates[0].findings}
    assert snippets == {
        "services/a/one.txt:1": "BAD thing",
        "services/a/one.txt:9": "",
        "services/a/minified.txt:1": "",
        "services/a/link.txt:1": "",
        "services/a/no.txt:1": "",
    }


def test_declared_reports_are_read_where_they_are_and_secrets_in_them_are_masked(shop: Path) -> None:
    writes = check(
        "import sys; open(sys.argv[1], 'w').write('hunter2-hunter2')",
        argv=lambda it: (
            *it.program("lockstep"),
            "-c",
            "import sys; open(sys.argv[1], 'w').write('hunter2-hunter2')",
            it.report("one.json"),
        ),
        reports=("one.json", "two.json"),
        parse=lambda output, _: Report(problem=repr(dict(output.files))),
    )
    record = run(shop, gate(writes), host=machine(shop.parent / "store", DEPLOY_TOKEN="hunter2-hunter2"))  # noqa: S106 - made up
    assert record.actions[0].reason == "{'one.json': b'***'}"


def test_a_check_in_a_components_environment_gets_its_programs_and_the_variables_that_are_passed(
    shop: Path,
) -> None:
    write(
        shop,
        {
            "services/a/pyproject.toml": "[project]\nname = 'a'\nversion = '1'\n",
            "lockstep.toml": '[environment]\npassed = ["LEVEL", "NONE"]\n',
        },
    )
    told = """
import os, shutil, sys
own = sys.prefix != sys.base_prefix and shutil.which("python") == sys.executable
print(os.environ.get("LEVEL"), os.environ.get("OTHER"), own)
"""
    asks = check(
        told,
        python=True,
        argv=lambda it: (it.python, "-c", told),
        parse=lambda output, _: Report(problem=output.stdout.decode().strip()),
    )
    host = machine(shop.parent / "store", LEVEL="high", OTHER="x", UV_OFFLINE="1")
    record = run(shop, gate(asks), host=host)
    assert [each.reason.splitlines()[0] for each in record.actions] == ["high None True"]


def test_what_cannot_be_written_while_an_action_runs_is_errored(shop: Path) -> None:
    (shop / ".lockstep").mkdir()
    (shop / ".lockstep/tools").write_text("in the way")
    record = run(shop)
    assert verdicts(record) == {"words": "errored"}
    assert "cannot make a folder" in record.gates[0].reason


def test_what_lockstep_keeps_is_kept_from_git(shop: Path) -> None:
    run(shop)
    assert git(shop, "status", "--porcelain") == ""
