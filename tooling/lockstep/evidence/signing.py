"""Signing with a file key. What is signed is what is kept."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from lockstep.errors import ConfigError
from lockstep.evidence import documents, dsse, keys, statements

PASSWORD = "LOCKSTEP_EVIDENCE_PASSWORD"  # noqa: S105 - the name of a variable


class Signer(NamedTuple):
    """A key that signs statements."""

    key: keys.PrivateKey

    def bundle(self, payload: bytes) -> bytes:
        """Return a Sigstore bundle (v0.3) of a statement, as a line."""
        signature = self.key.sign(dsse.pae(statements.PAYLOAD, payload))
        return documents.bundle(payload, signature, self.key.public.hint)


def load(path: Path, environ: Mapping[str, str]) -> Signer:
    """Return the signer whose private key is in a file; its password is in `LOCKSTEP_EVIDENCE_PASSWORD`.

    Raises:
        ConfigError: the key cannot be read or used.
    """
    try:
        pem = path.read_bytes()
        return Signer(keys.read_private(pem, environ.get(PASSWORD, "").encode()))
    except OSError as error:
        raise ConfigError("cannot read the signing key", where=str(path), why=error.strerror or str(error)) from error
    except keys.KeyFormatError as error:
        remedy = f"cosign generate-key-pair, and its password in {PASSWORD}"
        raise ConfigError("the signing key cannot be used", where=str(path), why=str(error), remedy=remedy) from error
