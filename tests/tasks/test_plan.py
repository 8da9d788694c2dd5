"""`lockstep plan`, `explain` and `affected`, as typed."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.running import check, gate, git, repository, run, write

Say = Callable[..., tuple[int, str, str]]
ONE, TWO = "words:grep:services/a", "words:grep:libs/python/b"
KNOWN = {"words": gate(), "more": gate(id="more")}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = repository(tmp_path / "shop", {"services/a/one.txt": "fine\n", "libs/python/b/two.txt": "fine\n"})
    monkeypatch.chdir(root)
    monkeypatch.setattr("lockstep.gates.discover", lambda: KNOWN)
    monkeypatch.setenv("LOCKSTEP_STORE", str(tmp_path / "store"))
    monkeypatch.delenv("CI", raising=False)
    return root


def test_the_plan_shows_each_action_with_its_state_and_why(shop: Path, say: Say) -> None:
    run(shop)
    write(shop, {"services/a/one.txt": "other\n"})
    code, shown, _ = say("plan", "--gate", "words")
    assert code == 0
    assert shown.splitlines() == [
        f"{TWO}  cached  same key as a stored result",
        f"{ONE}     run     changed file services/a/one.txt",
        "2 actions: 1 to run, 1 in the cache",
    ]


def test_the_plan_is_json_where_a_program_asks(shop: Path, say: Say) -> None:
    _, shown, _ = say("plan", "--since", "HEAD", "--as-json")
    assert json.loads(shown) == []
    _, shown, _ = say("plan", "--gate", "more", "--as-json")
    assert [row["state"] for row in json.loads(shown)] == ["run", "run"]


def test_what_cannot_run_here_is_counted_apart(
    shop: Path, say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    history = gate(check(tracked_history=True))
    monkeypatch.setattr("lockstep.gates.discover", lambda: {"words": history})
    git(shop, "commit", "--quiet", "--allow-empty", "--message", "more")
    clone = tmp_path / "clone"
    git(shop, "clone", "--quiet", "--depth=1", f"file://{shop}", str(clone))
    monkeypatch.chdir(clone)
    _, shown, _ = say("plan")
    assert shown.splitlines()[-1] == "2 actions: 0 to run, 0 in the cache, 2 that cannot run here"
    assert "git fetch --unshallow" in shown


@pytest.mark.usefixtures("shop")
def test_what_an_absent_action_wants_stands_below_why_it_is_absent(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lockstep.gates.discover", lambda: {"words": gate(check(freshness=("advisories",)))})
    _, shown, _ = say("plan")
    first, second, *_ = shown.splitlines()
    assert first.endswith("absent  no advisory database is configured")
    assert second.index("name a registry") == first.index("no advisory database")


def test_an_action_is_explained_line_by_line(shop: Path, say: Say) -> None:
    run(shop)
    write(shop, {"services/a/one.txt": "other\n"})
    assert say("explain", ONE) == (0, f"{ONE}: would run\n  changed file services/a/one.txt\n", "")
    assert say("explain", TWO)[1].startswith(f"{TWO}: in the cache under ")


def test_components_that_a_change_reaches_are_listed(shop: Path, say: Say) -> None:
    write(shop, {"services/a/one.txt": "other\n"})
    assert say("affected", "--since", "HEAD") == (0, "services/a\n", "")
    assert say("affected", "--staged") == (0, "", "")


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("plan", "--gate", "wrods"), 2, "error: unknown gate: wrods\n"),
        (("plan", "--since", "nowhere"), 3, "nowhere"),
        (("explain", "nonsense"), 2, "error: no action is called nonsense\n  mend: lockstep plan\n"),
        (("affected", "--since", "nowhere"), 3, "nowhere"),
        (("affected",), 3, "origin/main"),
    ],
)
def test_what_cannot_be_meant_is_one_clear_error(
    shop: Path, say: Say, words: tuple[str, ...], code: int, error: str
) -> None:
    ended, shown, told = say(*words)
    assert (ended, shown) == (code, "")
    assert error in told
    assert "Traceback" not in told


def test_names_that_would_act_on_the_terminal_are_shown_escaped(shop: Path, say: Say) -> None:
    name = os.fsdecode(os.fsencode(shop) + b"/services/caf\xe9\x1b[31m")
    Path(name).mkdir()
    (Path(name) / "one.txt").write_text("fine\n")
    code, shown, _ = say("plan", "--gate", "words")
    assert code == 0
    assert "\x1b" not in shown
    assert "\\x1b[31m" in shown
