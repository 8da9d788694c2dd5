"""What a run can show of the chain from commit to artifact: what it built, what it signed, and what it did not. Pure.

Nothing here is verified: whoever signs cannot vouch for himself.
"""

import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import NamedTuple

from lockstep.engine.artifacts import FOLDER as ARTIFACTS
from lockstep.model.artifact import Artifact, ArtifactKind
from lockstep.model.lineage import Lineage, Product, Proof, Standing
from lockstep.model.record import GateRecord, RunRecord
from lockstep.model.verdict import Verdict

FOLDER = "evidence"
ENDING = ".sigstore.json"
_BUILD, _SBOM = "build", "sbom-provenance"
_SBOMS = ("SBOM", "SBOM (CycloneDX)")
_KINDS = (("provenance", "provenance"), ("sbom", _SBOMS[0]), ("cyclonedx", _SBOMS[1]), ("signature", "signature"))
_SIGNED = (Verdict.PASSED, Verdict.FAILED)
_PREFIX = "sha256:"


class Left(NamedTuple):
    """What a run signed.

    names: of the files, without their ending. by: who signed. cosign: the options that it checks them with. builder: in whose
    name artifacts are signed, "" where nobody's is configured. dirty, complete: as the verdicts say.
    """

    names: frozenset[str]
    by: str
    cosign: tuple[str, ...]
    builder: str
    dirty: bool
    complete: bool


def of_run(record: RunRecord, source: str, left: Left | None) -> Lineage:
    """Return what the run shows; `left` is None where nobody signed."""
    return Lineage(
        source=source,
        commit=record.repository.commit,
        tree=record.repository.tree,
        drawn=_ended(record),
        gates=tuple(_verdict(gate, record, left) for gate in record.gates),
        products=tuple(_product(artifact, record, left) for artifact in record.artifacts),
        branch=record.repository.branch,
        signer=left.by if left else "",
        sources=tuple(_of_sources(left)),
        lacking=tuple(_lacking(record, left)),
    )


def _ended(record: RunRecord) -> datetime:
    return (datetime.fromisoformat(record.started) + timedelta(seconds=record.seconds)).replace(microsecond=0)


def _verdict(gate: GateRecord, record: RunRecord, left: Left | None) -> Proof:
    place = _place(gate.id, left)
    standing = Standing.SIGNED if place else Standing.ABSENT
    return Proof(gate.id, standing, place=place, verdict=str(gate.verdict), ended=_ended(record))


def _place(name: str, left: Left | None) -> str:
    return f"{FOLDER}/{name}{ENDING}" if left and name in left.names else ""


def _product(artifact: Artifact, record: RunRecord, left: Left | None) -> Product:
    provenance = _place(f"{artifact.label}.provenance", left)
    proofs = tuple(_about(artifact, record, left)) if provenance else ()
    return Product(
        name=artifact.name,
        digest=artifact.digest,
        proofs=proofs,
        kind=str(artifact.kind),
        component=artifact.component,
        size=artifact.size,
        command=_command(artifact, provenance, left.cosign if left else ()),
    )


def _about(artifact: Artifact, record: RunRecord, left: Left | None) -> Iterator[Proof]:
    places = {name: _place(f"{artifact.label}.{kind}", left) for kind, name in _KINDS}
    yield from (Proof(name, Standing.SIGNED, place=place) for name, place in places.items() if place)
    if not any(places[name] for name in _SBOMS):
        ran = any(gate.id == _SBOM for gate in record.gates)
        why = "nothing lists what it consists of" + ("" if ran else f": the gate {_SBOM} is not part of this run")
        yield Proof(_SBOMS[0], Standing.ABSENT, why=why)


def _of_sources(left: Left | None) -> Iterator[Proof]:
    """Yield the lists of all that the repository's lock files bring in."""
    for kind, name in _KINDS:
        place = _place(f"repository.{kind}", left) if name in _SBOMS else ""
        if place:
            yield Proof(name, Standing.SIGNED, place=place)


def _command(artifact: Artifact, provenance: str, signed: tuple[str, ...]) -> str:
    """Return the command that checks an artifact, in the run's folder: its provenance where that is signed, else its digest.

    An image is its manifest, which is a file of its layout.
    """
    path = PurePosixPath(ARTIFACTS, artifact.component, artifact.name)
    if artifact.kind is ArtifactKind.IMAGE:
        from lockstep.artifacts import layout  # noqa: PLC0415 - only where images are built

        path = path / layout.BLOBS / artifact.digest.removeprefix(_PREFIX)
    if not provenance:
        return shlex.join(("sha256sum", str(path)))
    return shlex.join((
        *("cosign", "verify-blob-attestation", *signed),
        *("--type", "https://slsa.dev/provenance/v1", "--bundle", provenance, str(path)),
    ))  # fmt: skip


def _lacking(record: RunRecord, left: Left | None) -> Iterator[str]:
    if record.outcome == "interrupted":
        yield "Nothing is signed: the run was interrupted."
    elif left is None:
        yield "Nothing is signed: no signing key is configured (`[evidence]`, or LOCKSTEP_EVIDENCE_KEY), or no identity token is there."
    elif not record.repository.commit:
        yield "Nothing is signed: there is no commit yet that it could be about."
    else:
        yield from _unfit(left)
        unsaid = [gate for gate in record.gates if gate.verdict not in _SIGNED]
        if unsaid:
            named = ", ".join(f"{gate.id} ({str(gate.verdict).replace('-', ' ')})" for gate in unsaid)
            yield f"Only gates that passed or failed leave evidence: not {named}."
    build = next((gate.verdict for gate in record.gates if gate.id == _BUILD), None)
    if build is None:
        yield f"Nothing was built: the gate {_BUILD} is not part of this run."
    elif not record.artifacts:
        yield f"Nothing was built: the gate {_BUILD} is {build}."
    elif left and left.names and not left.builder:
        yield "Nothing is signed about artifacts: no builder is configured (`[evidence] builder`)."
    elif left and left.names and build is not Verdict.PASSED:
        yield f"Nothing is signed about artifacts: the gate {_BUILD} is {build}."


def _unfit(left: Left) -> Iterator[str]:
    if left.dirty:
        yield "The tree had changes that are in no commit, which the verdicts say: no policy takes them."
    if not left.complete:
        yield "Only a part of the components or of the history was checked, which the verdicts say: no policy takes them."
