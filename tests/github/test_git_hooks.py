"""What git starts: scripts of ours, and never over somebody else's."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from lockstep.errors import RefusedError
from lockstep.github import git_hooks
from tests.workspace.repositories import Repository

PROGRAM = "/opt/tools of ours/pre-commit"
CONFIG = ".pre-commit-config.yaml"


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return Repository.new(tmp_path / "repo")


def changes(repo: Repository) -> Mapping[Path, str]:
    return git_hooks.changes(repo.handle, PROGRAM, CONFIG)


def written(repo: Repository) -> Path:
    scripts = changes(repo)
    for path, text in scripts.items():
        path.write_text(text)
        path.chmod(git_hooks.MODE)
    return repo.root / ".git/hooks"


def test_each_script_starts_its_stage_with_a_file_so_that_nothing_is_stashed(repo: Repository) -> None:
    folder = written(repo)
    common = f"exec '{PROGRAM}' run --files {CONFIG} --config {CONFIG} --hook-stage"
    assert (folder / "pre-commit").read_text().endswith(f"\n{common} pre-commit\n")
    assert (folder / "pre-push").read_text().endswith(f"\n{common} pre-push\n")


def test_what_stands_is_left_and_what_was_changed_is_written_again(repo: Repository) -> None:
    folder = written(repo)
    assert changes(repo) == {}
    (folder / "pre-push").chmod(0o644)
    assert list(changes(repo)) == [folder / "pre-push"]
    os.truncate(folder / "pre-commit", (folder / "pre-commit").stat().st_size - 4)
    assert set(changes(repo)) == {folder / "pre-commit", folder / "pre-push"}


def test_a_hook_of_somebody_else_is_refused_with_the_line_that_it_may_call(repo: Repository) -> None:
    (repo.root / ".git/hooks/pre-push").write_bytes(b"#!/bin/sh\nexec /opt/caf\xe9\n")
    with pytest.raises(RefusedError, match="let it end with: '/opt/tools of ours/pre-commit' run --files") as caught:
        changes(repo)
    assert caught.value.where == str(repo.root / ".git/hooks/pre-push")


def test_a_folder_for_hooks_elsewhere_is_refused(repo: Repository) -> None:
    repo.git("config", "core.hooksPath", "tools/hooks")
    with pytest.raises(RefusedError, match="git takes its hooks from another folder"):
        changes(repo)


def test_a_worktree_shares_the_hooks_of_its_repository(repo: Repository, tmp_path: Path) -> None:
    repo.commit({"a.txt": "a\n"})
    repo.git("worktree", "add", "-q", str(tmp_path / "tree"))
    assert set(changes(Repository((tmp_path / "tree").resolve()))) == set(changes(repo))
