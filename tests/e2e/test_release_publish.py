"""Publishing to real stores, and back: what is there is skipped, nothing is written over, the index is the last."""

import base64
import hashlib
import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from botocore.exceptions import ClientError

from lockstep.config import MirrorConfig
from lockstep.errors import RefusedError
from lockstep.host import bucket as s3
from lockstep.host.bucket_settings import BucketSettings
from lockstep.host.ecr import open_ecr
from lockstep.releases import mirror
from lockstep.releases import registry as tokens
from tests.e2e import releasing
from tests.e2e.proxying import Broken, Fault, Proxy, Refused, Seen, healthy, proxied
from tests.e2e.registries import free_port, registry
from tests.e2e.releasing import Cloud, Shop, Stores
from tests.typed import typed

pytestmark = pytest.mark.e2e

Say = Callable[..., tuple[int, str]]


class Bench(msgspec.Struct, frozen=True):
    """The three stores, each behind a proxy."""

    index: Proxy
    registry: Proxy
    cloud: Proxy
    aws: Cloud

    @property
    def all(self) -> tuple[Proxy, Proxy, Proxy]:
        return self.index, self.registry, self.cloud

    @property
    def stores(self) -> Stores:
        return Stores(self.index.address, self.registry.address, self.cloud.address, self.aws.key)

    def released(self, shop: Shop) -> list[str]:
        """Return the names of the indexes in the mirror."""
        listed = self.aws.client("s3").list_objects_v2(Bucket=shop.bucket, Prefix="shop/releases/")
        return [each["Key"] for each in listed.get("Contents", ())]


