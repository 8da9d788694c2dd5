"""What was built, kept by digest: from an action's scratch folder into the store, and from there into a run's folder.

In a run's folder `artifacts/COMPONENT/` holds wheels and source distributions by name, and each image as an OCI Image Layout
1.1 in a folder of its name; `sbom/COMPONENT/` holds SPDX documents. All of it is links into the store.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from lockstep.engine.cache import Cache
from lockstep.errors import RunError
from lockstep.host.files import digest_of, explained, write_atomic
from lockstep.model.artifact import Artifact, ArtifactKind, Sbom
from lockstep.model.digests import Digest
from lockstep.model.finding import Report

FOLDER = "artifacts"
SBOMS = "sbom"


def keep(cache: Cache, scratch: Path, report: Report) -> None:
    """Put the files that a report rests on from `scratch` into the store.

    Raises:
        RunError: one is missing, or is not what the report says.
    """
    for name in report.blobs:
        path = scratch / FOLDER / name
        with explained("keep what was built", path):
            found = digest_of(path)
        if found != name:
            raise RunError("what was built is not what its report says", where=str(path), why=f"its digest is {found}")
        cache.put_file(Digest(name), path)


def hand_out(cache: Cache, folder: Path, artifacts: Iterable[Artifact], sboms: Iterable[Sbom]) -> None:
    """Link the files of artifacts and SBOMs from the store into the run's `folder`.

    Raises:
        RunError: the file system refuses.
    """
    for artifact in artifacts:
        place = folder / FOLDER / artifact.component
        if artifact.kind is ArtifactKind.IMAGE:
            _layout(cache, place / artifact.name, artifact)
        else:
            _link(cache, artifact.blobs[0], place / artifact.name)
    for sbom in sboms:
        _link(cache, sbom.blob, folder / SBOMS / sbom.component / sbom.name)


def _layout(cache: Cache, folder: Path, artifact: Artifact) -> None:
    from lockstep.artifacts import layout  # noqa: PLC0415 - only where images are built

    for name in artifact.blobs:
        _link(cache, name, folder / layout.BLOBS / name)
    manifest = cache.blob(Digest(artifact.blobs[0]))
    with explained("read an image's manifest", manifest):
        marks = layout.marks(manifest.read_bytes())
    for name, content in marks.items():
        write_atomic(folder / name, content)


def _link(cache: Cache, name: str, target: Path) -> None:
    with explained("hand out what was built", target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():  # two artifacts may share a blob
            os.link(cache.blob(Digest(name)), target)
