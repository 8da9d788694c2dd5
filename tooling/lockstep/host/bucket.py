"""An S3 bucket through boto3: objects that are encrypted by a KMS key, named once, and never written over."""

import base64
import contextlib
import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from lockstep.errors import RefusedError, RunError
from lockstep.host.aws import client_error, code_of, session, translated
from lockstep.host.files import explained

if TYPE_CHECKING:
    from types_boto3_kms.client import KMSClient
    from types_boto3_s3.client import S3Client

_CHUNK = 1 << 20
# What one request can carry (Amazon S3 quotas).
_LARGEST = 5 * 1024**3
LONGEST_PUBLISHING = timedelta(days=2)
_ABSENT = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchBucket"})
_WHOLE = re.compile(r"[A-Za-z0-9+/]{43}=")
_THERE = frozenset({"PreconditionFailed", "412"})

Lock = Literal["COMPLIANCE", "GOVERNANCE"]


class Retention(msgspec.Struct, frozen=True):
    """An object lock that begins `since`: nobody changes or deletes the object before `until`."""

    mode: Lock
    since: datetime
    until: datetime

    def holds(self, mode: str | None, until: datetime | None, written: datetime) -> bool:
        """Whether an object that was written some time ago has been locked so, or more firmly.

        It was locked from when its publishing began, which is not long before.
        """
        firm = mode in {self.mode, "COMPLIANCE"}
        return firm and until is not None and until - written >= self.until - self.since - LONGEST_PUBLISHING


class Found(NamedTuple):
    """An object that was read, and when the store took it: nobody who writes can say another time."""

    data: bytes
    written: datetime


class Bucket(msgspec.Struct, frozen=True):
    """One bucket and the key that encrypts what is put into it, by its ARN."""

    name: str
    key: str
    s3: "Any"

    def digest(self, name: str, retention: Retention | None = None) -> str:
        """Return the SHA-256 of an object in hexadecimal, "" where there is none.

        Raises:
            RunError: S3 cannot be asked, or the object has no such digest.
            RefusedError: it is there, and not encrypted by the key, or not locked as it should be.
        """
        with translated("look into the bucket", self.place(name)):
            head = _unless_absent(lambda: self._client.head_object(Bucket=self.name, Key=name, ChecksumMode="ENABLED"))
        if head is None:
            return ""
        if head.get("ServerSideEncryption") != "aws:kms" or head.get("SSEKMSKeyId") != self.key:
            found = head.get("SSEKMSKeyId") or head.get("ServerSideEncryption") or "nothing"
            raise RefusedError("an object is not encrypted by the key", where=self.place(name), why=f"by {found}")
        told = head.get("ObjectLockMode"), head.get("ObjectLockRetainUntilDate")
        if retention and not retention.holds(*told, head["LastModified"]):
            how = f"{told[0]} until {told[1]}" if told[0] else "not at all, or this role may not see it"
            raise RefusedError(
                "an object is not locked for as long as it should be",
                where=self.place(name),
                why=f"it is locked {how}",
                remedy="aws s3api put-object-retention, if it is yours; the role needs s3:GetObjectRetention",
            )
        checksum = head.get("ChecksumSHA256", "")
        if not _WHOLE.fullmatch(checksum):  # of an object that was sent in parts it is one of their digests
            raise RunError("an object has no SHA-256, so nobody knows what it is", where=self.place(name), why=checksum)
        return base64.b64decode(checksum).hex()

    def put(self, name: str, content: Path | bytes, digest: str, retention: Retention | None) -> None:
        """Write an object that is not there yet; S3 compares what arrives with the digest.

        Whoever was faster has written it; `digest` tells what.

        Raises:
            RunError: it cannot be written.
        """
        checksum = base64.b64encode(bytes.fromhex(digest)).decode()
        lock: dict[str, Any] = (
            {"ObjectLockMode": retention.mode, "ObjectLockRetainUntilDate": retention.until} if retention else {}
        )
        with translated("write to the bucket", self.place(name)), _opened(content) as body:
            try:
                self._client.put_object(
                    Bucket=self.name,
                    Key=name,
                    Body=body,
                    ChecksumAlgorithm="SHA256",
                    ChecksumSHA256=checksum,
                    IfNoneMatch="*",
                    ServerSideEncryption="aws:kms",
                    SSEKMSKeyId=self.key,
                    BucketKeyEnabled=True,
                    StorageClass="STANDARD_IA",
                    **lock,
                )
            except client_error() as error:
                if code_of(error) not in _THERE:
                    raise

    def fetch(self, name: str, digest: str, target: Path) -> None:
        """Write an object's bytes to a new file, and compare them with the digest while they come.

        Raises:
            ArchivedError: it must be asked for first (`thaw`).
            RunError: it cannot be read, or has another digest; the file is gone then.
        """
        place = self.place(name)
        found = hashlib.sha256()
        with translated("read from the bucket", place):
            body = self._client.get_object(Bucket=self.name, Key=name)["Body"]
            with explained("write what was restored", target), target.open("xb") as stream:
                for chunk in body.iter_chunks(_CHUNK):
                    found.update(chunk)
                    stream.write(chunk)
        if found.hexdigest() != digest:
            target.unlink()
            raise RunError(
                "an object is not what the release says", where=place, why=f"its SHA-256 is {found.hexdigest()}"
            )

    def read(self, name: str) -> Found:
        """Return a small object.

        Raises:
            ArchivedError: it must be asked for first.
            RunError: it cannot be read, or is not there.
        """
        with translated("read from the bucket", self.place(name)):
            answer = self._client.get_object(Bucket=self.name, Key=name)
            return Found(answer["Body"].read(), answer["LastModified"])

    def names(self, start: str) -> tuple[str, ...]:
        """Return the names of all objects that begin so, sorted.

        Raises:
            RunError: S3 cannot be asked.
        """
        with translated("list the bucket", self.place(start)):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=start)
            return tuple(sorted(each["Key"] for page in pages for each in page.get("Contents", ())))

    def thaw(self, name: str, days: int) -> None:
        """Ask for an archived object, which can be read some hours later, for so many days.

        Raises:
            RunError: S3 refuses.
        """
        request: Any = {"Days": days, "GlacierJobParameters": {"Tier": "Standard"}}
        with translated("ask for an archived object", self.place(name)):
            try:
                self._client.restore_object(Bucket=self.name, Key=name, RestoreRequest=request)
            except client_error() as error:
                if code_of(error) != "RestoreAlreadyInProgress":
                    raise

    @property
    def _client(self) -> "S3Client":
        client: S3Client = self.s3
        return client

    def place(self, name: str) -> str:
        """Return where an object is, for people."""
        return f"s3://{self.name}/{name}"


