"""Signatures that a transparency log took in, as Rekor v1 and v2 do."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from lockstep.evidence import documents
from lockstep.evidence.canonical import to_base64
from tests.evidence import authorities
from tests.evidence.making import (
    DIGEST,
    SIGNED,
    Json,
    World,
    by_certificate,
    cast,
    compact,
    provenance,
    rekor_v1,
    rekor_v2,
    rekor_v2_of,
)

_PLACE = "provenance.sigstore.json"


def _v1() -> bytes:
    return by_certificate(provenance(), stamped=None, logged=rekor_v1, ct=cast().ct)


def _v2() -> bytes:
    return by_certificate(provenance(), logged=rekor_v2, ct=cast().ct)


@pytest.mark.parametrize(("make", "minutes"), [(_v1, 2), (_v2, 1)])
def test_what_a_log_took_in_holds_from_the_moment_that_somebody_vouches_for(
    world: World, make: Callable[[], bytes], minutes: int
) -> None:
    world.files[_PLACE] = make()
    chain = world.verify()
    assert chain.broken == ()
    assert [each.moment for each in chain.proven if each.place == _PLACE] == [SIGNED + timedelta(minutes=minutes)]


def _entry(value: Json) -> Json:
    found: Json = value["verificationMaterial"]["tlogEntries"][0]
    return found


def _checkpoint(old: str, new: str) -> Callable[[Json], object]:
    def change(value: Json) -> None:
        note = _entry(value)["inclusionProof"]["checkpoint"]
        assert old in note["envelope"]
        note["envelope"] = note["envelope"].replace(old, new)

    return change


_CHANGES: dict[str, tuple[Callable[[Json], object], str]] = {
    "two entries": (
        lambda value: value["verificationMaterial"].update(tlogEntries=[_entry(value)] * 2),
        "must have one",
    ),
    "another log": (lambda value: _entry(value)["logId"].update(keyId="AAAA"), "does not know the log"),
    "another kind": (lambda value: _entry(value)["kindVersion"].update(kind="intoto"), "another kind than it says"),
    "another index": (lambda value: _entry(value).update(logIndex="7"), "does not promise"),
    "a time that nobody promised": (
        lambda value: _entry(value).update(integratedTime="1795600000"),
        "does not promise",
    ),
    "another size": (lambda value: _entry(value)["inclusionProof"].update(treeSize="3"), "of another tree"),
    "a proof of something else": (lambda value: _entry(value)["inclusionProof"].update(hashes=["AAAA"]), "root hash"),
    "a field that nobody knows": (lambda value: _entry(value).update(more=1), "unknown field"),
    "no checkpoint": (_checkpoint("rekor.example\n2", "2"), "no signed note"),
    "a checkpoint by another name": (_checkpoint("\u2014 rekor.example", "\u2014 other.example"), "by its own log"),
    "a checkpoint for another name": (_checkpoint("rekor.example", "other.example"), "invalid signature"),
    "a time before all time": (lambda value: _entry(value).update(integratedTime="-1"), "regex"),
}


@pytest.mark.parametrize("name", _CHANGES)
def test_an_entry_that_was_changed_is_refused(world: World, name: str) -> None:
    change, why = _CHANGES[name]
    value = json.loads(_v2())
    change(value)
    world.files[_PLACE] = compact(value)
    (broken,) = [each for each in world.verify().broken if each.where == _PLACE]
    assert (broken.code, why in broken.why) == ("untrusted-log", True), broken.why


def test_a_promise_for_another_time_is_refused(world: World) -> None:
    value = json.loads(_v1())
    _entry(value).update(integratedTime=str(int(SIGNED.timestamp()) + 1))
    world.files[_PLACE] = compact(value)
    assert "untrusted-log" in world.codes()


def test_a_promise_beyond_all_calendars_is_refused(world: World) -> None:
    value = json.loads(_v1())
    _entry(value).update(integratedTime="9" * 18)
    world.files[_PLACE] = compact(value)
    assert "untrusted-log" in world.codes()


def test_an_entry_of_another_signature_is_refused(world: World) -> None:
    other = json.loads(_v2())
    value = json.loads(_v2())
    value["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]
    world.files[_PLACE] = compact(value)
    assert "untrusted-log" in world.codes()


def test_a_certificate_that_no_log_of_certificates_knows_is_refused_where_the_signature_is_logged(world: World) -> None:
    world.files[_PLACE] = by_certificate(provenance(), logged=rekor_v2, ct=cast().rekor)
    assert "untrusted-log" in world.codes()


def test_a_witness_may_sign_the_checkpoint_too(world: World) -> None:
    value = json.loads(_v2())
    note = _entry(value)["inclusionProof"]["checkpoint"]
    note["envelope"] += "\u2014 witness.example AAAAAAAAAAAA\n"
    world.files[_PLACE] = compact(value)
    assert world.verify().broken == ()


def test_a_key_whose_signature_is_logged_is_refused(world: World) -> None:
    value = json.loads(world.files["lint.sigstore.json"])
    value["verificationMaterial"]["tlogEntries"] = [{}]
    world.files["lint.sigstore.json"] = compact(value)
    assert "unsupported" in world.codes()


def _file() -> Json:
    """Return a bundle of a file's signature, as `cosign sign-blob` writes it without a key."""
    own = authorities.leaf(cast().fulcio, moment=SIGNED, ct=cast().ct)
    digest = bytes.fromhex(DIGEST)
    signature = own.key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    stamp = authorities.timestamp(cast().tsa[0], signature, SIGNED + timedelta(minutes=1))
    return {
        "mediaType": documents.BUNDLE,
        "verificationMaterial": {
            "certificate": {"rawBytes": to_base64(own.der)},
            "tlogEntries": [rekor_v2_of(digest, signature, own)],
            "timestampVerificationData": {"rfc3161Timestamps": [{"signedTimestamp": to_base64(stamp)}]},
        },
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": to_base64(digest)},
            "signature": to_base64(signature),
        },
    }


def test_a_signature_of_a_file_that_a_log_took_in_holds(world: World) -> None:
    world.files["signature.json"] = compact(_file())
    assert world.verify().broken == ()
    value = _file()
    value["verificationMaterial"]["tlogEntries"] = _file()["verificationMaterial"]["tlogEntries"]
    world.files["signature.json"] = compact(value)
    assert world.codes() == {"untrusted-log", "missing-signature"}
