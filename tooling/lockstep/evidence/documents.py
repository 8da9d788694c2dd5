"""What a file of evidence holds: Sigstore bundles (v0.3), DSSE envelopes, and signatures as cosign v2 keeps them. Pure.

Nothing here is believed yet. Only one form of each kind is taken, and no field that is not known, so that nothing can be
changed beside the signed bytes.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec

from lockstep.evidence import canonical, dsse, statements
from lockstep.evidence.canonical import MalformedError

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_OTHERS = 2
LARGEST = 64 * 1024 * 1024


class Form(StrEnum):
    """What the signature is over: a DSSE envelope, a simple-signing payload, or the digest of a file."""

    ENVELOPE = "envelope"
    SIMPLE = "simple-signing"
    BLOB = "blob"


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """One signature as it was read.

    place: file, and line where it has several. payload: the signed bytes; of a blob its SHA-256. hint: how the key is
    named, "" where it is not. certificate: DER, empty where a key signed; above: certificates that are to lead to an
    authority. timestamps: RFC 3161 responses, DER.
    logged: whether it names an entry of a transparency log. bundle: the whole bundle, empty where it is none.
    """

    place: str
    form: Form
    payload: bytes
    signature: bytes
    payload_type: str = ""
    hint: str = ""
    certificate: bytes = b""
    above: tuple[bytes, ...] = ()
    timestamps: tuple[bytes, ...] = ()
    logged: bool = False
    bundle: bytes = b""

    @property
    def message(self) -> bytes:
        """The bytes that the signature is over."""
        return dsse.pae(self.payload_type, self.payload) if self.form is Form.ENVELOPE else self.payload


class Signatures(msgspec.Struct, frozen=True):
    """What a signer made: Sigstore bundles (v0.3), each a line.

    by: who signed, as a reader is told. cosign: the options that it checks them with.
    """

    bundles: tuple[bytes, ...]
    by: str
    cosign: tuple[str, ...]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """JSON of Sigstore's: camelCase names, and none that is unknown."""


class _Hint(_Strict, frozen=True):
    hint: str


class _Certificate(_Strict, frozen=True):
    raw_bytes: str


class _Chain(_Strict, frozen=True):
    """What cosign writes where it is given a chain; the signer's certificate comes first."""

    certificates: Annotated[tuple[_Certificate, ...], msgspec.Meta(min_length=1)]


class _Timestamp(_Strict, frozen=True):
    signed_timestamp: str


class _Timestamps(_Strict, frozen=True):
    rfc3161_timestamps: tuple[_Timestamp, ...] = ()


class _Material(_Strict, frozen=True):
    public_key: _Hint | None = None
    certificate: _Certificate | None = None
    x509_certificate_chain: _Chain | None = msgspec.field(name="x509CertificateChain", default=None)
    tlog_entries: tuple[dict[str, Any], ...] = ()
    timestamp_verification_data: _Timestamps = _Timestamps()


class _MessageDigest(_Strict, frozen=True):
    algorithm: Literal["SHA2_256"]
    digest: str


class _MessageSignature(_Strict, frozen=True):
    message_digest: _MessageDigest
    signature: str


class _Bundle(_Strict, frozen=True):
    media_type: Literal[
        "application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.sigstore.bundle+json;version=0.3"
    ]
    verification_material: _Material
    dsse_envelope: dsse.Envelope | None = None
    message_signature: _MessageSignature | None = None


