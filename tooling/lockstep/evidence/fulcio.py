"""A certificate for a key, from Fulcio (its HTTP interface, version 2).

sigstore-python's client is not used: it waits for ever, does not say why Fulcio refused, and takes no certificate that is in
no transparency log, as those of most private instances are.
"""

import base64
from typing import NamedTuple

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from lockstep.errors import RunError
from lockstep.evidence import keys, trust
from lockstep.evidence.links import DistrustedError
from lockstep.host import web
from lockstep.host.environment import masked

_LOGGED = x509.oid.ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS
_LONGEST = 500
_PATH = "/api/v2/signingCert"


class Certified(NamedTuple):
    """A certificate, whom it names, who vouched for that, and whether a log promises in it to know it."""

    certificate: x509.Certificate
    name: str
    issuer: str
    logged: bool


class _Chain(msgspec.Struct, frozen=True):
    certificates: list[str]


class _Signed(msgspec.Struct, frozen=True):
    chain: _Chain


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    """The certificate in PEM and those above it, the first form where it is in a log."""

    signed_certificate_embedded_sct: _Signed | None = None
    signed_certificate_detached_sct: _Signed | None = None


class _Refusal(msgspec.Struct, frozen=True):
    message: str = ""


def certify(
    fulcio: str, key: ec.EllipticCurvePrivateKey, token: str, timeout: float, hidden: tuple[bytes, ...] = ()
) -> Certified:
    """Return Fulcio's certificate for `key`, in the name of whoever `token` is about.

    fulcio: its address. timeout: in seconds. hidden: what must not be told, beside the token.

    Raises:
        RunError: it cannot be reached, refuses, or answers with something else.
    """
    url = fulcio.rstrip("/") + _PATH
    body = msgspec.json.encode({"certificateSigningRequest": base64.b64encode(_request(key)).decode()})
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    answer = web.ask(url, headers, token=token, body=body, timeout=timeout, name="Fulcio")
    if not answer.good:
        why = _line(_why(answer), (token.encode(), *hidden))
        raise RunError("Fulcio gives no certificate", where=url, why=why, remedy=_remedy(answer.status))
    return _certified(answer.body, key, url)


def _request(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a signing request (PKCS 10, PEM): it proves that the key is ours; whose it is, the token says."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _why(answer: web.Answer) -> str:
    try:
        said = msgspec.json.decode(answer.body, type=_Refusal).message
    except msgspec.MsgspecError:
        said = ""
    return f"HTTP {answer.status} {answer.reason}{': ' if said else ''}{said}"


def _line(text: str, hidden: tuple[bytes, ...] = ()) -> str:
    """Return what a service said as one line that tells no secret and does nothing to a terminal."""
    shown = masked(text.encode("utf-8", "replace"), hidden).decode("utf-8", "replace")
    return " ".join("".join(each if each.isprintable() else " " for each in shown).split())[:_LONGEST]


def _remedy(status: int) -> str:
    if status in {400, 401, 403}:
        return "name the token's issuer and audience in Fulcio's configuration"
    return "try again later"


def _certified(body: bytes, key: ec.EllipticCurvePrivateKey, url: str) -> Certified:
    try:
        certificate = x509.load_pem_x509_certificate(_leaf(body))
        own, names = keys.public(certificate.public_key()), trust.names(certificate)
        issuer = trust.issuer(certificate)
    except (msgspec.MsgspecError, ValueError, keys.KeyFormatError, DistrustedError) as error:
        raise _unfit(url, str(error)) from error
    if own.spki != keys.public(key.public_key()).spki:
        raise _unfit(url, "it is for another key")
    if not names or not issuer:
        raise _unfit(url, "it names nobody, or nobody who vouches for the name")
    return Certified(certificate, names[0], issuer, _LOGGED in {each.oid for each in certificate.extensions})


def _leaf(body: bytes) -> bytes:
    found = msgspec.json.decode(body, type=_Answer)
    signed = found.signed_certificate_embedded_sct or found.signed_certificate_detached_sct
    if signed is None or not signed.chain.certificates:
        raise ValueError("it holds no certificate")
    return signed.chain.certificates[0].encode()


def _unfit(url: str, why: str) -> RunError:
    return RunError("Fulcio's answer is no certificate for this run's key", where=url, why=_line(why))
