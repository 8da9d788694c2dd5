"""What a chain of evidence must show: a file, and its JSON Schema (`schema/policy.schema.json`)."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, cast

import msgspec

from lockstep.config import parse_toml
from lockstep.errors import ConfigError
from lockstep.evidence import canonical, keys
from lockstep.evidence.statements import Kind

Text = Annotated[str, msgspec.Meta(min_length=1)]
Severity = Literal["critical", "high", "medium", "low"]
Hours = Annotated[int, msgspec.Meta(gt=0)]
Signs = Literal["signature", "provenance", "sbom", "gate", "release", "other"]
_EVERYTHING: tuple[Signs, ...] = ("signature", "provenance", "sbom", "gate", "release", "other")
SCHEMA = Path(__file__).parent / "schema" / "policy.schema.json"
SCHEMA_ID = "https://lockstep.example/schemas/evidence-policy-1.json"


class Signer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is believed, and about what: a key (PEM, or a file beside the policy), or an identity that an issuer vouches for.

    from_, until: the first and the last day on which the key was in use. A key of the past vouches only for what a trusted
    timestamp says was signed in its days. repository: which one the certificate must name. builders: in whose names it may
    sign provenance, of those of the policy. What is left out means all or any; nothing that is there can mean that.
    """

    name: Text
    key: Text = ""
    identity: Text = ""
    issuer: Text = ""
    repository: Text = ""
    signs: Annotated[tuple[Signs, ...], msgspec.Meta(min_length=1)] = _EVERYTHING
    from_: date | None = msgspec.field(name="from", default=None)
    until: date | None = None
    builders: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)] = ()

    def covers(self, kind: Kind) -> bool:
        """Whether it may vouch for documents of that kind."""
        return str(kind) in self.signs

    def in_use(self, day: date) -> bool:
        """Whether the key was in use on a day."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)


class GatesPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which gates must have passed for the commit, and how old that may be in hours: in general, and of single gates."""

    required: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)]
    max_age: Hours = 168
    max_age_of: dict[str, Hours] = {}

    def oldest(self, gate: str) -> int:
        """Return how many hours old a gate's verdict may be."""
        return self.max_age_of.get(gate, self.max_age)

    @property
    def longest(self) -> int:
        """The hours after which no verdict counts, whichever gate's it is."""
        return max(map(self.oldest, self.required))


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that must hold.

    source: the address of the repository, as provenance names it (without `git+`). builders: ids that may have built an
    artifact; its provenance is what leads to the commit, so it always needs one. signature, sbom: whether it needs these.
    forbidden: severities of which no finding may be left without a waiver. predicates: types of statements that may lie
    with the evidence besides the known ones. trusted_root: a file beside the policy.
    """

    version: Literal[1]
    source: Text
    signers: Annotated[tuple[Signer, ...], msgspec.Meta(min_length=1)]
    gates: GatesPolicy
    builders: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)]
    signature: bool = True
    sbom: bool = True
    forbidden: tuple[Severity, ...] = ("critical", "high")
    predicates: tuple[Text, ...] = ()
    trusted_root: Text = ""

    def asks_for(self) -> tuple[Kind, ...]:
        """Return what an artifact needs; without provenance nothing leads to its commit."""
        asked = {Kind.SIGNATURE: self.signature, Kind.SBOM: self.sbom, Kind.PROVENANCE: True}
        return tuple(kind for kind, wanted in asked.items() if wanted)

    def builders_of(self, signer: str) -> tuple[str, ...]:
        """Return the builders in whose names a signer may sign provenance."""
        own = {name for each in self.signers if each.name == signer for name in each.builders}
        return tuple(each for each in self.builders if each in own or not own)


class KeySigner(msgspec.Struct, frozen=True):
    """A signer and its key."""

    signer: Signer
    key: keys.PublicKey


class Loaded(msgspec.Struct, frozen=True):
    """A policy, and the keys that it names."""

    policy: Policy
    keys: tuple[KeySigner, ...]

    @property
    def identities(self) -> tuple[Signer, ...]:
        """The signers that certificates identify."""
        return tuple(each for each in self.policy.signers if not each.key)


def parse(data: bytes, name: str, read: Callable[[str], bytes]) -> Loaded:
    """Return the policy in TOML, or in JSON where the name says so; `read` gives a file beside it.

    Raises:
        ConfigError: it says what cannot be meant, or names a key that cannot be used.
    """
    policy = cast("Policy", _json(data, name) if name.endswith(".json") else parse_toml(data, name, Policy))
    strange = sorted(set(policy.gates.max_age_of) - set(policy.gates.required))
    if strange:
        why = f"{' and '.join(strange)} is not required, so its age would mean nothing"
        raise ConfigError("the policy gives an age to a gate that it does not ask for", where=name, why=why)
    names = Counter(signer.name for signer in policy.signers)
    for signer in policy.signers:
        _check(signer, name)
        if names[signer.name] > 1:
            raise ConfigError(f"two signers are called {signer.name}", where=name, remedy="give each a name of its own")
    return Loaded(policy, tuple(KeySigner(each, _key(each, name, read)) for each in policy.signers if each.key))


def load(path: Path) -> Loaded:
    """Return the policy in a file.

    Raises:
        ConfigError: as `parse` does, or it cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError("cannot read the policy", where=str(path), why=error.strerror or str(error)) from error
    return parse(data, str(path), lambda name: (path.parent / name).read_bytes())


def schema() -> bytes:
    """Return the JSON Schema (draft 2020-12) of a policy; `SCHEMA` is the committed copy, and a test holds them in step."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Lockstep evidence policy",
    }
    found = msgspec.json.schema(Policy)
    return msgspec.json.format(msgspec.json.encode({**head, **found}), indent=2) + b"\n"


def _json(data: bytes, name: str) -> Policy:
    try:
        return canonical.read(canonical.parse(data), Policy)
    except canonical.MalformedError as error:
        raise ConfigError(f"{name} is no policy", where=name, why=str(error)) from error


def _check(signer: Signer, where: str) -> None:
    certified = signer.identity or signer.issuer or signer.repository
    if bool(signer.key) == bool(signer.identity and signer.issuer) or (signer.key and certified):
        raise ConfigError(
            f"signer {signer.name} is not clear",
            where=where,
            remedy="give it either a key, or an identity and an issuer (and a repository, which only certificates name)",
        )
    if signer.from_ and signer.until and signer.until < signer.from_:
        raise ConfigError(f"the key of signer {signer.name} ended before it began", where=where)


def _key(signer: Signer, where: str, read: Callable[[str], bytes]) -> keys.PublicKey:
    try:
        return keys.read_public(signer.key.encode() if "-----BEGIN" in signer.key else read(signer.key))
    except OSError as error:
        why = error.strerror or str(error)
        raise ConfigError(f"cannot read the key of signer {signer.name}", where=signer.key, why=why) from error
    except keys.KeyFormatError as error:
        raise ConfigError(f"signer {signer.name} has no key that can be used", where=where, why=str(error)) from error
