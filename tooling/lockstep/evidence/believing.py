"""From a signature as it was read to a document that is believed: by whom it was signed, and what it says. Pure."""

from datetime import date, datetime
from typing import Literal, Protocol

import msgspec

from lockstep.evidence import canonical, statements
from lockstep.evidence.documents import Form, Signed
from lockstep.evidence.links import DistrustedError, Proven
from lockstep.evidence.policy import KeySigner, Loaded, Signer
from lockstep.evidence.statements import Kind


class Identified(Protocol):
    """Who made a signature by certificate (`trust.Identity`)."""

    @property
    def names(self) -> tuple[str, ...]:
        """The certificate's names."""
        ...

    @property
    def issuer(self) -> str:
        """Who vouches for them."""
        ...

    @property
    def repository(self) -> str:
        """The repository that it names."""
        ...

    @property
    def moment(self) -> datetime:
        """When it signed."""
        ...


class Trust(Protocol):
    """What certificates and timestamps lead to (`trust.Root`)."""

    def identify(self, signed: Signed) -> Identified:
        """Return who made a signature with a certificate, which is checked.

        Raises:
            DistrustedError: something of it does not hold.
        """
        ...

    def seen(self, signed: Signed) -> datetime | None:
        """Return when timestamp authorities saw a signature, None where it has no timestamp.

        Raises:
            DistrustedError: a timestamp does not hold.
        """
        ...


class Nobody:
    """The trust of a policy without a trusted root."""

    def identify(self, _: Signed) -> Identified:
        """Believe no certificate."""
        why = "a certificate signed it, and the policy names no trusted root"
        raise DistrustedError("untrusted-certificate", why, 'trusted_root = "..." in the policy')

    def seen(self, signed: Signed) -> datetime | None:
        """Believe no timestamp."""
        if signed.timestamps:
            why = "it has a timestamp, and the policy names no trusted root"
            raise DistrustedError("untrusted-time", why, 'trusted_root = "..." in the policy')
        return None


class Vouched(msgspec.Struct, frozen=True):
    """A signature that holds: by whom, and when a third party saw it."""

    signer: Signer
    moment: datetime | None


class _Image(msgspec.Struct, frozen=True, rename="kebab"):
    docker_manifest_digest: str


class _Critical(msgspec.Struct, frozen=True):
    image: _Image
    type: Literal["cosign container image signature", "https://sigstore.dev/cosign/sign/v1"]


class _Simple(msgspec.Struct, frozen=True):
    """cosign's simple-signing payload (its specs/SIGNATURE_SPEC.md); it is signed, so other fields do no harm."""

    critical: _Critical


def prove(signed: Signed, loaded: Loaded, today: date, trust: Trust) -> Proven:
    """Return what the document says.

    Raises:
        DistrustedError: its signature does not hold, or who made it may not say that.
        canonical.MalformedError: what is signed cannot be read.
    """
    vouched = _by_identity(signed, loaded, trust) if signed.certificate else _by_key(signed, loaded, today, trust)
    found = _said(signed, vouched)
    if found.kind is Kind.OTHER and found.predicate_type not in loaded.policy.predicates:
        raise DistrustedError(
            "foreign-predicate",
            f"it says {found.predicate_type}, which the policy does not know",
            "remove it, or name it in `predicates` of the policy",
        )
    if not vouched.signer.covers(found.kind):
        raise DistrustedError(
            "not-entitled",
            f"{vouched.signer.name} signed it, who may not vouch for a {found.kind}",
            "let the signer whose task it is sign it",
        )
    return found


def _by_key(signed: Signed, loaded: Loaded, today: date, trust: Trust) -> Vouched:
    if signed.logged:
        why = "a key signed it, and log entries of keys are not checked"
        raise DistrustedError("unsupported", why, "sign with a signing config that names no log")
    named = [each for each in loaded.keys if signed.hint in {each.key.hint, each.key.id}]
    if signed.hint and not named:
        raise DistrustedError("wrong-key", f"the policy does not know the key {signed.hint} that it names")
    found = [each for each in named or loaded.keys if _verifies(each, signed)]
    if not found and named:
        raise DistrustedError("altered", f"the signature of {named[0].signer.name} is not over these bytes")
    if not found:
        raise DistrustedError("wrong-key", "no key of the policy made this signature over these bytes")
    moment = trust.seen(signed)
    in_use = [each.signer for each in found if each.signer.in_use(moment.date() if moment else today)]
    if not in_use:
        raise _retired(found[0].signer)
    return Vouched(in_use[0], moment)


def _retired(signer: Signer) -> DistrustedError:
    days = " ".join(
        f"{word} {day.isoformat()}" for word, day in (("from", signer.from_), ("until", signer.until)) if day
    )
    why = f"the key of {signer.name} was in use {days}, and nobody who is trusted saw the signature in that time"
    return DistrustedError("retired-key", why, "sign again with the key that is in use")


def _verifies(each: KeySigner, signed: Signed) -> bool:
    return each.key.verifies(signed.signature, signed.message, prehashed=signed.form is Form.BLOB)


def _by_identity(signed: Signed, loaded: Loaded, trust: Trust) -> Vouched:
    who = trust.identify(signed)
    named = [each for each in loaded.identities if each.identity in who.names]
    if not named:
        names = ", ".join(who.names) or "nobody by name"
        raise DistrustedError("wrong-identity", f"{names} signed it, whom the policy does not trust")
    issued = [each for each in named if each.issuer == who.issuer]
    if not issued:
        why = f"{who.issuer or 'no issuer'} vouches for {named[0].identity}, and the policy trusts {named[0].issuer}"
        raise DistrustedError("wrong-issuer", why)
    fit = [each for each in issued if each.repository in {"", who.repository}]
    if not fit:
        why = f"it was signed in {who.repository or 'no repository'}, not in {issued[0].repository}"
        raise DistrustedError("wrong-repository", why)
    in_use = [each for each in fit if each.in_use(who.moment.date())]
    if not in_use:
        why = f"{fit[0].name} was not to sign on {who.moment.date().isoformat()}, when it did"
        raise DistrustedError("retired-key", why)
    return Vouched(in_use[0], who.moment)


def _said(signed: Signed, vouched: Vouched) -> Proven:
    """Return what the verified bytes say."""
    if signed.form is not Form.ENVELOPE:
        digest = f"sha256:{signed.payload.hex()}" if signed.form is Form.BLOB else _simple(signed.payload)
        return Proven(signed.place, Kind.SIGNATURE, vouched.signer.name, (digest,), moment=vouched.moment)
    statement = statements.decode(signed.payload)
    return Proven(
        place=signed.place,
        kind=statement.kind,
        signer=vouched.signer.name,
        subjects=tuple(f"{kind}:{value}" for each in statement.subject for kind, value in each.digest.items()),
        predicate_type=statement.predicate_type,
        predicate=statement.predicate,
        moment=vouched.moment,
        repositories=tuple(dict.fromkeys(each.uri for each in statement.subject)),
    )


def _simple(payload: bytes) -> str:
    return canonical.read(canonical.parse(payload), _Simple).critical.image.docker_manifest_digest
