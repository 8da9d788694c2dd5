"""What lies in the mirror, how its bucket must be, and how a release comes back from it."""

import base64
import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from lockstep.config import MirrorConfig
from lockstep.errors import RefusedError
from lockstep.host import bucket as s3
from lockstep.host.bucket_settings import BucketSettings
from lockstep.releases import mirror
from tests.e2e import releasing
from tests.e2e.benching import Bench, Say
from tests.e2e.releasing import Shop
from tests.evidence import making

pytestmark = pytest.mark.e2e


def test_a_release_comes_back_by_its_tag_and_by_what_it_holds(published: Shop, say: Say, tmp_path: Path) -> None:
    for subject in ("v1.2.0", published.image.digest):
        target = tmp_path / f"back-{subject[-8:]}"
        code, printed = say("release.restore", subject, "--into", str(target), "--json")
        assert code == 0, printed
        [restored] = json.JSONDecoder().raw_decode(printed)[0]
        assert restored["folder"] == str(target)
        back = {each.relative_to(target).as_posix(): each.read_bytes() for each in target.rglob("*") if each.is_file()}
        assert json.loads(back.pop("release.json")) == restored["index"]
        assert restored["index"]["build"] == f"v1.2.0+{published.commit}"
        assert back.pop("release.sigstore.json")
        layout = f"artifacts/till/{published.image.name}"
        made = {f"{layout}/index.json", f"{layout}/oci-layout"}
        assert {path for path in back if path not in made} == {path for path in published.files if path not in made}
        assert all(published.files[path] == data for path, data in back.items() if path not in made)


def test_cosign_alone_says_that_an_artifact_belongs_to_a_release(
    published: Shop, say: Say, tool: Callable[[str], tuple[str, ...]], tmp_path: Path
) -> None:
    assert say("release.restore", "v1.2.0", "--into", str(tmp_path / "back"))[0] == 0
    (tmp_path / "ci.pub").write_text(making.pem(making.cast().ci), encoding="utf-8")
    wheel = tmp_path / f"back/artifacts/till/{published.wheel.name}"
    argv = (
        *(*tool("cosign"), "verify-blob-attestation", "--key", str(tmp_path / "ci.pub"), "--insecure-ignore-tlog"),
        *("--type", "https://lockstep.example/release/v1", "--bundle", str(tmp_path / "back/release.sigstore.json")),
    )
    done = subprocess.run((*argv, str(wheel)), capture_output=True, text=True, check=False)
    assert (done.returncode, "Verified OK" in done.stderr) == (0, True), done.stderr
    wheel.write_bytes(b"other")
    assert subprocess.run((*argv, str(wheel)), capture_output=True, check=False).returncode != 0


def test_objects_are_encrypted_kept_in_cold_storage_and_locked(published: Shop, bench: Bench) -> None:
    s3 = bench.aws.client("s3")
    for each in s3.list_objects_v2(Bucket=published.bucket)["Contents"]:
        got = s3.get_object(Bucket=published.bucket, Key=each["Key"])
        assert (got["ServerSideEncryption"], got["SSEKMSKeyId"]) == ("aws:kms", bench.aws.key)
        assert got["StorageClass"] == "STANDARD_IA"
        locked = each["Key"].startswith(("shop/audit/", "shop/releases/", "shop/digests/"))
        assert (got.get("ObjectLockMode") == "COMPLIANCE") == locked
        if locked:
            version = {"Bucket": published.bucket, "Key": each["Key"], "VersionId": got["VersionId"]}
            with pytest.raises(ClientError, match="Access Denied"):
                s3.delete_object(**version)


