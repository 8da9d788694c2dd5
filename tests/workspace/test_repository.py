from pathlib import Path

import pytest

from lockstep.errors import WorkspaceError
from lockstep.workspace import repository
from tests.workspace.repositories import Repository


def test_the_root_is_found_from_any_folder(repo: Repository) -> None:
    repo.write({"a/b/c.py": "c\n"})
    assert repository.root_of(repo.host, repo.root / "a/b") == repo.root


def test_a_linked_working_tree_has_a_root_of_its_own(repo: Repository) -> None:
    repo.commit({"a.py": "a\n"})
    repo.git("worktree", "add", "-q", "../linked")
    assert repository.root_of(repo.host, repo.root.parent / "linked") == repo.root.parent / "linked"


def test_outside_of_git_is_an_error_with_a_remedy(repo: Repository, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="not a git repository") as caught:
        repository.root_of(repo.host, tmp_path)
    assert caught.value.remedy == "git init"


def test_a_clean_tree_stands_on_its_commit(repo: Repository) -> None:
    commit = repo.commit({"a.py": "a\n"})
    tree = repo.git("rev-parse", "HEAD^{tree}")
    assert repository.read(repo.handle) == repository.State(commit, tree, "main", dirty=False, shallow=False)


def test_a_repository_without_a_commit_has_neither_commit_nor_tree(repo: Repository) -> None:
    assert repository.read(repo.handle) == repository.State("", "", "main", dirty=False, shallow=False)


@pytest.mark.parametrize("name", ["a.py", "new.py"])
def test_changed_and_untracked_files_make_it_dirty(repo: Repository, name: str) -> None:
    repo.commit({"a.py": "a\n"})
    repo.write({name: "changed\n"})
    assert repository.read(repo.handle).dirty


def test_what_lockstep_keeps_does_not_make_it_dirty(repo: Repository) -> None:
    repo.commit({"a.py": "a\n"})
    repo.write({".lockstep/runs/1/run.json": "{}"})
    assert not repository.read(repo.handle).dirty


def test_uncommitted_are_files_that_are_there_and_differ(repo: Repository) -> None:
    repo.commit({name: f"{name}\n" * 9 for name in ("gone", "lost", "renamed", "staged", "both", "un staged", "same")})
    repo.git("rm", "-q", "gone")
    (repo.root / "lost").unlink()
    repo.git("mv", "renamed", "new name")
    repo.write({"staged": "other\n", "both": "other\n", "added": "new\n"})
    repo.git("add", "staged", "both", "added")
    repo.write({"both": "once more\n", "un staged": "other\n", "deep/er/untracked": "new\n"})
    found = repository.read(repo.handle).uncommitted
    assert found == {"new name", "staged", "both", "un staged", "added", "deep/er/untracked"}


def test_a_file_that_was_removed_and_stands_there_anew_is_uncommitted(repo: Repository) -> None:
    repo.commit({"a.py": "a\n"})
    repo.git("rm", "-q", "--cached", "a.py")
    assert repository.read(repo.handle).uncommitted == {"a.py"}


def test_before_the_first_commit_everything_is_uncommitted(repo: Repository) -> None:
    repo.write({"a.txt": "a\n", "b/c.txt": "b\n"})
    repo.git("add", "a.txt")
    assert repository.read(repo.handle).uncommitted == {"a.txt", "b/c.txt"}


def test_files_of_a_conflict_are_uncommitted(repo: Repository) -> None:
    repo.commit({"a.txt": "a\n"})
    repo.git("switch", "-q", "-c", "other")
    repo.commit({"a.txt": "b\n"})
    repo.git("switch", "-q", "main")
    repo.commit({"a.txt": "c\n"})
    repo.handle.try_run("-c", "user.name=Ada", "-c", "user.email=ada@shop.example", "merge", "-q", "other")
    assert repository.read(repo.handle).uncommitted == {"a.txt"}


def test_a_detached_head_is_on_no_branch(repo: Repository) -> None:
    commit = repo.commit({"a.py": "a\n"})
    repo.git("checkout", "-q", "--detach")
    state = repository.read(repo.handle)
    assert (state.commit, state.branch) == (commit, "")


def test_a_shallow_clone_is_known_as_one(repo: Repository) -> None:
    repo.commit({"a.py": "a\n"})
    repo.commit({"a.py": "b\n"})
    repo.git("clone", "-q", "--depth=1", f"file://{repo.root}", "../shallow")
    assert repository.read(Repository(repo.root.parent / "shallow").handle).shallow