class Account(msgspec.Struct, frozen=True):
    """Clients of one account and region: S3 and KMS."""

    s3: "Any"
    kms: "Any"

    def bucket(self, name: str, key: str) -> Bucket:
        """Return a bucket and the key (ARN, id or alias) that encrypts what is put into it.

        Raises:
            RunError: KMS cannot be asked.
            RefusedError: there is no such key, it is not enabled, or it is Amazon's own.
        """
        return Bucket(name, self.arn(key), self.s3)

    def arn(self, key: str) -> str:
        """Return the ARN of a key by its ARN, id or alias.

        Raises:
            RunError: KMS cannot be asked.
            RefusedError: there is no such key, it is not enabled, or it is Amazon's own.
        """
        client: KMSClient = self.kms
        with translated("ask for the key", key):
            try:
                found = client.describe_key(KeyId=key)["KeyMetadata"]
            except client_error() as error:
                if code_of(error) != "NotFoundException":
                    raise
                raise RefusedError("there is no such KMS key", where=key, remedy="[release.mirror] key") from error
        if found.get("KeyState") != "Enabled":
            raise RefusedError("the KMS key is not enabled", where=key, why=str(found.get("KeyState")))
        if found.get("KeyManager") == "AWS":
            why = "nobody but Amazon says who may decrypt with it"
            raise RefusedError("the KMS key is Amazon's own", where=key, why=why, remedy="aws kms create-key")
        return str(found.get("Arn", key))


def account(environ: Mapping[str, str], region: str, endpoint: str, timeout: float) -> Account:
    """Return the account that the environment has credentials for.

    Raises:
        ToolError: boto3 is not installed.
    """
    made, settings = session(environ, region, timeout)
    where = endpoint or None
    return Account(
        s3=made.client("s3", endpoint_url=where, config=settings),
        kms=made.client("kms", endpoint_url=where, config=settings),
    )


def _unless_absent(ask: Any) -> Any:  # noqa: ANN401 - a request and its answer
    try:
        return ask()
    except client_error() as error:
        if code_of(error) in _ABSENT:
            return None
        raise


@contextlib.contextmanager
def _opened(content: Path | bytes) -> Iterator[Any]:
    if isinstance(content, bytes):
        yield content
        return
    with explained("read what is published", content), content.open("rb") as stream:
        if content.stat().st_size > _LARGEST:
            raise RunError("a file is larger than one request to S3 carries", where=str(content), why="5 GiB at most")
        yield stream
