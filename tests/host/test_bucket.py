"""What a bucket's service may answer besides the usual, as boto3 tells it."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from lockstep.errors import RefusedError, RunError
from lockstep.host.aws import ArchivedError
from lockstep.host.bucket import Account, Bucket, Retention

DIGEST = "0" * 64


class Answering:
    """An S3 client whose every call ends in one way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, _: str) -> Any:  # noqa: ANN401 - any call
        def call(**_: object) -> None:
            raise self._error

        return call


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Call")


def bucket(error: Exception) -> Bucket:
    return Bucket("mirror", "key", Answering(error))


def test_whoever_was_faster_has_written_it() -> None:
    bucket(refused("PreconditionFailed")).put("a", b"", DIGEST, None)


def test_what_was_asked_for_already_comes() -> None:
    bucket(refused("RestoreAlreadyInProgress")).thaw("a", 7)


def test_a_refusal_is_no_absence(tmp_path: Path) -> None:
    closed = bucket(refused("AccessDenied"))
    calls = (
        lambda: closed.digest("a"),
        lambda: closed.read("a"),
        lambda: closed.put("a", b"", DIGEST, None),
        lambda: closed.thaw("a", 7),
        lambda: closed.fetch("a", DIGEST, tmp_path / "a"),
    )
    for call in calls:
        with pytest.raises(RunError, match="cannot") as failed:
            call()
        assert failed.value.where == "s3://mirror/a"
        assert "AccessDenied" in failed.value.why


def test_what_is_archived_is_told_apart() -> None:
    with pytest.raises(ArchivedError, match="is archived"):
        bucket(refused("InvalidObjectState")).read("a")


def test_a_service_that_cannot_be_reached_is_named() -> None:
    with pytest.raises(RunError, match="cannot look into the bucket") as failed:
        bucket(EndpointConnectionError(endpoint_url="https://s3.shop.example")).digest("a")
    assert "https://s3.shop.example" in failed.value.why


def test_a_file_larger_than_one_request_carries_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as stream:
        stream.truncate(5 * 1024**3 + 1)
    with pytest.raises(RunError, match="larger than one request to S3 carries"):
        bucket(refused("Never")).put("a", large, DIGEST, None)


NOW = datetime(2026, 11, 24, tzinfo=UTC)
LOCK = Retention("GOVERNANCE", NOW, NOW + timedelta(days=700))


def held(**said: object) -> Bucket:
    """Return a bucket with one object that is as it should be, but for what is said of it."""

    class Client:
        def head_object(self, **_: object) -> dict[str, object]:
            checksum = base64.b64encode(bytes(32)).decode()
            encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "key", "ChecksumSHA256": checksum}
            locked = {"ObjectLockMode": LOCK.mode, "ObjectLockRetainUntilDate": LOCK.until}
            return {**encrypted, **locked, "LastModified": NOW + timedelta(hours=1), **said}

    return Bucket("mirror", "key", Client())


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"ObjectLockMode": "COMPLIANCE"},
        {"LastModified": NOW - timedelta(days=300), "ObjectLockRetainUntilDate": NOW + timedelta(days=400)},
    ],
)
def test_an_object_that_was_locked_so_or_more_firmly_is_what_it_should_be(said: dict[str, object]) -> None:
    assert held(**said).digest("a", LOCK) == DIGEST


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"ObjectLockMode": None, "ObjectLockRetainUntilDate": None}, "not at all, or this role may not see it"),
        ({"ObjectLockRetainUntilDate": NOW + timedelta(days=1)}, "GOVERNANCE until 2026-11-25"),
    ],
)
def test_an_object_that_somebody_else_wrote_without_a_lock_is_refused(said: dict[str, object], why: str) -> None:
    with pytest.raises(RefusedError, match="not locked for as long as it should be") as refused:
        held(**said).digest("a", LOCK)
    assert why in refused.value.why
    assert held(**said).digest("a") == DIGEST


def test_a_lock_that_somebody_can_lift_is_not_one_that_nobody_can() -> None:
    with pytest.raises(RefusedError, match="not locked"):
        held().digest("a", msgspec.structs.replace(LOCK, mode="COMPLIANCE"))


@pytest.mark.parametrize("checksum", ["", "x", "ung0OS/d9Xw0ivBWfVKMIeMAkUZ8+g1mk0u1Jd8eAyM=-3"])
def test_an_object_that_was_sent_in_parts_has_no_digest_of_its_own(checksum: str) -> None:
    with pytest.raises(RunError, match="nobody knows what it is"):
        held(ChecksumSHA256=checksum).digest("a")


def test_a_key_of_amazons_own_is_refused() -> None:
    class Kms:
        def describe_key(self, **_: object) -> dict[str, object]:
            return {"KeyMetadata": {"KeyState": "Enabled", "KeyManager": "AWS", "Arn": "arn"}}

    with pytest.raises(RefusedError, match="the KMS key is Amazon's own"):
        Account(None, Kms()).arn("alias/aws/s3")
