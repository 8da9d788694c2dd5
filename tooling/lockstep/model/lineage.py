"""From a commit to what was built of it, and what vouches for each step, as far as it is known.

A run knows what it signed; only a check against a policy knows what holds. `Standing` keeps the two apart.
"""

from datetime import datetime
from enum import StrEnum

import msgspec


class Standing(StrEnum):
    """How far a document can be relied on.

    verified, broken, missing: what a policy says that asks for it. signed, absent: what is known without a policy.
    """

    VERIFIED = "verified"
    BROKEN = "broken"
    MISSING = "missing"
    SIGNED = "signed"
    ABSENT = "absent"


class Proof(msgspec.Struct, frozen=True):
    """A document about something, or that there is none.

    name: what it is, of a gate's verdict the gate. says: what it says, in short. place: the file, "" where there is none.
    why: why it is not there, or is broken. verdict: of a gate. ended: when the gates were over. seen: when a trusted third
    party saw the signature.
    """

    name: str
    standing: Standing
    says: str = ""
    place: str = ""
    signer: str = ""
    why: str = ""
    verdict: str = ""
    ended: datetime | None = None
    seen: datetime | None = None


class Product(msgspec.Struct, frozen=True):
    """An artifact and what is said of it. digest: `sha256:hex`. size: bytes, 0 where it is not known. command: checks it by hand."""

    name: str
    digest: str
    proofs: tuple[Proof, ...] = ()
    kind: str = ""
    component: str = ""
    size: int = 0
    command: str = ""

    @property
    def standing(self) -> Standing:
        """Return the worst that is said of it; absent where nothing is."""
        return worst(self.proofs)


class Flaw(msgspec.Struct, frozen=True):
    """A broken link in words."""

    code: str
    what: str
    where: str
    why: str
    remedy: str = ""


class Lineage(msgspec.Struct, frozen=True):
    """The whole. `commit` and `tree` are "" where nothing tells them.

    drawn: when this was known. policy: what it was held against, "" where nobody has. signer: who signed, "" where several
    may have. sources: what is said of the commit besides verdicts. lacking: what is not there, a sentence each. flaws: why the policy refuses it.
    """

    source: str
    commit: str
    tree: str
    drawn: datetime
    gates: tuple[Proof, ...]
    products: tuple[Product, ...]
    branch: str = ""
    policy: str = ""
    signer: str = ""
    lacking: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    sources: tuple[Proof, ...] = ()

    @property
    def standing(self) -> Standing:
        """Return what can be said of the whole: the worst of its parts, and broken where a policy refuses anything."""
        if self.policy:
            return Standing.BROKEN if self.flaws else Standing.VERIFIED
        there = (*self.gates, *self.sources, *(proof for product in self.products for proof in product.proofs))
        return Standing.SIGNED if any(proof.standing is Standing.SIGNED for proof in there) else Standing.ABSENT


_WORST_FIRST = (Standing.BROKEN, Standing.MISSING, Standing.ABSENT, Standing.SIGNED, Standing.VERIFIED)


def worst(proofs: tuple[Proof, ...]) -> Standing:
    """Return the worst standing among `proofs`; absent where there are none."""
    present = {proof.standing for proof in proofs}
    return next((each for each in _WORST_FIRST if each in present), Standing.ABSENT)
