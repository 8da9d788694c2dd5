"""Bringing a release back from the mirror: by its commit, or by the digest of one of its artifacts, every byte compared."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from lockstep.artifacts import layout
from lockstep.errors import RefusedError, RunError
from lockstep.host.aws import ArchivedError
from lockstep.host.bucket import Bucket
from lockstep.host.files import exclusive_folder, explained, write_atomic
from lockstep.model.artifact import Artifact, ArtifactKind
from lockstep.releases import attestation, manifest, refs
from lockstep.releases.manifest import ARTIFACTS, AUDIT, RELEASES, Index, hexadecimal

if TYPE_CHECKING:
    from lockstep.evidence.asking import Judge

INDEX, SIGNED = "release.json", "release.sigstore.json"
_DAYS = 7


class _Wanted(msgspec.Struct, frozen=True):
    """An object, its digest, and the file that it becomes, relative to the folder of the release."""

    name: str
    digest: str
    path: str


class Release(msgspec.Struct, frozen=True):
    """A release in the mirror: its index, and the object that it was read from."""

    index: Index
    data: bytes


def find(bucket: Bucket, prefix: str, subject: str, judge: "Judge | None") -> tuple[Release, ...]:
    """Return the releases of a commit (40 hexadecimal digits), or those with an artifact of a digest (`sha256:...`).

    Raises:
        RefusedError: there is none; what was begun and never finished is none. Or an index is not believed, is of another
            release than its name says, or does not have the artifact that leads to it.
        RunError: the mirror cannot be asked, or an index cannot be read.
    """
    if subject.startswith("sha256:"):
        start = manifest.pointer_name(prefix, subject, "", "").rstrip("/") + "/"
        named = {f"{prefix}{RELEASES}{name.removeprefix(start)}.json" for name in bucket.names(start)}
        commits = {name.removeprefix(f"{prefix}{RELEASES}").partition("/")[0] for name in named}
        there = {name for commit in commits for name in bucket.names(f"{prefix}{RELEASES}{commit}/")}
        names = sorted(named & there)
    else:
        names = list(bucket.names(f"{prefix}{RELEASES}{subject}/"))
    found = tuple(_release(bucket, prefix, name, judge) for name in names)
    for each in found:
        if subject.startswith("sha256:") and subject not in {artifact.digest for artifact in each.index.artifacts}:
            raise RefusedError(f"{each.index.tag} has no artifact {subject}", where=bucket.place(prefix))
    if not found:
        raise RefusedError(
            f"the mirror has no release of {subject}",
            where=bucket.place(prefix),
            remedy="git fetch --tags where it is a tag; or name the commit, or the digest of an artifact",
        )
    return found


def tagged(found: Sequence[Release], subject: str) -> tuple[Release, ...]:
    """Return those that were asked for: where the subject is the tag of a release, the one of that tag.

    Raises:
        RefusedError: its commit has releases, and not that one.
    """
    if refs.parsed_tag(subject) is None:
        return tuple(found)
    own = tuple(each for each in found if each.index.tag == subject)
    if not own:
        others = ", ".join(each.index.tag for each in found)
        raise RefusedError(f"the mirror has no release {subject}", why=f"what it has of that commit is {others}")
    return own


def _release(bucket: Bucket, prefix: str, name: str, judge: "Judge | None") -> Release:
    found = bucket.read(name)
    return Release(attestation.read(name, found.data, prefix, judge, found.written.date()), found.data)


def restore(
    bucket: Bucket, prefix: str, release: Release, target: Path, verify: Callable[[Path], None], *, thaw: bool
) -> int:
    """Write a release to a new folder, laid out as a run's; return the number of its files.

    Nothing stays of a release that does not come back whole, or that `verify`, which is given its folder, refuses.
    thaw: ask for what is archived.

    Raises:
        RefusedError: the folder exists, or another process is restoring to it.
        ArchivedError: objects are archived.
        RunError: an object cannot be read, or is not what the index says.
    """
    if target.exists():
        raise RefusedError("the folder is there already", where=str(target), remedy="name another with --into")
    index = release.index
    wanted = tuple(_wanted(index, prefix))
    with exclusive_folder(target.with_name(f".{target.name}.partial")) as folder:
        _fetch(bucket, wanted, folder, thaw=thaw)
        for artifact in index.artifacts:
            if artifact.kind is ArtifactKind.IMAGE:
                _finish_layout(folder / _place(artifact), artifact)
        write_atomic(folder / INDEX, index.encoded())
        if release.data != index.encoded():
            write_atomic(folder / SIGNED, release.data)
        verify(folder)
        with explained("put the release in its place", target):
            os.rename(folder, target)  # noqa: PTH104
    return len(wanted)


def _wanted(index: Index, prefix: str) -> Iterator[_Wanted]:
    release = f"{index.commit}/{index.tag}"
    for document in index.documents:
        yield _Wanted(manifest.blob_name(prefix, AUDIT, release, document.digest), document.digest, document.path)
    for artifact in index.artifacts:
        for blob in artifact.blobs:
            place = _place(artifact)
            path = f"{place}/blobs/sha256/{blob}" if artifact.kind is ArtifactKind.IMAGE else place
            yield _Wanted(manifest.blob_name(prefix, ARTIFACTS, release, blob), blob, path)


def _place(artifact: Artifact) -> str:
    return f"artifacts/{artifact.component}/{artifact.name}"


def _fetch(bucket: Bucket, wanted: tuple[_Wanted, ...], folder: Path, *, thaw: bool) -> None:
    archived: list[str] = []
    for each in wanted:
        path = folder / each.path
        if not path.resolve().is_relative_to(folder.resolve()):
            raise RunError("the index of the release leads out of its folder", where=each.path)
        with explained("write what was restored", path):
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            bucket.fetch(each.name, hexadecimal(each.digest), path)
        except ArchivedError:
            archived.append(each.name)
    if archived and thaw:
        for name in archived:
            bucket.thaw(name, _DAYS)
    if archived:
        said = "they were asked for; run this again in some hours" if thaw else "add --thaw to ask for them"
        raise ArchivedError(f"{len(archived)} objects of the release are archived", where=archived[0], remedy=said)


def _finish_layout(folder: Path, image: Artifact) -> None:
    """Make the blobs of an image an OCI Image Layout 1.1."""
    path = folder / layout.BLOBS / image.blobs[0]
    with explained("read an image's manifest", path):
        marks = layout.marks(path.read_bytes())
    for name, content in marks.items():
        write_atomic(folder / name, content)
