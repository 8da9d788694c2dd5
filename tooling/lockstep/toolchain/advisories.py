"""Trivy's advisory database: fetched once by Trivy's own downloader, shared by all repositories, trusted while it is young.

`<store>/advisories/<digest>/db/` holds `trivy.db`, whose SHA-256 is the folder's name, and Trivy's `metadata.json`.
`<store>/advisories/<name>.json` is the pointer of one OCI reference: what it served last, and when. A warm run reads
the pointer and looks at the size and time of the database; it starts no process and asks no network.
"""

import math
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from lockstep.config import FILE, AdvisoriesConfig
from lockstep.errors import ToolError
from lockstep.host import Host
from lockstep.host.environment import cleared, for_registries, masked, secrets
from lockstep.host.files import explained, locked, private_folder, remove_tree, tag_cache, write_atomic
from lockstep.host.process import Process
from lockstep.model.digests import Digest, of_bytes
from lockstep.model.event import Observer, Preparing
from lockstep.model.gate import Token
from lockstep.parsers import trivy as trivy_report
from lockstep.toolchain import store

_DATABASE = "db/trivy.db"
_METADATA = "db/metadata.json"
# The schema of the database that Trivy 0.74 reads.
_SCHEMA = 2
# A database is looked for again when its publisher has promised a newer one, but not at every run.
_PATIENCE = timedelta(hours=1)
_AHEAD = timedelta(days=1)
_FORGOTTEN = timedelta(days=30)
_UNUSED = timedelta(days=1)
_MIRROR = f'in {FILE}:\n[advisories]\ndatabase = "registry.example/mirror/trivy-db:2"'


class Metadata(msgspec.Struct, frozen=True):
    """What stands in metadata.json: the database's schema, when it was published, and when the next one is promised."""

    version: int = msgspec.field(name="Version")
    updated: datetime = msgspec.field(name="UpdatedAt")
    next_update: datetime = msgspec.field(name="NextUpdate")


class Pointer(msgspec.Struct, frozen=True):
    """What an OCI reference served last. size (bytes) and mtime (ns) are the database's; tried: when it was last asked."""

    reference: str
    digest: Digest
    size: int
    mtime: int
    updated: datetime
    next_update: datetime
    tried: datetime


def current(host: Host, settings: AdvisoriesConfig) -> Token | None:
    """Return the token of the database in the store, None where it has to be fetched first.

    Raises:
        ToolError: the configuration names none.
    """
    if not settings.database:
        raise ToolError(
            "no advisory database is configured", remedy=f"name a registry that this machine reaches, {_MIRROR}"
        )
    found = _found(host, settings.database)
    now = host.clock.now()
    if found is None or _unfit(found, settings, now):
        return None
    due = now >= found.next_update and now >= found.tried + _PATIENCE
    return None if due else _token(host, found)


def obtain(host: Host, settings: AdvisoriesConfig, trivy: tuple[str, ...], observer: Observer) -> Token:
    """Fetch the database unless somebody else just did, and return its token; where that fails, a young one in the store does.

    Raises:
        ToolError: none can be had, or none that is young enough.
    """
    root = folder(host)
    tag_cache(root)
    with locked(root / ".locks" / _name(settings.database)):
        found = current(host, settings)
        if found is None:
            found = _token(host, _renewed(host, settings, trivy, observer))
    return found


def folder(host: Host) -> Path:
    """Return the folder of all databases in the store."""
    return host.store / "advisories"


def pack(host: Host, settings: AdvisoriesConfig, content: Path) -> None:
    """Put the database that `obtain` made ready, and its pointer, into the content of a bundle.

    Raises:
        ToolError: it is not in the store.
    """
    found = _found(host, settings.database)
    if found is None:
        raise _unavailable(settings, "it is not in the store")
    target = content / "advisories"
    target.mkdir(parents=True)
    write_atomic(target / "pointer.json", msgspec.json.encode(found))
    for name in (_DATABASE, _METADATA):
        shutil.copyfile(folder(host) / found.digest / name, target / Path(name).name)


def adopt(host: Host, content: Path) -> str:
    """Take the database out of an opened bundle and return the reference that it is of, "" where the bundle has none.

    Raises:
        ToolError: the bundle's pointer and its database do not belong together.
    """
    source = content / "advisories"
    if not source.is_dir():
        return ""
    try:
        pointer = msgspec.json.decode((source / "pointer.json").read_bytes(), type=Pointer)
        with private_folder(_tagged(host), ".tmp-") as scratch:
            (scratch / "db").mkdir()
            for name in (_DATABASE, _METADATA):
                (source / Path(name).name).rename(scratch / name)
            made = _pointer(scratch, pointer.reference, pointer.tried)
            if made.digest != pointer.digest:
                raise ToolError("the bundle's advisory database is not the one that it says", where=str(content))
            with locked(folder(host) / ".locks" / _name(pointer.reference)):
                _keep(host, scratch, made)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise ToolError("the bundle's advisory database cannot be read", where=str(content), why=str(error)) from error
    return pointer.reference


def _tagged(host: Host) -> Path:
    tag_cache(folder(host))
    return folder(host)


def _name(reference: str) -> str:
    return of_bytes(reference.encode())[:32]


def _path(host: Host, reference: str) -> Path:
    return folder(host) / f"{_name(reference)}.json"


def _found(host: Host, reference: str) -> Pointer | None:
    """Return the pointer of a reference whose database lies in the store as it was put there."""
    try:
        pointer = msgspec.json.decode(_path(host, reference).read_bytes(), type=Pointer)
        status = (folder(host) / pointer.digest / _DATABASE).stat()
    except (OSError, msgspec.MsgspecError):
        return None
    same = (status.st_size, status.st_mtime_ns) == (pointer.size, pointer.mtime)
    return pointer if same and pointer.reference == reference else None


