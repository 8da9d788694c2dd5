"""From what a run left to the steps that publish it: wheels, images, the mirror, and last the index of the release."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from lockstep.config import ReleaseConfig
from lockstep.errors import ConfigError
from lockstep.host import Host
from lockstep.host.bucket import Bucket, Retention
from lockstep.host.python_index import PythonIndex, credentials
from lockstep.model.artifact import Artifact, ArtifactKind
from lockstep.model.digests import of_bytes
from lockstep.releases import attestation, manifest, mirror, publishing
from lockstep.releases.attestation import Attested
from lockstep.releases.holding import Holding
from lockstep.releases.manifest import ARTIFACTS, AUDIT, Index
from lockstep.releases.mirror import Mirrored
from lockstep.releases.publishing import Step
from lockstep.releases.registry import Pushed, Registry
from lockstep.releases.wheels import Uploaded

if TYPE_CHECKING:
    from lockstep.evidence.asking import Judge
    from lockstep.evidence.signing import Signer

_PACKAGES = frozenset({ArtifactKind.WHEEL, ArtifactKind.SDIST})


class Stores(msgspec.Struct, frozen=True):
    """Where a release goes, who signs its index, and by which policy that is believed. None: not configured."""

    host: Host
    registry: Registry | None
    bucket: Bucket
    judge: "Judge | None" = None
    signer: "Signer | None" = None


def index_of(holding: Holding, config: ReleaseConfig) -> Index:
    """Return the index of the release."""
    tag = holding.tag
    return Index(
        component=tag.component,
        version=str(tag.version),
        build=f"v{tag.version}+{tag.commit}",
        tag=tag.name,
        commit=tag.commit,
        tree=tag.tree,
        tagged=tag.made,
        proved=holding.proved,
        run=holding.run,
        artifacts=holding.artifacts,
        documents=holding.documents,
        places={each.digest: places for each in holding.artifacts if (places := _places(each, holding, config))},
    )


def steps(holding: Holding, config: ReleaseConfig, stores: Stores, now: datetime) -> tuple[Step, ...]:
    """Return all steps in order; the last is the index.

    Raises:
        ConfigError: the release holds what no place is configured for, or nobody signs what the policy is to believe.
        RefusedError: two things of it have one name.
    """
    _check(holding, config)
    return publishing.distinct(
        (
            *_packages(holding, config, stores.host),
            *_images(holding, config, stores.registry),
            *_mirrored(holding, config, stores, now),
        )
    )


def _check(holding: Holding, config: ReleaseConfig) -> None:
    kinds = {each.kind for each in holding.artifacts}
    lacking = []
    if kinds & _PACKAGES and not (config.index.upload and config.index.simple):
        lacking.append("[release.index] upload and simple: the Python index for wheels")
    if ArtifactKind.IMAGE in kinds and not config.registry.repository:
        lacking.append("[release.registry] repository: the registry for images")
    if lacking:
        raise ConfigError("the release has no place to go to", where="lockstep.toml", why="; ".join(lacking))


def references(image: Artifact, holding: Holding, repository: str) -> tuple[str, ...]:
    """Return the immutable tags of an image: by commit, and by version."""
    name = f"{repository.rstrip('/')}/{image.name}"
    return f"{name}:{holding.tag.commit}", f"{name}:v{holding.tag.version}"


def _places(artifact: Artifact, holding: Holding, config: ReleaseConfig) -> tuple[str, ...]:
    if artifact.kind is ArtifactKind.IMAGE:
        return references(artifact, holding, config.registry.repository)
    return (f"{config.index.simple.rstrip('/')}/{_project(artifact)}/{artifact.name}",)


def _project(artifact: Artifact) -> str:
    from packaging.utils import parse_sdist_filename, parse_wheel_filename  # noqa: PLC0415

    return (parse_wheel_filename if artifact.kind is ArtifactKind.WHEEL else parse_sdist_filename)(artifact.name)[0]


def _packages(holding: Holding, config: ReleaseConfig, host: Host) -> Iterator[Step]:
    index = PythonIndex(config.index.simple, min(60, config.timeout), credentials(host.environ))
    for each in holding.artifacts:
        if each.kind in _PACKAGES:
            path = holding.files[each.digest]
            target = Uploaded(host, index, config.index.upload, path, _project(each), config.timeout)
            yield Step(f"{each.name} to the index", manifest.hexadecimal(each.digest), target)


def _images(holding: Holding, config: ReleaseConfig, registry: Registry | None) -> Iterator[Step]:
    for each in holding.artifacts:
        if each.kind is ArtifactKind.IMAGE and registry:
            for reference in references(each, holding, config.registry.repository):
                target = Pushed(registry, holding.layouts[each.digest], reference)
                yield Step(reference, manifest.hexadecimal(each.digest), target)


def _mirrored(holding: Holding, config: ReleaseConfig, stores: Stores, now: datetime) -> Iterator[Step]:
    bucket, prefix, tag = stores.bucket, config.mirror.prefix, holding.tag
    lock = mirror.retention(config.mirror, now)
    documents = ((AUDIT, lock, each.digest) for each in holding.documents)
    blobs = ((ARTIFACTS, None, f"sha256:{blob}") for each in holding.artifacts for blob in each.blobs)
    for kind, held, digest in (*documents, *blobs):
        name = manifest.blob_name(prefix, kind, f"{tag.commit}/{tag.name}", digest)
        yield _step(Mirrored(bucket, name, holding.files[digest], manifest.hexadecimal(digest), held))
    for artifact in holding.artifacts:
        name = manifest.pointer_name(prefix, artifact.digest, tag.commit, tag.name)
        data = tag.name.encode()
        yield _step(Mirrored(bucket, name, data, of_bytes(data), lock))
    yield _index(holding, config, stores, lock, now)


def _index(holding: Holding, config: ReleaseConfig, stores: Stores, lock: Retention, now: datetime) -> Step:
    name = manifest.index_name(config.mirror.prefix, holding.tag.commit, holding.tag.name)
    said = attestation.said(index_of(holding, config), stores.signer, stores.judge)
    target = Attested(stores.bucket, name, said, stores.signer, stores.judge, lock, now.date())
    return Step(stores.bucket.place(name), of_bytes(said), target, target.ready)


def _step(target: Mirrored) -> Step:
    return Step(target.bucket.place(target.name), target.sha256, target)
