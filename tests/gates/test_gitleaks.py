import pytest

from lockstep.gates.gitleaks import GATE
from lockstep.model.component import Component, FileEntry, Kind
from lockstep.model.digests import of_bytes
from lockstep.model.gate import Judge
from tests.gates.invoking import WHOLE, invocation, output, selects

HISTORY, UNCOMMITTED = GATE.checks
TOOLS = ("gitleaks", "lockstep")
CONFIGURED = Component(".", ".", Kind.REPOSITORY, configured=(("gitleaks", ".gitleaks.toml"),))
TIP, BASE = "1" * 40, "2" * 40


def test_any_secret_fails_the_gate_and_no_line_of_one_is_kept() -> None:
    assert GATE.judge is Judge.FINDINGS
    assert all(check.confidential for check in GATE.checks)


@pytest.mark.parametrize(
    ("path", "history", "uncommitted"),
    [
        (".gitleaks.toml", True, True),
        ("ops/gitleaks-base.toml", True, True),
        ("ops/deploy.toml", False, True),
        ("ops/gitleaks.md", False, True),
    ],
)
def test_the_history_depends_on_configuration_and_what_is_new_on_any_file(
    path: str,
    history: bool,  # noqa: FBT001 - a table
    uncommitted: bool,  # noqa: FBT001
) -> None:
    assert (selects(HISTORY, WHOLE, path), selects(UNCOMMITTED, WHOLE, path)) == (history, uncommitted)


def test_a_link_is_no_file() -> None:
    assert not UNCOMMITTED.select(WHOLE, FileEntry("ops/link", "120000", of_bytes(b""), 1))


def test_the_whole_history_is_scanned_from_the_commit_and_remembered() -> None:
    argv = HISTORY.argv(invocation(component=WHOLE, tools=TOOLS, history=TIP))
    assert argv == (
        "/store/lockstep",
        "/data/plugin/lockstep_secrets.py",
        "--gitleaks=/store/gitleaks",
        "--scratch=/scratch",
        "--report=/scratch/gitleaks.json",
        "--rules=/data/rules/gitleaks.toml",
        "--cache=/cache",
        f"--commits={TIP}",
    )


def test_a_range_is_scanned_as_it_is() -> None:
    argv = HISTORY.argv(invocation(component=WHOLE, tools=TOOLS, history=f"{BASE}..{TIP}"))
    assert argv[-1] == f"--commits={BASE}..{TIP}"


@pytest.mark.parametrize(("history", "commit"), [(TIP, TIP), (f"{BASE}..{TIP}", TIP), ("", "")])
def test_what_is_not_committed_is_compared_with_the_newest_commit(history: str, commit: str) -> None:
    argv = UNCOMMITTED.argv(invocation("a.txt", component=WHOLE, tools=TOOLS, history=history))
    assert argv[-2:] == (f"--commits={commit}", "--tree=/scratch/tree")


def test_the_repositorys_own_configuration_is_used() -> None:
    for check in GATE.checks:
        assert "--config=.gitleaks.toml" in check.argv(invocation(component=CONFIGURED, tools=TOOLS))


def test_without_a_report_nothing_is_believed() -> None:
    for check in GATE.checks:
        assert check.parse(output(0), invocation(component=WHOLE)).problem == "gitleaks wrote no report"