def _token(host: Host, pointer: Pointer) -> Token:
    return Token(pointer.digest, str(folder(host) / pointer.digest))


def _unfit(pointer: Pointer, settings: AdvisoriesConfig, now: datetime) -> str:
    """Return why a database vouches for nothing at the time `now`, "" where it does."""
    age = now - pointer.updated
    published = pointer.updated.astimezone(UTC).isoformat(timespec="minutes")
    if age > timedelta(hours=settings.max_age):
        hours = math.ceil(age / timedelta(hours=1))
        return f"it was published {published}, {hours} hours ago, and max_age is {settings.max_age} hours"
    if -age > _AHEAD:
        return f"it says that it was published {published}, which is yet to come"
    return ""


def _renewed(host: Host, settings: AdvisoriesConfig, trivy: tuple[str, ...], observer: Observer) -> Pointer:
    now = host.clock.now()
    old = _found(host, settings.database)
    observer(Preparing("advisory database", -1.0, f"from {settings.database}"))
    try:
        made = _fetched(host, settings, trivy, now)
    except ToolError:
        if old is None or _unfit(old, settings, now):
            raise
        made = msgspec.structs.replace(old, tried=now)
        write_atomic(_path(host, settings.database), msgspec.json.encode(made))
        observer(
            Preparing(
                "advisory database", 1.0, f"not renewed; that of {old.updated.isoformat(timespec='minutes')} is used"
            )
        )
        return made
    wrong = _unfit(made, settings, now)
    if wrong:
        raise _unavailable(settings, wrong)
    observer(Preparing("advisory database", 1.0, "ready"))
    return made


def _fetched(host: Host, settings: AdvisoriesConfig, trivy: tuple[str, ...], now: datetime) -> Pointer:
    """Let Trivy download the database, and keep it.

    Raises:
        ToolError: it cannot be had, or is none that Trivy can read.
    """
    with private_folder(folder(host), ".tmp-") as scratch:
        (scratch / "tmp").mkdir()
        _download(host, settings, trivy, scratch)
        try:
            made = _pointer(scratch, settings.database, now)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise _unavailable(settings, f"what was downloaded is no advisory database: {error}") from error
        _keep(host, scratch, made)
    _prune(host, now)
    return made


def _download(host: Host, settings: AdvisoriesConfig, trivy: tuple[str, ...], scratch: Path) -> None:
    argv = (
        *(*trivy, "image", "--download-db-only", "--db-repository", settings.database, "--cache-dir", str(scratch)),
        *("--no-progress", "--skip-version-check", "--disable-telemetry", "--timeout", f"{settings.timeout}s"),
        *(("--insecure",) if settings.insecure else ()),
    )
    env = {**cleared((), str(scratch / "tmp"), str(scratch / "tmp")), **for_registries(host.environ)}
    done = host.processes.run(Process(argv, str(scratch), env, float(settings.timeout)))
    if done.failure == "timeout":
        raise _unavailable(settings, f"the registry did not serve it within {settings.timeout} s")
    if done.exit_code or done.failure:
        raise _unavailable(settings, done.failure or trivy_report.failure(masked(done.stderr, secrets(host.environ))))


def _pointer(scratch: Path, reference: str, now: datetime) -> Pointer:
    """Return the pointer to a database that lies in `scratch`.

    Raises:
        OSError: a file is missing.
        ValueError: the database is of another schema.
        msgspec.MsgspecError: metadata.json says something else.
    """
    metadata = msgspec.json.decode((scratch / _METADATA).read_bytes(), type=Metadata)
    if metadata.version != _SCHEMA:
        raise ValueError(f"its schema is {metadata.version}, and Trivy reads {_SCHEMA}")
    database = scratch / _DATABASE
    status = database.stat()
    return Pointer(
        reference=reference,
        digest=store.digest_of(str(database)),
        size=status.st_size,
        mtime=status.st_mtime_ns,
        updated=_aware(metadata.updated),
        next_update=_aware(metadata.next_update),
        tried=now,
    )


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _keep(host: Host, scratch: Path, made: Pointer) -> None:
    """Move the database to its place, then point at it; who is killed in between leaves the old pointer."""
    place = folder(host) / made.digest
    with explained("keep the advisory database", place):
        remove_tree(place)
        place.mkdir()
        (scratch / "db").rename(place / "db")
    write_atomic(_path(host, made.reference), msgspec.json.encode(made))


def _prune(host: Host, now: datetime) -> None:
    """Delete pointers that nobody has followed for a month, and databases that none has pointed at for a day.

    A scan that is under way may still read one.
    """
    wanted = set()
    for path in folder(host).glob("*.json"):
        pointer = msgspec.json.decode(path.read_bytes(), type=Pointer)
        if now - pointer.tried > _FORGOTTEN:
            path.unlink(missing_ok=True)
        else:
            wanted.add(pointer.digest)
    for path in folder(host).glob("[0-9a-f]*"):
        if path.is_dir() and path.name not in wanted and _since(path, now) > _UNUSED:
            remove_tree(path)


def _since(path: Path, now: datetime) -> timedelta:
    return now - datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _unavailable(settings: AdvisoriesConfig, why: str) -> ToolError:
    return ToolError(
        "the advisory database cannot be had",
        where=settings.database,
        why=why,
        remedy=f"name a registry that this machine reaches and that is kept up to date, {_MIRROR}\n"
        "or take it from a machine that has it: `lockstep tools.bundle` there, `lockstep tools.install --bundle FILE` here",
    )
