"""Why two builds of the same thing differ: which member of an archive, and in what."""

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO

import msgspec

_BYTES = "its members are the same; it is packed otherwise"


class Member(msgspec.Struct, frozen=True):
    """One entry of an archive. `kind` is file, folder or link; `owner` is `uid:gid`; `content` a digest, or a link's target."""

    name: str
    kind: str
    mode: str
    owner: str
    modified: str
    content: str
    size: int


class Difference(msgspec.Struct, frozen=True):
    """One member that differs, and how: what it is in the first build, and what in the second."""

    member: str
    how: str


def of_zip(stream: IO[bytes]) -> tuple[Member, ...]:
    """Return the members of a ZIP archive, such as a wheel, in its order.

    Raises:
        zipfile.BadZipFile: it is none.
    """
    with zipfile.ZipFile(stream) as archive:
        return tuple(_zipped(info, archive.read(info)) for info in archive.infolist())


def of_tar(stream: IO[bytes]) -> tuple[Member, ...]:
    """Return the members of a tar archive, compressed or not, in its order.

    Raises:
        tarfile.TarError: it is none.
    """
    with tarfile.open(fileobj=stream, mode="r|*") as archive:
        return tuple(_tarred(info, archive.extractfile(info) if info.isfile() else None) for info in archive)


def differences(first: Sequence[Member], second: Sequence[Member]) -> tuple[Difference, ...]:
    """Return what tells two lists of members from each other, by member; only bytes outside of them where nothing does."""
    ones, others = ({member.name: member for member in members} for members in (first, second))
    found = [
        Difference(name, "only in the first" if name in ones else "only in the second")
        for name in sorted(ones.keys() ^ others.keys())
    ]
    found += [
        Difference(name, how)
        for name in sorted(ones.keys() & others.keys())
        for how in _unlike(ones[name], others[name])
    ]
    if not found and [member.name for member in first] != [member.name for member in second]:
        name = next(one.name for one, other in zip(first, second, strict=False) if one.name != other.name)
        found = [Difference(name, "order: it stands at another place")]
    return tuple(found) or (Difference("", _BYTES),)


def of_archives(name: str, first: bytes, second: bytes) -> tuple[Difference, ...]:
    """Return what tells two archives called `name` from each other; nothing where they are the same."""
    if first == second:
        return ()
    read = of_zip if name.endswith(".whl") else of_tar
    return differences(read(io.BytesIO(first)), read(io.BytesIO(second)))


def _unlike(one: Member, other: Member) -> Iterator[str]:
    for what in ("kind", "mode", "owner", "modified"):
        before, after = getattr(one, what), getattr(other, what)
        if before != after:
            yield f"{what}: {before}, then {after}"
    if one.content != other.content:
        yield f"content: {one.size} bytes, then {other.size}" if one.size != other.size else "content"


def _zipped(info: zipfile.ZipInfo, data: bytes) -> Member:
    modified = "{}-{:02}-{:02}T{:02}:{:02}:{:02}".format(*info.date_time)
    kind = "folder" if info.is_dir() else "file"
    return Member(info.filename, kind, f"{info.external_attr >> 16:o}", "", modified, _digest(data), len(data))


def _tarred(info: tarfile.TarInfo, stream: IO[bytes] | None) -> Member:
    kind = "folder" if info.isdir() else "file" if info.isfile() else "link"
    content = hashlib.file_digest(stream, "sha256").hexdigest() if stream else info.linkname  # type: ignore[arg-type]
    owner = f"{info.uid}:{info.gid}"
    return Member(info.name, kind, f"{info.mode:o}", owner, f"{info.mtime:.15g}", content, info.size)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
