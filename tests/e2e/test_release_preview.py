"""Images of commits and pull requests, pushed to a real registry for others to try."""

from pathlib import Path

import msgspec
import pytest

from lockstep.model.artifact import ArtifactKind
from lockstep.model.record import RunRecord
from tests.e2e import releasing
from tests.e2e.benching import Bench, Say
from tests.e2e.releasing import Shop
from tests.engine.running import git

pytestmark = pytest.mark.e2e


@pytest.fixture
def branch(shop: Shop, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop whose images of commits have a place to go to."""
    monkeypatch.delenv("GITHUB_REF", raising=False)
    settings = shop.root / "lockstep.toml"
    text = settings.read_text(encoding="utf-8")
    place = f'registry = {{ preview = "{bench.stores.registry}/try", '
    settings.write_text(text.replace("registry = { ", place), encoding="utf-8")
    return shop


def test_images_of_a_pull_request_have_its_number_and_their_commit(
    branch: Shop, say: Say, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = f"{bench.stores.registry}/try/{branch.image.name}"
    code, printed = say("release.preview", "--pr", "7")
    assert code == 0, printed
    assert printed.splitlines()[1:3] == [
        f"  publish {place}:{tag} {branch.image.digest[7:19]}" for tag in (branch.commit, "pr-7")
    ]
    assert not bench.registry.written()
    monkeypatch.setenv("GITHUB_REF", "refs/pull/7/merge")
    code, printed = say("release.preview", "--apply")
    assert code == 0, printed
    assert printed.splitlines()[-2:] == [f"pushed {place}:{branch.commit}", f"pushed {place}:pr-7"]
    bench.registry.seen.clear()
    code, printed = say("release.preview", "--apply", "--json")
    assert (code, printed.count('"there"')) == (0, 2)
    assert not bench.registry.written()


def test_the_number_moves_and_the_commit_stays(branch: Shop, say: Say, bench: Bench, tmp_path: Path) -> None:
    assert say("release.preview", "--pr", "8", "--apply")[0] == 0
    other = releasing.built(msgspec.structs.replace(branch, run=tmp_path / "two"), branch.image.name, b"OPEN = False\n")
    code, printed = say("release.preview", "--pr", "8", "--run", str(other.run), "--apply")
    assert (code, f":{branch.commit} is there with other bytes" in printed) == (6, True)
    git(branch.root, "commit", "--quiet", "--allow-empty", "--message", "fix: more")
    other = releasing.built(other, branch.image.name, b"OPEN = False\n")
    code, printed = say("release.preview", "--pr", "8", "--run", str(other.run), "--apply")
    assert code == 0, printed
    assert f"  move {bench.stores.registry}/try/{branch.image.name}:pr-8 {other.image.digest[7:19]}" in printed


def test_without_a_pull_request_only_the_commit_is_named(branch: Shop, say: Say) -> None:
    code, printed = say("release.preview")
    assert (code, len(printed.splitlines())) == (0, 3)


def test_what_is_no_image_of_a_commit_is_not_pushed(branch: Shop, say: Say) -> None:
    code, printed = say("release.preview", "--pr", "seven")
    assert (code, "error: seven is no number of a pull request" in printed) == (2, True)
    record = msgspec.json.decode((branch.run / "run.json").read_bytes(), type=RunRecord)
    wheels = tuple(each for each in record.artifacts if each.kind is not ArtifactKind.IMAGE)
    state = msgspec.structs.replace(record.repository, dirty=True)
    worse = msgspec.structs.replace(record, artifacts=wheels, gates=(), repository=state)
    (branch.run / "run.json").write_bytes(msgspec.json.encode(worse))
    code, printed = say("release.preview", "--apply")
    assert code == 6
    for why in ("its build did not pass", "its files were not those of a commit", "it built no image"):
        assert why in printed


def test_without_a_place_to_go_to_it_says_so(shop: Shop, say: Say) -> None:
    del shop
    code, printed = say("release.preview")
    assert (code, "mend: [release.registry] preview: host/path" in printed) == (2, True)
