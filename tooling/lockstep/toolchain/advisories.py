"""Trivy's databases: fetched once by Trivy's own downloader, shared by all repositories, trusted while they are young.

`<store>/advisories/<digest>/db/` holds `trivy.db`, whose SHA-256 is the folder's name, and Trivy's `metadata.json`; of the
index of Java archives they are `java-db/` and `trivy-java.db`.
`<store>/advisories/<name>.json` is the pointer of one OCI reference: what it served last, and when. A warm run reads
the pointer and looks at the size and time of the database; it starts no process and asks no network.
"""

import math
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from lockstep.config import FILE, DatabaseConfig, JavaIndexConfig
from lockstep.errors import ToolError
from lockstep.host import Host
from lockstep.host.environment import cleared, for_registries, masked, secrets
from lockstep.host.files import digest_of, explained, locked, private_folder, remove_tree, tag_cache, write_atomic
from lockstep.host.process import Process
from lockstep.model.digests import Digest, of_bytes
from lockstep.model.event import Observer, Preparing
from lockstep.model.gate import Token
from lockstep.parsers import trivy as trivy_report

_METADATA = "metadata.json"
_POINTER = "pointer.json"
# A database is looked for again when its publisher has promised a newer one, but not at every run.
_PATIENCE = timedelta(hours=1)
_AHEAD = timedelta(days=1)
_FORGOTTEN = timedelta(days=30)
_UNUSED = timedelta(days=1)


class Form(msgspec.Struct, frozen=True):
    """One of Trivy's databases: what people call it, its folder, file and schema, how it is fetched and configured.

    fetch: the option that downloads it, and the one that says from where. bundle: its folder in a bundle.
    """

    noun: str
    folder: str
    file: str
    schema: int
    fetch: tuple[str, str]
    bundle: str
    mirror: str


# The schemas are those that Trivy 0.74 reads.
_ADVISORIES = Form(
    noun="advisory database",
    folder="db",
    file="trivy.db",
    schema=2,
    fetch=("--download-db-only", "--db-repository"),
    bundle="advisories",
    mirror=f'in {FILE}:\n[advisories]\ndatabase = "registry.example/mirror/trivy-db:2"',
)
_JAVA_INDEX = Form(
    noun="index of Java archives",
    folder="java-db",
    file="trivy-java.db",
    schema=1,
    fetch=("--download-java-db-only", "--java-db-repository"),
    bundle="java-index",
    mirror=f'in {FILE}:\n[advisories.java_index]\ndatabase = "registry.example/mirror/trivy-java-db:1"',
)


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


def current(host: Host, settings: DatabaseConfig) -> Token | None:
    """Return the token of the database in the store, None where it has to be fetched first.

    Raises:
        ToolError: the configuration names none.
    """
    if not settings.database:
        raise ToolError(
            f"no {_form(settings).noun} is configured",
            remedy=f"name a registry that this machine reaches, {_form(settings).mirror}",
        )
    found = _found(host, _form(settings), settings.database)
    now = host.clock.now()
    if found is None or _unfit(found, settings, now):
        return None
    due = now >= found.next_update and now >= found.tried + _PATIENCE
    return None if due else _token(host, found)


def obtain(host: Host, settings: DatabaseConfig, trivy: tuple[str, ...], observer: Observer) -> Token:
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


def pack(host: Host, settings: DatabaseConfig, content: Path) -> None:
    """Put a database that `obtain` made ready, and its pointer, into the content of a bundle.

    Raises:
        ToolError: it is not in the store.
    """
    found = _found(host, _form(settings), settings.database)
    if found is None:
        raise _unavailable(settings, "it is not in the store")
    form = _form(settings)
    target = content / form.bundle
    target.mkdir(parents=True)
    write_atomic(target / _POINTER, msgspec.json.encode(found))
    for name in (form.file, _METADATA):
        shutil.copyfile(folder(host) / found.digest / form.folder / name, target / name)


def adopt(host: Host, content: Path) -> Mapping[str, str]:
    """Take the databases out of an opened bundle; return what each is called, and the reference that it is of.

    Raises:
        ToolError: the bundle's pointer and its database do not belong together.
    """
    there = [form for form in (_ADVISORIES, _JAVA_INDEX) if (content / form.bundle).is_dir()]
    return {form.noun: _adopted(host, form, content / form.bundle) for form in there}


def _adopted(host: Host, form: Form, source: Path) -> str:
    try:
        pointer = msgspec.json.decode((source / _POINTER).read_bytes(), type=Pointer)
        with private_folder(_tagged(host), ".tmp-") as scratch:
            (scratch / form.folder).mkdir()
            for name in (form.file, _METADATA):
                (source / name).rename(scratch / form.folder / name)
            made = _pointer(scratch, form, pointer.reference, pointer.tried)
            if made.digest != pointer.digest:
                raise ToolError(f"the bundle's {form.noun} is not the one that it says", where=str(source))
            with locked(folder(host) / ".locks" / _name(pointer.reference)):
                _keep(host, form, scratch, made)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise ToolError(f"the bundle's {form.noun} cannot be read", where=str(source), why=str(error)) from error
    return pointer.reference


def _form(settings: DatabaseConfig) -> Form:
    return _JAVA_INDEX if isinstance(settings, JavaIndexConfig) else _ADVISORIES


def _tagged(host: Host) -> Path:
    tag_cache(folder(host))
    return folder(host)


def _name(reference: str) -> str:
    return of_bytes(reference.encode())[:32]


