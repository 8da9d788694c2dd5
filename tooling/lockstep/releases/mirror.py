"""The mirror in S3: objects by digest, and the settings that its bucket must have. What is compared here is pure."""

import functools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from lockstep.config import MirrorConfig
from lockstep.errors import RefusedError
from lockstep.host.bucket import Bucket, Retention
from lockstep.host.bucket_settings import ANY_SIZE, BucketSettings, Settings
from lockstep.releases.manifest import ARTIFACTS, AUDIT, DIGESTS, RELEASES

# One object is kept under its lock for the whole of it: nothing of these prefixes expires before.
LOCKED = (AUDIT, RELEASES, DIGESTS)


class Mirrored(msgspec.Struct, frozen=True):
    """An object's place in the mirror (`releases.publishing.Target`)."""

    bucket: Bucket
    name: str
    content: Path | bytes
    sha256: str
    retention: Retention | None

    def look(self) -> str:
        """Return the digest of the object that has the name."""
        return self.bucket.digest(self.name, self.retention)

    def put(self) -> None:
        """Write it."""
        self.bucket.put(self.name, self.content, self.sha256, self.retention)


def retention(config: MirrorConfig, now: datetime) -> Retention:
    """Return the lock of what audits need."""
    return Retention(config.lock, now, now + timedelta(days=config.audit))


def lifecycle(config: MirrorConfig) -> list[dict[str, Any]]:
    """Return the rules of the bucket: objects are written to Standard-IA, move to Glacier, and artifacts expire.

    What is locked moves, and expires when its lock has ended.
    """
    whole = config.infrequent + config.glacier
    ends = {ARTIFACTS: whole, **dict.fromkeys(LOCKED, max(whole, config.audit + 1))}
    return [
        {
            "ID": f"lockstep-{start.rstrip('/')}",
            "Status": "Enabled",
            "Filter": {"Prefix": config.prefix + start},
            "Transitions": [{"Days": config.infrequent, "StorageClass": "GLACIER"}],
            "Expiration": {"Days": days},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        }
        for start, days in sorted(ends.items())
    ]


class Amendment(msgspec.Struct, frozen=True):
    """A setting that the bucket lacks, in words, and what would set it."""

    what: str
    make: Callable[[], None]


def amendments(config: MirrorConfig, key: str, settings: Settings, bucket: BucketSettings) -> Iterator[Amendment]:
    """Yield what the bucket lacks, in the order in which it can be set. key: the ARN of the configured key."""
    if not settings.exists:
        yield Amendment(f"no bucket {config.bucket}: it is made in {config.region}, with object locks", bucket.create)
    elif not settings.versioned:
        yield Amendment("no versions of objects are kept", bucket.version)
    if settings.exists and not settings.locked:
        yield Amendment("objects cannot be locked", bucket.allow_locks)
    if not settings.private:
        yield Amendment("objects can be made public", bucket.close)
    if settings.key != key:
        yield Amendment(
            f"the default encryption is by {settings.key or 'no KMS key'}, not {key}", lambda: bucket.encrypt(key)
        )
    if not settings.tls_only and not config.endpoint.startswith("http:"):  # which it would lock out
        yield Amendment("the bucket can be used without TLS", lambda: bucket.refuse_plain(settings.policy))
    wanted = lifecycle(config)
    own = {rule["ID"] for rule in wanted}
    small = bool(config.endpoint) or settings.sizes == ANY_SIZE  # servers of others do not tell
    if [rule for rule in _sorted(settings.rules) if rule.get("ID") in own] != wanted or not small:
        others = [rule for rule in settings.rules if rule.get("ID") not in own]
        life = f"{config.infrequent} days in Standard-IA, then {config.glacier} in Glacier"
        yield Amendment(f"the life cycle is not {life}", lambda: bucket.set_rules([*others, *wanted]))

    for rule in settings.rules:
        if rule.get("ID") not in own and _meddles(rule, config.prefix):
            name = str(rule.get("ID") or "without a name")
            yield Amendment(
                f"another rule ({name}) deletes or moves what is kept here", functools.partial(_refuse, name)
            )


def _refuse(rule: str) -> None:
    raise RefusedError(
        "a rule of somebody else's is in the way",
        where=rule,
        why="whoever made it knows what else it is for",
        remedy="give it a Prefix of its own, or the mirror a bucket of its own ([release.mirror] bucket)",
    )


def _meddles(rule: dict[str, Any], prefix: str) -> bool:
    """Whether a rule of the life cycle deletes or moves objects of the mirror, which have no tags."""
    chosen = rule.get("Filter", {})
    within = chosen.get("And", chosen)
    start = str(within.get("Prefix", rule.get("Prefix", "")))
    acts = rule.get("Transitions") or {"Days", "Date"} & set(rule.get("Expiration", ()))
    tagged = within.get("Tag") or within.get("Tags")
    ours = (prefix + each for each in (ARTIFACTS, *LOCKED))
    overlaps = any(each.startswith(start) or start.startswith(each) for each in ours)
    return rule.get("Status") == "Enabled" and bool(acts) and not tagged and overlaps


def _sorted(rules: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    return sorted(rules, key=lambda rule: str(rule.get("ID", "")))
