"""`lockstep release.*`, where it ends before any store is asked, or is asked for too much."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from lockstep.releases.mirror import Amendment
from tests.engine.running import git
from tests.releases import test_restoring
from tests.releases.cuts import plan, shop

Say = Callable[..., tuple[int, str, str]]
MIRROR = '[release.mirror]\nbucket = "mirror"\nkey = "alias/shop"\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = shop(
        tmp_path / "shop",
        "feat: open",
        files={"lockstep.toml": f'[repository]\nbase = "main"\n[release]\nunproved = true\n{MIRROR}'},
    )
    monkeypatch.chdir(made)
    return made


def test_what_is_no_release_is_not_published(root: Path, say: Say) -> None:
    code, _, told = say("release.publish")
    assert code == 6
    assert told == "error: HEAD is no release\n  mend: lockstep release.cut --apply\n"


def test_a_release_without_a_run_is_not_published(root: Path, say: Say) -> None:
    git(root, "tag", "--annotate", "--message", "v1.0.0", "v1.0.0")
    code, _, told = say("release.publish")
    assert code == 5
    assert "error: there is no run" in told
    assert "mend: nox -s gates -- --strict" in told


def test_without_a_mirror_there_is_nothing_to_set_up_or_to_restore(root: Path, say: Say) -> None:
    (root / "lockstep.toml").write_text("[release]\nunproved = true\n", encoding="utf-8")
    for words in (("release.mirror-setup",), ("release.restore", "HEAD")):
        code, _, told = say(*words)
        assert code == 2
        assert "error: no mirror is configured" in told
        assert "mend: [release.mirror] bucket and key" in told


def test_several_releases_do_not_come_back_into_one_folder(
    root: Path, say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mirror, index = test_restoring.bucket(), test_restoring.INDEX
    other = msgspec.structs.replace(index, tag="till/v1.2.0")
    monkeypatch.setattr("lockstep.releases.stores.bucket", lambda *_: mirror)
    found = tuple(test_restoring.release(each) for each in (index, other))
    monkeypatch.setattr("lockstep.releases.restoring.find", lambda *_: found)
    code, _, told = say("release.restore", index.commit, "--into", str(tmp_path / "back"))
    assert (code, "error: 2 releases were found" in told) == (2, True)


def test_without_a_remote_nothing_is_pushed(root: Path, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan(root, '[repository]\nbase = "main"\n')
    monkeypatch.setattr("lockstep.tasks.release._planned", lambda *_, **__: (made, ""))
    code, shown, told = say("release.cut", "--apply", "--push")
    assert (code, shown) == (2, "")
    assert "error: there is no remote to push to" in told
    assert git(root, "tag", "--list") == ""
    code, shown, told = say("release.cut", "--apply")
    assert code == 0
    assert "no release -> v0.1.0 (the first release)" in shown
    assert "v0.1.0 is cut: build version v0.1.0+" in told
    assert "to push it: git push --atomic origin refs/heads/main:" in told


def test_a_setting_that_the_bucket_does_not_take_is_named(
    root: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn = Amendment("objects cannot be locked", lambda: None)
    monkeypatch.setattr("lockstep.releases.stores.lacking", lambda *_: (stubborn,))
    code, shown, told = say("release.mirror-setup", "--apply")
    assert code == 6
    assert shown == "set: objects cannot be locked\n"
    assert "error: the bucket did not take every setting\n  because: objects cannot be locked" in told


def test_without_a_policy_nothing_is_published_and_nothing_comes_back(root: Path, say: Say) -> None:
    (root / "lockstep.toml").write_text(MIRROR, encoding="utf-8")
    git(root, "tag", "--annotate", "--message", "v1.0.0", "v1.0.0")
    for words in (("release.publish",), ("release.publish", "--apply"), ("release.restore", "HEAD")):
        code, shown, told = say(*words)
        assert (code, shown) == (2, "")
        assert "error: nothing says what a release must prove\n  at: lockstep.toml\n" in told
        assert '  mend: [release] policy = "FILE"' in told
