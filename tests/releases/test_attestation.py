"""The index of a release counts only as somebody whom the policy trusts signed it, and only in its own place."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.errors import ConfigError, RefusedError, RunError
from lockstep.evidence import policy, statements
from lockstep.evidence.asking import Judge
from lockstep.evidence.canonical import MalformedError
from lockstep.evidence.keys import PrivateKey
from lockstep.evidence.signing import KeySigner
from lockstep.host.bucket import Bucket, Retention
from lockstep.model.artifact import Artifact, ArtifactKind
from lockstep.model.digests import of_bytes
from lockstep.releases import attestation, manifest
from lockstep.releases.attestation import Attested
from lockstep.releases.manifest import Document, Index
from tests.evidence import making

TODAY = date(2026, 11, 24)
WHEEL = Artifact("till", ArtifactKind.WHEEL, "till-1.2.0-py3-none-any.whl", f"sha256:{'1' * 64}", 7, "any")
IMAGE = Artifact("till", ArtifactKind.IMAGE, "till", f"sha256:{'2' * 64}", 7, "linux/amd64", (f"sha256:{'3' * 64}",))
INDEX = Index(
    component="",
    version="1.2.0",
    build=f"v1.2.0+{'c' * 40}",
    tag="v1.2.0",
    commit="c" * 40,
    tree="7" * 40,
    tagged="2026-11-24T12:00:00+00:00",
    proved="2026-11-24T12:01:00+00:00",
    run="one",
    artifacts=(WHEEL, IMAGE),
    documents=(Document("run.json", f"sha256:{'4' * 64}", 3),),
    places={WHEEL.digest: ("https://pypi.shop.example/simple/till/till-1.2.0-py3-none-any.whl",)},
)
NAME = manifest.index_name("shop/", INDEX.commit, INDEX.tag)


def judge(**signer: Any) -> Judge:  # noqa: ANN401 - any field of a signer
    trusts = {
        "version": 1,
        "source": making.SOURCE,
        "builders": [making.BUILDER],
        "signers": [{"name": "ci", "key": making.pem(making.cast().ci), **signer}],
        "gates": {"required": ["lint"]},
    }
    return Judge(policy.parse(json.dumps(trusts).encode(), "policy.json", lambda _: b""), None)


def signer(key: PrivateKey | None = None) -> KeySigner:
    return KeySigner(key or making.cast().ci, "ci.pub")


def signed(index: Index = INDEX, key: PrivateKey | None = None) -> bytes:
    [data] = signer(key).sign([attestation.said(index, signer(), None)]).bundles
    return data


def read(data: bytes, by: Judge | None = None, name: str = NAME, written: date = TODAY) -> Index:
    return attestation.read(name, data, "shop/", by or judge(), written)


def test_an_index_that_a_trusted_key_signed_is_believed_and_about_every_artifact() -> None:
    assert read(signed()) == INDEX
    statement = statements.decode(attestation.said(INDEX, signer(), None))
    assert statement.predicate_type == statements.RELEASE
    assert [each.digest["sha256"] for each in statement.subject] == ["1" * 64, "2" * 64]


MUTATED = signed()


@given(st.integers(0, len(MUTATED) - 2), st.integers(1, 255))
def test_no_index_with_a_changed_byte_is_believed(place: int, change: int) -> None:
    changed = bytearray(MUTATED)
    changed[place] ^= change
    with pytest.raises(RefusedError, match="is not believed"):
        read(bytes(changed))


def test_who_signs_must_be_whom_the_policy_lets_sign_releases() -> None:
    cases: tuple[tuple[bytes, Judge, str], ...] = (
        (INDEX.encoded(), judge(), "nobody signed it [unsigned]"),
        (b"[]", judge(), "nobody signed it [unsigned]"),
        (signed(key=making.cast().stranger), judge(), "[wrong-key]"),
        (signed(), judge(signs=["gate", "sbom"]), "who may not vouch for a release [not-entitled]"),
        (signed(), judge(until="2026-11-23"), "[retired-key]"),
        (making.by_key(making.cast().ci, making.sbom()), judge(), "[foreign-predicate]"),
        (signed() + signed(), judge(), "nobody signed it [unsigned]"),
    )
    for data, by, why in cases:
        with pytest.raises(RefusedError, match="the index of the release is not believed") as refused:
            read(data, by)
        assert why in refused.value.why


def test_one_signed_document_is_read_at_a_time() -> None:
    assert judge().believe("here", signed(), TODAY).signer == "ci"
    with pytest.raises(MalformedError, match="2 documents are in it"):
        judge().believe("here", signed() + signed(), TODAY)


def test_a_key_that_was_rotated_away_still_vouches_for_what_the_store_took_in_its_days() -> None:
    by = judge(until="2026-11-24")
    assert read(signed(), by) == INDEX
    with pytest.raises(RefusedError, match="is not believed"):
        read(signed(), by, written=date(2026, 11, 25))


def test_an_index_is_written_soon_after_the_run_that_proves_it() -> None:
    """Evidence is judged as of then: whoever signs an index must not choose a day on which a stolen key was still in use."""
    for proved in ("2026-11-25T00:04:00+00:00", "2026-11-17T12:00:00Z", "2026-11-25T13:00:00+14:00"):
        index = msgspec.structs.replace(INDEX, proved=proved)
        assert read(signed(index)) == index
    for proved in ("2026-11-26T00:00:00Z", "2026-11-14T23:59:00Z"):
        with pytest.raises(RefusedError, match="is not believed") as refused:
            read(signed(msgspec.structs.replace(INDEX, proved=proved)))
        assert "[stale-gate]" in refused.value.why
    for proved, why in (("2026-11-24T12:00:00", "has no zone"), ("today", "cannot be read")):
        with pytest.raises(RunError, match=why):
            read(signed(msgspec.structs.replace(INDEX, proved=proved)))


def test_an_index_counts_only_in_its_own_place() -> None:
    for name in (
        manifest.index_name("shop/", "d" * 40, INDEX.tag),
        manifest.index_name("shop/", INDEX.commit, "v9.0.0"),
    ):
        for data in (signed(), INDEX.encoded()):
            with pytest.raises(RefusedError, match="not in its place") as refused:
                attestation.read(name, data, "shop/", judge() if data != INDEX.encoded() else None, TODAY)
            assert refused.value.why == "it says that it is v1.2.0 of commit cccccccccccc"
    away = msgspec.structs.replace(INDEX, tag="../../v1.2.0")
    with pytest.raises(RefusedError, match="not in its place"):
        read(signed(away), name=manifest.index_name("shop/", away.commit, away.tag))


def edited(edit: Callable[[dict[str, Any]], None]) -> bytes:
    statement = json.loads(attestation.said(INDEX, signer(), None))
    edit(statement)
    return making.by_key(making.cast().ci, statement)


def test_a_statement_that_does_not_say_what_it_should_is_not_believed() -> None:
    def fewer(statement: dict[str, Any]) -> None:
        statement["subject"].pop()

    def broken(statement: dict[str, Any]) -> None:
        del statement["predicate"]["commit"]

    for edit, why in ((fewer, "[other-artifact]"), (broken, "[malformed]")):
        with pytest.raises(RefusedError, match="is not believed") as refused:
            read(edited(edit))
        assert why in refused.value.why


def test_where_nothing_is_proved_an_index_is_read_with_a_signature_or_without() -> None:
    for data in (INDEX.encoded(), signed(), signed(key=making.cast().stranger)):
        assert attestation.read(NAME, data, "shop/", None, TODAY) == INDEX
    with pytest.raises(RunError, match="index of a release cannot be read"):
        attestation.read(NAME, b"{}", "shop/", None, TODAY)


def test_where_something_is_proved_somebody_signs() -> None:
    with pytest.raises(ConfigError, match="nobody signs the index") as refused:
        attestation.said(INDEX, None, judge())
    assert "LOCKSTEP_EVIDENCE_KEY" in refused.value.remedy
    assert attestation.said(INDEX, None, None) == INDEX.encoded()


class Store:
    """An S3 client with one object, or none."""

    def __init__(self) -> None:
        self.data = b""

    def head_object(self, **_: object) -> dict[str, object]:
        if not self.data:
            from botocore.exceptions import ClientError  # noqa: PLC0415

            raise ClientError({"Error": {"Code": "404"}}, "HeadObject")
        checksum = base64.b64encode(hashlib.sha256(self.data).digest()).decode()
        encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "key", "ChecksumSHA256": checksum}
        locked = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": datetime(2027, 1, 1, tzinfo=UTC)}
        return {**encrypted, **locked, "LastModified": datetime(2026, 11, 24, 12, tzinfo=UTC)}

    def get_object(self, **_: object) -> dict[str, object]:
        data = self.data

        class Body:
            def read(self) -> bytes:
                return data

        return {"Body": Body(), "LastModified": datetime(2026, 11, 24, 12, tzinfo=UTC)}

    def put_object(self, *, Body: bytes, **_: object) -> None:  # noqa: N803 - the client's own name
        self.data = Body


def target(store: Store, by: Judge | None = None, key: PrivateKey | None = None, index: Index = INDEX) -> Attested:
    said = attestation.said(index, signer(), None)
    lock = Retention("GOVERNANCE", datetime(2026, 11, 24, 11, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    return Attested(Bucket("mirror", "key", store), NAME, said, signer(key), by or judge(), lock, TODAY)


def test_another_signature_of_the_same_is_the_same_and_of_something_else_is_not() -> None:
    store = Store()
    first, again = target(store), target(store)
    assert first.look() == ""
    first.ready()
    first.put()
    again.ready()
    assert first.look() == again.look() == of_bytes(again.payload)
    other = target(store, index=msgspec.structs.replace(INDEX, run="two"))
    assert other.look() not in {"", of_bytes(other.payload)}
    store.data = signed(key=making.cast().stranger)
    with pytest.raises(RefusedError, match="is not believed") as refused:
        again.look()
    assert refused.value.where == f"s3://mirror/{NAME}"


def test_whom_the_policy_does_not_believe_publishes_nothing() -> None:
    store = Store()
    with pytest.raises(RefusedError, match="is not believed") as refused:
        target(store, key=making.cast().stranger).ready()
    assert refused.value.where == "the index that is to be published"
    assert store.data == b""
