"""The settings of an S3 bucket as far as they protect what it keeps: read, and written one by one."""

import json
from typing import Any

import msgspec

from lockstep.host.aws import client_error, code_of, translated
from lockstep.host.bucket import Account

_UNSET = frozenset(
    {
        "NoSuchBucketPolicy",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "ObjectLockConfigurationNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)
_PRIVATE = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
_TLS = "LockstepTlsOnly"
_PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
# Which transitions leave out objects below 128 KB: by default all of them, and by this word only those to Standard-IA.
ANY_SIZE = "varies_by_storage_class"
_HERE = "us-east-1"


class Settings(msgspec.Struct, frozen=True):
    """A bucket's settings. key: the ARN of the KMS key that encrypts by default, "" for none. rules: of its life cycle.

    sizes: whether they move small objects too, in the service's words. policy: its statements. private: nothing of it can be
    made public. tls_only: the policy refuses whoever comes without TLS, whatever they ask for.
    """

    exists: bool = False
    versioned: bool = False
    locked: bool = False
    private: bool = False
    key: str = ""
    rules: tuple[dict[str, Any], ...] = ()
    sizes: str = ""
    policy: tuple[dict[str, Any], ...] = ()
    tls_only: bool = False


class BucketSettings(msgspec.Struct, frozen=True):
    """One bucket, and the account that it is or will be in."""

    account: Account
    name: str
    region: str

    def read(self) -> Settings:
        """Return the settings as they are.

        Raises:
            RunError: S3 cannot be asked.
        """
        s3, name = self.account.s3, self.name
        if self._ask(lambda: s3.head_bucket(Bucket=name)) is None:
            return Settings()
        lock = self._ask(lambda: s3.get_object_lock_configuration(Bucket=name)) or {}
        private = self._ask(lambda: s3.get_public_access_block(Bucket=name)) or {}
        rules = self._ask(lambda: s3.get_bucket_lifecycle_configuration(Bucket=name)) or {}
        policy = statements(self._ask(lambda: s3.get_bucket_policy(Bucket=name)) or {})
        return Settings(
            exists=True,
            versioned=(self._ask(lambda: s3.get_bucket_versioning(Bucket=name)) or {}).get("Status") == "Enabled",
            locked=lock.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled",
            private=private.get("PublicAccessBlockConfiguration") == _PRIVATE,
            key=_default_key(self._ask(lambda: s3.get_bucket_encryption(Bucket=name)) or {}),
            rules=tuple(rules.get("Rules", ())),
            sizes=rules.get("TransitionDefaultMinimumObjectSize", ""),
            policy=policy,
            tls_only=any(refuses_plain(each, name) for each in policy),
        )

    def create(self) -> None:
        """Make the bucket, with versions and object locks."""
        place: Any = {} if self.region == _HERE else {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        self._do(lambda s3: s3.create_bucket(Bucket=self.name, ObjectLockEnabledForBucket=True, **place))

    def version(self) -> None:
        """Keep every version of an object."""
        self._do(lambda s3: s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"}))

    def allow_locks(self) -> None:
        """Let objects be locked; this cannot be undone."""
        lock: Any = {"ObjectLockEnabled": "Enabled"}
        self._do(lambda s3: s3.put_object_lock_configuration(Bucket=self.name, ObjectLockConfiguration=lock))

    def close(self) -> None:
        """Let nothing of it be made public."""
        self._do(lambda s3: s3.put_public_access_block(Bucket=self.name, PublicAccessBlockConfiguration=dict(_PRIVATE)))

    def encrypt(self, key: str) -> None:
        """Encrypt with the key whatever comes without saying how."""
        by: Any = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        rules: Any = {"Rules": [by | {"BucketKeyEnabled": True}]}
        self._do(lambda s3: s3.put_bucket_encryption(Bucket=self.name, ServerSideEncryptionConfiguration=rules))

    def set_rules(self, rules: list[dict[str, Any]]) -> None:
        """Set the rules of the life cycle, all of them; they move small objects too."""
        life: Any = {"Rules": rules}
        self._do(
            lambda s3: s3.put_bucket_lifecycle_configuration(
                Bucket=self.name, LifecycleConfiguration=life, TransitionDefaultMinimumObjectSize=ANY_SIZE
            )
        )

    def refuse_plain(self, policy: tuple[dict[str, Any], ...]) -> None:
        """Add to the statements of the policy that nobody comes without TLS."""
        statement = {
            "Sid": _TLS,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": sorted(_whole(self.name)),
            "Condition": _PLAIN,
        }
        others = [each for each in policy if each.get("Sid") != _TLS]
        text = json.dumps({"Version": "2012-10-17", "Statement": [*others, statement]})
        self._do(lambda s3: s3.put_bucket_policy(Bucket=self.name, Policy=text))

    def _ask(self, ask: Any) -> Any:  # noqa: ANN401 - a request and its answer
        """Return the answer, None where the bucket has no such setting or is not there."""
        with translated("read the settings of the bucket", f"s3://{self.name}"):
            try:
                return ask()
            except client_error() as error:
                if code_of(error) in _UNSET or code_of(error) in {"404", "NoSuchBucket"}:
                    return None
                raise

    def _do(self, act: Any) -> None:  # noqa: ANN401 - a request
        with translated("set up the bucket", f"s3://{self.name}"):
            act(self.account.s3)


def statements(answer: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Return the statements of the policy in an answer; a single one may stand there without a list."""
    found = json.loads(answer.get("Policy", "{}")).get("Statement", ())
    return (found,) if isinstance(found, dict) else tuple(found)


def refuses_plain(statement: dict[str, Any], bucket: str) -> bool:
    """Whether a statement of a policy refuses everybody without TLS everything in a bucket, on no other condition."""
    return (
        statement.get("Effect") == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        and bool(_listed(statement.get("Action")) & {"s3:*", "*"})
        and ("*" in _listed(statement.get("Resource")) or _whole(bucket) <= _listed(statement.get("Resource")))
        and statement.get("Condition") in (_PLAIN, {"Bool": {"aws:SecureTransport": ["false"]}})
    )


def _whole(bucket: str) -> frozenset[str]:
    arn = f"arn:aws:s3:::{bucket}"
    return frozenset({arn, f"{arn}/*"})


def _listed(value: object) -> frozenset[object]:
    return frozenset(value if isinstance(value, list) else (value,))


def _default_key(answer: dict[str, Any]) -> str:
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", ())
    found = (rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in rules)
    return next((each.get("KMSMasterKeyID", "") for each in found if each.get("SSEAlgorithm") == "aws:kms"), "")
