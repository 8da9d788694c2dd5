"""The stores that lockstep.toml names, opened: index, registry, and the mirror, which must be as it is meant to be."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lockstep import toolchain
from lockstep.config import FILE, Config, ReleaseConfig
from lockstep.errors import ConfigError, RefusedError
from lockstep.evidence import signing
from lockstep.host import Host
from lockstep.host import bucket as s3
from lockstep.host.bucket import Account, Bucket
from lockstep.host.bucket_settings import BucketSettings
from lockstep.host.ecr import open_ecr
from lockstep.model.artifact import ArtifactKind
from lockstep.releases import assembling, mirror, preview, publishing, registry
from lockstep.releases.assembling import Stores
from lockstep.releases.holding import Holding
from lockstep.releases.mirror import Amendment
from lockstep.releases.preview import Preview
from lockstep.releases.publishing import Step
from lockstep.releases.registry import Registry

if TYPE_CHECKING:
    from lockstep.evidence.asking import Judge


@contextlib.contextmanager
def opened(
    host: Host, root: Path, config: Config, holding: Holding, judge: "Judge | None"
) -> Iterator[tuple[Step, ...]]:
    """Yield the steps that publish a release, while the registry lets this process in.

    Raises:
        ConfigError: a store is not configured, or nobody signs what the judge is to believe.
        RefusedError: the mirror is not set up as lockstep.toml says.
        RunError: a store cannot be asked.
        LockstepError: whoever is to sign the index cannot.
        ToolError: crane, boto3 or pypi-simple cannot be had.
    """
    release = config.release
    signer = signing.of(config.evidence, root, host.environ, host.clock)
    account = _account(host, release)
    missing = _lacking(account, release)
    if missing:
        raise RefusedError(
            "the mirror is not as it must be",
            where=f"s3://{release.mirror.bucket}",
            why="\n           ".join(each.what for each in missing),
            remedy="lockstep release.mirror-setup --apply",
        )
    with contextlib.ExitStack() as stack:
        images = [each.name for each in holding.artifacts if each.kind is ArtifactKind.IMAGE]
        repository = release.registry.repository
        place = stack.enter_context(_registry(host, root, config, repository, images)) if images else None
        stores = Stores(host, place, account.bucket(release.mirror.bucket, release.mirror.key), judge, signer)
        yield assembling.steps(holding, release, stores, host.clock.now())


def bucket(host: Host, config: ReleaseConfig) -> Bucket:
    """Return the mirror's bucket.

    Raises:
        ConfigError: none is configured.
        RefusedError: the key is none.
        RunError: KMS cannot be asked.
        ToolError: boto3 is not installed.
    """
    return _account(host, config).bucket(config.mirror.bucket, config.mirror.key)


def lacking(host: Host, config: ReleaseConfig) -> tuple[Amendment, ...]:
    """Return what the mirror's bucket lacks.

    Raises:
        ConfigError: no mirror is configured.
        RefusedError: the key is none.
        RunError: S3 or KMS cannot be asked.
        ToolError: boto3 is not installed.
    """
    return _lacking(_account(host, config), config)


def _lacking(account: Account, config: ReleaseConfig) -> tuple[Amendment, ...]:
    own = config.mirror
    settings = BucketSettings(account, own.bucket, own.region)
    return tuple(mirror.amendments(own, account.arn(own.key), settings.read(), settings))


def _account(host: Host, config: ReleaseConfig) -> Account:
    own = config.mirror
    if not own.bucket or not own.key:
        raise ConfigError(
            "no mirror is configured, and what a release consists of is written down there",
            where=FILE,
            remedy="[release.mirror] bucket and key",
        )
    return s3.account(host.environ, own.region, own.endpoint, config.timeout)


@contextlib.contextmanager
def previewed(host: Host, root: Path, config: Config, found: Preview, number: str) -> Iterator[tuple[Step, ...]]:
    """Yield the steps that push the images of a commit, while the registry lets this process in.

    Raises:
        ConfigError: no repository is configured.
        RefusedError: two images have one name.
        RunError: the registry cannot be asked.
        ToolError: crane or boto3 cannot be had.
    """
    repository = config.release.registry.preview
    if not repository:
        raise ConfigError(
            "images of commits have no place to go to", where=FILE, remedy="[release.registry] preview: host/path"
        )
    with _registry(host, root, config, repository, ()) as place:
        yield publishing.distinct(preview.steps(found, place, repository, number))


@contextlib.contextmanager
def _registry(host: Host, root: Path, config: Config, repository: str, immutable: Sequence[str]) -> Iterator[Registry]:
    """Yield the registry of a repository. immutable: images whose tags it must not let anybody move, where it can be asked."""
    release = config.release
    crane = toolchain.provide(host, toolchain.load(root, config), ["crane"], lambda _: None)["crane"]
    place = registry.ecr_place(repository)
    ecr = open_ecr(host.environ, place, release.timeout) if place else None
    token = registry.token(ecr, repository, immutable) if ecr else ""
    with registry.let_in(host, repository, token) as environ:
        yield Registry(host, crane, environ, release.registry.insecure, release.timeout)
