"""A snapshot is exactly the index."""

import os
from pathlib import Path

import pytest

from lockstep.errors import WorkspaceError
from lockstep.workspace import snapshot
from tests.workspace.repositories import Repository


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".git"
    }


def test_it_holds_what_is_staged_and_is_gone_afterwards(repo: Repository, tmp_path: Path) -> None:
    repo.commit({"a.txt": "one\n", "b.txt": "gone\n"})
    repo.git("rm", "-q", "--cached", "b.txt")
    repo.write({"a.txt": "two\n", "run.sh": "#!/bin/sh\n"})
    (repo.root / "run.sh").chmod(0o755)
    (repo.root / "link").symlink_to("a.txt")
    repo.git("add", "a.txt", "run.sh", "link")
    repo.write({"a.txt": "three\n", "c.txt": "untracked\n"})
    with snapshot.of_index(repo.handle, tmp_path / "tmp") as folder:
        assert content(folder) == {"a.txt": b"two\n", "run.sh": b"#!/bin/sh\n", "link": b"two\n"}
        assert os.access(folder / "run.sh", os.X_OK)
        assert (folder / "link").is_symlink()
        assert folder.stat().st_mode & 0o077 == 0
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_partial_commits_own_index_is_the_one(repo: Repository, tmp_path: Path) -> None:
    repo.commit({"a.txt": "one\n"})
    repo.git("read-tree", "--index-output=.git/other", "HEAD")
    repo.commit({"a.txt": "two\n"})
    git = repo.handle
    other = type(git)(git.root, git.processes, {**git.environ, "GIT_INDEX_FILE": ".git/other"})
    with snapshot.of_index(other, tmp_path / "tmp") as folder:
        assert content(folder) == {"a.txt": b"one\n"}


def test_an_index_that_cannot_be_read_is_an_error_and_nothing_stays(repo: Repository, tmp_path: Path) -> None:
    repo.commit({"a.txt": "one\n"})
    repo.write({".git/index": "broken"})
    with (
        pytest.raises(WorkspaceError, match="git checkout-index failed"),
        snapshot.of_index(repo.handle, tmp_path / "tmp"),
    ):
        pass
    assert list((tmp_path / "tmp").iterdir()) == []
