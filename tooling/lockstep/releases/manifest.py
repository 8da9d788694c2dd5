"""What a release consists of, as it is published: the index of a release, and where each thing lies in the mirror. Pure."""

from datetime import datetime
from typing import Literal

import msgspec

from lockstep.errors import RunError
from lockstep.model.artifact import Artifact, ArtifactDigest

# What the mirror keeps for audits, under an object lock, and what expires.
AUDIT, ARTIFACTS = "audit/", "artifacts/"
RELEASES, DIGESTS = "releases/", "digests/"
_PREFIX = "sha256:"


class Document(msgspec.Struct, frozen=True):
    """One file of the run: evidence (an envelope, a bundle) or a report. `path` is relative to the run's folder."""

    path: str
    digest: ArtifactDigest
    size: int


class Index(msgspec.Struct, frozen=True):
    """A release: once this is in the mirror, everything that it names is where it says.

    build: `vX.Y.Z+COMMIT`. run: the run that built and judged it. tagged, proved: when the tag was made and when the run
    ended, ISO 8601. places: for the
    digest of each artifact, where else it was published.
    """

    component: str
    version: str
    build: str
    tag: str
    commit: str
    tree: str
    tagged: str
    proved: str
    run: str
    artifacts: tuple[Artifact, ...]
    documents: tuple[Document, ...]
    places: dict[str, tuple[str, ...]]
    schema_version: Literal[1] = 1

    def encoded(self) -> bytes:
        """Return the bytes that are published: the same for the same release."""
        return msgspec.json.format(msgspec.json.encode(self, order="deterministic"), indent=2) + b"\n"


def moment(text: str, where: str) -> datetime:
    """Return a time in ISO 8601 with its zone.

    Raises:
        RunError: it is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise RunError("a time cannot be read", where=where, why=str(error)) from error
    if found.tzinfo is None:
        raise RunError("a time has no zone, so nobody knows when that was", where=where, why=text)
    return found


def decoded(data: bytes, where: str) -> Index:
    """Return an index from its bytes.

    Raises:
        RunError: they are none.
    """
    try:
        return msgspec.json.decode(data, type=Index)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RunError("the index of a release cannot be read", where=where, why=str(error)) from error


def hexadecimal(digest: str) -> str:
    """Return a digest without its algorithm."""
    return digest.removeprefix(_PREFIX)


def blob_name(prefix: str, kind: str, release: str, digest: str) -> str:
    """Return the object's name of bytes of a release (`COMMIT/TAG`) by their digest; kind is `AUDIT` or `ARTIFACTS`.

    Releases share no objects: what one of them wrote expires with it, and the others would lose it.
    """
    return f"{prefix}{kind}{release}/sha256/{hexadecimal(digest)}"


def index_name(prefix: str, commit: str, tag: str) -> str:
    """Return the object's name of the index of a release."""
    return f"{prefix}{RELEASES}{commit}/{tag}.json"


def pointer_name(prefix: str, digest: str, commit: str, tag: str) -> str:
    """Return the object's name that leads from the digest of an artifact to the index of a release with it."""
    return f"{prefix}{DIGESTS}sha256/{hexadecimal(digest)}/{commit}/{tag}"
