from pathlib import Path

from lockstep.workspace import snapshot
from tests.workspace.repositories import Repository


def test_a_snapshot_holds_what_is_staged_and_is_gone_afterwards(repo: Repository) -> None:
    repo.commit({"a.py": "one\n"})
    repo.write({"a.py": "two\n"})
    repo.git("add", "a.py")
    repo.write({"a.py": "three\n", "b.py": "new\n"})
    with snapshot.of_index(repo.handle, repo.root / ".lockstep" / "tmp") as folder:
        assert (folder / "a.py").read_text(encoding="utf-8") == "two\n"
        assert not (folder / "b.py").exists()
    assert not folder.exists()
    assert (repo.root / "a.py").read_text(encoding="utf-8") == "three\n"


def test_a_snapshot_is_a_root_of_its_own_to_git_and_whoever_looks_for_one(repo: Repository) -> None:
    repo.commit({"a.py": "one\n", ".gitignore": ".lockstep/\n"})
    commit = repo.git("rev-parse", "HEAD")
    with snapshot.of_index(repo.handle, repo.root / ".lockstep" / "tmp") as folder:
        inside = Repository(folder)
        assert Path(inside.git("rev-parse", "--show-toplevel")) == folder.resolve()
        assert inside.git("ls-files").split() == [".gitignore", "a.py"]
        assert inside.git("status", "--porcelain") == ""
        assert inside.git("rev-parse", "HEAD") == commit
    assert repo.git("status", "--porcelain") == ""