class _Downloaded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of `cosign download signature`, for a signature that a key made."""

    base64_signature: str = msgspec.field(name="Base64Signature")
    payload: str = msgspec.field(name="Payload")
    cert: None = msgspec.field(name="Cert", default=None)
    chain: None = msgspec.field(name="Chain", default=None)
    bundle: None = msgspec.field(name="Bundle", default=None)
    timestamp: None = msgspec.field(name="RFC3161Timestamp", default=None)


class _BlobSignature(_Strict, frozen=True):
    """What `cosign sign-blob --bundle` of cosign v2 wrote, for a signature that a key made: it does not say of what."""

    base64_signature: str


def read(name: str, data: bytes, subject: bytes) -> tuple[Signed, ...]:
    """Return the signatures in a file: one JSON document, or one on each line.

    subject: the SHA-256 that a signature is taken to be over where it does not say.

    Raises:
        MalformedError: any of them is not exactly what one of the known programs writes.
    """
    if len(data) > LARGEST:
        raise MalformedError(f"it is larger than {LARGEST} bytes")
    lines = data.removesuffix(b"\n").split(b"\n")
    if lines == [b""]:
        raise MalformedError("it is empty")
    places = [name if len(lines) == 1 else f"{name}:{number}" for number in range(1, len(lines) + 1)]
    return tuple(_read(place, line, subject) for place, line in zip(places, lines, strict=True))


def _read(place: str, line: bytes, subject: bytes) -> Signed:
    value = canonical.parse_exact(line)
    keys = value.keys() if isinstance(value, dict) else frozenset()
    if "mediaType" in keys:
        return _of_bundle(place, canonical.read(value, _Bundle), line)
    if "payloadType" in keys:
        return _of_envelope(place, canonical.read(value, dsse.Envelope))
    if "Base64Signature" in keys:
        return _of_download(place, canonical.read(value, _Downloaded))
    if "base64Signature" in keys:
        signature = canonical.unbase64(canonical.read(value, _BlobSignature).base64_signature)
        return Signed(place=place, form=Form.BLOB, payload=subject, signature=signature)
    raise MalformedError("it is neither a Sigstore bundle, nor a DSSE envelope, nor a signature that cosign downloaded")


def _of_bundle(place: str, bundle: _Bundle, line: bytes) -> Signed:
    material = bundle.verification_material
    if [material.public_key, material.certificate, material.x509_certificate_chain].count(None) != _OTHERS:
        raise MalformedError("it must name a key, a certificate, or a chain of certificates")
    if (bundle.dsse_envelope is None) == (bundle.message_signature is None):
        raise MalformedError("it must hold either an envelope or a signature of a file")
    signed = (
        _of_envelope(place, bundle.dsse_envelope)
        if bundle.dsse_envelope is not None
        else _of_message(place, bundle.message_signature)
    )
    hint = material.public_key.hint if material.public_key else ""
    if material.public_key and not hint:
        raise MalformedError("it does not name its key")
    if signed.hint:
        raise MalformedError("it names its key twice")
    given = material.x509_certificate_chain.certificates if material.x509_certificate_chain else (material.certificate,)
    chain = tuple(canonical.unbase64(each.raw_bytes) for each in given if each)
    return msgspec.structs.replace(
        signed,
        hint=hint,
        certificate=chain[0] if chain else b"",
        above=chain[1:],
        timestamps=tuple(
            canonical.unbase64(each.signed_timestamp)
            for each in material.timestamp_verification_data.rfc3161_timestamps
        ),
        logged=bool(material.tlog_entries),
        bundle=line,
    )


def _of_message(place: str, message: _MessageSignature | None) -> Signed:
    assert message is not None  # noqa: S101 - the caller looked
    digest = canonical.unbase64(message.message_digest.digest)
    return Signed(place=place, form=Form.BLOB, payload=digest, signature=canonical.unbase64(message.signature))


def _of_envelope(place: str, envelope: dsse.Envelope) -> Signed:
    if envelope.payload_type != statements.PAYLOAD:
        raise MalformedError(f"its payload is {envelope.payload_type!r}, not an in-toto Statement")
    if len(envelope.signatures) != 1:
        raise MalformedError(f"it has {len(envelope.signatures)} signatures, and must have one")
    (signature,) = envelope.signatures
    return Signed(
        place=place,
        form=Form.ENVELOPE,
        payload_type=envelope.payload_type,
        payload=canonical.unbase64(envelope.payload),
        signature=canonical.unbase64(signature.sig),
        hint=signature.keyid,
    )


def _of_download(place: str, found: _Downloaded) -> Signed:
    return Signed(
        place=place,
        form=Form.SIMPLE,
        payload=canonical.unbase64(found.payload),
        signature=canonical.unbase64(found.base64_signature),
    )


def bundle(payload: bytes, signature: bytes, hint: str) -> bytes:
    """Return a Sigstore bundle (v0.3) of a statement that a key signed, as a line."""
    return _written({"publicKey": {"hint": hint}}, payload, signature)


def certified(
    payload: bytes,
    signature: bytes,
    certificate: bytes,
    *,
    timestamps: Iterable[bytes] = (),
    entries: Iterable[dict[str, Any]] = (),
) -> bytes:
    """Return a Sigstore bundle (v0.3) of a statement that was signed with a certificate (DER), as a line.

    timestamps: RFC 3161 responses, DER. entries: of transparency logs, as bundles hold them.
    """
    material: dict[str, Any] = {"certificate": {"rawBytes": canonical.to_base64(certificate)}}
    if logged := list(entries):
        material["tlogEntries"] = logged
    if seen := [{"signedTimestamp": canonical.to_base64(each)} for each in timestamps]:
        material["timestampVerificationData"] = {"rfc3161Timestamps": seen}
    return _written(material, payload, signature)


def envelope(payload: bytes, signature: bytes) -> dict[str, Any]:
    """Return the DSSE envelope of a statement as bundles hold it."""
    made = dsse.envelope(statements.PAYLOAD, payload, signature)
    signatures = [{"sig": each.sig} for each in made.signatures]
    return {"payload": made.payload, "payloadType": made.payload_type, "signatures": signatures}


def _written(material: dict[str, Any], payload: bytes, signature: bytes) -> bytes:
    value = {"mediaType": BUNDLE, "verificationMaterial": material, "dsseEnvelope": envelope(payload, signature)}
    return canonical.write(value) + b"\n"
