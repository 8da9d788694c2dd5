"""in-toto Statements (v1) and the predicates that Lockstep reads and writes. Pure.

The verdict of a gate is an in-toto test result (v0.1): `passedTests` and `failedTests` are its actions, `configuration`
is what they ran with. Of the standard predicates it is the one about checks having been run; a verification summary
(VSA, SVR) is what a verifier says about an artifact after reading such evidence. What it has no field for (dirty tree,
waivers, findings that are left) stands in the annotations of a descriptor, which is where in-toto has room for it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec

from lockstep.evidence import canonical
from lockstep.model.finding import Severity

PAYLOAD = "application/vnd.in-toto+json"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
PROVENANCE = "https://slsa.dev/provenance/v1"
SPDX = ("https://spdx.dev/Document", "https://spdx.dev/Document/v2.3")
CYCLONEDX = "https://cyclonedx.org/bom"
COSIGN_SIGN = "https://sigstore.dev/cosign/sign/v1"
RELEASE = "https://lockstep.example/release/v1"
"""What a release consists of: its predicate is the index of the release (docs/releases.md)."""
BUILD_TYPE = "https://lockstep.example/build/v1"
"""How Lockstep builds: docs/supply-chain.md says what its parameters mean."""

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Digests = dict[str, Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32,128}$")]]


class Kind(StrEnum):
    """What a signed document is about."""

    SIGNATURE = "signature"
    PROVENANCE = "provenance"
    SBOM = "sbom"
    GATE = "gate"
    RELEASE = "release"
    OTHER = "other"

    @property
    def word(self) -> str:
        """What people call it."""
        return "SBOM" if self is Kind.SBOM else self.value


_KINDS = {
    TEST_RESULT: Kind.GATE,
    PROVENANCE: Kind.PROVENANCE,
    COSIGN_SIGN: Kind.SIGNATURE,
    RELEASE: Kind.RELEASE,
    **dict.fromkeys((*SPDX, CYCLONEDX), Kind.SBOM),
}


class Descriptor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """An in-toto ResourceDescriptor (v1)."""

    name: str = ""
    uri: str = ""
    digest: Digests = {}
    content: str = ""
    download_location: str = ""
    media_type: str = ""
    annotations: dict[str, Any] = {}


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """An in-toto Statement: the predicate is about every subject. Cosign still writes v0.1, which differs in its name only."""

    type_: Literal["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"] = msgspec.field(name="_type")
    subject: Annotated[tuple[Descriptor, ...], msgspec.Meta(min_length=1)]
    predicate_type: str
    predicate: dict[str, Any]

    @property
    def kind(self) -> Kind:
        """What it is about."""
        return _KINDS.get(self.predicate_type, Kind.OTHER)


class Waived(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finding that is accepted until the end of a day, "" for no end: an approval of this very change."""

    fingerprint: str
    severity: str
    owner: str
    expires: str


class GateFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a verdict rests on.

    finished: when. record: SHA-256 of the run.json it was taken from. dirty: the tree differed from the commit, then or
    afterwards. complete: every component and the whole history were checked. open: how many findings no waiver accepts, by
    severity.
    """

    gate: str
    run: str
    record: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
    finished: Moment
    lockstep: str
    branch: str
    mode: str
    dirty: bool
    complete: bool
    strict: bool
    open: dict[Severity, Annotated[int, msgspec.Meta(ge=0)]]
    waivers: tuple[Waived, ...] = ()


class TestResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The in-toto predicate test-result v0.1."""

    __test__ = False

    result: Literal["PASSED", "WARNED", "FAILED"]
    configuration: Annotated[tuple[Descriptor, ...], msgspec.Meta(min_length=1)]
    passed_tests: tuple[str, ...] = ()
    warned_tests: tuple[str, ...] = ()
    failed_tests: tuple[str, ...] = ()
    url: str = ""


class BuildDefinition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """What was asked of the builder, and what it used."""

    build_type: str
    external_parameters: dict[str, Any]
    internal_parameters: dict[str, Any] = {}
    resolved_dependencies: tuple[Descriptor, ...] = ()


class Builder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """Who built it."""

    id: str
    version: dict[str, str] = {}
    builder_dependencies: tuple[Descriptor, ...] = ()


class Metadata(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """About this one build; times in UTC."""

    invocation_id: str = ""
    started_on: Moment | None = None
    finished_on: Moment | None = None


class RunDetails(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """How the build ran."""

    builder: Builder
    metadata: Metadata = Metadata()
    byproducts: tuple[Descriptor, ...] = ()


class Provenance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The SLSA predicate provenance v1."""

    build_definition: BuildDefinition
    run_details: RunDetails

    def sources(self) -> tuple[Descriptor, ...]:
        """Return the dependencies that are git commits."""
        return tuple(each for each in self.build_definition.resolved_dependencies if "gitCommit" in each.digest)


def decode(payload: bytes) -> Statement:
    """Return the statement in signed bytes.

    Raises:
        canonical.MalformedError: it is none.
    """
    found = canonical.read(canonical.parse(payload), Statement)
    if not all(subject.digest for subject in found.subject):
        raise canonical.MalformedError("one of its subjects has no digest, so nobody can tell what that is")
    return found


def make(subject: tuple[Descriptor, ...], predicate_type: str, predicate: object) -> bytes:
    """Return the bytes of a statement, ready to be signed."""
    value = msgspec.to_builtins(predicate)
    return canonical.write(Statement("https://in-toto.io/Statement/v1", subject, predicate_type, value))


def gate_facts(result: TestResult) -> GateFacts:
    """Return what the verdict of a gate of Lockstep rests on.

    Raises:
        canonical.MalformedError: the test result is not one of Lockstep's.
    """
    found = [each for each in result.configuration if each.name == "gate"]
    if len(found) != 1:
        raise canonical.MalformedError("its configuration does not name one gate, so it is no verdict of a gate")
    return canonical.read(found[0].annotations, GateFacts)


def source_uri(repository: str) -> str:
    """Return a repository's address as SPDX download locations and SLSA write it."""
    return f"git+{repository}"


def repository(uri: str) -> str:
    """Return a repository's address from `git+https://host/path@ref`, without the method and the ref."""
    scheme, mark, rest = uri.removeprefix("git+").partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host}{slash}{path.partition('@')[0]}"
