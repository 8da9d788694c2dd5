"""Files: atomic writes, private folders, locks, and the tag that says a folder may be deleted."""

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path

from lockstep.errors import RefusedError, RunError
from lockstep.model.digests import Digest

_PATIENCE = 0.05
CACHEDIR_TAG = "CACHEDIR.TAG"
# Private folders in the system's own temporary folder, by user: they are found again where a run was killed.
PRIVATE = f"lockstep-{os.getuid()}-"
# The first line is fixed by the Cache Directory Tagging Specification.
_TAG_TEXT = (
    "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache made by Lockstep; it may be deleted.\n"
)


def user_cache() -> Path:
    """Return the user's cache folder for Lockstep (XDG on Linux, Library/Caches on macOS)."""
    from platformdirs import user_cache_path  # noqa: PLC0415

    return user_cache_path("lockstep", appauthor=False)


@contextlib.contextmanager
def explained(doing: str, path: Path) -> Iterator[None]:
    """Turn an OSError into a `RunError` that says what was being done, where, and what would help."""
    try:
        yield
    except OSError as error:
        remedy = "free some space and run again" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        raise RunError(f"cannot {doing}", where=str(path), why=error.strerror or str(error), remedy=remedy) from error


def write_atomic(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write `data` so that readers see the old file or the whole new one.

    Raises:
        RunError: the file cannot be written; nothing of it stays.
    """
    with explained("write a file", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            os.chmod(name, mode)  # noqa: PTH101 - one call on a name that mkstemp gave
            os.replace(name, path)  # noqa: PTH105
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)  # noqa: PTH108
            raise


def digest_of(path: str | Path) -> Digest:
    """Return the SHA-256 of a file of any size.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as stream:  # noqa: PTH123 - a path of either kind
        return Digest(hashlib.file_digest(stream, "sha256").hexdigest())


def append(path: Path, data: bytes) -> None:
    """Add `data` to the end of a file, which is made if it is missing.

    Raises:
        RunError: the file cannot be written.
    """
    with explained("write a file", path), path.open("ab") as stream:
        stream.write(data)


def tag_cache(folder: Path) -> None:
    """Make `folder` and mark it as a cache (CACHEDIR.TAG), once."""
    tag = folder / CACHEDIR_TAG
    if not tag.exists():
        write_atomic(tag, _TAG_TEXT.encode())


def keep_from_git(folder: Path) -> None:
    """Make `folder` and tell git to pass over all that is in it, once."""
    ignore = folder / ".gitignore"
    if not ignore.exists():
        write_atomic(ignore, b"*\n")


def remove_tree(folder: Path) -> None:
    """Delete a folder and all in it, read-only entries included; links are not followed; absence is no error."""
    if not folder.is_symlink() and folder.is_dir():
        _make_writable(folder)
        shutil.rmtree(folder)


def _make_writable(folder: Path) -> None:
    for parent, names, _ in os.walk(folder):
        for name in (".", *names):
            path = os.path.join(parent, name)  # noqa: PTH118 - hot and plain
            mode = os.lstat(path).st_mode
            if stat.S_ISDIR(mode) and not mode & stat.S_IWUSR:
                os.chmod(path, mode | stat.S_IRWXU)  # noqa: PTH101


@contextlib.contextmanager
def private_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Yield a new folder that only this user can read; it is gone afterwards."""
    with explained("make a temporary folder", parent):
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError):
            remove_tree(folder)


_NEVER = threading.Event()
_given_up: ContextVar[threading.Event] = ContextVar("given_up", default=_NEVER)


def wait_until(given_up: threading.Event) -> None:
    """Let this thread wait for locks no longer than until `given_up` is set."""
    _given_up.set(given_up)


def giving_up() -> threading.Event | None:
    """Return what this thread's waiting ends with, or None where nobody said (`wait_until`)."""
    found = _given_up.get()
    return None if found is _NEVER else found


def _silently() -> None:
    pass


@contextlib.contextmanager
def locked(path: Path, waiting: Callable[[], None] = _silently) -> Iterator[int]:
    """Hold an exclusive lock between processes (flock(2)); waits for as long as another holds it, and tells `waiting` so.

    The file stays where it is: deleting it would let two hold a lock of one name. The system releases the lock of a
    process that was killed, once all have ended that it let hold the lock as well (`Process.locks`, which takes what is
    yielded).

    Raises:
        RunError: it cannot be taken, or this thread has given up (`wait_until`).
    """
    with explained("take a lock", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        with explained("take a lock", path):
            held = _taken(handle)
            if not held:
                waiting()
            while not held:
                if _given_up.get().wait(_PATIENCE):
                    raise RunError("interrupted", where=str(path), why="it waited for another run to end")
                held = _taken(handle)
        yield handle
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def exclusive_folder(path: Path) -> Iterator[Path]:
    """Yield a new, empty folder at `path` that is ours alone; it is gone afterwards, unless it was renamed.

    What a killed process left there is deleted: the system has released its lock, which is on the folder itself.

    Raises:
        RefusedError: another process has it.
        RunError: it cannot be made.
    """
    with explained("make a folder", path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        with explained("make a folder", path):
            if not (_taken(handle) and _is(handle, path)):
                raise RefusedError("another process is writing there", where=str(path), remedy="wait for it to end")
            for entry in path.iterdir():
                remove_tree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        try:
            yield path
        finally:
            if _is(handle, path):
                with contextlib.suppress(OSError):
                    remove_tree(path)
    finally:
        os.close(handle)


def _is(handle: int, path: Path) -> bool:
    """Whether an open folder is still the one of that name."""
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(handle), path.lstat())
    return False
