"""Files that arrive from elsewhere: their digests, and the one program that is taken out of an archive."""

import base64
import hashlib
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import IO

from lockstep.toolchain.site import SourceError


def check(path: Path, expected: str, what: str) -> None:
    """Refuse a file whose digest is another than `expected`.

    Raises:
        SourceError: naming `what`, the digest expected and the one found.
    """
    got = digest(path, expected)
    if got != expected:
        raise SourceError(f"{what} has the wrong digest: expected {expected}, got {got}", refused=True)


def digest(path: Path, like: str) -> str:
    """Return the digest of a file in the same notation as `like` (`sha256:<hex>`, `sha512-<base64>`, `h1:<base64>`)."""
    if like.startswith("h1:"):
        return module_sum(path)
    with path.open("rb") as stream:
        if like.startswith("sha512-"):
            return "sha512-" + base64.b64encode(hashlib.file_digest(stream, "sha512").digest()).decode()
        return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()


def module_sum(path: Path) -> str:
    """Return the h1 sum of a Go module's zip: SHA-256 over the sorted lines `<sha256 of file>  <name>` (dirhash.Hash1).

    Raises:
        SourceError: the file is no zip.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            lines = [
                f"{hashlib.sha256(archive.read(name)).hexdigest()}  {name}\n" for name in sorted(archive.namelist())
            ]
    except (zipfile.BadZipFile, OSError) as error:
        raise SourceError(f"{path.name} is no zip: {error}") from error
    return "h1:" + base64.b64encode(hashlib.sha256("".join(lines).encode()).digest()).decode()


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

    Raises:
        SourceError: the archive is damaged or does not hold the member as a plain file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if not member:
            shutil.copyfile(archive, target)
        elif zipfile.is_zipfile(archive):
            _from_zip(archive, member, target)
        else:
            _from_tar(archive, member, target)
    except (KeyError, EOFError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise SourceError(f"cannot take {member} out of {archive.name}: {error}") from error
    target.chmod(0o755)


def _from_zip(archive: Path, member: str, target: Path) -> None:
    with zipfile.ZipFile(archive) as opened, opened.open(member) as stream:
        write(stream, target)


def _from_tar(archive: Path, member: str, target: Path) -> None:
    with tarfile.open(archive) as opened:
        stream = opened.extractfile(member)
        if stream is None:
            raise KeyError(f"{member} is no plain file")
        write(stream, target)


def write(stream: IO[bytes], target: Path) -> None:
    """Write what `stream` holds to `target`, whose folder is made if missing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        shutil.copyfileobj(stream, out)


def unpack(archive: Path, folder: Path, prefix: str) -> None:
    """Write the files of a zip below `prefix` into `folder`; names that lead elsewhere are an error.

    Raises:
        SourceError: the archive is damaged or hostile.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                if not name.startswith(prefix):
                    raise SourceError(f"{archive.name} holds a file outside of its module: {name}")
                with opened.open(name) as stream:
                    write(stream, below(folder, name.removeprefix(prefix)))
    except zipfile.BadZipFile as error:
        raise SourceError(f"{archive.name} is damaged: {error}") from error


def below(folder: Path, name: str) -> Path:
    """Return the path of `name` in `folder`.

    Raises:
        SourceError: it would lead out of the folder, or is the folder itself.
    """
    root = folder.resolve()
    target = (root / name).resolve()
    if target == root or not target.is_relative_to(root):
        raise SourceError(f"{name} leads out of its folder")
    return target
