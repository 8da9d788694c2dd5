"""Images as they lie in an OCI Image Layout 1.1: index, manifests, configurations and layers."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import PurePosixPath
from typing import IO

import msgspec

# The folder of a layout in which each blob is called as its digest in hexadecimal.
BLOBS = PurePosixPath("blobs", "sha256")
# Opens a blob by its digest in hexadecimal.
Blobs = Callable[[str], IO[bytes]]
_INDEX = "application/vnd.oci.image.index.v1+json"
_INDEXES = frozenset({_INDEX, "application/vnd.docker.distribution.manifest.list.v2+json"})


class Platform(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an image runs on, in OCI's words."""

    os: str = ""
    architecture: str = ""
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


class Descriptor(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What names a blob."""

    media_type: str
    digest: str
    size: int
    platform: Platform | None = None

    @property
    def blob(self) -> str:
        """Return the digest in hexadecimal."""
        return self.digest.removeprefix("sha256:")


class Index(msgspec.Struct, frozen=True):
    """Several manifests under one digest, or the entry of a layout."""

    manifests: tuple[Descriptor, ...]


class Manifest(msgspec.Struct, frozen=True):
    """One image: its configuration and its layers, lowest first."""

    config: Descriptor
    layers: tuple[Descriptor, ...]


class _Typed(msgspec.Struct, frozen=True, rename="camel"):
    media_type: str


class Running(msgspec.Struct, frozen=True):
    """How a container of the image starts."""

    user: str = msgspec.field(name="User", default="")
    env: tuple[str, ...] | None = msgspec.field(name="Env", default=None)
    labels: dict[str, str] | None = msgspec.field(name="Labels", default=None)


class Step(msgspec.Struct, frozen=True):
    """One step of the image's history."""

    created_by: str = ""


class Settings(msgspec.Struct, frozen=True):
    """The image's configuration."""

    os: str = ""
    architecture: str = ""
    variant: str = ""
    config: Running | None = None
    history: tuple[Step, ...] | None = None

    @property
    def platform(self) -> Platform:
        """Return what the image runs on."""
        return Platform(self.os, self.architecture, self.variant)


class Image(msgspec.Struct, frozen=True):
    """One image of one platform."""

    manifest: Manifest
    settings: Settings


def entry(index: bytes) -> Descriptor:
    """Return what a layout's index.json names, which must be one thing.

    Raises:
        ValueError: it names none or several, or cannot be read.
    """
    (only,) = msgspec.json.decode(index, type=Index).manifests
    return only


def index(*named: Descriptor) -> bytes:
    """Return an image index (OCI Image Format 1.1); the index.json of a layout is one that names one thing."""
    return msgspec.json.encode({"schemaVersion": 2, "mediaType": _INDEX, "manifests": named})


def marks(manifest: bytes) -> dict[str, bytes]:
    """Return the files, by name, that make blobs a layout (OCI Image Layout 1.1) of the one image or index they hold.

    manifest: the content of the image's manifest, or of its index.

    Raises:
        msgspec.DecodeError: it says not what it is.
    """
    named = described(msgspec.json.decode(manifest, type=_Typed).media_type, manifest)
    return {"index.json": index(named), "oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}


def described(media_type: str, content: bytes) -> Descriptor:
    """Return what names `content`."""
    return Descriptor(media_type, f"sha256:{sha256(content).hexdigest()}", len(content))


def joined(named: Sequence[Descriptor], blobs: Blobs) -> tuple[bytes, Descriptor]:
    """Return the image index of several platforms' images, in their order, and what names it.

    Raises:
        OSError: a blob is missing.
        msgspec.DecodeError: one cannot be read.
    """
    told = [
        msgspec.structs.replace(each, platform=image.settings.platform)
        for each in named
        for image in images(each, blobs)
    ]
    content = index(*told)
    return content, described(_INDEX, content)


def images(named: Descriptor, blobs: Blobs) -> tuple[Image, ...]:
    """Return the images that a descriptor leads to, one for each platform.

    Raises:
        OSError: a blob is missing.
        msgspec.DecodeError: one cannot be read.
    """
    return tuple(_images(named, blobs))


def manifests(named: Descriptor, blobs: Blobs) -> tuple[Descriptor, ...]:
    """Return what names the manifest of each platform's image.

    Raises:
        OSError: a blob is missing.
        msgspec.DecodeError: one cannot be read.
    """
    if named.media_type not in _INDEXES:
        return (named,)
    return tuple(each for below in _named(named, blobs) for each in manifests(below, blobs))


def parts(named: Descriptor, blobs: Blobs) -> dict[str, int]:
    """Return the sizes, by digest in hexadecimal, of all that a descriptor leads to, itself included."""
    found = {named.blob: named.size}
    for below in _named(named, blobs):
        found |= (
            parts(below, blobs) if below.media_type in _INDEXES or _is_manifest(below) else {below.blob: below.size}
        )
    return found


def _images(named: Descriptor, blobs: Blobs) -> Iterator[Image]:
    if named.media_type in _INDEXES:
        for below in _named(named, blobs):
            yield from _images(below, blobs)
        return
    manifest = msgspec.json.decode(_read(named, blobs), type=Manifest)
    yield Image(manifest, msgspec.json.decode(_read(manifest.config, blobs), type=Settings))


def _named(named: Descriptor, blobs: Blobs) -> tuple[Descriptor, ...]:
    if named.media_type in _INDEXES:
        return msgspec.json.decode(_read(named, blobs), type=Index).manifests
    manifest = msgspec.json.decode(_read(named, blobs), type=Manifest)
    return (manifest.config, *manifest.layers)


def _is_manifest(named: Descriptor) -> bool:
    return named.media_type.endswith((".manifest.v1+json", ".manifest.v2+json"))


def _read(named: Descriptor, blobs: Blobs) -> bytes:
    with blobs(named.blob) as stream:
        return stream.read()
