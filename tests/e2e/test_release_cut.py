"""`lockstep release.cut` with git-cliff and a remote, as typed."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.running import git
from tests.releases.cuts import Killed, cloned, commit, shop
from tests.typed import typed

pytestmark = pytest.mark.e2e

Say = Callable[..., tuple[int, str]]

# What a commit says, and what it is read as: type, scope, subject, whether it breaks.
GRAMMAR = (
    ("feat: a thing", "feat", "", "a thing", False),
    ("feat(till)!: a thing", "feat", "till", "a thing", True),
    ("FIX: upper case", "fix", "", "upper case", False),
    ("fix: a\n\nBody.\n\nBREAKING CHANGE: it is\nall gone\nRefs: #12", "fix", "", "a", True),
    ("fix: b\n\nBREAKING-CHANGE: gone", "fix", "", "b", True),
    ("fix: c\n\nbreaking change: no footer", "fix", "", "c", False),
    ("fix: d\n\nBREAKING CHANGE without a colon", "fix", "", "d", False),
    ("fix: ünï 🎉", "fix", "", "ünï 🎉", False),
    ("words of no kind", "", "", "words of no kind", False),
    ("feat (x): a space before the scope", "", "", "feat (x): a space before the scope", False),
    ('Revert "feat: a thing"\n\nThis reverts commit 1234567.', "", "", 'Revert "feat: a thing"', False),
    ("fixup! feat: a thing", "", "", "fixup! feat: a thing", False),
)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], tool: Callable[[str], tuple[str, ...]]) -> Say:
    tool("git-cliff")

    def said(*words: str) -> tuple[int, str]:
        code, out, err = typed(capsys, *words)
        return code, out + err

    return said


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone of a bare repository at v1.0.0, which is where it stands."""
    root = shop(
        tmp_path / "first", "feat: open", files={"pyproject.toml": '[project]\nname = "x"\nversion = "1.0.0"\n'}
    )
    git(root, "tag", "--annotate", "--message", "v1.0.0", "v1.0.0")
    bare = tmp_path / "shop.git"
    subprocess.run(("git", "clone", "--quiet", "--bare", str(root), str(bare)), check=True)  # noqa: S607
    made = cloned(bare, tmp_path / "clone")
    monkeypatch.chdir(made)
    return made


def test_commits_are_read_by_the_grammar_of_conventional_commits(clone: Path, say: Say) -> None:
    (clone / "lockstep.toml").write_text('[release]\nunconventional = "patch"\n', encoding="utf-8")
    (clone / ".cliffignore").write_text("", encoding="utf-8")
    commit(clone, "chore: settings")
    for message, *_ in GRAMMAR:
        commit(clone, message)
    code, printed = say("release.cut", "--json")
    assert code == 0, printed
    read = [
        (each["type"], each["scope"], each["subject"], bool(each["breaking"]))
        for each in reversed(json.loads(printed)["changes"])
    ]
    assert read[1:] == [each[1:] for each in GRAMMAR]


def test_a_commit_that_git_cliff_is_told_to_skip_is_missed(clone: Path, say: Say) -> None:
    sha = commit(clone, "feat: hidden")
    (clone / ".cliffignore").write_text(f"{sha}\n", encoding="utf-8")
    commit(clone, "fix: shown")
    code, printed = say("release.cut")
    assert code == 6
    assert f"commit {sha[:8]} could not be read" in printed


def test_a_release_is_planned_cut_and_pushed(clone: Path, say: Say) -> None:
    commit(clone, "feat: more")
    code, printed = say("release.cut")
    assert code == 0, printed
    assert "v1.0.0 -> v1.1.0 (minor)" in printed
    assert printed.endswith("nothing was changed; add --apply to cut it\n")
    assert git(clone, "tag", "--list") == "v1.0.0"
    code, printed = say("release.cut", "--apply", "--push", "--json")
    assert code == 0, printed
    assert json.JSONDecoder().raw_decode(printed)[0]["tag"] == "v1.1.0"
    head = git(clone, "rev-parse", "HEAD")
    assert f"build version v1.1.0+{head}" in printed
    there = git(clone, "ls-remote", "origin")
    for ref in ("refs/heads/main", "refs/heads/release/v1.1", "refs/tags/v1.1.0^{}"):
        assert f"{head}\t{ref}" in there


def test_a_remote_that_refuses_takes_nothing_of_it(clone: Path, say: Say, tmp_path: Path) -> None:
    hook = tmp_path / "shop.git/hooks/update"
    hook.write_text('#!/bin/sh\ncase "$1" in refs/tags/*) exit 1 ;; esac\n', encoding="utf-8")
    hook.chmod(0o755)
    commit(clone, "feat: more")
    before = git(clone, "ls-remote", "origin")
    code, printed = say("release.cut", "--apply", "--push")
    assert code == 6
    assert "error: origin did not take the release; it is cut here" in printed
    assert "mend: lockstep release.cut --apply tries again, --abort --apply takes it back" in printed
    assert git(clone, "ls-remote", "origin") == before
    assert "the cutting of v1.1.0 was interrupted" in say("release.cut")[1]
    hook.unlink()
    code, printed = say("release.cut", "--apply")
    assert (code, printed.splitlines()[-1]) == (0, "pushed to origin")
    assert "refs/tags/v1.1.0" in git(clone, "ls-remote", "origin")


