"""Changes against a base or in the index, in every state that a repository can be in."""

import os

import pytest

from lockstep.errors import WorkspaceError
from lockstep.workspace import affected, changes
from lockstep.workspace.changes import Change
from tests.workspace.repositories import Repository

LONG = "".join(f"line {n}\n" for n in range(30))


def since(repo: Repository, base: str = "main") -> dict[str, str]:
    return {change.path: change.status for change in changes.since(repo.handle, base)}


def staged(repo: Repository) -> dict[str, str]:
    return {change.path: change.status for change in changes.staged(repo.handle)}


@pytest.fixture
def branch(repo: Repository) -> Repository:
    """A repository that stands on a branch of its own, one commit past main."""
    repo.commit({"a.txt": LONG, "b.txt": "b\n", "c.txt": "c\n"})
    repo.git("switch", "-q", "-c", "work")
    return repo


def test_committed_staged_unstaged_and_untracked_changes_all_count(branch: Repository) -> None:
    branch.commit({"a.txt": LONG + "more\n"})
    branch.write({"b.txt": "staged\n"})
    branch.git("add", "b.txt")
    branch.write({"c.txt": "unstaged\n", "d.txt": "untracked\n", ".gitignore": "*.log\n", "e.log": "ignored\n"})
    branch.write({".lockstep/latest": "ours\n"})
    assert since(branch) == {"a.txt": "M", "b.txt": "M", "c.txt": "M", "d.txt": "?", ".gitignore": "?"}


def test_a_rename_is_both_paths_and_a_deletion_is_one(branch: Repository) -> None:
    branch.git("mv", "a.txt", "z.txt")
    branch.git("rm", "-q", "b.txt")
    renamed, gone = sorted(changes.since(branch.handle, "main"), key=lambda change: change.status, reverse=True)
    assert (renamed, renamed.paths) == (Change("z.txt", "R", "a.txt"), ("z.txt", "a.txt"))
    assert (gone, gone.paths) == (Change("b.txt", "D"), ("b.txt",))


def test_what_the_base_did_meanwhile_is_no_change_of_ours(branch: Repository) -> None:
    branch.git("switch", "-q", "main")
    branch.commit({"b.txt": "main moved on\n"})
    branch.git("switch", "-q", "work")
    branch.commit({"c.txt": "ours\n"})
    assert since(branch) == {"c.txt": "M"}


def test_names_are_read_whatever_their_bytes(branch: Repository) -> None:
    name = os.fsdecode(b"caf\xe9 \n.txt")
    (branch.root / name).write_text("x")
    assert since(branch) == {name: "?"}
    branch.git("add", "--all")
    assert staged(branch) == {name: "A"}


def test_a_detached_head_has_changes(branch: Repository) -> None:
    branch.git("checkout", "-q", "--detach")
    branch.commit({"b.txt": "more\n"})
    assert since(branch) == {"b.txt": "M"}


def test_a_linked_working_tree_has_changes_of_its_own(branch: Repository) -> None:
    branch.git("worktree", "add", "-q", "-b", "other", "../linked")
    linked = Repository(branch.root.parent / "linked")
    linked.write({"c.txt": "linked\n"})
    assert since(linked) == {"c.txt": "M"}
    assert since(branch) == {}


@pytest.mark.parametrize(
    ("base", "remedy"), [("origin/main", "git fetch origin main"), ("nowhere", "name a branch"), ("--all", "name a")]
)
def test_a_base_that_is_not_there_is_refused_with_what_would_help(branch: Repository, base: str, remedy: str) -> None:
    with pytest.raises(WorkspaceError, match="there is no commit") as caught:
        since(branch, base)
    assert remedy in caught.value.remedy


def test_a_base_without_common_history_is_refused(branch: Repository) -> None:
    branch.git("switch", "-q", "--orphan", "apart")
    branch.commit({"x.txt": "x\n"})
    with pytest.raises(WorkspaceError, match="main and HEAD have no common history"):
        since(branch)


def test_before_the_first_commit_there_is_nothing_to_compare_with(branch: Repository) -> None:
    branch.git("switch", "-q", "--orphan", "apart")
    with pytest.raises(WorkspaceError, match="there is no commit yet to compare with"):
        since(branch)


def test_a_shallow_clone_that_lacks_the_fork_says_how_to_get_it(branch: Repository) -> None:
    branch.commit({"b.txt": "one\n"})
    branch.git("switch", "-q", "main")
    branch.commit({"c.txt": "two\n"})
    branch.git("clone", "-q", "--depth=1", "--no-single-branch", f"file://{branch.root}", "../shallow")
    with pytest.raises(WorkspaceError, match="origin/work and HEAD have no common commit here") as caught:
        since(Repository(branch.root.parent / "shallow"), "origin/work")
    assert caught.value.remedy == "git fetch --unshallow"


def test_the_index_is_compared_with_the_commit(branch: Repository) -> None:
    branch.git("mv", "a.txt", "z.txt")
    branch.write({"b.txt": "staged\n"})
    branch.git("add", "b.txt")
    branch.write({"b.txt": "unstaged\n", "c.txt": "unstaged\n"})
    assert staged(branch) == {"z.txt": "R", "b.txt": "M"}


def test_before_the_first_commit_everything_staged_is_new(repo: Repository) -> None:
    repo.write({"a.txt": "a\n", "b.txt": "b\n"})
    repo.git("add", "a.txt")
    assert staged(repo) == {"a.txt": "A"}


def test_a_copy_is_one_path(branch: Repository) -> None:
    assert Change("new.txt", "C", "a.txt").paths == ("new.txt",)


SHOP: dict[str, str | bytes] = {
    "services/orders/pyproject.toml": "[tool.uv.sources]\ncommon = { path = '../../libs/python/common' }\n",
    "services/site/app.py": "",
    "libs/python/common/pyproject.toml": "[project]\nname = 'common'\n",
    "libs/README.md": "",
}


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("services/site/app.py", {"services/site"}),
        ("libs/python/common/new.py", {"libs/python/common", "services/orders"}),
        ("pyproject.toml", {".", "services/orders", "services/site", "libs/python/common"}),
        ("services/ruff.toml", {".", "services/orders", "services/site"}),
        ("services/README.md", {"."}),
        ("docs/guide.txt", {"."}),
    ],
)
def test_a_change_reaches_its_component_those_below_a_shared_file_and_their_users(
    repo: Repository, path: str, names: set[str]
) -> None:
    repo.write(SHOP)
    assert affected(repo.read(), [Change(path, "M")]) == names


def test_a_file_that_moved_from_one_component_to_another_reaches_both(repo: Repository) -> None:
    repo.write(SHOP)
    moved = Change("services/site/x.py", "R", "libs/python/common/x.py")
    assert affected(repo.read(), [moved]) == {"services/site", "libs/python/common", "services/orders"}