@pytest.fixture
def mirrored(published: Shop, bench: Bench) -> Iterator[Callable[[str], dict[str, str]]]:
    """Return a function from a name to an object of the mirror; what the test puts over those is taken away again."""
    s3, known = bench.aws.client("s3"), dict[str, str]()

    def named(name: str) -> dict[str, str]:
        known[name] = s3.head_object(Bucket=published.bucket, Key=name)["VersionId"]
        return {"Bucket": published.bucket, "Key": name}

    yield named
    for name, kept in known.items():
        found = s3.list_object_versions(Bucket=published.bucket, Prefix=name)
        for version in (*found.get("Versions", ()), *found.get("DeleteMarkers", ())):
            if version["VersionId"] != kept:
                s3.delete_object(Bucket=published.bucket, Key=name, VersionId=version["VersionId"])


@pytest.fixture
def wheel_object(published: Shop, mirrored: Callable[[str], dict[str, str]]) -> dict[str, str]:
    return mirrored(f"shop/artifacts/{published.commit}/v1.2.0/sha256/{published.wheel.digest[7:]}")


def test_an_index_that_is_not_the_releases_own_does_not_come_back(
    published: Shop, mirrored: Callable[[str], dict[str, str]], say: Say, bench: Bench, tmp_path: Path
) -> None:
    s3 = bench.aws.client("s3")
    index = mirrored(f"shop/releases/{published.commit}/v1.2.0.json")
    signed = s3.get_object(**index)["Body"].read()
    statement = json.loads(base64.b64decode(json.loads(signed)["dsseEnvelope"]["payload"]))
    moved = {**statement, "predicate": {**statement["predicate"], "commit": "d" * 40}}
    for data, why in (
        (json.dumps(statement["predicate"]).encode(), "nobody signed it [unsigned]"),
        (signed.replace(b'"payload":"e', b'"payload":"f'), "[altered]"),
        (making.by_key(making.cast().stranger, statement), "[wrong-key]"),
        (making.by_key(making.cast().ci, moved), "it says that it is v1.2.0 of commit dddddddddddd"),
        (next(iter(published.run.glob("evidence/lint*"))).read_bytes(), "[foreign-predicate]"),
    ):
        s3.put_object(**index, Body=data)
        for subject in ("v1.2.0", published.wheel.digest):
            code, printed = say("release.restore", subject, "--into", str(tmp_path / "back"))
            assert (code, why in printed) == (6, True), printed
        assert not (tmp_path / "back").exists()


def test_a_release_of_which_an_object_was_deleted_does_not_come_back(
    wheel_object: dict[str, str], say: Say, bench: Bench, tmp_path: Path
) -> None:
    bench.aws.client("s3").delete_object(**wheel_object)
    code, printed = say("release.restore", "v1.2.0", "--into", str(tmp_path / "back"))
    assert (code, f"at: s3://{wheel_object['Bucket']}/{wheel_object['Key']}" in printed) == (5, True)
    assert list(tmp_path.iterdir()) == []


def test_what_is_archived_is_asked_for_and_then_comes_back(
    wheel_object: dict[str, str], say: Say, bench: Bench, tmp_path: Path
) -> None:
    bench.aws.client("s3").copy_object(**wheel_object, CopySource=wheel_object, StorageClass="GLACIER")
    target = str(tmp_path / "back")
    code, printed = say("release.restore", "v1.2.0", "--into", target)
    assert (code, "add --thaw" in printed) == (5, True)
    code, printed = say("release.restore", "v1.2.0", "--into", target, "--thaw")
    assert (code, "they were asked for" in printed) == (5, True)
    assert say("release.restore", "v1.2.0", "--into", target)[0] == 0


def test_an_object_that_was_replaced_does_not_come_back(
    wheel_object: dict[str, str], say: Say, bench: Bench, tmp_path: Path
) -> None:
    bench.aws.client("s3").put_object(**wheel_object, Body=b"other")
    code, printed = say("release.restore", "v1.2.0", "--into", str(tmp_path / "back"))
    assert code == 5
    place = f"s3://{wheel_object['Bucket']}/{wheel_object['Key']}"
    assert f"error: an object is not what the release says\n  at: {place}" in printed
    assert not (tmp_path / "back").exists()
    code, printed = say("release.publish")
    assert (code, "error: an object has no SHA-256" in printed) == (5, True)
    bench.aws.client("s3").put_object(**wheel_object, Body=b"other", ServerSideEncryption="AES256")
    code, printed = say("release.publish")
    assert (code, "error: an object is not encrypted by the key" in printed) == (6, True)


