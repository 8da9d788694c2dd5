"""Evidence as it lies on disk: a folder of files, and beside it the record of the run that left them."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lockstep.errors import ConfigError
from lockstep.evidence import documents
from lockstep.evidence.links import Subject, SubjectKind
from lockstep.evidence.verify import Evidence

_DIGEST = re.compile(r"(?:.*@)?sha256:([0-9a-f]{64})")
_COMMIT = re.compile(r"(?:git\+?[Cc]ommit:)?([0-9a-f]{40}|[0-9a-f]{64})")
_CHUNK = 1024 * 1024


def subject(text: str) -> Subject:
    """Return what `text` asks about: a file, an image `name@sha256:...`, a digest `sha256:...`, or a commit's full id.

    Raises:
        ConfigError: it is none of these, or the file cannot be read.
    """
    digest, commit = _DIGEST.fullmatch(text), _COMMIT.fullmatch(text)
    if digest:
        return Subject(SubjectKind.ARTIFACT, digest[1], text)
    if commit:
        return Subject(SubjectKind.COMMIT, commit[1], text)
    try:
        return Subject(SubjectKind.ARTIFACT, _sha256(Path(text)), text)
    except OSError as error:
        raise ConfigError(
            "there is nothing of that name to verify",
            where=text,
            why=error.strerror or str(error),
            remedy="name a file, an image by digest (name@sha256:...), a digest, or a commit by its full id",
        ) from error


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def read(folders: Iterable[Path]) -> Evidence:
    """Return every file of the folders by path, and the records of the runs that left them.

    Raises:
        ConfigError: one cannot be read, or holds what is no plain file.
    """
    wanted = tuple(dict.fromkeys(folder.resolve() for folder in folders))
    records = {str(folder): folder.parent / "run.json" for folder in wanted}
    return Evidence(
        {str(path): path.read_bytes() for folder in wanted for path in _files(folder)},
        {folder: record.read_bytes() for folder, record in records.items() if record.is_file()},
    )


def _files(folder: Path) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        why = error.strerror or str(error)
        raise ConfigError("cannot read the evidence", where=str(folder), why=why, remedy="--bundles FOLDER") from error
    for path in entries:
        if path.is_symlink() or not path.is_file():
            raise ConfigError("the evidence holds what is no plain file", where=str(path), remedy="take it out")
        if path.stat().st_size > documents.LARGEST:
            why = f"it is larger than {documents.LARGEST} bytes"
            raise ConfigError("the evidence holds what is no document", where=str(path), why=why, remedy="take it out")
        yield path
