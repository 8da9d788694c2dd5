"""What is said of an artifact when it is built: who built it from what, and what it consists of. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from lockstep.evidence import canonical, statements
from lockstep.evidence.statements import (
    BUILD_TYPE,
    BuildDefinition,
    Builder,
    Descriptor,
    Metadata,
    Provenance,
    RunDetails,
)
from lockstep.evidence.verdicts import Scope, source
from lockstep.model.artifact import Artifact
from lockstep.model.record import RunRecord


class Build(NamedTuple):
    """How an artifact was built.

    builder: its id. parameters: what was asked for. materials: what went in besides the commit. sboms: SPDX and CycloneDX
    documents (JSON) about the artifact. python: the interpreter that it was built with, "" where none was.
    """

    builder: str
    parameters: dict[str, object]
    materials: tuple[Descriptor, ...]
    sboms: tuple[bytes, ...]
    python: str = ""


def make(record: RunRecord, artifact: Artifact, build: Build, scope: Scope) -> Iterator[tuple[str, bytes]]:
    """Yield a name and the bytes of each statement about an artifact: provenance, SBOM, and the one that signs it.

    Raises:
        canonical.MalformedError: a document is no JSON.
    """
    name = artifact.label
    predicate = _provenance(record, artifact, build, scope)
    yield f"{name}.provenance", statements.make(_subject(artifact), statements.PROVENANCE, predicate)
    yield from described(name, _subject(artifact), build.sboms)
    yield f"{name}.signature", statements.make(_subject(artifact), statements.COSIGN_SIGN, {})


def described(name: str, subject: tuple[Descriptor, ...], documents: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield a name and the bytes of the statement that each SPDX or CycloneDX document makes about a subject.

    Raises:
        canonical.MalformedError: a document is no JSON.
    """
    for document in documents:
        parsed = canonical.parse(document)
        cyclonedx = isinstance(parsed, dict) and parsed.get("bomFormat") == "CycloneDX"
        kind, predicate_type = ("cyclonedx", statements.CYCLONEDX) if cyclonedx else ("sbom", statements.SPDX[0])
        yield f"{name}.{kind}", statements.make(subject, predicate_type, parsed)


def _subject(artifact: Artifact) -> tuple[Descriptor, ...]:
    return (Descriptor(name=artifact.name, digest={"sha256": artifact.blobs[0]}),)


def _provenance(record: RunRecord, artifact: Artifact, build: Build, scope: Scope) -> Provenance:
    began = datetime.fromisoformat(record.started)
    asked = {"component": artifact.component, "kind": str(artifact.kind), "platform": artifact.platform}
    built_from = source(record, scope)
    inside = {"mode": record.repository.mode, "platform": record.platform}
    return Provenance(
        BuildDefinition(
            build_type=BUILD_TYPE,
            external_parameters={"source": built_from.uri, **asked, **build.parameters},
            internal_parameters=inside | ({"python": build.python} if build.python else {}),
            resolved_dependencies=(built_from, *build.materials),
        ),
        RunDetails(
            builder=Builder(id=build.builder, version={"lockstep": record.lockstep}),
            metadata=Metadata(record.id, began, began + timedelta(seconds=record.seconds)),
        ),
    )
