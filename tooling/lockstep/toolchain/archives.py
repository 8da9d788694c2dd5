"""Files that arrive from elsewhere: their digests, and what is taken out of an archive.

Sizes are bounded everywhere, so that a few bytes cannot become a full disk.
"""

import base64
import contextlib
import hashlib
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from lockstep.host.files import digest_of
from lockstep.toolchain.site import SourceError

# The largest program that is taken out of an archive, in bytes.
LARGEST_FILE = 2 << 30
# The largest Go module, all files together: the limit of Go itself (https://go.dev/ref/mod#zip-path-size-constraints).
LARGEST_MODULE = 500 << 20
_CHUNK = 1 << 20
# What the standard library raises for archives that are damaged, encrypted or of a kind that it does not know.
_DAMAGED = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, KeyError, RuntimeError, ValueError, OSError),
)


@contextlib.contextmanager
def _read(doing: str) -> Iterator[None]:
    """Turn what a bad archive raises into a `SourceError`; a fault of the machine (a full disk) stays one."""
    try:
        yield
    except _DAMAGED as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise SourceError(f"cannot {doing}: {error}") from error


def check(path: Path, expected: str, what: str) -> None:
    """Refuse a file whose digest is another than `expected`.

    Raises:
        SourceError: naming `what`, the digest expected and the one found.
    """
    got = digest(path, expected)
    if got != expected:
        raise SourceError(f"{what} has the wrong digest: expected {expected}, got {got}", refused=True)


def digest(path: Path, like: str) -> str:
    """Return the digest of a file in the same notation as `like` (`sha256:<hex>`, `sha512-<base64>`, `h1:<base64>`).

    Raises:
        SourceError: the notation is that of Go modules, and the file is no module.
    """
    if like.startswith("h1:"):
        return module_sum(path)
    if like.startswith("sha512-"):
        with path.open("rb") as stream:
            return "sha512-" + base64.b64encode(hashlib.file_digest(stream, "sha512").digest()).decode()
    return f"sha256:{digest_of(path)}"


def module_sum(path: Path) -> str:
    """Return the h1 sum of a Go module's zip: SHA-256 over the sorted lines `<sha256 of file>  <name>` (dirhash.Hash1).

    Raises:
        SourceError: the file is no zip, or larger than a module may be.
    """
    with _read("read the module's zip"), zipfile.ZipFile(path) as archive:
        lines = [f"{_content(archive, name)}  {name}\n" for name in sorted(_module_names(archive))]
    return "h1:" + base64.b64encode(hashlib.sha256("".join(lines).encode()).digest()).decode()


def _content(archive: zipfile.ZipFile, name: str) -> str:
    digest_ = hashlib.sha256()
    with archive.open(name) as stream:
        while chunk := stream.read(_CHUNK):
            digest_.update(chunk)
    return digest_.hexdigest()


def _module_names(archive: zipfile.ZipFile) -> list[str]:
    """Return the names in a module's zip; a line break in one would let two modules have the same sum."""
    names = archive.namelist()
    if len(set(names)) != len(names) or any("\n" in name for name in names):
        raise SourceError("the module's zip holds names that no module has")
    if sum(info.file_size for info in archive.infolist()) > LARGEST_MODULE:
        raise SourceError(f"the module's files are larger than {LARGEST_MODULE} bytes")
    return names


def bundled(bundle: Path, pinned: str) -> Path:
    """Return the file of a bundle that has the digest `pinned`.

    Raises:
        SourceError: the bundle does not hold it.
    """
    path = bundle / "files" / blob_name(pinned)
    if not path.is_file():
        raise SourceError("the bundle does not hold it")
    return path


def keep(path: Path, content: Path, pinned: str) -> None:
    """Copy a file into the content of a bundle, where `bundled` finds it by the digest `pinned`."""
    target = content / "files" / blob_name(pinned)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)


def blob_name(pinned: str) -> str:
    """Return the file name under which a bundle keeps the file with that digest."""
    return hashlib.sha256(pinned.encode()).hexdigest()[:32]


def extract(archive: Path, member: str, target: Path) -> None:
    """Write `member` of a tar or zip archive (or the file itself where `member` is empty) to `target`, executable.

    Only a plain file is taken: no link, wherever it leads, and no device.

    Raises:
        SourceError: the archive is damaged, or does not hold the member as a plain file of a sane size.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if not member:
        shutil.copyfile(archive, target)
    elif zipfile.is_zipfile(archive):
        with _read(f"take {member} out of the archive"), zipfile.ZipFile(archive) as opened:
            _bounded(opened.getinfo(member).file_size, member)
            with opened.open(member) as stream:
                write(stream, target)
    else:
        with _read(f"take {member} out of the archive"), tarfile.open(archive) as opened:
            found = next((info for info in opened if info.name == member), None)
            if found is None:
                raise SourceError(f"the archive does not hold {member}")
            write(plain_file(opened, found), target)
    target.chmod(0o755)


def plain_file(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    """Return the content of a member.

    Raises:
        SourceError: it is a link, a device, a sparse file, a folder, or too large.
    """
    stream = archive.extractfile(info) if info.isreg() and not info.issparse() else None
    if stream is None:
        raise SourceError(f"{info.name} is no plain file")
    _bounded(info.size, info.name)
    return stream


def _bounded(size: int, name: str) -> None:
    if size > LARGEST_FILE:
        raise SourceError(f"{name} is larger than {LARGEST_FILE} bytes")


def write(stream: IO[bytes], target: Path) -> None:
    """Write what `stream` holds to `target`, whose folder is made if missing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        shutil.copyfileobj(stream, out)


def unpack(archive: Path, folder: Path, prefix: str) -> None:
    """Write the files of a Go module's zip, all below `prefix`, into `folder`; names that lead elsewhere are an error.

    Raises:
        SourceError: the archive is damaged, hostile or too large.
    """
    with _read("unpack the module's zip"), zipfile.ZipFile(archive) as opened:
        for name in _module_names(opened):
            if not name.startswith(prefix):
                raise SourceError(f"the module's zip holds a file outside of its module: {name}")
            if name.endswith("/"):
                continue
            with opened.open(name) as stream:
                write(stream, below(folder, name.removeprefix(prefix)))


def below(folder: Path, name: str) -> Path:
    """Return the path of `name` in `folder`.

    Raises:
        SourceError: it would lead out of the folder, is the folder itself, or is no path.
    """
    root = folder.resolve()
    try:
        target = (root / name).resolve()
    except (ValueError, OSError) as error:
        raise SourceError(f"{name!r} is no path: {error}") from error
    if target == root or not target.is_relative_to(root):
        raise SourceError(f"{name} leads out of its folder")
    return target