@pytest.fixture(scope="module")
def bench(tool: Callable[[str], tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("stores")
    tool("crane")
    with (
        releasing.cloud() as aws,
        releasing.python_index(folder / "index") as index,
        registry(tool("registry"), folder / "registry") as images,
        proxied(index) as first,
        proxied(images) as second,
        proxied(aws.address) as third,
    ):
        yield Bench(first, second, third, aws)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    for name, value in releasing.CREDENTIALS.items():
        monkeypatch.setenv(name, value)

    def said(*words: str) -> tuple[int, str]:
        code, out, err = typed(capsys, *words)
        return code, out + err

    return said


@pytest.fixture
def shop(
    bench: Bench, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Shop:
    name = f"shop{hashlib.sha256(request.node.name.encode()).hexdigest()[:12]}"
    made = releasing.shop(tmp_path / "shop", bench.stores, name)
    monkeypatch.chdir(made.root)
    assert say("release.mirror-setup", "--apply")[0] == 0
    for proxy in bench.all:
        proxy.seen.clear()
    return made


@pytest.fixture(scope="module")
def whole(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A release that is published; tests leave its mirror as it was."""
    made = releasing.shop(tmp_path_factory.mktemp("whole") / "shop", bench.stores)
    for words in (("release.mirror-setup", "--apply"), ("release.publish", "--apply")):
        running = releasing.start(made.root, *words)
        printed = running.communicate()[0].decode()
        assert running.returncode == 0, printed
    return made


@pytest.fixture
def published(whole: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.chdir(whole.root)
    return whole


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


def test_a_release_comes_back_by_its_tag_and_by_what_it_holds(published: Shop, say: Say, tmp_path: Path) -> None:
    for subject in ("v1.2.0", published.image.digest):
        target = tmp_path / f"back-{subject[-8:]}"
        code, printed = say("release.restore", subject, "--into", str(target))
        assert code == 0, printed
        back = {each.relative_to(target).as_posix(): each.read_bytes() for each in target.rglob("*") if each.is_file()}
        assert json.loads(back.pop("release.json"))["build"] == f"v1.2.0+{published.commit}"
        assert back.pop("release.sigstore.json")
        layout = f"artifacts/till/{published.image.name}"
        made = {f"{layout}/index.json", f"{layout}/oci-layout"}
        assert {path for path in back if path not in made} == {path for path in published.files if path not in made}
        assert all(published.files[path] == data for path, data in back.items() if path not in made)


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


@pytest.fixture
def wheel_object(published: Shop, bench: Bench) -> Iterator[dict[str, str]]:
    """The wheel in the mirror; what the test puts over it is taken away again."""
    s3 = bench.aws.client("s3")
    named = {"Bucket": published.bucket, "Key": f"shop/artifacts/sha256/{published.wheel.digest[7:]}"}
    kept = s3.head_object(**named)["VersionId"]
    yield named
    for version in s3.list_object_versions(Bucket=named["Bucket"], Prefix=named["Key"])["Versions"]:
        if version["VersionId"] != kept:
            s3.delete_object(**named, VersionId=version["VersionId"])


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


def until(over: threading.Event) -> Fault:
    """Return a fault that holds up every request until it is over."""

    def wait(_: Seen) -> None:
        over.wait(60)

    return wait


def test_a_store_that_is_slow_is_given_up_in_time(published: Shop, say: Say, bench: Bench) -> None:
    settings = published.root / "lockstep.toml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text(before.replace("timeout = 30", "timeout = 1"), encoding="utf-8")
    for proxy in bench.all:
        over = threading.Event()
        proxy.fault = until(over)
        code, printed = say("release.publish")
        over.set()
        proxy.fault = healthy
        assert code == 5, printed
        assert "error: " in printed
        assert "cannot" in printed
    settings.write_text(before, encoding="utf-8")


def test_whoever_interrupts_does_not_wait_for_a_store(published: Shop, bench: Bench) -> None:
    asked, over = threading.Event(), threading.Event()

    def hold(_: Seen) -> None:
        asked.set()
        over.wait(120)

    bench.registry.fault = hold
    running = releasing.start(published.root, "release.publish", "--apply")
    assert asked.wait(60)
    running.send_signal(signal.SIGINT)
    printed = running.communicate(timeout=25)[0].decode()  # the store would be given up after 30 seconds
    over.set()
    bench.registry.fault = healthy
    assert running.returncode == 1
    assert printed.endswith("interrupted; the same command goes on from there\n")


@pytest.mark.parametrize("name", ["index", "registry", "cloud"])
def test_a_store_that_is_down_is_named_before_anything_is_written(
    published: Shop, bench: Bench, say: Say, name: str
) -> None:
    nowhere, settings = f"127.0.0.1:{free_port()}", published.root / "lockstep.toml"
    before = settings.read_text(encoding="utf-8")
    for proxy in bench.all:
        proxy.seen.clear()
    settings.write_text(before.replace(getattr(bench.stores, name), nowhere), encoding="utf-8")
    code, printed = say("release.publish", "--apply")
    settings.write_text(before, encoding="utf-8")
    assert code == 5, printed
    assert nowhere in printed
    assert not any(proxy.written() for proxy in bench.all)


# One request of each kind of step, in order.
STEPS = (
    ("index", "POST", "/"),
    ("registry", "POST", "/blobs/uploads/"),
    ("registry", "PUT", "/manifests/{commit}"),
    ("registry", "PUT", "/manifests/v1.2.0"),
    ("cloud", "PUT", "/shop/audit/"),
    ("cloud", "PUT", "/shop/artifacts/"),
    ("cloud", "PUT", "/shop/digests/"),
    ("cloud", "PUT", "/shop/releases/"),
)


def at(step: tuple[str, str, str], shop: Shop, fault: Fault) -> Fault:
    """Return the fault at the first request of a step."""
    _, method, part = step
    wanted = part.format(commit=shop.commit)

    def play(seen: Seen) -> None:
        if seen.method == method and wanted in seen.path and not seen.call:
            fault(seen)

    return play


def refuse(_: Seen) -> None:
    raise Refused(403)


def assert_written_once(bench: Bench, shop: Shop) -> None:
    """Every thing was written once: no file, tag or object twice."""
    names = [path for path in bench.cloud.written() if path.startswith(f"/{shop.bucket}/")]
    tags = [path for path in bench.registry.written() if "/manifests/" in path and shop.image.name in path]
    assert len(names) == len(set(names))
    assert len(tags) == len(set(tags)) == 2
    assert len(bench.index.written()) == 1


def test_whichever_step_fails_the_next_try_goes_on_from_there(shop: Shop, say: Say, bench: Bench) -> None:
    for step in STEPS:
        proxy: Proxy = getattr(bench, step[0])
        proxy.fault = at(step, shop, refuse)
        code, printed = say("release.publish", "--apply")
        proxy.fault = healthy
        assert code == 5, (step, printed)
        assert "error: " in printed
        assert bench.released(shop) == [], step
    for subject in (shop.commit, shop.wheel.digest):
        code, printed = say("release.restore", subject)
        assert (code, "the mirror has no release of" in printed) == (6, True)
    code, printed = say("release.publish", "--apply")
    assert code == 0, printed
    assert "an earlier try took" in printed
    assert printed.splitlines()[-1].startswith("1 steps taken")
    assert_written_once(bench, shop)


def test_an_answer_that_is_lost_is_asked_for_again(shop: Shop, say: Say, bench: Bench) -> None:
    def lose(_: Seen) -> None:
        raise Broken(after=True)

    for step in (STEPS[0], STEPS[4], STEPS[7]):
        proxy: Proxy = getattr(bench, step[0])
        proxy.fault = at(step, shop, lose)
        say("release.publish", "--apply")
        proxy.fault = healthy
    code, printed = say("release.publish", "--apply")
    assert code == 0, printed
    assert printed.splitlines()[-1].startswith("0 steps taken")
    assert_written_once(bench, shop)
    assert len(bench.released(shop)) == 1


def test_killed_between_steps_the_next_try_completes(shop: Shop, say: Say, bench: Bench) -> None:
    for step, after in ((STEPS[0], True), (STEPS[7], False)):
        running = releasing.start(shop.root, "release.publish", "--apply")

        def kill(_: Seen, running: "subprocess.Popen[bytes]" = running, after: bool = after) -> None:  # noqa: FBT001
            if running.poll() is None:
                running.kill()
                running.wait()
                raise Broken(after=after)

        proxy: Proxy = getattr(bench, step[0])
        proxy.fault = at(step, shop, kill)
        printed = running.communicate()[0].decode()
        proxy.fault = healthy
        assert running.returncode == -signal.SIGKILL, printed
        assert bench.released(shop) == []
    code, printed = say("release.publish", "--apply")
    assert code == 0, printed
    assert_written_once(bench, shop)


def test_a_full_disk_is_an_error_and_nothing_of_it_stays(shop: Shop, say: Say, bench: Bench, tmp_path: Path) -> None:
    full = ("prlimit", "--fsize=700")  # bytes of a file; the journal of a release is longer
    done = releasing.start(shop.root, "release.publish", "--apply", before=full)
    printed = done.communicate()[0].decode()
    assert done.returncode == 5, printed
    assert "error: cannot write a file" in printed
    assert bench.released(shop) == []
    assert say("release.publish", "--apply")[0] == 0
    target = tmp_path / "back"
    done = releasing.start(shop.root, "release.restore", "v1.2.0", "--into", str(target), before=full)
    printed = done.communicate()[0].decode()
    assert done.returncode == 5, printed
    assert "error: cannot write what was restored" in printed
    assert not [each for each in tmp_path.iterdir() if each.name not in {"shop", "ci.key"}]
    assert say("release.restore", "v1.2.0", "--into", str(target))[0] == 0


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
    assert say("release.mirror-setup", "--apply")[0] == 0
    assert say("release.mirror-setup")[1] == "the mirror is as it must be\n"


@pytest.fixture
def aws_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in releasing.CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("aws_environ")
def test_a_key_is_one_that_is_there_and_enabled(bench: Bench) -> None:
    account, kms = s3.account({}, releasing.REGION, bench.aws.url, 10), bench.aws.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/shop", TargetKeyId=key["KeyId"])
    assert account.arn("alias/shop") == key["Arn"]
    kms.disable_key(KeyId=key["KeyId"])
    with pytest.raises(RefusedError, match="is not enabled"):
        account.arn("alias/shop")
    with pytest.raises(RefusedError, match="there is no such KMS key"):
        account.arn("alias/none")


@pytest.mark.usefixtures("aws_environ")
def test_a_registry_of_amazons_gives_a_token_and_must_not_let_tags_move(bench: Bench) -> None:
    ecr, client = open_ecr({}, releasing.REGION, bench.aws.url, 10), bench.aws.client("ecr")
    assert base64.b64decode(ecr.token()).startswith(b"AWS:")
    with pytest.raises(RefusedError, match="no such repository"):
        ecr.refuse_mutable("shop/till")
    client.create_repository(repositoryName="shop/till")
    with pytest.raises(RefusedError, match="tags can be moved"):
        ecr.refuse_mutable("shop/till")
    client.put_image_tag_mutability(repositoryName="shop/till", imageTagMutability="IMMUTABLE")
    place = "123456789012.dkr.ecr.ca-central-1.amazonaws.com/shop"
    assert tokens.token(ecr, place, ["till"]) == ecr.token()
    with pytest.raises(RefusedError, match="no such repository"):
        tokens.token(ecr, place, ["till", "desk"])


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
    config = MirrorConfig(bucket="old-one", key=bench.aws.key)
    for amendment in mirror.amendments(config, bench.aws.key, settings.read(), settings):
        amendment.make()
    found = settings.read()
    assert not list(mirror.amendments(config, bench.aws.key, found, settings))
    assert [each["Sid"] for each in found.policy] == ["Mine", "LockstepTlsOnly"]


def test_without_credentials_it_says_so(shop: Shop, say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in releasing.CREDENTIALS:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    code, printed = say("release.publish")
    assert code == 5
    assert "mend: give this process credentials of a role" in printed
