"""Publishing to real stores: what is there is skipped, nothing is written over, the index is the last."""

import json
from pathlib import Path

import msgspec
import pytest

from tests.e2e import releasing
from tests.e2e.benching import Bench, Say
from tests.e2e.releasing import Shop

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
