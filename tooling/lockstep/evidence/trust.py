"""Who a certificate says made a signature, and when: against a trusted root in Sigstore's format.

Chains and timestamps are checked by `cryptography` and `rfc3161-client`, log entries by sigstore-python (`logged`).
"""

import warnings
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import verification
from rfc3161_client import TimeStampResponse, VerifierBuilder, decode_timestamp_response
from sigstore_models.trustroot.v1 import CertificateAuthority, TrustedRoot

from lockstep.errors import ConfigError
from lockstep.evidence import keys, logs, stamps
from lockstep.evidence.documents import Form, Signed
from lockstep.evidence.links import DistrustedError

# Fulcio's own extensions (fulcio/docs/oid-info.md): each a DER UTF8String.
_ISSUER = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_REPOSITORY = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.12")
_SHORTEST_CHAIN = 2


class Identity(NamedTuple):
    """Who signed: the certificate's names, who vouches for them, the repository it names ("" for none), and when."""

    names: tuple[str, ...]
    issuer: str
    repository: str
    moment: datetime


class _Authority:
    """An authority of the trusted root: its certificates, its own first, and the days in which it is believed."""

    def __init__(self, found: CertificateAuthority) -> None:
        self.chain = [x509.load_der_x509_certificate(each.raw_bytes) for each in found.cert_chain.certificates]
        self._days = found.valid_for
        if any(day is not None and day.tzinfo is None for day in (self._days.start, self._days.end)):
            raise ValueError("its authorities are believed in days of no time zone")

    def believed(self, moment: datetime) -> bool:
        """Whether it is believed about what was at `moment`."""
        return self._days.start <= moment and (self._days.end is None or moment <= self._days.end)


class Root:
    """A trusted root."""

    def __init__(self, root: TrustedRoot) -> None:
        self._root = root
        self._authorities = [_Authority(each) for each in root.certificate_authorities]
        self._stampers = [_Authority(each) for each in root.timestamp_authorities]
        self._logs = frozenset(each.log_id.key_id for each in root.tlogs)

    def identify(self, signed: Signed) -> Identity:
        """Return who made the signature, which is checked.

        Raises:
            DistrustedError: the certificate, the time or the signature does not hold.
        """
        certificate = _certificate(signed.certificate)
        moments = [*self._stamps(signed), *(logs.moments(signed.bundle, self._logs) if signed.logged else ())]
        if not moments:
            raise DistrustedError("no-trusted-time", "neither a timestamp nor a log says when it was signed")
        for moment in moments:
            self._holds(certificate, moment)
        known = {each.public_bytes(Encoding.DER) for authority in self._authorities for each in authority.chain}
        if not set(signed.above) <= known:
            raise DistrustedError("untrusted-certificate", "it brings certificates that are not the trusted root's")
        key = _key(certificate)
        if not key.verifies(signed.signature, signed.message, prehashed=signed.form is Form.BLOB):
            raise DistrustedError("altered", "the signature is not over these bytes")
        if signed.logged:
            from lockstep.evidence import logged  # noqa: PLC0415 - a second, for all that sigstore-python loads

            logged.check(signed, self._root)
        return Identity(names(certificate), issuer(certificate), _text(certificate, _REPOSITORY), min(moments))

    def seen(self, signed: Signed) -> datetime | None:
        """Return when timestamp authorities saw the signature first, None where it has no timestamp.

        Raises:
            DistrustedError: a timestamp does not hold.
        """
        return min(self._stamps(signed), default=None)

    def _stamps(self, signed: Signed) -> list[datetime]:
        return [self._stamped(each, signed.signature) for each in signed.timestamps]

    def _stamped(self, response: bytes, signature: bytes) -> datetime:
        """Return when a trusted authority saw the signature."""
        stamp, moment = _stamp(response)
        for authority in self._stampers:
            enough = authority.believed(moment) and len(authority.chain) >= _SHORTEST_CHAIN
            if enough and _stamps(authority.chain, stamp, signature):
                return moment
        raise DistrustedError("untrusted-time", "no timestamp authority of the trusted root made its timestamp for it")

    def _holds(self, certificate: x509.Certificate, moment: datetime) -> None:
        """Raise unless the certificate is one for signing code that an authority of the root vouched for at `moment`."""
        if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
            why = f"the certificate was valid until {certificate.not_valid_after_utc.isoformat()}, it signed at {moment.isoformat()}"
            raise DistrustedError("expired-certificate", why)
        # The default asks for client authentication; Fulcio's are for signing code.
        store = [each for authority in self._authorities if authority.believed(moment) for each in authority.chain]
        if not store:
            raise DistrustedError(
                "untrusted-certificate", "no authority of the trusted root is believed about that moment"
            )
        usage = (x509.ExtendedKeyUsage, verification.Criticality.AGNOSTIC, None)
        verifier = (
            verification.PolicyBuilder()
            .store(verification.Store(store))
            .time(moment)
            .extension_policies(
                ca_policy=verification.ExtensionPolicy.webpki_defaults_ca().may_be_present(*usage),
                ee_policy=verification.ExtensionPolicy.webpki_defaults_ee().may_be_present(*usage),
            )
            .build_client_verifier()
        )
        try:
            verifier.verify(certificate, [])
            signs = (
                x509.oid.ExtendedKeyUsageOID.CODE_SIGNING
                in certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            )
        except (verification.VerificationError, x509.UnsupportedGeneralNameType, x509.ExtensionNotFound) as error:
            raise DistrustedError(
                "untrusted-certificate", f"no authority of the trusted root vouches for it: {error}"
            ) from error
        if not signs:
            raise DistrustedError("untrusted-certificate", "its certificate is not one for signing code")


