"""Source distributions whose bytes depend on nothing but the names and contents of their members.

setuptools takes SOURCE_DATE_EPOCH for wheels but not for these: the gzip header, the folders and the metadata that it writes
carry the time of the build, members the user's name (github.com/pypa/setuptools/issues/2133). PDM's have the time of the
build in their gzip header. Other backends need no help.
"""

import gzip
import io
import tarfile

_HELPED = frozenset({"", "setuptools", "pdm"})
_FOLDER, _EXECUTABLE, _PLAIN = 0o755, 0o755, 0o644


def needs_help(backend: str) -> bool:
    """Whether the archives of a build backend have to be written anew; "" is the backend of old, setuptools."""
    return backend.partition(".")[0] in _HELPED


def normal(data: bytes, epoch: int) -> bytes:
    """Return a `.tar.gz` with the same members, sorted, all of the time `epoch`, nobody's, with modes as git knows them.

    Raises:
        tarfile.TarError: it is none.
    """
    packed, plain = io.BytesIO(), io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as old,
        tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for info in sorted(old, key=lambda each: each.name):
            new.addfile(_normal(info, epoch), old.extractfile(info) if info.isfile() else None)
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=epoch) as stream:
        stream.write(plain.getvalue())
    return packed.getvalue()


def _normal(info: tarfile.TarInfo, epoch: int) -> tarfile.TarInfo:
    mode = _FOLDER if info.isdir() else _EXECUTABLE if info.mode & 0o100 else _PLAIN
    info = info.replace(mtime=epoch, mode=mode, uid=0, gid=0, uname="", gname="", deep=True)
    info.pax_headers = {}  # they would go before what was just said; long names get new ones
    return info
