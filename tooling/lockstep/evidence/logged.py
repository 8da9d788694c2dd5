"""Whether a transparency log took a signature in: asked of sigstore-python, which also wants a log to know the certificate."""

from cryptography import x509
from sigstore.hashes import Hashed
from sigstore.models import Bundle
from sigstore.models import TrustedRoot as Trusted
from sigstore.verify import Verifier
from sigstore_models.common.v1 import HashAlgorithm
from sigstore_models.trustroot.v1 import TrustedRoot

from lockstep.evidence import logs
from lockstep.evidence.documents import Form, Signed
from lockstep.evidence.links import DistrustedError


class _Anyone:
    """A policy of sigstore-python's: who it is is judged by ours."""

    def verify(self, cert: x509.Certificate) -> None:
        """Accept any name."""


def check(signed: Signed, root: TrustedRoot) -> None:
    """Check that a log of the trusted root took the signature in.

    Raises:
        DistrustedError: none did.
    """
    try:
        bundle = Bundle.from_json(signed.bundle)
        logs.check_written(bundle.to_json().encode(), signed.bundle)
        verifier = Verifier(trusted_root=Trusted(root))
        if signed.form is Form.ENVELOPE:
            verifier.verify_dsse(bundle, _Anyone())
        else:
            digest = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=signed.payload)
            verifier.verify_artifact(digest, bundle, _Anyone())
    except (
        Exception
    ) as error:  # any bytes may stand there, and the libraries say in many ways that they cannot read them
        why = str(error).partition("\n")[0]
        raise DistrustedError("untrusted-log", f"its log entry does not hold: {why}") from error
