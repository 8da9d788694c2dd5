"""File keys: ECDSA on P-256 with SHA-256, and Ed25519; PEM as OpenSSL and cosign write it. Pure."""

import base64
import hashlib
from typing import NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

from lockstep.evidence import canonical

Public = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
_ECDSA = ec.ECDSA(hashes.SHA256())
_PREHASHED = ec.ECDSA(utils.Prehashed(hashes.SHA256()))
_COSIGN = ("ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY")
# Twice what cosign asks for: a key file is read before anything vouches for it.
_MEMORY = 128 * 1024 * 1024


class KeyFormatError(Exception):
    """A file is not a key that Lockstep can use; the text says why."""


class PublicKey(NamedTuple):
    """A key that signatures are checked with. `spki`: its DER SubjectPublicKeyInfo."""

    spki: bytes
    key: Public

    @property
    def hint(self) -> str:
        """How Sigstore bundles name it."""
        return base64.b64encode(hashlib.sha256(self.spki).digest()).decode()

    @property
    def id(self) -> str:
        """The SHA-256 of its DER, in hexadecimal."""
        return hashlib.sha256(self.spki).hexdigest()

    @property
    def pem(self) -> str:
        """As policies hold it."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_bytes(serialization.Encoding.PEM, form).decode()

    def verifies(self, signature: bytes, message: bytes, *, prehashed: bool = False) -> bool:
        """Whether this key made `signature` over `message`, which is a SHA-256 where it is `prehashed` (ECDSA only)."""
        try:
            if isinstance(self.key, ec.EllipticCurvePublicKey):
                self.key.verify(signature, message, _PREHASHED if prehashed else _ECDSA)
                return True
            if not prehashed:
                self.key.verify(signature, message)
                return True
        except (InvalidSignature, ValueError):  # the latter for a digest of another length
            return False
        return False


class PrivateKey(NamedTuple):
    """A key that signs."""

    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        """The key that checks what this one signs."""
        return public(self.key.public_key())

    def sign(self, message: bytes) -> bytes:
        """Return a signature: DER for ECDSA, 64 bytes for Ed25519."""
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(message)
        return self.key.sign(message, _ECDSA)


class _Kdf(msgspec.Struct, frozen=True):
    name: str
    params: dict[str, int]
    salt: str


class _Cipher(msgspec.Struct, frozen=True):
    name: str
    nonce: str


class _Sealed(msgspec.Struct, frozen=True):
    """The body of cosign's private keys, as go-securesystemslib/encrypted writes it."""

    kdf: _Kdf
    cipher: _Cipher
    ciphertext: str


def public(key: object) -> PublicKey:
    """Return a key of the `cryptography` library as one that signatures are checked with.

    Raises:
        KeyFormatError: it is of another algorithm.
    """
    if isinstance(key, ed25519.Ed25519PublicKey) or (
        isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    ):
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return PublicKey(key.public_bytes(serialization.Encoding.DER, form), key)
    raise KeyFormatError("it is neither ECDSA on P-256 nor Ed25519")


def read_public(pem: bytes) -> PublicKey:
    """Return the public key in PEM.

    Raises:
        KeyFormatError: it is none that Lockstep can use.
    """
    try:
        return public(serialization.load_pem_public_key(pem))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFormatError("it is no public key in PEM") from error


def read_der(spki: bytes) -> PublicKey:
    """Return the public key in DER (SubjectPublicKeyInfo).

    Raises:
        KeyFormatError: it is none that Lockstep can use.
    """
    try:
        return public(serialization.load_der_public_key(spki))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFormatError("it is no public key in DER") from error


def read_private(pem: bytes, password: bytes = b"") -> PrivateKey:
    """Return the private key in PEM: PKCS 8 or SEC 1, encrypted or not, or encrypted by cosign.

    Raises:
        KeyFormatError: it is none that Lockstep can use, or the password is not its.
    """
    try:
        if any(f"BEGIN {label}".encode() in pem for label in _COSIGN):
            found = serialization.load_der_private_key(_unsealed(pem, password), None)
        else:
            found = serialization.load_pem_private_key(pem, password or None)
    except TypeError as error:
        why = (
            "it is not encrypted, yet a password was given"
            if password
            else "it is encrypted, and no password was given"
        )
        raise KeyFormatError(why) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFormatError("it is no private key in PEM, or the password is another") from error
    if not isinstance(found, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        raise KeyFormatError("it is neither ECDSA on P-256 nor Ed25519")
    public(found.public_key())
    return PrivateKey(found)


def _unsealed(pem: bytes, password: bytes) -> bytes:
    """Return the PKCS 8 DER in a private key that cosign encrypted (scrypt, then NaCl's secretbox)."""
    from nacl.exceptions import CryptoError  # noqa: PLC0415 - no other key needs it
    from nacl.secret import SecretBox  # noqa: PLC0415

    body = "".join(
        line for line in pem.decode("ascii", "replace").splitlines() if line and not line.startswith("-----")
    )
    try:
        sealed = msgspec.json.decode(canonical.unbase64(body), type=_Sealed)
        salt, nonce = canonical.unbase64(sealed.kdf.salt), canonical.unbase64(sealed.cipher.nonce)
        given = sealed.kdf.params
        key = hashlib.scrypt(password, salt=salt, n=given["N"], r=given["r"], p=given["p"], maxmem=_MEMORY, dklen=32)
        return SecretBox(key).decrypt(canonical.unbase64(sealed.ciphertext), nonce)
    except (msgspec.MsgspecError, canonical.MalformedError, KeyError) as error:
        raise KeyFormatError("it is no private key of cosign's") from error
    except CryptoError as error:
        raise KeyFormatError("the password is another") from error