def _path(host: Host, reference: str) -> Path:
    return folder(host) / f"{_name(reference)}.json"


def _found(host: Host, form: Form, reference: str) -> Pointer | None:
    """Return the pointer of a reference whose database lies in the store as it was put there."""
    try:
        pointer = msgspec.json.decode(_path(host, reference).read_bytes(), type=Pointer)
        status = (folder(host) / pointer.digest / form.folder / form.file).stat()
    except (OSError, msgspec.MsgspecError):
        return None
    same = (status.st_size, status.st_mtime_ns) == (pointer.size, pointer.mtime)
    return pointer if same and pointer.reference == reference else None


def _token(host: Host, pointer: Pointer) -> Token:
    return Token(pointer.digest, str(folder(host) / pointer.digest))


def _unfit(pointer: Pointer, settings: DatabaseConfig, now: datetime) -> str:
    """Return why a database vouches for nothing at the time `now`, "" where it does."""
    age = now - pointer.updated
    published = pointer.updated.astimezone(UTC).isoformat(timespec="minutes")
    if age > timedelta(hours=settings.max_age):
        hours = math.ceil(age / timedelta(hours=1))
        return f"it was published {published}, {hours} hours ago, and max_age is {settings.max_age} hours"
    if -age > _AHEAD:
        return f"it says that it was published {published}, which is yet to come"
    return ""


def _renewed(host: Host, settings: DatabaseConfig, trivy: tuple[str, ...], observer: Observer) -> Pointer:
    now = host.clock.now()
    old = _found(host, _form(settings), settings.database)
    noun = _form(settings).noun
    observer(Preparing(noun, -1.0, f"from {settings.database}"))
    try:
        made = _fetched(host, settings, trivy, now)
    except ToolError:
        if old is None or _unfit(old, settings, now):
            observer(Preparing(noun, 1.0, "not to be had"))
            raise
        made = msgspec.structs.replace(old, tried=now)
        write_atomic(_path(host, settings.database), msgspec.json.encode(made))
        observer(Preparing(noun, 1.0, f"not renewed; that of {old.updated.isoformat(timespec='minutes')} is used"))
        return made
    wrong = _unfit(made, settings, now)
    observer(Preparing(noun, 1.0, "not to be had" if wrong else "ready"))
    if wrong:
        raise _unavailable(settings, wrong)
    return made


def _fetched(host: Host, settings: DatabaseConfig, trivy: tuple[str, ...], now: datetime) -> Pointer:
    """Let Trivy download the database, and keep it.

    Raises:
        ToolError: it cannot be had, or is none that Trivy can read.
    """
    form = _form(settings)
    with private_folder(folder(host), ".tmp-") as scratch:
        (scratch / "tmp").mkdir()
        _download(host, settings, trivy, scratch)
        try:
            made = _pointer(scratch, form, settings.database, now)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise _unavailable(settings, f"what was downloaded is no {form.noun}: {error}") from error
        _keep(host, form, scratch, made)
    _prune(host, now)
    return made


def _download(host: Host, settings: DatabaseConfig, trivy: tuple[str, ...], scratch: Path) -> None:
    argv = (
        *(*trivy, "image", *_form(settings).fetch, settings.database, "--cache-dir", str(scratch)),
        *("--no-progress", "--skip-version-check", "--disable-telemetry", "--timeout", f"{settings.timeout}s"),
        *(("--insecure",) if settings.insecure else ()),
    )
    env = {**cleared((), str(scratch / "tmp"), str(scratch / "tmp")), **for_registries(host.environ)}
    done = host.processes.run(Process(argv, str(scratch), env, float(settings.timeout)))
    if done.failure == "timeout":
        raise _unavailable(settings, f"the registry did not serve it within {settings.timeout} s")
    if done.exit_code or done.failure:
        raise _unavailable(settings, done.failure or trivy_report.failure(masked(done.stderr, secrets(host.environ))))


def _pointer(scratch: Path, form: Form, reference: str, now: datetime) -> Pointer:
    """Return the pointer to a database that lies in `scratch`.

    Raises:
        OSError: a file is missing.
        ValueError: the database is of another schema.
        msgspec.MsgspecError: metadata.json says something else.
    """
    metadata = msgspec.json.decode((scratch / form.folder / _METADATA).read_bytes(), type=Metadata)
    if metadata.version != form.schema:
        raise ValueError(f"its schema is {metadata.version}, and Trivy reads {form.schema}")
    database = scratch / form.folder / form.file
    status = database.stat()
    return Pointer(
        reference=reference,
        digest=digest_of(database),
        size=status.st_size,
        mtime=status.st_mtime_ns,
        updated=_aware(metadata.updated),
        next_update=_aware(metadata.next_update),
        tried=now,
    )


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _keep(host: Host, form: Form, scratch: Path, made: Pointer) -> None:
    """Move the database to its place, then point at it; who is killed in between leaves the old pointer."""
    place = folder(host) / made.digest
    with explained(f"keep the {form.noun}", place):
        remove_tree(place)
        place.mkdir()
        (scratch / form.folder).rename(place / form.folder)
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


def _unavailable(settings: DatabaseConfig, why: str) -> ToolError:
    return ToolError(
        f"the {_form(settings).noun} cannot be had",
        where=settings.database,
        why=why,
        remedy=f"name a registry that this machine reaches and that is kept up to date, {_form(settings).mirror}\n"
        "or take it from a machine that has it: `lockstep tools.bundle` there, `lockstep tools.install --bundle FILE` here",
    )
