"""When components were last changed."""

import subprocess
from pathlib import Path

import pytest

from lockstep.engine.epochs import Epochs
from lockstep.errors import WorkspaceError
from lockstep.host.git import Git
from lockstep.host.process import Completed, Process, SystemProcesses
from lockstep.model.component import Component, Kind
from tests.engine.running import repository, write

A = Component("services/a", "services/a", Kind.SERVICE)
B = Component("services/b", "services/b", Kind.SERVICE)
WHOLE = Component(".", ".", Kind.REPOSITORY)
FIRST, SECOND = 1_700_000_000, 1_700_000_100


class Counting(SystemProcesses):
    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def run(self, process: Process) -> Completed:
        self.asked += 1
        return super().run(process)


def commit(root: Path, moment: int) -> None:
    env = {"GIT_COMMITTER_DATE": f"@{moment} +0000", "PATH": "/usr/bin:/bin"}
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@shop.example", "-c", "commit.gpgsign=false")
    subprocess.run(("git", "add", "--all"), cwd=root, check=True, env=env)  # noqa: S607
    subprocess.run(("git", *identity, "commit", "--quiet", "-m", "more"), cwd=root, check=True, env=env)  # noqa: S607


def epochs(root: Path, *, processes: SystemProcesses | None = None, shallow: bool = False, commit: str = "") -> Epochs:
    git = Git(root, processes or SystemProcesses(), {"PATH": "/usr/bin:/bin"})
    folders = {"services/a": ["services/a"], "services/b": ["services/b", "libs/x"], ".": ["."]}
    return Epochs(git, commit or git.commit_of("HEAD"), root / ".lockstep", folders.__getitem__, shallow=shallow)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = repository(tmp_path / "shop", {})
    write(made, {"services/a/one.txt": "1", "libs/x/one.txt": "1"})
    commit(made, FIRST)
    write(made, {"services/b/one.txt": "1"})
    commit(made, SECOND)
    return made


def test_the_time_is_that_of_the_last_commit_that_touched_the_component(root: Path) -> None:
    assert epochs(root).of(A).place == str(FIRST)
    assert epochs(root).of(B).place == str(SECOND)


def test_what_a_component_depends_on_counts(root: Path) -> None:
    write(root, {"libs/x/one.txt": "2"})
    commit(root, SECOND + 60)
    assert epochs(root).of(B).digest == str(SECOND + 60)
    assert epochs(root).of(A).digest == str(FIRST)


def test_the_repository_itself_changes_with_every_commit(root: Path) -> None:
    assert epochs(root).of(WHOLE).place == str(SECOND)


def test_files_have_the_time_of_the_last_commit_that_touched_one_of_them(root: Path) -> None:
    assert epochs(root).of_files(["services/a/one.txt", "nobody/has/it"]).place == str(FIRST)
    assert epochs(root).of_files(["services/a/one.txt", "services/b/one.txt"]).place == str(SECOND)
    with pytest.raises(WorkspaceError, match="the repository was last changed"):
        epochs(root, shallow=True).of_files(["services/a/one.txt"])


def test_what_no_commit_holds_has_the_time_of_the_newest(root: Path) -> None:
    write(root, {"services/a/one.txt": "2"})
    known = Epochs(
        Git(root, SystemProcesses(), {"PATH": "/usr/bin:/bin"}),
        "HEAD",
        root / ".lockstep",
        lambda _: ["services/new"],
        shallow=False,
    )
    assert known.of(Component("services/new", "services/new", Kind.SERVICE)).place == str(SECOND)


def test_git_is_asked_once_for_a_commit(root: Path) -> None:
    epochs(root).of(A)
    counting = Counting()
    head = Git(root, SystemProcesses(), {"PATH": "/usr/bin:/bin"}).commit_of("HEAD")
    assert epochs(root, processes=counting, commit=head).of(A).place == str(FIRST)
    assert counting.asked == 0
    epochs(root, processes=counting, commit="HEAD").of(A)
    assert counting.asked == 1


def test_what_is_remembered_may_be_damaged(root: Path) -> None:
    epochs(root).of(A)
    (root / ".lockstep/cache/epochs.json").write_text("{")
    assert epochs(root).of(A).place == str(FIRST)


def test_a_shallow_clone_cannot_tell(root: Path) -> None:
    with pytest.raises(WorkspaceError, match="services/a") as caught:
        epochs(root, shallow=True).of(A)
    assert caught.value.remedy == "git fetch --unshallow"


def test_without_a_commit_it_is_the_oldest_time_that_a_wheel_can_hold(tmp_path: Path) -> None:
    git = Git(tmp_path, SystemProcesses(), {})
    assert Epochs(git, "", tmp_path, lambda _: [], shallow=False).of(A).place == "315532800"


def test_a_commit_from_before_that_counts_as_of_then(tmp_path: Path) -> None:
    made = repository(tmp_path / "old", {})
    write(made, {"services/a/one.txt": "1"})
    commit(made, 1_000_000)
    assert epochs(made).of(A).place == "315532800"
