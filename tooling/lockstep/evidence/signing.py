"""Who signs what a run shows: a key in a file or in KMS, or whoever runs, by certificate. What is signed is what is kept."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple, Protocol

from cryptography.hazmat.primitives.asymmetric import ec

from lockstep.config import EvidenceConfig, KeylessConfig
from lockstep.errors import ConfigError, RunError
from lockstep.evidence import documents, dsse, keys, statements
from lockstep.evidence.documents import Signatures
from lockstep.host import kms
from lockstep.host.clock import Clock
from lockstep.host.environment import secrets

KEY = "LOCKSTEP_EVIDENCE_KEY"
PASSWORD = "LOCKSTEP_EVIDENCE_PASSWORD"  # noqa: S105 - the name of a variable


class Signer(Protocol):
    """Who signs statements."""

    def sign(self, payloads: Iterable[bytes]) -> Signatures:
        """Return a bundle of each statement: all of them or none.

        Raises:
            LockstepError: one of them cannot be signed.
        """
        ...


class Key(Protocol):
    """A private key, wherever it is."""

    @property
    def public(self) -> keys.PublicKey:
        """The key that checks what this one signs."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return a signature: DER for ECDSA, 64 bytes for Ed25519."""
        ...


class KmsKey(NamedTuple):
    """A key in KMS, and its public half."""

    remote: kms.Kms
    public: keys.PublicKey

    def sign(self, message: bytes) -> bytes:
        """Return a signature (DER).

        Raises:
            RunError: KMS does not sign, or signs with another key: an alias can be moved.
        """
        signature = self.remote.sign(hashlib.sha256(message).digest())
        if not self.public.verifies(signature, message):
            raise RunError("KMS signed with another key than it named", where=self.remote.name, remedy="run again")
        return signature


class KeySigner(NamedTuple):
    """A key that signs statements. name: of the key where cosign finds it, or of the file of its public half."""

    key: Key
    name: str

    def sign(self, payloads: Iterable[bytes]) -> Signatures:
        """Return a bundle of each statement."""
        public = self.key.public
        made = tuple(
            documents.bundle(each, self.key.sign(dsse.pae(statements.PAYLOAD, each)), public.hint) for each in payloads
        )
        return Signatures(made, f"key sha256:{public.id}", ("--key", self.name, "--insecure-ignore-tlog"))


def of(given: EvidenceConfig, root: Path, environ: Mapping[str, str], clock: Clock) -> Signer | None:
    """Return who signs, None where lockstep.toml and the environment name nobody.

    Raises:
        ConfigError: there is a key that cannot be used, or no way to a certificate.
        RunError: KMS does not answer.
        ToolError: what talks to KMS is not installed.
    """
    name = environ.get(KEY) or given.key
    if not environ.get(KEY) and given.key and given.keyless:
        raise ConfigError("a key signs, or a certificate", where="[evidence]", remedy="keep one of `key` and `keyless`")
    if name:
        key = load(name, root, environ)
        return KeySigner(key, name if isinstance(key, KmsKey) else PurePosixPath(name).with_suffix(".pub").name)
    return _keyless(given.keyless, root, environ, clock) if given.keyless else None


def public(given: EvidenceConfig, root: Path, environ: Mapping[str, str]) -> keys.PublicKey:
    """Return the public key of whoever signs.

    Raises:
        ConfigError: nobody does, or with certificates, or the key cannot be used.
        RunError: KMS does not answer.
        ToolError: what talks to KMS is not installed.
    """
    name = environ.get(KEY) or given.key
    if not name:
        why = "certificates are for a new key each time" if given.keyless else "nobody is configured"
        remedy = "name identity and issuer in the policy" if given.keyless else f"`key` in [evidence], or {KEY}"
        raise ConfigError("there is no key that signs here", where="[evidence]", why=why, remedy=remedy)
    return load(name, root, environ).public


def load(name: str, root: Path, environ: Mapping[str, str]) -> Key:
    """Return a private key.

    name: of its file, from `root`, its password in `LOCKSTEP_EVIDENCE_PASSWORD`; or of a key in KMS (`awskms://...`).

    Raises:
        ConfigError: the key cannot be read or used.
        RunError: KMS does not answer.
        ToolError: what talks to KMS is not installed.
    """
    if name.startswith(kms.SCHEME):
        return _in_kms(name, environ)
    if "kms://" in name or name.startswith(("hashivault://", "k8s://", "pkcs11:")):
        why = "of keys outside of files, only those in Amazon's KMS are known"
        raise ConfigError("the signing key cannot be used", where=name, why=why, remedy=f"{kms.SCHEME}/alias/NAME")
    path = root / name
    try:
        return keys.read_private(path.read_bytes(), environ.get(PASSWORD, "").encode())
    except OSError as error:
        raise ConfigError("cannot read the signing key", where=str(path), why=error.strerror or str(error)) from error
    except keys.KeyFormatError as error:
        remedy = f"cosign generate-key-pair, and its password in {PASSWORD}"
        raise ConfigError("the signing key cannot be used", where=str(path), why=str(error), remedy=remedy) from error


def _in_kms(name: str, environ: Mapping[str, str]) -> KmsKey:
    remote = kms.open_key(environ, name)
    try:
        public = _ecdsa(remote.public())
    except keys.KeyFormatError as error:
        remedy = "aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY"
        raise ConfigError("the signing key cannot be used", where=name, why=str(error), remedy=remedy) from error
    return KmsKey(remote, public)


def _ecdsa(spki: bytes) -> keys.PublicKey:
    found = keys.read_der(spki)
    if not isinstance(found.key, ec.EllipticCurvePublicKey):
        raise keys.KeyFormatError("it is not ECDSA on P-256")
    return found


def _keyless(given: KeylessConfig, root: Path, environ: Mapping[str, str], clock: Clock) -> Signer:
    from lockstep.evidence import identity, keyless, services  # noqa: PLC0415 - not needed where a key signs

    found = services.of(given, root, clock.now())
    place = identity.place(environ, root, given.token)
    if place is None:
        raise identity.absent()
    asking = identity.Asking(place, given.audience, float(given.timeout))
    if place.kind != "github":  # which makes a new one whenever it is asked
        identity.obtain(asking, clock.now())
    return keyless.Keyless(found, asking, clock, secrets(environ))
