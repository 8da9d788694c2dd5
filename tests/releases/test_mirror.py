"""The settings of the mirror's bucket, and the names of what lies in it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from lockstep.config import MirrorConfig
from lockstep.errors import RefusedError, RunError
from lockstep.host.bucket import Account
from lockstep.host.bucket_settings import BucketSettings, Settings, refuses_plain, statements
from lockstep.releases import manifest, mirror

KEY = "arn:aws:kms:ca-central-1:123456789012:key/one"
CONFIG = MirrorConfig(bucket="shop-mirror", prefix="shop/", key=KEY)
TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::shop-mirror/*", "arn:aws:s3:::shop-mirror"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
WHOLE = Settings(
    exists=True,
    versioned=True,
    locked=True,
    private=True,
    key=KEY,
    rules=tuple(mirror.lifecycle(CONFIG)),
    sizes="varies_by_storage_class",
    policy=(TLS,),
    tls_only=True,
)


def lacking(settings: Settings, config: MirrorConfig = CONFIG) -> list[str]:
    bucket = BucketSettings(Account(None, None), config.bucket, config.region)
    return [each.what for each in mirror.amendments(config, KEY, settings, bucket)]


def test_a_bucket_that_is_as_it_must_be_lacks_nothing() -> None:
    assert lacking(WHOLE) == []
    others = ({"ID": "other", "Status": "Enabled"}, *reversed(WHOLE.rules))
    assert lacking(msgspec.structs.replace(WHOLE, rules=others)) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"versioned": False}, "no versions of objects are kept"),
        ({"locked": False}, "objects cannot be locked"),
        ({"private": False}, "objects can be made public"),
        ({"key": ""}, f"the default encryption is by no KMS key, not {KEY}"),
        ({"key": "other"}, f"the default encryption is by other, not {KEY}"),
        ({"tls_only": False}, "the bucket can be used without TLS"),
        ({"rules": ()}, "the life cycle is not 180 days in Standard-IA, then 730 in Glacier"),
        ({"sizes": "all_storage_classes_128K"}, "the life cycle is not 180 days in Standard-IA, then 730 in Glacier"),
        ({"rules": WHOLE.rules[1:]}, "the life cycle is not 180 days in Standard-IA, then 730 in Glacier"),
    ],
)
def test_each_setting_that_it_lacks_is_named(fields: dict[str, Any], said: str) -> None:
    assert lacking(msgspec.structs.replace(WHOLE, **fields)) == [said]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"Principal": {"AWS": "*"}, "Action": ["s3:*"], "Resource": "*"},
        {"Condition": {"Bool": {"aws:SecureTransport": ["false"]}}},
    ],
)
def test_a_policy_that_refuses_all_without_tls_may_say_so_in_several_ways(change: dict[str, Any]) -> None:
    assert refuses_plain(TLS | change, "shop-mirror")


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Allow"},
        {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}},
        {"Action": "s3:GetObject"},
        {"Resource": "arn:aws:s3:::shop-mirror"},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": TLS["Condition"] | {"StringEquals": {"aws:username": "ada"}}},  # type: ignore[operator]
        {"Condition": {}},
    ],
)
def test_a_policy_that_refuses_less_does_not_count(change: dict[str, Any]) -> None:
    assert not refuses_plain(TLS | change, "shop-mirror")


def test_a_policy_of_one_statement_may_stand_without_a_list() -> None:
    assert statements({"Policy": json.dumps({"Statement": TLS})}) == statements(
        {"Policy": json.dumps({"Statement": [TLS]})}
    )
    assert statements({}) == ()


EXPIRING = {"ID": "tidy", "Status": "Enabled", "Expiration": {"Days": 7}}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"Filter": {"Prefix": "shop/"}},
        {"Prefix": "shop/audit/2026"},
        {"Filter": {"And": {"Prefix": "", "ObjectSizeGreaterThan": 1}}},
        {"Expiration": {}, "Transitions": [{"Days": 0, "StorageClass": "DEEP_ARCHIVE"}]},
    ],
)
def test_a_rule_of_somebody_elses_must_not_meddle(change: dict[str, Any]) -> None:
    there = msgspec.structs.replace(WHOLE, rules=(*WHOLE.rules, EXPIRING | change))
    assert lacking(there) == ["another rule (tidy) deletes or moves what is kept here"]
    bucket = BucketSettings(Account(None, None), CONFIG.bucket, CONFIG.region)
    [amendment] = mirror.amendments(CONFIG, KEY, there, bucket)
    with pytest.raises(RefusedError, match="a rule of somebody else's is in the way"):
        amendment.make()


@pytest.mark.parametrize(
    "change",
    [
        {"Filter": {"Prefix": "logs/"}},
        {"Status": "Disabled"},
        {"Filter": {"Tag": {"Key": "kind", "Value": "log"}}},
        {"Filter": {"And": {"Prefix": "shop/", "Tags": [{"Key": "kind", "Value": "log"}]}}},
        {"Expiration": {"ExpiredObjectDeleteMarker": True}},
        {"Expiration": {}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
    ],
)
def test_a_rule_that_does_nothing_to_the_mirror_may_stay(change: dict[str, Any]) -> None:
    assert lacking(msgspec.structs.replace(WHOLE, rules=(*WHOLE.rules, EXPIRING | change))) == []


def test_a_bucket_that_is_not_there_lacks_all_but_what_it_is_made_with() -> None:
    found = lacking(Settings())
    assert found[0] == "no bucket shop-mirror: it is made in ca-central-1, with object locks"
    assert "no versions of objects are kept" not in found
    assert "objects cannot be locked" not in found


def test_a_server_that_is_spoken_to_without_tls_is_not_locked_away() -> None:
    plain = msgspec.structs.replace(CONFIG, endpoint="http://127.0.0.1:9000")
    assert lacking(msgspec.structs.replace(WHOLE, tls_only=False), plain) == []


def test_artifacts_expire_after_both_stores_and_what_is_locked_after_its_lock() -> None:
    config = msgspec.structs.replace(CONFIG, infrequent=10, glacier=20, audit=100)
    rules = {rule["Filter"]["Prefix"]: rule for rule in mirror.lifecycle(config)}
    assert set(rules) == {"shop/artifacts/", "shop/audit/", "shop/digests/", "shop/releases/"}
    assert {prefix: rule["Expiration"]["Days"] for prefix, rule in rules.items()} == {
        "shop/artifacts/": 30,
        "shop/audit/": 101,
        "shop/digests/": 101,
        "shop/releases/": 101,
    }
    assert all(rule["Transitions"] == [{"Days": 10, "StorageClass": "GLACIER"}] for rule in rules.values())
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert mirror.retention(config, now).until == now + timedelta(days=100)


def test_small_objects_move_through_the_life_cycle_too() -> None:
    asked: dict[str, Any] = {}

    class Client:
        def put_bucket_lifecycle_configuration(self, **words: object) -> None:
            asked.update(words)

    BucketSettings(Account(Client(), None), "shop-mirror", "ca-central-1").set_rules(mirror.lifecycle(CONFIG))
    assert asked["TransitionDefaultMinimumObjectSize"] == "varies_by_storage_class"
    assert asked["LifecycleConfiguration"] == {"Rules": mirror.lifecycle(CONFIG)}


def test_an_index_is_read_as_it_was_written() -> None:
    index = manifest.Index("", "1.2.0", "v1.2.0+c", "v1.2.0", "c" * 40, "7" * 40, "t", "p", "one", (), (), {})
    assert manifest.decoded(index.encoded(), "there") == index
    with pytest.raises(RunError, match="index of a release cannot be read"):
        manifest.decoded(index.encoded()[:-9], "there")
    with pytest.raises(RunError, match="index of a release cannot be read"):
        manifest.decoded(index.encoded().replace(b'"schema_version": 1', b'"schema_version": 2'), "there")
