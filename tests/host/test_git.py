"""Git as a program: refusals are told, and what a hook's environment says about other repositories does not count."""

import os
from pathlib import Path

import msgspec
import pytest

from lockstep.errors import WorkspaceError
from lockstep.host.git import Git, split_nul
from tests.workspace.repositories import Repository


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return Repository.new(tmp_path / "repo")


def test_a_refusal_is_an_error_with_gits_own_words(repo: Repository) -> None:
    with pytest.raises(WorkspaceError, match="git show failed") as caught:
        repo.handle.run("show", "nowhere")
    assert "ambiguous argument 'nowhere'" in caught.value.why
    assert repo.handle.try_text("show", "nowhere") == ""


def test_a_machine_without_git_is_told(repo: Repository) -> None:
    without = msgspec.structs.replace(repo.handle, environ={"PATH": "/nowhere"})
    with pytest.raises(WorkspaceError, match="git status failed") as caught:
        without.run("status")
    assert "git" in caught.value.why


def test_text_and_paths_hold_names_of_any_bytes(repo: Repository) -> None:
    name = os.fsdecode(b"caf\xe9 \n.txt")
    commit = repo.commit({name: "x"})
    assert repo.handle.paths("ls-files", "-z") == (name,)
    assert repo.handle.text("rev-parse", "HEAD") == commit
    assert split_nul(b"") == ()


def test_a_revision_names_a_commit_or_nothing(repo: Repository) -> None:
    commit = repo.commit({"a.txt": "one\n"})
    git = repo.handle
    assert git.commit_of("main") == git.commit_of(commit[:8]) == commit
    assert (git.commit_of("nowhere"), git.commit_of("--all"), git.commit_of("main:a.txt")) == ("", "", "")


def test_a_file_at_a_revision_is_its_bytes_or_nothing(repo: Repository) -> None:
    repo.commit({"a.txt": b"\xff\n", "folder/b.txt": ""})
    git = repo.handle
    assert (git.show("main", "a.txt"), git.show("main", "folder/b.txt")) == (b"\xff\n", b"")
    assert (git.show("main", "folder"), git.show("main", "no"), git.show("no", "a.txt")) == (None, None, None)


def test_another_repositorys_variables_are_dropped_but_the_index_of_a_commit_is_not(
    repo: Repository, tmp_path: Path
) -> None:
    repo.commit({"a.txt": "one\n"})
    other = Repository.new(tmp_path / "other")
    environ = {**repo.handle.environ, "GIT_DIR": str(other.root / ".git"), "GIT_WORK_TREE": str(other.root)}
    git = Git(repo.root, repo.handle.processes, environ)
    assert git.paths("ls-files", "-z") == ("a.txt",)
    assert Git(repo.root, git.processes, {**environ, "GIT_INDEX_FILE": ".git/none"}).paths("ls-files", "-z") == ()


def test_a_remote_is_reached_by_the_machines_proxy(repo: Repository) -> None:
    environ = {**repo.handle.environ, "https_proxy": "http://127.0.0.1:1"}
    done = Git(repo.root, repo.handle.processes, environ).try_run("ls-remote", "https://git.shop.example/shop")
    assert b"127.0.0.1" in done.stderr


def test_a_complaint_is_one_line_about_a_command(repo: Repository) -> None:
    with pytest.raises(WorkspaceError, match="git restore failed") as caught:
        repo.handle.run("--literal-pathspecs", "restore", "--", "nowhere")
    assert "\n" not in caught.value.why
    assert caught.value.why.startswith("pathspec 'nowhere' did not match")
