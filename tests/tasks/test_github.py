"""`lockstep github.surfaces` and `github.hooks`, as typed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.running import repository, write

Say = Callable[..., tuple[int, str, str]]
WORKFLOW, HOOKS = ".github/workflows/ci.yml", ".pre-commit-config.yaml"
SURFACES = f'[surfaces]\nworkflow = "{WORKFLOW}"\nhooks = "{HOOKS}"\n'


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = repository(tmp_path / "shop", {"lockstep.toml": SURFACES})
    monkeypatch.chdir(root)
    return root


def test_without_apply_nothing_is_written(shop: Path, say: Say) -> None:
    code, shown, _ = say("github.surfaces")
    assert code == 0
    assert shown == f"would write {WORKFLOW}\nwould write {HOOKS}\nnothing was changed; add --apply to write\n"
    assert not (shop / HOOKS).exists()


def test_with_apply_the_files_are_as_the_gates_give_them(shop: Path, say: Say) -> None:
    assert say("github.surfaces", "--apply") == (0, f"wrote {WORKFLOW}\nwrote {HOOKS}\n", "")
    assert "make nox-unit-tests" in (shop / HOOKS).read_text()
    assert say("github.surfaces", "--apply") == (0, "everything is as the gates give it\n", "")


def test_only_what_differs_is_written_from_any_folder(shop: Path, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    say("github.surfaces", "--apply")
    write(shop, {HOOKS: "repos: []\n", "services/a/one.txt": ""})
    monkeypatch.chdir(shop / "services/a")
    assert say("github.surfaces", "--apply")[1] == f"wrote {HOOKS}\n"


def test_a_repository_that_wants_none_is_told_how_to(shop: Path, say: Say) -> None:
    write(shop, {"lockstep.toml": ""})
    code, shown, _ = say("github.surfaces")
    assert (code, shown) == (
        0,
        "lockstep.toml names no generated file ([surfaces] workflow, hooks, gates, configuration)\n",
    )


@pytest.mark.parametrize("verb", ["github.surfaces", "github.hooks"])
def test_a_configuration_that_cannot_be_meant_is_one_clear_error(shop: Path, say: Say, verb: str) -> None:
    write(shop, {"lockstep.toml": "[surfaces]\nhoks = 1\n"})
    code, shown, told = say(verb)
    assert (code, shown) == (2, "")
    assert "did you mean `hooks`?" in told


def test_hooks_are_written_where_git_looks_for_them(shop: Path, say: Say) -> None:
    code, shown, _ = say("github.hooks")
    assert code == 0
    assert shown.endswith("nothing was changed; add --apply to write\n")
    assert say("github.hooks", "--apply")[1].count("wrote ") == 2
    assert (shop / ".git/hooks/pre-commit").exists()
    assert say("github.hooks") == (0, "git starts the hooks already\n", "")


def test_without_a_file_of_hooks_there_is_nothing_to_start(shop: Path, say: Say) -> None:
    write(shop, {"lockstep.toml": ""})
    code, _, told = say("github.hooks", "--apply")
    assert code == 2
    assert "lockstep.toml names no hooks" in told
    assert not (shop / ".git/hooks/pre-commit").exists()
