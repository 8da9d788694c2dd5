"""Signing without a key that is kept: one that lives as long as the signing does, and a certificate that names who ran.

sigstore-python's signer is not used: it takes no statement about a git commit, asks for a transparency log in any case, and
goes on without the timestamp that it did not get.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from lockstep.errors import RunError
from lockstep.evidence import documents, dsse, fulcio, identity, recording, stamping, statements
from lockstep.evidence.documents import Signatures
from lockstep.evidence.fulcio import Certified
from lockstep.evidence.identity import Asking
from lockstep.evidence.services import Services
from lockstep.host.clock import Clock

_WORKERS = 8


class Keyless(NamedTuple):
    """Whoever the token is about. hidden: what must not be told."""

    services: Services
    asking: Asking
    clock: Clock
    hidden: tuple[bytes, ...] = ()

    def sign(self, payloads: Iterable[bytes]) -> Signatures:
        """Return a Sigstore bundle (v0.3) of each statement: all of them or none.

        The certificate is asked for here, when all is done that is to be signed: it is good for some minutes only.

        Raises:
            LockstepError: there is no token, no certificate, or somebody did not see one of the signatures.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        token = identity.obtain(self.asking, self.clock.now())
        own = fulcio.certify(self.services.fulcio, key, token, self.asking.timeout, self.hidden)
        if self.services.logs and not own.logged:
            raise _unlogged(self.services.fulcio)
        made = _at_once([functools.partial(self._bundle, key, own.certificate, each) for each in payloads])
        return Signatures(made, f"certificate of {own.name}, for whom {own.issuer} vouches", self._cosign(own))

    def _cosign(self, own: Certified) -> tuple[str, ...]:
        return (
            *("--certificate-identity", own.name, "--certificate-oidc-issuer", own.issuer),
            *("--trusted-root", "trusted_root.json"),
            *(("--use-signed-timestamps",) if self.services.stampers else ()),
            *(() if self.services.logs else ("--insecure-ignore-tlog",)),
            *(() if own.logged else ("--insecure-ignore-sct",)),
        )

    def _bundle(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, payload: bytes) -> bytes:
        signature = key.sign(dsse.pae(statements.PAYLOAD, payload), ec.ECDSA(hashes.SHA256()))
        stamps = [stamping.stamp(each, signature, self.asking.timeout) for each in self.services.stampers]
        entries = [
            recording.enter(each, payload, signature, certificate, self.asking.timeout) for each in self.services.logs
        ]
        for moment in (*(each.moment for each in stamps), *(each.moment for each in entries)):
            _refuse_late(certificate, moment)
        return documents.certified(
            payload,
            signature,
            certificate.public_bytes(Encoding.DER),
            timestamps=[each.response for each in stamps],
            entries=[each.value for each in entries],
        )


def _at_once(works: Sequence[Callable[[], bytes]]) -> tuple[bytes, ...]:
    """Return what they return; the first that fails ends it, for each may wait for a log to take in its entry."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        begun = [pool.submit(work) for work in works]
        try:
            return tuple(each.result() for each in begun)
        finally:
            pool.shutdown(cancel_futures=True)


def _unlogged(fulcio_url: str) -> RunError:
    return RunError(
        "the certificate is in no transparency log",
        where=fulcio_url,
        why="where signatures are entered into a log, certificates must be in one as well, or no policy takes them",
        remedy="configure no `rekor`, or a Fulcio that has a log (--ct-log-url)",
    )


def _refuse_late(certificate: x509.Certificate, moment: datetime | None) -> None:
    began, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if moment is not None and not began <= moment <= ends:
        why = f"the certificate is good from {began.isoformat()} until {ends.isoformat()}; it was seen at {moment.isoformat()}"
        raise RunError(
            "a signature was not seen while its certificate was good",
            why=why,
            remedy="try again; see that the clocks of Fulcio and of the timestamp authority agree",
        )
