"""Cutting a release: whole, or taken up, or taken back, wherever the machine stopped."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lockstep.errors import RefusedError, RunError
from lockstep.releases import cutting
from lockstep.releases.cutting import Cut
from lockstep.releases.planning import Plan
from tests.engine.running import git
from tests.releases.cuts import Killed, Mortal, commit, opened, plan, shop

PYPROJECT = '[project]\nname = "shop"\nversion = "0.0.1"\n'
# More processes of git than a cut starts.
MOST = 40


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return shop(tmp_path / "shop", "feat: open", files={"pyproject.toml": PYPROJECT})


def refs(root: Path) -> dict[str, str]:
    lines = git(root, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split(" ") for line in lines)


def assert_whole(root: Path, old: str) -> None:
    head = git(root, "rev-parse", "HEAD")
    assert git(root, "rev-parse", "HEAD^") == old
    assert set(refs(root)) == {"refs/heads/main", "refs/heads/release/v0.1", "refs/tags/v0.1.0"}
    assert git(root, "rev-parse", "release/v0.1") == head
    assert git(root, "rev-parse", "v0.1.0^{commit}") == head
    assert git(root, "cat-file", "-t", "v0.1.0") == "tag"
    assert git(root, "status", "--porcelain") == ""
    assert 'version = "0.1.0"' in (root / "pyproject.toml").read_text()
    assert cutting.pending(opened(root)) is None


def assert_as_before(root: Path, old: str) -> None:
    assert refs(root) == {"refs/heads/main": old}
    assert git(root, "status", "--porcelain") == ""
    assert (root / "pyproject.toml").read_text() == PYPROJECT
    assert not (root / "CHANGELOG.md").exists()
    assert cutting.pending(opened(root)) is None


def test_a_release_is_a_commit_a_tag_and_a_branch(root: Path) -> None:
    old = git(root, "rev-parse", "HEAD")
    made = cutting.cut(opened(root), plan(root))
    assert_whole(root, old)
    assert git(root, "log", "-1", "--format=%s") == "chore(release): v0.1.0"
    assert git(root, "tag", "--list", "--format=%(contents)", "v0.1.0").startswith("v0.1.0\n\n### Added\n\n- open")
    assert cutting.push_command("origin", made)[:3] == ("push", "--atomic", "origin")


def stopped(root: Path, made: Plan, last: int, *, after: bool = False) -> bool:
    """Cut until the machine stops at the `last`-th process; say whether it did."""
    try:
        cutting.cut(opened(root, Mortal(last, after=after)), made)
    except Killed:
        return True
    return False


def stops(root: Path, tmp_path: Path) -> Iterator[tuple[Path, Cut]]:
    """Yield a copy of the repository for every place at which the machine can stop once the release is noted down.

    Where it stops before, nothing has changed.
    """
    made, before = plan(root), refs(root)
    for last in range(1, MOST):
        copy = shutil.copytree(root, tmp_path / str(last), symlinks=True)
        if not stopped(copy, made, last):
            break
        pending = cutting.pending(opened(copy))
        if pending:
            yield copy, pending
        else:
            assert refs(copy) == before
            assert (copy / "pyproject.toml").read_text() == PYPROJECT
    copy = shutil.copytree(root, tmp_path / "last", symlinks=True)
    assert stopped(copy, made, last - 1, after=True)
    pending = cutting.pending(opened(copy))
    assert pending
    yield copy, pending


def test_wherever_it_stops_it_can_be_finished(root: Path, tmp_path: Path) -> None:
    old = git(root, "rev-parse", "HEAD")
    for copy, pending in stops(root, tmp_path / "finished"):
        cutting.finish(opened(copy), pending)
        assert_whole(copy, old)


def test_wherever_it_stops_it_can_be_taken_back(root: Path, tmp_path: Path) -> None:
    old = git(root, "rev-parse", "HEAD")
    for copy, pending in stops(root, tmp_path / "back"):
        cutting.take_back(opened(copy), pending)
        assert_as_before(copy, old)


@pytest.fixture
def halfway(root: Path) -> tuple[Path, Cut]:
    """A repository in which the machine stopped once the note was written, before anything moved."""
    made = plan(root)
    for last in range(1, MOST):
        assert stopped(root, made, last)
        pending = cutting.pending(opened(root))
        if pending:
            return root, pending
    raise AssertionError("no note was written")


def test_another_release_is_not_cut_meanwhile(halfway: tuple[Path, Cut]) -> None:
    root, _ = halfway
    with pytest.raises(RefusedError, match="another release was interrupted"):
        cutting.cut(opened(root), plan(root))


def test_what_was_changed_meanwhile_is_not_written_over(halfway: tuple[Path, Cut]) -> None:
    root, pending = halfway
    (root / "pyproject.toml").write_text("mine\n", encoding="utf-8")
    (root / "other").write_text("mine too\n", encoding="utf-8")
    for act in (cutting.finish, cutting.take_back):
        with pytest.raises(RefusedError, match="changed while it was cut") as refused:
            act(opened(root), pending)
        assert refused.value.where == "pyproject.toml"
    (root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    cutting.finish(opened(root), pending)
    assert (root / "other").read_text() == "mine too\n"


def test_a_file_that_was_half_written_is_written_again(halfway: tuple[Path, Cut]) -> None:
    root, pending = halfway
    (root / "CHANGELOG.md").write_text(pending.files["CHANGELOG.md"][:20], encoding="utf-8")
    cutting.finish(opened(root), pending)
    assert (root / "CHANGELOG.md").read_text() == pending.files["CHANGELOG.md"]


def test_a_branch_that_was_moved_meanwhile_is_left_alone(halfway: tuple[Path, Cut]) -> None:
    root, pending = halfway
    moved = commit(root, "fix: mine")
    with pytest.raises(RefusedError, match="main was moved"):
        cutting.finish(opened(root), pending)
    assert git(root, "rev-parse", "main") == moved


def test_a_note_that_cannot_be_read_is_an_error(root: Path) -> None:
    path = root / ".lockstep/release/cut.json"
    path.parent.mkdir(parents=True)
    for data in (b"{", b'{"\xff": 1}'):
        path.write_bytes(data)
        with pytest.raises(RunError, match="interrupted release cannot be read"):
            cutting.pending(opened(root))


def test_a_release_branch_follows_patches_and_is_left_where_it_has_its_own(root: Path) -> None:
    cutting.cut(opened(root), plan(root))
    commit(root, "fix: one")
    cutting.cut(opened(root), plan(root))
    assert git(root, "rev-parse", "release/v0.1") == git(root, "rev-parse", "main")
    git(root, "switch", "--quiet", "release/v0.1")
    own = commit(root, "fix: own")
    git(root, "switch", "--quiet", "main")
    commit(root, "fix: two")
    made = cutting.cut(opened(root), plan(root))
    assert made.release_branch == ""
    assert git(root, "rev-parse", "release/v0.1") == own


def test_without_files_the_tag_is_on_the_commit(root: Path) -> None:
    commit(root, "fix: none", pyproject__toml="")
    git(root, "rm", "--quiet", "pyproject.toml")
    commit(root, "fix: no manifest")
    head = git(root, "rev-parse", "HEAD")
    cutting.cut(opened(root), plan(root, '[release]\nchangelog = ""\n'))
    assert git(root, "rev-parse", "v0.1.0^{commit}") == head


def test_the_mode_of_a_file_stays(root: Path) -> None:
    (root / "pyproject.toml").chmod(0o755)
    commit(root, "fix: mode")
    cutting.cut(opened(root), plan(root))
    assert git(root, "ls-files", "--stage", "pyproject.toml").startswith("100755")


def test_what_git_is_told_to_sign_is_signed(root: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)), check=True)  # noqa: S607
    for name, value in (
        ("gpg.format", "ssh"),
        ("user.signingkey", f"{key}.pub"),
        ("commit.gpgsign", "true"),
        ("tag.gpgsign", "true"),
    ):
        git(root, "config", name, value)
    cutting.cut(opened(root), plan(root))
    assert "gpgsig -----BEGIN SSH SIGNATURE-----" in git(root, "cat-file", "commit", "HEAD")
    assert "-----BEGIN SSH SIGNATURE-----" in git(root, "cat-file", "tag", "v0.1.0")
