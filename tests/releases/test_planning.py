"""The plan of a release, or every reason why there is none."""

from pathlib import Path

import pytest

from lockstep.errors import ConfigError, RefusedError, WorkspaceError
from lockstep.releases.remotes import web_address
from tests.engine.running import git
from tests.releases.cuts import cloned, commit, plan, shop

PER_COMPONENT = '[release]\nper = "component"\n[repository]\nbase = "main"\n'


def tagged(root: Path, name: str) -> None:
    git(root, "tag", "--annotate", "--message", name, name)


def reasons(root: Path, toml: str = "", **words: str) -> str:
    with pytest.raises(RefusedError) as refused:
        plan(root, toml, **words)  # type: ignore[arg-type]
    return refused.value.why


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository at v1.4.2."""
    made = shop(
        tmp_path / "shop", "feat: open", files={"pyproject.toml": '[project]\nname = "shop"\nversion = "1.4.2"\n'}
    )
    tagged(made, "v1.4.2")
    return made


@pytest.mark.parametrize(
    ("subject", "version", "level"),
    [("fix: a", "1.4.3", "patch"), ("feat: a", "1.5.0", "minor"), ("feat!: a", "2.0.0", "major")],
)
def test_the_next_version_follows_from_the_commits(root: Path, subject: str, version: str, level: str) -> None:
    commit(root, "docs: words")
    commit(root, subject)
    made = plan(root)
    assert (made.version, made.level, made.previous, made.tag) == (version, level, "v1.4.2", f"v{version}")
    assert made.release_branch == f"release/v{version.rpartition('.')[0]}"
    assert set(made.files) == {"pyproject.toml", "CHANGELOG.md"}
    assert f'version = "{version}"' in made.files["pyproject.toml"]


def test_the_first_release_has_the_initial_version(tmp_path: Path) -> None:
    root = shop(tmp_path / "shop", "feat!: open")
    assert plan(root).version == "0.1.0"
    assert plan(root, '[release]\ninitial = "1.0.0"\n').version == "1.0.0"


def test_one_is_a_decision(tmp_path: Path) -> None:
    root = shop(tmp_path / "shop", "feat: open")
    tagged(root, "v0.3.0")
    commit(root, "fix!: all is new")
    made = plan(root)
    assert made.version == "0.4.0"
    assert made.notes == ("what breaks raises the minor version before 1.0.0",)
    assert plan(root, to="v1.0.0").version == "1.0.0"


def test_a_component_has_versions_of_its_own(root: Path) -> None:
    commit(root, "feat: till", services__till__one="1")
    tagged(root, "till/v0.1.0")
    commit(root, "feat: elsewhere", other="1")
    commit(root, "fix: till", services__till__one="2")
    made = plan(root, PER_COMPONENT, component="till")
    assert (made.tag, made.previous) == ("till/v0.1.1", "till/v0.1.0")
    assert [change.subject for change in made.changes] == ["till"]
    assert list(made.files) == ["services/till/CHANGELOG.md"]
    assert made.release_branch == "release/till/v0.1"


@pytest.mark.parametrize(("name", "said"), [("", "no component was named"), ("tills", "there is no component tills")])
def test_a_component_must_be_one_that_there_is(root: Path, name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        plan(root, PER_COMPONENT, component=name)


def test_a_component_is_not_released_where_the_repository_is(root: Path) -> None:
    with pytest.raises(ConfigError, match="no versions of their own"):
        plan(root, component="till")


def test_a_hotfix_comes_from_its_release_branch(root: Path) -> None:
    git(root, "branch", "release/v1.4")
    commit(root, "feat: next")
    tagged(root, "v1.5.0")
    git(root, "switch", "--quiet", "release/v1.4")
    commit(root, "fix: urgent")
    made = plan(root)
    assert (made.tag, made.previous, made.branch, made.release_branch) == ("v1.4.3", "v1.4.2", "release/v1.4", "")


def test_a_release_branch_takes_fixes_only(root: Path) -> None:
    git(root, "switch", "--quiet", "--create", "release/v1.4")
    sha = commit(root, "feat: more")
    said = reasons(root)
    assert said == f"release/v1.4 takes fixes only, and 1.5.0 is not of its line: {sha[:8]} more"


def test_after_a_hotfix_the_base_begins_a_new_line(root: Path) -> None:
    git(root, "switch", "--quiet", "--create", "release/v1.4")
    commit(root, "fix: urgent")
    tagged(root, "v1.4.3")
    git(root, "switch", "--quiet", "main")
    commit(root, "fix: urgent, here as well")
    made = plan(root)
    assert made.version == "1.5.0"
    assert made.notes == ("release branches are at 1.4.3, so a new line begins",)


def test_nothing_to_release_is_no_release(root: Path) -> None:
    assert reasons(root).startswith("nothing since v1.4.2 is released")
    commit(root, "docs: words")
    assert reasons(root).startswith("nothing since v1.4.2 is released")


def test_commits_that_are_not_conventional_are_named_and_policy_decides(root: Path) -> None:
    sha = commit(root, "did things")
    other = commit(root, "Merged stuff")
    said = reasons(root)
    assert f"{sha[:8]} is no Conventional Commit: did things" in said
    assert f"{other[:8]} is no Conventional Commit: Merged stuff" in said
    assert plan(root, '[release]\nunconventional = "patch"\n').version == "1.4.3"
    assert reasons(root, '[release]\nunconventional = "ignore"\n').startswith("nothing since")


def test_merges_are_not_counted(root: Path) -> None:
    git(root, "switch", "--quiet", "--create", "topic")
    commit(root, "fix: topic")
    git(root, "switch", "--quiet", "main")
    git(root, "merge", "--quiet", "--no-ff", "--message", "Merge branch 'topic'", "topic")
    assert [change.subject for change in plan(root).changes] == ["topic"]


def test_a_tree_that_is_not_its_commit_is_refused_with_all_reasons(root: Path) -> None:
    commit(root, "fix: a")
    (root / "stray").write_text("", encoding="utf-8")
    git(root, "switch", "--quiet", "--detach")
    said = reasons(root)
    assert "differs from its commit (stray)" in said
    assert "HEAD is detached" in said


def test_a_repository_without_a_commit_is_refused(tmp_path: Path) -> None:
    assert "there is no commit yet" in reasons(shop(tmp_path / "shop"))


def test_a_shallow_clone_is_refused(root: Path, tmp_path: Path) -> None:
    commit(root, "fix: a")
    assert "git fetch --unshallow" in reasons(cloned(root, tmp_path / "clone", "--depth=1"))


def test_a_branch_of_work_is_refused(root: Path) -> None:
    git(root, "switch", "--quiet", "--create", "topic")
    commit(root, "fix: a")
    assert reasons(root) == "topic is neither main nor a release branch (release/v1.2): git switch main"


def test_a_branch_behind_its_remote_is_refused(root: Path, tmp_path: Path) -> None:
    clone = cloned(root, tmp_path / "clone")
    commit(clone, "fix: here")
    commit(root, "fix: there")
    assert reasons(clone) == "main lacks commits of origin/main: git pull --ff-only"
    assert plan(clone, offline=True).version == "1.4.3"


def test_releases_that_only_the_remote_has_are_refused(root: Path, tmp_path: Path) -> None:
    clone = cloned(root, tmp_path / "clone")
    commit(clone, "fix: here")
    tagged(root, "v1.4.3")
    assert reasons(clone) == "origin has releases that are not here (v1.4.3): git fetch --tags"


def test_a_tag_that_was_moved_is_refused(root: Path, tmp_path: Path) -> None:
    clone = cloned(root, tmp_path / "clone")
    commit(clone, "fix: here")
    git(root, "tag", "--force", "--annotate", "--message", "other", "v1.4.2")
    assert reasons(clone) == "tags are others here than on origin: v1.4.2; a tag never moves"


def test_a_remote_that_does_not_answer_is_an_error(root: Path, tmp_path: Path) -> None:
    commit(root, "fix: a")
    git(root, "remote", "add", "origin", (tmp_path / "nowhere").as_uri())
    with pytest.raises(WorkspaceError, match="origin does not answer"):
        plan(root)


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("1.4.2", "the tag v1.4.2 exists; a tag never moves"),
        ("1.0.0", "1.0.0 is not after 1.4.2"),
        ("next", "next is no version: MAJOR.MINOR.PATCH, without leading zeros"),
    ],
)
def test_a_named_version_must_be_a_next_one(root: Path, to: str, said: str) -> None:
    assert reasons(root, to=to) == said


def test_a_commit_that_the_parser_left_out_is_not_passed_over(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sha = commit(root, "fix: a")
    monkeypatch.setattr("tests.releases.cuts.parsed", lambda _: lambda _: ())
    assert reasons(root) == f"commit {sha[:8]} could not be read"


def test_a_changelog_that_cannot_be_written_to_is_refused(root: Path) -> None:
    (root / "CHANGELOG.md").write_bytes(b"caf\xe9\n")
    commit(root, "fix: latin")
    with pytest.raises(RefusedError, match="not UTF-8"):
        plan(root)
    (root / "CHANGELOG.md").unlink()
    (root / "CHANGELOG.md").symlink_to("elsewhere.md")
    commit(root, "fix: link")
    with pytest.raises(RefusedError, match="is a link"):
        plan(root)


def test_offline_without_a_remote_there_is_none(root: Path) -> None:
    commit(root, "fix: a")
    assert plan(root, offline=True).version == "1.4.3"


@pytest.mark.parametrize(
    ("address", "web"),
    [
        ("git@forge.example:team/shop.git", "https://forge.example/team/shop"),
        ("ssh://git@forge.example:2222/team/shop.git", "https://forge.example/team/shop"),
        ("https://ada:secret@forge.example/team/shop.git/", "https://forge.example/team/shop"),
        ("https://forge.example/team/shop", "https://forge.example/team/shop"),
        ("/srv/shop.git", ""),
        ("file:///srv/shop.git", ""),
        ("../shop", ""),
        ("", ""),
    ],
)
def test_the_web_address_of_a_remote_holds_no_password(address: str, web: str) -> None:
    assert web_address(address) == web
