"""Publishing to real stores: what is there is skipped, nothing is written over, the index is the last."""

import json
from pathlib import Path

import msgspec
import pytest

from lockstep.model.record import RunRecord
from tests.e2e import releasing
from tests.e2e.benching import Bench, Say
from tests.e2e.releasing import Shop
from tests.evidence import making

pytestmark = pytest.mark.e2e


def test_a_plan_changes_nothing_and_the_index_is_written_last(shop: Shop, say: Say, bench: Bench) -> None:
    code, printed = say("release.publish")
    assert code == 0, printed
    assert "nothing was changed" in printed
    assert not any(proxy.written() for proxy in bench.all)
    code, printed = say("release.publish", "--apply")
    assert code == 0, printed
    assert "the release is whole" in printed
    assert bench.cloud.written()[-1].startswith(f"/{shop.bucket}/shop/releases/{shop.commit}/v1.2.0.json")


def test_what_is_published_is_not_published_again(published: Shop, say: Say, bench: Bench) -> None:
    for proxy in bench.all:
        proxy.seen.clear()
    code, printed = say("release.publish", "--apply")
    assert code == 0, printed
    assert printed.splitlines()[-1].startswith("0 steps taken")
    assert not any(proxy.written() for proxy in bench.all)
    _, printed = say("release.publish", "--json")
    assert {row["state"] for row in json.JSONDecoder().raw_decode(printed)[0]} == {"there"}


def test_evidence_that_the_policy_does_not_let_through_is_not_published(
    published: Shop, say: Say, tmp_path: Path
) -> None:
    policy = published.root / "policy.json"
    before = policy.read_text(encoding="utf-8")
    stricter = releasing.policy(gates={"required": ["lint", "penetration-test"]})
    policy.write_text(json.dumps(stricter), encoding="utf-8")
    for words in (("publish", "--apply"), ("restore", "v1.2.0", "--into", str(tmp_path / "back"))):
        code, printed = say(f"release.{words[0]}", *words[1:])
        assert code == 6
        assert "error: the evidence does not prove the release" in printed
        assert f"{published.wheel.name}: nothing shows that penetration-test passed [missing-gate]" in printed
    policy.write_text(before, encoding="utf-8")
    assert not (tmp_path / "back").exists()


def judged(shop: Shop) -> RunRecord:
    """Return the record of the shop's run."""
    return msgspec.json.decode((shop.run / "run.json").read_bytes(), type=RunRecord)


def test_what_is_not_proved_is_not_published(shop: Shop, say: Say, bench: Bench) -> None:
    good, commit = judged(shop), "d" * 40
    elsewhere = msgspec.structs.replace(
        good, repository=msgspec.structs.replace(good.repository, commit=commit, tree="e" * 40)
    )
    evidence, record = shop.run / "evidence", (shop.run / "run.json").read_bytes()

    def lacks_a_gate() -> None:
        (evidence / "lint.sigstore.json").unlink()

    def lacks_everything() -> None:
        for path in evidence.iterdir():
            path.unlink()

    def is_of_another_commit() -> None:
        releasing.prove(shop.run, elsewhere)
        (shop.run / "run.json").write_bytes(record)

    def is_by_a_stranger() -> None:
        releasing.prove(shop.run, good, making.cast().stranger)

    def is_of_a_dirty_tree() -> None:
        releasing.prove(shop.run, good, dirty=True)

    for change, code in (
        (lacks_a_gate, "missing-gate"),
        (lacks_everything, "no-evidence"),
        (is_of_another_commit, "record-changed"),
        (is_by_a_stranger, "wrong-key"),
        (is_of_a_dirty_tree, "dirty-tree"),
    ):
        releasing.prove(shop.run, good)
        change()
        exit_code, printed = say("release.publish", "--apply")
        assert (exit_code, "error: the evidence does not prove the release" in printed) == (6, True), printed
        assert f"[{code}]" in printed
    assert not any(proxy.seen for proxy in bench.all)


def test_nothing_is_written_where_nobody_can_sign_the_index(shop: Shop, say: Say, bench: Bench) -> None:
    settings, policy = shop.root / "lockstep.toml", shop.root / "policy.json"
    before = settings.read_text(encoding="utf-8")
    settings.write_text(before.replace('key = "../ci.key"\n', ""), encoding="utf-8")
    code, printed = say("release.publish", "--apply")
    assert (code, "error: nobody signs the index of the release" in printed) == (2, True)
    settings.write_text(before, encoding="utf-8")
    entitled = {"name": "ci", "key": making.pem(making.cast().ci), "signs": ["gate", "provenance", "sbom", "signature"]}
    policy.write_text(json.dumps(releasing.policy(signers=[entitled])), encoding="utf-8")
    code, printed = say("release.publish", "--apply")
    assert (code, "error: the index of the release is not believed" in printed) == (6, True)
    assert "ci signed it, who may not vouch for a release [not-entitled]" in printed
    assert not any(proxy.written() for proxy in bench.all)


def test_where_lockstep_toml_says_so_nothing_is_proved(shop: Shop, say: Say, tmp_path: Path) -> None:
    settings = shop.root / "lockstep.toml"
    text = settings.read_text(encoding="utf-8").replace('policy = "policy.json"', "unproved = true")
    settings.write_text(text.replace('key = "../ci.key"\n', ""), encoding="utf-8")
    for words in (("publish", "--apply"), ("restore", "v1.2.0", "--into", str(tmp_path / "back"))):
        code, printed = say(f"release.{words[0]}", *words[1:])
        assert code == 0, printed
        assert "the evidence was not verified: lockstep.toml says [release] unproved" in printed
    assert (tmp_path / "back/release.json").exists()
    assert not (tmp_path / "back/release.sigstore.json").exists()
    settings.write_text(text.replace("unproved = true", 'policy = "policy.json"'), encoding="utf-8")
    code, printed = say("release.restore", "v1.2.0")
    assert (code, "nobody signed it [unsigned]" in printed) == (6, True)


def test_other_bytes_of_the_same_name_are_refused_before_anything_is_written(
    published: Shop, say: Say, bench: Bench, tmp_path: Path
) -> None:
    other = msgspec.structs.replace(published, run=tmp_path / "two")
    releasing.built(other, published.image.name, b"OPEN = False\n")
    for proxy in bench.all:
        proxy.seen.clear()
    code, printed = say("release.publish", "--run", str(other.run), "--apply")
    assert code == 6
    assert "error: what is published is never written over" in printed
    for name in (published.wheel.name, f"shop:{published.commit}", "shop:v1.2.0", "v1.2.0.json"):
        assert f"{name} is there with other bytes" in printed.replace(" to the index", "")
    assert not any(proxy.written() for proxy in bench.all)


def test_without_credentials_it_says_so(shop: Shop, say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in releasing.CREDENTIALS:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    code, printed = say("release.publish")
    assert code == 5
    assert "mend: give this process credentials of a role" in printed