def test_without_a_push_the_command_is_told(clone: Path, say: Say) -> None:
    commit(clone, "feat: more")
    code, printed = say("release.cut", "--apply")
    assert code == 0
    told = printed.splitlines()[-1].removeprefix("to push it: ").split()
    subprocess.run(told, cwd=clone, check=True, capture_output=True)
    assert "refs/tags/v1.1.0" in git(clone, "ls-remote", "origin")


@pytest.mark.parametrize("words", [("--apply",), ("--abort", "--apply")])
def test_an_interrupted_release_is_told_of_and_taken_up_or_back(
    clone: Path, say: Say, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    commit(clone, "feat: more")

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("lockstep.releases.cutting.finish", killed)
        with pytest.raises(Killed):
            say("release.cut", "--apply")
    code, printed = say("release.cut")
    assert (code, "--apply finishes it, --abort --apply takes it back" in printed) == (0, True)
    code, printed = say("release.cut", *words)
    assert code == 0, printed
    assert git(clone, "tag", "--list").split() == (["v1.0.0"] if "--abort" in words else ["v1.0.0", "v1.1.0"])
    assert git(clone, "status", "--porcelain") == ""


def test_nothing_was_interrupted(clone: Path, say: Say) -> None:
    code, printed = say("release.cut", "--abort")
    assert (code, "no release was interrupted" in printed) == (6, True)


# Commands of git that change something, in the order of a cut.
WRITES = ("hash-object", "update-index", "write-tree", "commit-tree", "restore", "update-ref", "tag", "push")


@pytest.fixture
def lethal(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """Return a function to an environment in which git does one of its commands, and whoever started it is killed then."""
    program, real = tmp_path / "bin/git", shutil.which("git")
    program.parent.mkdir()

    def made(command: str) -> dict[str, str]:
        deadly = f'case " $* " in *" {command} "*) kill -9 $PPID ;; esac'
        program.write_text(
            f'#!/bin/sh\n"{real}" "$@"\ncode=$?\n[ $code = 0 ] && {deadly}\nexit $code\n', encoding="utf-8"
        )
        program.chmod(0o755)
        return {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}

    return made


def test_killed_after_any_write_the_next_try_completes(
    clone: Path, say: Say, lethal: Callable[[str], dict[str, str]]
) -> None:
    commit(clone, "feat: more")
    old = git(clone, "rev-parse", "HEAD")
    argv = (sys.executable, "-c", "from lockstep import cli; cli.main()", "release.cut", "--apply", "--push")
    for command in WRITES:
        done = subprocess.run(argv, cwd=clone, env=lethal(command), capture_output=True, check=False)
        assert done.returncode == -signal.SIGKILL, (command, done.stderr)
    code, printed = say("release.cut", "--apply", "--push")
    assert (code, printed.splitlines()[-1]) == (0, "pushed to origin")
    head = git(clone, "rev-parse", "HEAD")
    assert git(clone, "rev-parse", "HEAD^") == old
    assert git(clone, "status", "--porcelain") == ""
    assert git(clone, "tag", "--list").split() == ["v1.0.0", "v1.1.0"]
    there = git(clone, "ls-remote", "origin")
    for ref in ("refs/heads/main", "refs/heads/release/v1.1", "refs/tags/v1.1.0^{}"):
        assert f"{head}\t{ref}" in there
    code, printed = say("release.cut")
    assert (code, "nothing since v1.1.0 is released" in printed) == (6, True)


def test_what_the_remote_has_is_not_taken_back(clone: Path, say: Say, lethal: Callable[[str], dict[str, str]]) -> None:
    commit(clone, "feat: more")
    argv = (sys.executable, "-c", "from lockstep import cli; cli.main()", "release.cut", "--apply", "--push")
    subprocess.run(argv, cwd=clone, env=lethal("push"), capture_output=True, check=False)
    code, printed = say("release.cut", "--abort", "--apply")
    assert (code, "error: origin has v1.1.0" in printed) == (6, True)
    assert "v1.1.0" in git(clone, "tag", "--list")


def test_without_a_remote_only_what_is_here_counts(clone: Path, say: Say) -> None:
    git(clone, "remote", "remove", "origin")
    commit(clone, "feat: more")
    code, printed = say("release.cut")
    assert (code, "v1.0.0 -> v1.1.0 (minor)" in printed) == (0, True)
    assert "there is no remote of the name in origin/main: only what is here counts\n" in printed
