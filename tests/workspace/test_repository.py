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
