"""Who a certificate says made a signature, and when: against a trusted root in Sigstore's format.

Chains and timestamps are checked by `cryptography` and `rfc3161-client`, log entries by sigstore-python.
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
from sigstore.errors import Error as SigstoreError
from sigstore.hashes import Hashed
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore_models.common.v1 import HashAlgorithm

from lockstep.errors import ConfigError
from lockstep.evidence import keys, logs, stamps
from lockstep.evidence.documents import Form, Signed
from lockstep.evidence.links import DistrustedError

# Fulcio's own extensions (fulcio/docs/oid-info.md): each a DER UTF8String.
_ISSUER = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_REPOSITORY = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.12")
_SHORTEST_CHAIN = 2
_SHA256 = HashAlgorithm.SHA2_256


class Identity(NamedTuple):
    """Who signed: the certificate's names, who vouches for them, the repository it names ("" for none), and when."""

    names: tuple[str, ...]
    issuer: str
    repository: str
    moment: datetime


class _Anyone:
    """A policy of sigstore-python's: who it is is judged by ours."""

    def verify(self, cert: x509.Certificate) -> None:
        """Accept any name."""


class Root:
    """A trusted root."""

    def __init__(self, root: TrustedRoot) -> None:
        self._root = root
        self._authorities = root.get_fulcio_certs()
        self._logs = frozenset(each.log_id.key_id for each in root._inner.tlogs)  # noqa: SLF001 - it has no other way

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
        key = _key(certificate)
        if not key.verifies(signed.signature, signed.message, prehashed=signed.form is Form.BLOB):
            raise DistrustedError("altered", "the signature is not over these bytes")
        if signed.logged:
            self._is_logged(signed)
        return Identity(_names(certificate), _text(certificate, _ISSUER), _text(certificate, _REPOSITORY), min(moments))

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
        for authority in self._root.get_timestamp_authorities():
            chain = authority.certificates(allow_expired=True)
            end = authority.validity_period_end
            within = authority.validity_period_start <= moment and (end is None or moment <= end)
            if within and len(chain) >= _SHORTEST_CHAIN and _stamps(chain, stamp, signature):
                return moment
        raise DistrustedError("untrusted-time", "no timestamp authority of the trusted root made its timestamp for it")

    def _is_logged(self, signed: Signed) -> None:
        """Raise unless a trusted log took the signature in."""
        try:
            bundle = Bundle.from_json(signed.bundle)
            logs.check_written(bundle.to_json().encode(), signed.bundle)
            verifier = Verifier(trusted_root=self._root)
            if signed.form is Form.ENVELOPE:
                verifier.verify_dsse(bundle, _Anyone())
            else:
                verifier.verify_artifact(Hashed(algorithm=_SHA256, digest=signed.payload), bundle, _Anyone())
        except Exception as error:  # as in `_certificate`
            why = str(error).partition("\n")[0]
            raise DistrustedError("untrusted-log", f"its log entry does not hold: {why}") from error

    def _holds(self, certificate: x509.Certificate, moment: datetime) -> None:
        """Raise unless the certificate is one for signing code that an authority of the root vouched for at `moment`."""
        if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
            why = f"the certificate was valid until {certificate.not_valid_after_utc.isoformat()}, it signed at {moment.isoformat()}"
            raise DistrustedError("expired-certificate", why)
        # The default asks for client authentication; Fulcio's are for signing code.
        usage = (x509.ExtendedKeyUsage, verification.Criticality.AGNOSTIC, None)
        verifier = (
            verification.PolicyBuilder()
            .store(verification.Store(self._authorities))
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
        return Root(TrustedRoot.from_file(str(path)))
    except OSError as error:
        raise ConfigError("cannot read the trusted root", where=str(path), why=error.strerror or str(error)) from error
    except (SigstoreError, ValueError) as error:
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


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(
        str(each.value) for each in names if isinstance(each, x509.UniformResourceIdentifier | x509.RFC822Name)
    )


def _text(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    try:
        value = certificate.extensions.get_extension_for_oid(oid).value
    except x509.ExtensionNotFound:
        return ""
    try:
        return asn1.decode_der(str, value.public_bytes())
    except ValueError as error:
        raise DistrustedError("untrusted-certificate", f"its certificate cannot be read: {error}") from error
