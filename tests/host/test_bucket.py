"""What a bucket's service may answer besides the usual, as boto3 tells it."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from lockstep.errors import RefusedError, RunError
from lockstep.host.aws import ArchivedError
from lockstep.host.bucket import Account, Bucket

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


def test_a_key_of_amazons_own_is_refused() -> None:
    class Kms:
        def describe_key(self, **_: object) -> dict[str, object]:
            return {"KeyMetadata": {"KeyState": "Enabled", "KeyManager": "AWS", "Arn": "arn"}}

    with pytest.raises(RefusedError, match="the KMS key is Amazon's own"):
        Account(None, Kms()).arn("alias/aws/s3")