def load(path: Path) -> Root:
    """Return the trusted root in a file.

    Raises:
        ConfigError: it cannot be read, or says what cannot be meant.
    """
    try:
        return Root(TrustedRoot.from_json(path.read_bytes()))
    except OSError as error:
        raise ConfigError("cannot read the trusted root", where=str(path), why=error.strerror or str(error)) from error
    except ValueError as error:
        raise ConfigError(
            "the trusted root is none",
            where=str(path),
            why=str(error).partition("\n")[0],
            remedy="cosign trusted-root create",
        ) from error


def _stamp(response: bytes) -> tuple[TimeStampResponse, datetime]:
    """Return the response and the moment that it claims."""
    try:
        stamp = decode_timestamp_response(response)
        exact, moment = stamp.as_bytes() == response, stamp.tst_info.gen_time
    except Exception as error:  # as in `_certificate`
        raise DistrustedError("untrusted-time", f"its timestamp cannot be read: {error}") from error
    if not exact:
        raise DistrustedError("untrusted-time", "its timestamp is not in its one form (DER)")
    return stamp, moment


def _stamps(chain: list[x509.Certificate], stamp: TimeStampResponse, signature: bytes) -> bool:
    builder = VerifierBuilder().tsa_certificate(chain[0]).add_root_certificate(chain[-1])
    for certificate in chain[1:-1]:
        builder = builder.add_intermediate_certificate(certificate)
    ders = [certificate.public_bytes(Encoding.DER) for certificate in chain]
    try:
        with warnings.catch_warnings(action="error"):
            holds = builder.build().verify_message(stamp, signature)
            return holds and stamps.is_plain(stamp.as_bytes(), chain, ders)
    except Exception:  # noqa: BLE001 - as in `_certificate`
        return False


def _certificate(der: bytes) -> x509.Certificate:
    """Return the certificate in any bytes: the library says in many ways that it cannot read some, or would rather not."""
    try:
        with warnings.catch_warnings(action="error"):
            found = x509.load_der_x509_certificate(der)
            _ = found.extensions, found.issuer, found.subject, found.public_key()
            # Unused bits of the signature (X.690 section 8.6) are signed by nobody.
            plain = der.endswith(b"\0" + found.signature)
    except Exception as error:
        raise DistrustedError("untrusted-certificate", f"its certificate cannot be read: {error}") from error
    if not plain:
        raise DistrustedError("untrusted-certificate", "its certificate is not in its one form (DER)")
    return found


def _key(certificate: x509.Certificate) -> keys.PublicKey:
    try:
        return keys.public(certificate.public_key())
    except keys.KeyFormatError as error:
        raise DistrustedError("untrusted-certificate", f"its certificate's key cannot be used: {error}") from error


def names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the names that a certificate is for, addresses of the web and of mail."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(
        str(each.value) for each in found if isinstance(each, x509.UniformResourceIdentifier | x509.RFC822Name)
    )


def issuer(certificate: x509.Certificate) -> str:
    """Return who vouched to Fulcio for the certificate's names, "" where it does not say.

    Raises:
        DistrustedError: it cannot be read.
    """
    return _text(certificate, _ISSUER)


def _text(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    try:
        value = certificate.extensions.get_extension_for_oid(oid).value
    except x509.ExtensionNotFound:
        return ""
    try:
        return asn1.decode_der(str, value.public_bytes())
    except ValueError as error:
        raise DistrustedError("untrusted-certificate", f"its certificate cannot be read: {error}") from error
