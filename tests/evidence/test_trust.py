"""Certificates and timestamps, each with one thing that does not hold."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from lockstep.errors import ConfigError
from lockstep.evidence import canonical, documents, stamps, trust
from lockstep.evidence.believing import Nobody
from lockstep.evidence.documents import Form, Signed
from lockstep.evidence.links import DistrustedError
from tests.evidence import authorities, making
from tests.evidence.authorities import Authority
from tests.evidence.making import SIGNED, Json, World, by_certificate, by_key, cast, compact, gate, provenance

_SEEN = SIGNED + timedelta(minutes=1)


@pytest.fixture
def signed(world: World) -> Signed:
    (found,) = documents.read("x", world.files["provenance.sigstore.json"], b"")
    return found


def _code(world: World, signed: Signed) -> tuple[str, str]:
    with pytest.raises(DistrustedError) as raised:
        world.trust.identify(signed)
    return raised.value.code, raised.value.why


def _certified(own: Authority) -> Signed:
    signature = own.key.sign(b"words", ec.ECDSA(hashes.SHA256()))
    stamp = authorities.timestamp(cast().tsa[0], signature, _SEEN)
    return Signed(
        place="x",
        form=Form.SIMPLE,
        payload=b"words",
        signature=signature,
        certificate=own.der,
        timestamps=(stamp,),
    )


def test_an_email_address_is_a_name_too(world: World) -> None:
    own = authorities.leaf(cast().fulcio, moment=SIGNED, identity="ada@shop.example")
    assert world.trust.identify(_certified(own)).names == ("ada@shop.example",)


def test_the_first_of_several_moments_counts_and_all_must_hold(world: World, signed: Signed) -> None:
    later = authorities.timestamp(cast().tsa[0], signed.signature, _SEEN + timedelta(minutes=2))
    both = msgspec.structs.replace(signed, timestamps=(later, *signed.timestamps))
    assert world.trust.identify(both).moment == _SEEN
    stranger = authorities.timestamp(authorities.stamper(cast().fulcio), signed.signature, _SEEN)
    assert _code(world, msgspec.structs.replace(both, timestamps=(later, stranger)))[0] == "untrusted-time"


def test_a_certificate_that_cannot_be_read_or_used_is_refused(world: World, signed: Signed) -> None:
    assert "cannot be read" in _code(world, msgspec.structs.replace(signed, certificate=b"0"))[1]
    der = signed.certificate
    size = len(cast().fulcio.certificate.signature)
    assert size > 0
    certificate = x509.load_der_x509_certificate(der)
    at = len(der) - len(certificate.signature) - 1
    loose = der[:at] + b"\1" + der[at + 1 :]
    assert _code(world, msgspec.structs.replace(signed, certificate=loose))[0] == "untrusted-certificate"


def _without_names(moment: Any) -> Authority:  # noqa: ANN401 - a moment
    """Return a certificate that names nobody."""
    by, key = cast().fulcio, ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "nobody")]))
        .issuer_name(by.certificate.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(moment)
        .not_valid_after(moment + timedelta(minutes=10))
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
    )
    return Authority(key, builder.sign(by.key, hashes.SHA256()))


def test_certificates_that_a_bundle_brings_must_be_the_trusted_roots(world: World, signed: Signed) -> None:
    own = msgspec.structs.replace(signed, above=(cast().fulcio.der,))
    assert world.trust.identify(own).moment == _SEEN
    assert _code(world, msgspec.structs.replace(signed, above=(cast().other_fulcio.der,)))[0] == "untrusted-certificate"


def test_a_certificate_that_names_nobody_is_refused(world: World) -> None:
    assert _code(world, _certified(_without_names(SIGNED)))[0] == "untrusted-certificate"


def test_a_key_that_is_not_supported_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    generate = ec.generate_private_key
    monkeypatch.setattr(ec, "generate_private_key", lambda _: generate(ec.SECP384R1()))
    own = authorities.leaf(cast().fulcio, moment=SIGNED)
    assert "neither ECDSA on P-256 nor Ed25519" in _code(world, _certified(own))[1]


def test_an_issuer_that_is_no_text_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asn1, "encode_der", lambda value: b"\x0c\x7f" if isinstance(value, str) else b"")
    own = authorities.leaf(cast().fulcio, moment=SIGNED)
    monkeypatch.undo()
    assert "cannot be read" in _code(world, _certified(own))[1]


@pytest.mark.parametrize("response", [b"", b"0", b"\x30\x03\x02\x01\x00"])
def test_a_timestamp_that_cannot_be_read_is_refused(world: World, signed: Signed, response: bytes) -> None:
    assert _code(world, msgspec.structs.replace(signed, timestamps=(response,)))[0] == "untrusted-time"


def test_a_timestamp_of_other_bytes_is_refused(world: World, signed: Signed) -> None:
    stamp = authorities.timestamp(cast().tsa[0], b"other", _SEEN)
    assert _code(world, msgspec.structs.replace(signed, timestamps=(stamp,)))[0] == "untrusted-time"


def _replaced(old: bytes, new: bytes, count: int = 1) -> Callable[[bytes], bytes]:
    def change(stamp: bytes) -> bytes:
        assert old in stamp
        return new.join(stamp.rsplit(old, count))

    return change


@pytest.mark.parametrize(
    "change",
    [
        _replaced(b"\2\1\1\x30", b"\2\1\3\x30"),  # the signer's version
        _replaced(b"\2\1\3\x31", b"\2\1\1\x31"),  # the version
        _replaced(bytes.fromhex("06082a8648ce3d040302"), bytes.fromhex("06082a8648ce3d040303")),  # the algorithm
        _replaced(b"\x0c\x08tsa root", b"\x13\x08tsa root"),  # the kind of string in the signer's name
    ],
)
def test_a_timestamp_that_was_changed_beside_its_signature_is_refused(
    world: World, signed: Signed, change: Callable[[bytes], bytes]
) -> None:
    (stamp,) = signed.timestamps
    assert _code(world, msgspec.structs.replace(signed, timestamps=(change(stamp),)))[0] == "untrusted-time"


def test_a_timestamp_may_write_the_algorithm_of_its_digest_as_openssl_does(
    world: World, signed: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authorities, "SHA256", bytes.fromhex("300d06096086480165030402010500"))
    stamp = authorities.timestamp(cast().tsa[0], signed.signature, _SEEN)
    assert world.trust.identify(msgspec.structs.replace(signed, timestamps=(stamp,))).moment == _SEEN


def test_an_authority_counts_in_its_own_days(tmp_path: Path, signed: Signed) -> None:
    root = making.trusted_root()
    root["certificateAuthorities"][0]["validFor"]["end"] = "2026-06-30T00:00:00Z"
    (tmp_path / "root.json").write_text(json.dumps(root))
    with pytest.raises(DistrustedError, match="no authority of the trusted root is believed about that moment"):
        trust.load(tmp_path / "root.json").identify(signed)


def test_days_of_no_time_zone_are_refused(tmp_path: Path) -> None:
    root = making.trusted_root()
    root["timestampAuthorities"][0]["validFor"]["start"] = "2026-01-01T00:00:00"
    (tmp_path / "root.json").write_text(json.dumps(root))
    with pytest.raises(ConfigError, match="the trusted root is none") as raised:
        trust.load(tmp_path / "root.json")
    assert "no time zone" in raised.value.why


def test_lengths_that_lead_nowhere_are_refused() -> None:
    for data in (b"", b"\x30", b"\x30\x05\x02", b"\x30\x00\x00"):
        with pytest.raises(ValueError, match=r"cut off|stands behind"):
            stamps.parts(data)


def test_a_key_of_the_past_vouches_for_what_was_seen_in_its_days(world: World) -> None:
    world.policy["signers"][1]["until"] = "2026-11-23"
    world.files["lint.sigstore.json"] = by_key(cast().old, gate("lint"))
    assert "retired-key" in world.codes()
    world.policy["signers"][1]["until"] = "2026-12-31"
    stamped = _stamped(world.files["lint.sigstore.json"])
    world.files["lint.sigstore.json"] = stamped
    later = world._replace(now=making.NOW + timedelta(days=60))
    later.policy["gates"]["max_age"] = 24 * 90
    later.policy["signers"][0].update({"until": "2027-12-31"})
    assert later.codes() == set()


def _stamped(bundle: bytes) -> bytes:
    """Add a timestamp to a bundle by a key."""
    value: Json = msgspec.json.decode(bundle)
    (found,) = documents.read("x", bundle, b"")
    stamp = authorities.timestamp(cast().tsa[0], found.signature, _SEEN)
    stamps_ = [{"signedTimestamp": canonical.to_base64(stamp)}]
    value["verificationMaterial"]["timestampVerificationData"] = {"rfc3161Timestamps": stamps_}
    return compact(value)


def test_without_a_trusted_root_neither_certificates_nor_timestamps_count(world: World) -> None:
    world.files["lint.sigstore.json"] = _stamped(world.files["lint.sigstore.json"])
    assert world.verify().broken == ()
    assert world._replace(trust=Nobody()).codes() >= {"untrusted-certificate", "untrusted-time"}


def test_a_verdict_may_not_be_later_than_what_saw_it(world: World) -> None:
    world.files["lint.sigstore.json"] = _stamped(by_key(cast().ci, gate("lint", finished="2026-11-24T11:30:00Z")))
    assert world.codes() == {"from-the-future"}


def test_a_timestamp_authority_counts_in_its_own_days(tmp_path: Path) -> None:
    world = making.world(tmp_path)
    assert world.verify().broken == ()
    moment = authorities.BEGAN - timedelta(days=1)
    world.files["provenance.sigstore.json"] = by_certificate(provenance(), moment=moment, stamped=moment)
    assert "untrusted-time" in world.codes()
