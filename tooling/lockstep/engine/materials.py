"""What went into an artifact besides the commit: tools, lock files, base images. Loaded only where evidence is signed."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from lockstep.artifacts import bases
from lockstep.config import ComponentConfig
from lockstep.engine.artifacts import SBOMS
from lockstep.engine.plan import Action
from lockstep.engine.prepare import Prepared
from lockstep.evidence import verdicts
from lockstep.evidence.building import Build
from lockstep.evidence.statements import Descriptor
from lockstep.model.artifact import Artifact, ArtifactKind, Sbom
from lockstep.model.record import RunRecord

GATE = "build"
_LOCKS = frozenset({
    *("uv.lock", "poetry.lock", "requirements.txt", "build-constraints.txt", "go.sum"),
    *("package-lock.json", "pnpm-lock.yaml", "yarn.lock"),
})  # fmt: skip
_IMAGE = re.compile(r"(?P<name>[^@]+)@sha256:(?P<digest>[0-9a-f]{64})")
_DOCKERFILE = "Dockerfile"


def of(ready: Prepared, record: RunRecord, folder: Path, artifact: Artifact) -> Build:
    """Return how the artifact was built. `folder`: the run's, in which SBOMs lie."""
    actions = [each for each in ready.plan.actions if each.gate == GATE and each.component.name == artifact.component]
    own = ready.ruling.config.component.get(artifact.component, ComponentConfig()).build
    parameters: dict[str, object] = {"arguments": own.arguments, "platforms": own.platforms}
    tools = frozenset(tool for action in actions for tool in action.check.tools)
    return Build(
        builder=ready.config.evidence.builder,
        parameters=parameters if artifact.kind is ArtifactKind.IMAGE else {},
        sboms=tuple((folder / SBOMS / each.component / each.name).read_bytes() for each in _sboms(record, artifact)),
        materials=(*verdicts.tools(record, tools), *_locks(actions), *_bases(ready, actions, own.arguments)),
    )


def _sboms(record: RunRecord, artifact: Artifact) -> Iterator[Sbom]:
    """Yield the documents about an artifact; about a source distribution are those of the component's sources."""
    for sbom in record.sboms:
        sources = artifact.kind is ArtifactKind.SDIST and not sbom.subject and sbom.component == artifact.component
        if sbom.subject == artifact.digest or sources:
            yield sbom


def _locks(actions: Iterable[Action]) -> Iterator[Descriptor]:
    found = {entry.path: entry.digest for action in actions for entry in action.inputs}
    for path, digest in sorted(found.items()):
        if posixpath.basename(path) in _LOCKS:
            yield Descriptor(name=path, digest={"sha256": digest})


def _bases(ready: Prepared, actions: Sequence[Action], arguments: dict[str, str]) -> Iterator[Descriptor]:
    """Yield the images that Dockerfiles name by digest."""
    paths = {path for action in actions for path in action.files if posixpath.basename(path) == _DOCKERFILE}
    for path in sorted(paths):
        text = (ready.tree / path).read_text("utf-8", "replace")
        for image in bases.named(text, arguments):
            pinned = _IMAGE.fullmatch(image)
            if pinned:
                yield Descriptor(uri=f"docker://{pinned['name']}", digest={"sha256": pinned["digest"]})
