"""Authorities for tests, in place of Fulcio and of a timestamp authority: certificates, RFC 3161 responses, a trusted root."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Required, TypedDict, Unpack

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lockstep.evidence import stamps

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
ENDED = datetime(2049, 1, 1, tzinfo=UTC)
IDENTITY = "https://git.example/shop/.ci/release.yml@refs/heads/main"
ISSUER = "https://oidc.ci.example"
REPOSITORY = "https://git.example/shop"
_EXTENSIONS = "1.3.6.1.4.1.57264.1."
_TST_INFO = "1.2.840.113549.1.9.16.1.4"


class Authority(NamedTuple):
    """A key and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def root(name: str = "test root") -> Authority:
    """Return an authority that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder(_named(name), _named(name), key.public_key(), x509.random_serial_number(), BEGAN, ENDED)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(_usage(ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(key, certificate)


class Named(TypedDict, total=False):
    """What a certificate says, and when."""

    identity: str
    issuer: str
    repository: str
    usage: x509.ObjectIdentifier
    moment: Required[datetime]
    minutes: int
    ct: Authority | None


def leaf(by: Authority, **said: Unpack[Named]) -> Authority:
    """Return a key with a certificate as Fulcio makes them, valid for some minutes from `moment`."""
    key = ec.generate_private_key(ec.SECP256R1())
    return Authority(key, certificate(by, key.public_key(), **said))


def certificate(
    by: Authority,
    key: ec.EllipticCurvePublicKey,
    *,
    identity: str = IDENTITY,
    issuer: str = ISSUER,
    repository: str = REPOSITORY,
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.CODE_SIGNING,
    moment: datetime,
    minutes: int = 10,
    ct: Authority | None = None,
) -> x509.Certificate:
    """Return a certificate for a key."""
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
    names = [x509.UniformResourceIdentifier(identity)] if "://" in identity else [x509.RFC822Name(identity)]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(by.certificate.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment)
        .not_valid_after(moment + timedelta(minutes=minutes))
        .add_extension(_usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=usage == ExtendedKeyUsageOID.TIME_STAMPING)
        .add_extension(authority, critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
    )
    for number, text in ((8, issuer), (12, repository)):
        if text:
            oid = x509.ObjectIdentifier(f"{_EXTENSIONS}{number}")
            builder = builder.add_extension(x509.UnrecognizedExtension(oid, asn1.encode_der(text)), critical=False)
    found = builder.sign(by.key, hashes.SHA256())
    if ct:  # the log signs what the certificate is without its word (RFC 6962)
        oid = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
        word = x509.UnrecognizedExtension(oid, _der(0x04, _sized(2, _sized(2, _word(ct, by, found, moment)))))
        found = builder.add_extension(word, critical=False).sign(by.key, hashes.SHA256())
    return found


def _sized(size: int, data: bytes) -> bytes:
    return len(data).to_bytes(size, "big") + data


def _word(ct: Authority, by: Authority, certificate: x509.Certificate, moment: datetime) -> bytes:
    """Return a signed certificate timestamp (RFC 6962 section 3.2)."""
    time = int(moment.timestamp() * 1000).to_bytes(8, "big")
    issuer = hashlib.sha256(spki(by)).digest()
    entry = b"\0\1" + issuer + _sized(3, certificate.tbs_certificate_bytes) + b"\0\0"
    signature = ct.key.sign(b"\0\0" + time + entry, ec.ECDSA(hashes.SHA256()))
    return b"\0" + hashlib.sha256(spki(ct)).digest() + time + b"\0\0" + b"\4\3" + _sized(2, signature)


def spki(authority: Authority) -> bytes:
    """Return the DER of an authority's public key."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return authority.key.public_key().public_bytes(serialization.Encoding.DER, form)


def stamper(by: Authority) -> Authority:
    """Return a timestamp authority's key and certificate."""
    minutes = int((ENDED - BEGAN).total_seconds()) // 60
    usage = ExtendedKeyUsageOID.TIME_STAMPING
    return leaf(by, usage=usage, moment=BEGAN, minutes=minutes, issuer="", repository="")


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def _oid(dotted: str) -> bytes:
    return asn1.encode_der(x509.ObjectIdentifier(dotted))


SHA256 = _der(0x30, _oid("2.16.840.1.101.3.4.2.1"))


def timestamp(by: Authority, signature: bytes, moment: datetime) -> bytes:
    """Return an RFC 3161 response: the authority saw `signature` at `moment`."""
    return _stamped(by, _der(0x30, SHA256, _der(0x04, hashlib.sha256(signature).digest())), moment)