def test_a_mirror_that_is_not_as_it_must_be_takes_nothing(shop: Shop, say: Say, bench: Bench) -> None:
    s3 = bench.aws.client("s3")
    s3.delete_bucket_lifecycle(Bucket=shop.bucket)
    s3.delete_public_access_block(Bucket=shop.bucket)
    s3.delete_bucket_encryption(Bucket=shop.bucket)
    code, printed = say("release.publish", "--apply")
    assert code == 6
    for lacking in (
        "can be made public",
        "default encryption is by no KMS key",
        "not 180 days in Standard-IA, then 730",
    ):
        assert lacking in printed
    assert "mend: lockstep release.mirror-setup --apply" in printed
    assert "would set: " in say("release.mirror-setup")[1]
    assert len(json.loads(say("release.mirror-setup", "--json")[1])) == 3
    assert say("release.mirror-setup", "--apply")[0] == 0
    assert say("release.mirror-setup")[1] == "the mirror is as it must be\n"
    assert say("release.mirror-setup", "--json")[1] == "[]\n"


@pytest.fixture
def aws_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in releasing.CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("aws_environ")
def test_a_key_is_one_that_is_there_and_enabled(bench: Bench) -> None:
    account, kms = s3.account({}, releasing.REGION, bench.aws.url, 10), bench.aws.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/of-the-mirror", TargetKeyId=key["KeyId"])
    assert account.arn("alias/of-the-mirror") == key["Arn"]
    kms.disable_key(KeyId=key["KeyId"])
    with pytest.raises(RefusedError, match="is not enabled"):
        account.arn("alias/of-the-mirror")
    with pytest.raises(RefusedError, match="there is no such KMS key"):
        account.arn("alias/none")


@pytest.mark.usefixtures("aws_environ")
def test_an_object_is_never_written_over(bench: Bench) -> None:
    bench.aws.client("s3").create_bucket(
        Bucket="once", CreateBucketConfiguration={"LocationConstraint": releasing.REGION}
    )
    bucket = s3.account({}, releasing.REGION, bench.aws.url, 10).bucket("once", bench.aws.key)
    first, second = (hashlib.sha256(data).hexdigest() for data in (b"first", b"second"))
    bucket.put("a", b"first", first, None)
    bucket.put("a", b"second", second, None)
    assert bucket.digest("a") == first
    assert bucket.read("a").data == b"first"


@pytest.mark.usefixtures("aws_environ")
def test_a_bucket_that_is_there_is_amended_one_setting_at_a_time(bench: Bench) -> None:
    account, client = s3.account({}, releasing.REGION, bench.aws.url, 10), bench.aws.client("s3")
    client.create_bucket(Bucket="old-one", CreateBucketConfiguration={"LocationConstraint": releasing.REGION})
    client.put_bucket_policy(Bucket="old-one", Policy='{"Version": "2012-10-17", "Statement": [{"Sid": "Mine"}]}')
    settings = BucketSettings(account, "old-one", releasing.REGION)
    # The simulator does not keep that small objects move too; of a server that is not Amazon's it is not asked.
    config = MirrorConfig(bucket="old-one", key=bench.aws.key, endpoint="https://s3.shop.example")
    for amendment in mirror.amendments(config, bench.aws.key, settings.read(), settings):
        amendment.make()
    found = settings.read()
    assert not list(mirror.amendments(config, bench.aws.key, found, settings))
    assert [each["Sid"] for each in found.policy] == ["Mine", "LockstepTlsOnly"]
