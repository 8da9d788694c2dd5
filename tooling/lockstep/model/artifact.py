"""What a build leaves: wheels, source distributions and images, by the digests of their bytes."""

from enum import StrEnum
from typing import Annotated

import msgspec

_PREFIX = "sha256:"
ArtifactDigest = Annotated[str, msgspec.Meta(pattern=r"^sha256:[0-9a-f]{64}$")]
# What becomes the name of a file may not lead anywhere else.
ArtifactName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+!-]*$")]


# What the documents about all that the repository's lock files bring in are called.
REPOSITORY = "repository"
_CYCLONEDX = ".cdx.json"


class ArtifactKind(StrEnum):
    """A wheel (PEP 427), a source distribution (PEP 625), or an image (OCI Image Layout 1.1)."""

    WHEEL = "wheel"
    SDIST = "sdist"
    IMAGE = "image"


class Artifact(msgspec.Struct, frozen=True):
    """One thing that was built. `component` is the component's name.

    name: the file's name; for an image its repository without registry and tag. digest: of the file's bytes; for an image of
    its manifest, or of its index where it is for several platforms. size: bytes; for an image those of all its blobs.
    platform: `any` for what runs anywhere, else as the wheel's tag or OCI (`linux/amd64`, several with commas between
    them) say. parts: digests of an image's other blobs, sorted; with the manifest they are the whole image.
    """

    component: str
    kind: ArtifactKind
    name: ArtifactName
    digest: ArtifactDigest
    size: int
    platform: str
    parts: tuple[ArtifactDigest, ...] = ()

    @property
    def label(self) -> str:
        """Return what files about it are called: its name, and as much of its digest as tells it from others of that name."""
        return f"{self.name}-{self.digest.removeprefix(_PREFIX)[:12]}"

    @property
    def blobs(self) -> tuple[str, ...]:
        """Return the digests of all files that it consists of, in hexadecimal."""
        return tuple(digest.removeprefix(_PREFIX) for digest in (self.digest, *self.parts))


class Sbom(msgspec.Struct, frozen=True):
    """What something consists of, as SPDX 2.3 or CycloneDX 1.6 JSON. `component` is the component's name.

    name: the document's file name; it ends with `.spdx.json` or `.cdx.json`. digest: of its bytes. subject: the digest of the
    artifact that it is about, "" where it is about what sources bring in.
    """

    component: str
    name: ArtifactName
    digest: ArtifactDigest
    size: int
    subject: str = ""

    @property
    def blob(self) -> str:
        """Return the digest in hexadecimal."""
        return self.digest.removeprefix(_PREFIX)

    @property
    def cyclonedx(self) -> bool:
        """Whether it is a CycloneDX document."""
        return self.name.endswith(_CYCLONEDX)

    @property
    def of_repository(self) -> bool:
        """Whether it is about all that the repository's lock files bring in."""
        return not self.subject and self.name.partition(".")[0] == REPOSITORY