def answer(by: Authority, request: bytes, moment: datetime) -> bytes:
    """Return the response to an RFC 3161 request, with its nonce."""
    _, imprint, *more = stamps.parts(request)
    return _stamped(by, imprint, moment, next((each for each in more if each[0] == 0x02), b""))


def _stamped(by: Authority, imprint: bytes, moment: datetime, nonce: bytes = b"") -> bytes:
    time = _der(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())
    info = _der(0x30, _der(0x02, b"\x01"), _oid("1.3.6.1.4.1.99999.1"), imprint, _der(0x02, b"\x07"), time, nonce)
    attributes = (
        _der(0x30, _oid("1.2.840.113549.1.9.3"), _der(0x31, _oid(_TST_INFO))),
        _der(0x30, _oid("1.2.840.113549.1.9.4"), _der(0x31, _der(0x04, hashlib.sha256(info).digest()))),
    )
    signed = by.key.sign(_der(0x31, *attributes), ec.ECDSA(hashes.SHA256()))
    number = by.certificate.serial_number
    serial = _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))
    signer = _der(
        0x30,
        _der(0x02, b"\x01"),
        _der(0x30, by.certificate.issuer.public_bytes(), serial),
        SHA256,
        _der(0xA0, *attributes),
        _der(0x30, _oid("1.2.840.10045.4.3.2")),
        _der(0x04, signed),
    )
    content = _der(0x30, _oid(_TST_INFO), _der(0xA0, _der(0x04, info)))
    data = _der(0x30, _der(0x02, b"\x03"), _der(0x31, SHA256), content, _der(0xA0, by.der), _der(0x31, signer))
    token = _der(0x30, _oid("1.2.840.113549.1.7.2"), _der(0xA0, data))
    return _der(0x30, _der(0x30, _der(0x02, b"\x00")), token)


def entry(log: Authority, body: dict[str, Any], promised: datetime | None = None) -> dict[str, Any]:
    """Return the entry that `body` is in a log of two, as bundles hold it; with a promise where a time is given (Rekor v1)."""
    data = json.dumps(body, separators=(",", ":"), sort_keys=True).encode()
    other = hashlib.sha256(b"\0other").digest()
    top = hashlib.sha256(b"\1" + hashlib.sha256(b"\0" + data).digest() + other).digest()
    note = f"rekor.example\n2\n{_text(top)}\n"
    key = hashlib.sha256(spki(log)).digest()
    signed = _text(key[:4] + log.key.sign(note.encode(), ec.ECDSA(hashes.SHA256())))
    proof = {
        "logIndex": "0",
        "rootHash": _text(top),
        "treeSize": "2",
        "hashes": [_text(other)],
        "checkpoint": {"envelope": f"{note}\n\u2014 rekor.example {signed}\n"},
    }
    found = {
        "logIndex": "0",
        "logId": {"keyId": _text(key)},
        "kindVersion": {"kind": body["kind"], "version": body["apiVersion"]},
        "inclusionProof": proof,
        "canonicalizedBody": _text(data),
    }
    if promised:
        time = int(promised.timestamp())
        promise = {"body": _text(data), "integratedTime": time, "logID": key.hex(), "logIndex": 0}
        word = json.dumps(promise, separators=(",", ":")).encode()
        found["integratedTime"] = str(time)
        found["inclusionPromise"] = {"signedEntryTimestamp": _text(log.key.sign(word, ec.ECDSA(hashes.SHA256())))}
    return found


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _log(name: str, log: Authority) -> dict[str, Any]:
    key = {"rawBytes": _text(spki(log)), "keyDetails": "PKIX_ECDSA_P256_SHA_256"}
    return {
        "baseUrl": f"https://{name}.example",
        "hashAlgorithm": "SHA2_256",
        "publicKey": {**key, "validFor": {"start": BEGAN.isoformat()}},
        "logId": {"keyId": _text(hashlib.sha256(spki(log)).digest())},
    }


def trusted_root(
    signing: Authority, stamping: tuple[Authority, Authority], rekor: Authority, ct: Authority
) -> dict[str, Any]:
    """Return a trusted root (Sigstore's format): who vouches for signers, the timestamp authority with its root, and logs."""

    def chain(name: str, *certificates: Authority) -> dict[str, Any]:
        return {
            "subject": {"organization": "Shop", "commonName": name},
            "uri": f"https://{name}.example",
            "certChain": {"certificates": [{"rawBytes": base64.b64encode(each.der).decode()} for each in certificates]},
            "validFor": {"start": BEGAN.isoformat(), "end": ENDED.isoformat()},
        }

    return {
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "tlogs": [_log("rekor", rekor)],
        "certificateAuthorities": [chain("fulcio", signing)],
        "ctlogs": [_log("ctfe", ct)],
        "timestampAuthorities": [chain("tsa", *stamping)],
    }
