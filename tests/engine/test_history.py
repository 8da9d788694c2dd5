"""What scans of the history and of uncommitted work are given, and when there are none."""

from pathlib import Path

import pytest

from lockstep.model.gate import Check, Scan, Scope
from tests.engine.running import GREP, check, gate, git, places, repository, run, verdicts, write


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {"old.txt": "BAD\n", ".gitignore": ".lockstep/\n"})


def history(id: str = "history") -> Check:  # noqa: A002 - as the field is called
    """Return a check that fails on nothing; its command holds what it was told to read."""
    argv = lambda given: (*given.program("lockstep"), "-c", "", given.history, given.commit)  # noqa: E731
    return check(argv=argv, scope=Scope.REPOSITORY, tracked_history=True, id=id)


def uncommitted(*, confidential: bool = False) -> Check:
    return check(GREP, scope=Scope.REPOSITORY, uncommitted=True, confidential=confidential)


def test_a_history_scan_is_told_the_newest_commit(shop: Path) -> None:
    tip = git(shop, "rev-parse", "HEAD")
    [action] = run(shop, gate(history())).actions
    assert action.command[-2:] == (tip, tip)


def test_its_result_holds_until_the_next_commit(shop: Path) -> None:
    scans = gate(history())
    assert [run(shop, scans).actions[0].cached for _ in range(2)] == [False, True]
    git(shop, "commit", "--quiet", "--allow-empty", "--message", "next")
    assert not run(shop, scans).actions[0].cached


def test_a_range_is_told_by_both_its_ends_and_follows_its_base(shop: Path) -> None:
    base = git(shop, "rev-parse", "HEAD")
    git(shop, "update-ref", "refs/remotes/origin/main", base)
    git(shop, "commit", "--quiet", "--allow-empty", "--message", "next")
    tip = git(shop, "rev-parse", "HEAD")
    [action] = run(shop, gate(history()), scan=Scan.RANGE).actions
    assert action.command[-2:] == (f"{base}..{tip}", tip)
    git(shop, "update-ref", "refs/remotes/origin/main", tip)
    [action] = run(shop, gate(history()), scan=Scan.RANGE).actions
    assert (action.command[-2], action.cached) == (f"{tip}..{tip}", False)


def test_a_range_without_its_base_is_unavailable(shop: Path) -> None:
    record = run(shop, gate(history()), scan=Scan.RANGE)
    assert verdicts(record) == {"words": "unavailable"}
    assert "origin/main is not in this clone" in record.gates[0].reason


def test_staged_bytes_have_no_history(shop: Path) -> None:
    assert run(shop, gate(history()), staged=True).actions == ()


def test_a_repository_without_a_commit_has_no_history(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "shop")
    write(tmp_path / "shop", {"new.txt": "BAD\n"})
    record = run(tmp_path / "shop", gate(history(id="old"), uncommitted()))
    assert [action.check for action in record.actions] == ["grep"]
    assert list(places(record)) == ["new.txt:1"]


def test_uncommitted_work_is_checked_where_nobody_else_checks(shop: Path) -> None:
    write(
        shop,
        {
            "lockstep.toml": '[repository]\nexclude = ["cases/**"]\n',
            "cases/new.txt": "BAD\n",
            "new.txt": "BAD\n",
        },
    )
    assert list(places(run(shop, gate(uncommitted())))) == ["cases/new.txt:1", "new.txt:1"]


def test_lines_of_a_confidential_check_are_in_no_report(shop: Path) -> None:
    write(shop, {"new.txt": "BAD and confidential\n"})
    [finding] = run(shop, gate(uncommitted(confidential=True))).gates[0].findings
    assert (str(finding.location), finding.snippet) == ("new.txt:1", "")
    latest = shop / ".lockstep/latest"
    assert not [path for path in latest.rglob("*") if path.is_file() and b"and confidential" in path.read_bytes()]
