"""What is said of an artifact when it is built: who built it from what, and what it consists of. Pure."""

from collections.abc import Iterator
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

_PREFIX = "sha256:"


class Build(NamedTuple):
    """How an artifact was built.

    builder: its id. parameters: what was asked for. materials: what went in besides the commit. sboms: SPDX documents
    (JSON) about the artifact.
    """

    builder: str
    parameters: dict[str, object]
    materials: tuple[Descriptor, ...]
    sboms: tuple[bytes, ...]


def make(record: RunRecord, artifact: Artifact, build: Build, scope: Scope) -> Iterator[tuple[str, bytes]]:
    """Yield a name and the bytes of each statement about an artifact: provenance, SBOM, and the one that signs it.

    Raises:
        canonical.MalformedError: a document is no JSON.
    """
    name = artifact.label
    predicate = _provenance(record, artifact, build, scope)
    yield f"{name}.provenance", statements.make(_subject(artifact), statements.PROVENANCE, predicate)
    for number, document in enumerate(build.sboms):
        parsed = canonical.parse(document)
        yield f"{name}.sbom{number or ''}", statements.make(_subject(artifact), statements.SPDX[0], parsed)
    yield f"{name}.signature", statements.make(_subject(artifact), statements.COSIGN_SIGN, {})


def _subject(artifact: Artifact) -> tuple[Descriptor, ...]:
    return (Descriptor(name=artifact.name, digest={"sha256": artifact.digest.removeprefix(_PREFIX)}),)


def _provenance(record: RunRecord, artifact: Artifact, build: Build, scope: Scope) -> Provenance:
    began = datetime.fromisoformat(record.started)
    asked = {"component": artifact.component, "kind": str(artifact.kind), "platform": artifact.platform}
    return Provenance(
        BuildDefinition(
            build_type=BUILD_TYPE,
            external_parameters={**asked, **build.parameters},
            resolved_dependencies=(source(record, scope), *build.materials),
        ),
        RunDetails(
            builder=Builder(id=build.builder, version={"lockstep": record.lockstep}),
            metadata=Metadata(record.id, began, began + timedelta(seconds=record.seconds)),
        ),
    )
