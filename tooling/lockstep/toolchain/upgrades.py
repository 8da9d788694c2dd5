"""What the sources offer today: newer versions, and the digests with which an entry is locked anew.

Nothing here is asked while gates run: versions change only when somebody writes a new lock.
"""

import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import msgspec

from lockstep.errors import ToolError
from lockstep.host import Host
from lockstep.model.digests import of_bytes
from lockstep.model.event import Observer
from lockstep.toolchain import archives, download, provision, store, uv
from lockstep.toolchain.install import make_site
from lockstep.toolchain.lock import ToolEntry, ToolLock
from lockstep.toolchain.providers import go, npm, npm_tree, pypi, release
from lockstep.toolchain.site import MINUTE, Site, SourceError
from lockstep.toolchain.sources import (
    Fetched,
    GoSource,
    NpmSource,
    NpmTreeSource,
    Pin,
    PypiSource,
    ReleaseSource,
    Source,
    filled,
)

_LIMIT = 5 * MINUTE
_AT_ONCE = 4
OLDEST_PYTHON = "3.11"


class Offer(msgspec.Struct, frozen=True):
    """What one source of an entry is locked at, and the newest that it offers ("" where `problem` says why not).

    outdated: whether that is newer; a mirror that lags behind offers older ones.
    """

    name: str
    source: str
    locked: str
    newest: str = ""
    problem: str = ""
    outdated: bool = False


def offers(host: Host, lock: ToolLock, names: Iterable[str], observer: Observer) -> tuple[Offer, ...]:
    """Ask the sources of every named entry for their newest version; one that cannot be asked says so."""
    wanted = [
        (lock.entry(name), source)
        for name in names
        for source in lock.entry(name).sources
        if isinstance(source, Fetched)
    ]
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        return tuple(pool.map(lambda pair: _offer(host, lock, pair[0], pair[1], observer), wanted))


def _offer(host: Host, lock: ToolLock, entry: ToolEntry, source: Fetched, observer: Observer) -> Offer:
    offer = Offer(entry.name, source.label, locked(entry, source))
    with store.workplace(host.store, f"newest-{entry.name}") as scratch:
        site = make_site(provision.workshop(host, lock, observer), entry, scratch, scratch)
        try:
            newest = _newest(site, source)
            return msgspec.structs.replace(offer, newest=newest, outdated=_order(newest) > _order(offer.locked))
        except SourceError as error:
            return msgspec.structs.replace(offer, problem=error.reason)


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"[0-9]+", version)))


def locked(entry: ToolEntry, source: Fetched) -> str:
    """Return the version of the entry as the source numbers it."""
    return source.package.partition("==")[2] if isinstance(source, PypiSource) else entry.version


def _newest(site: Site, source: Fetched) -> str:
    match source:
        case PypiSource():
            package = source.package.partition("==")[0]
            lines = _compiled(site, package, (), "--no-deps").splitlines()
            return next((line.partition("==")[2].split(" ")[0] for line in lines if "==" in line), "")
        case NpmSource():
            package = filled(source.package, "", next(iter(source.platforms.values())).name).rstrip("@")
            return _npm_view(site, package, "version")
        case NpmTreeSource():
            return _npm_view(site, filled(source.package, "").rstrip("@"), "version")
        case GoSource():
            module = source.module.partition("@")[0]
            said = site.run(
                (*site.program("go"), "list", "-m", "-f", "{{.Version}}", f"{module}@latest"),
                go.environ(site, source),
                cwd=site.scratch,
                limit=_LIMIT,
            )
            return said.decode().strip().removeprefix("v")
        case ReleaseSource():
            raise SourceError("a vendor's release has no list of versions that can be asked")


def _npm_view(site: Site, package: str, field: str) -> str:
    command = (*site.program("npm"), "view", *npm.QUIET, *npm.PATIENCE, "--", package, field)
    return site.run(command, site.environ(), cwd=site.scratch, limit=_LIMIT).decode().strip()


def _compiled(site: Site, requirement: str, overrides: Iterable[str], *more: str) -> str:
    """Return the requirement's closure for every platform and Python, as a requirement file."""
    wanted, over = site.scratch / "wanted.in", site.scratch / "overrides.txt"
    wanted.write_text(requirement + "\n", "utf-8")
    over.write_text("".join(f"{line}\n" for line in overrides), "utf-8")
    command = (pypi.uv_program(), "pip", "compile", "--quiet", "--universal", "--python-version", OLDEST_PYTHON)
    plain = ("--no-header", "--no-annotate", "--only-binary", ":all:", "--override", str(over), *more)
    said = site.run((*command, *plain, str(wanted)), uv.environ(site.environ()), cwd=site.scratch, limit=_LIMIT)
    return said.decode()


class Relocked(msgspec.Struct, frozen=True):
    """An entry locked anew, and the requirement files that go with it (path beside the lock -> text)."""

    entry: ToolEntry
    files: dict[str, str]


def relock(host: Host, lock: ToolLock, name: str, version: str, observer: Observer, *, package: str = "") -> Relocked:
    """Lock an entry at `version` ("" for the one it has), with the digests that its sources give today.

    `package` is the version of its Python package, where that is numbered otherwise.

    Raises:
        ToolError: there is no such entry, a source does not offer that version, or `package` is needed and not said.
    """
    entry = lock.entry(name)
    _refuse_unnumbered(entry, version, package)
    files: dict[str, str] = {}
    with store.workplace(host.store, f"lock-{name}") as scratch:
        site = make_site(provision.workshop(host, lock, observer), entry, scratch, scratch)
        try:
            sources = tuple(
                _relocked(site, entry, source, (isinstance(source, PypiSource) and package) or version, files)
                for source in entry.sources
            )
        except SourceError as error:
            what = f"{name} cannot be locked at {version or entry.version}"
            raise ToolError(what, why=error.reason, remedy=f"lockstep tools.outdated --tool {name}") from error
    return Relocked(msgspec.structs.replace(entry, version=version or entry.version, sources=sources), files)


def _refuse_unnumbered(entry: ToolEntry, version: str, package: str) -> None:
    numbers = [locked(entry, source) for source in entry.sources if isinstance(source, PypiSource)]
    if version and not package and any(number != entry.version for number in numbers):
        raise ToolError(
            f"{entry.name} and its Python package are numbered otherwise",
            why=f"the package of {entry.version} is {numbers[0]}",
            remedy=f"lockstep tools.lock --tool {entry.name} --to VERSION --package VERSION-OF-THE-PACKAGE",
        )


def _relocked(site: Site, entry: ToolEntry, source: Source, version: str, files: dict[str, str]) -> Source:
    if not isinstance(source, Fetched):
        return source
    replace = msgspec.structs.replace
    wanted = version or locked(entry, source)
    _refuse_fixed(source, entry.version, wanted)
    match source:
        case PypiSource():
            package = f"{source.package.partition('==')[0]}=={wanted}"
            text = _compiled(site, package, source.overrides, "--generate-hashes")
            files[source.requirements] = text
            return replace(source, package=package, digest=f"sha256:{of_bytes(text.encode())}")
        case GoSource():
            archive = go.download(site, source, wanted)
            return replace(source, digest=archives.module_sum(archive))
        case NpmSource():
            return replace(source, platforms=_pins(source, lambda pin: _integrity(site, source, wanted, pin)))
        case NpmTreeSource():
            text = npm_tree.compiled(site, filled(source.package, wanted))
            files[source.tree] = text
            return replace(source, digest=f"sha256:{of_bytes(text.encode())}")
        case ReleaseSource():
            return replace(source, platforms=_pins(source, lambda pin: _served(site, source, wanted, pin)))


def _refuse_fixed(source: Fetched, old: str, new: str) -> None:
    """Refuse a new version of a source that says which version it is without `{version}`: it would stay what it is."""
    match source:
        case PypiSource():
            return
        case GoSource():
            template = source.module
        case NpmSource() | NpmTreeSource():
            template = source.package
        case ReleaseSource():
            template = source.url
    if new != old and "{version}" not in template:
        raise SourceError(f"`{template}` does not hold {{version}}; write the new one into the lock by hand")


def _pins(source: NpmSource | ReleaseSource, digest: Callable[[Pin], str]) -> dict[str, Pin]:
    return {platform: Pin(digest(pin), pin.name) for platform, pin in source.platforms.items()}


def _integrity(site: Site, source: NpmSource, version: str, pin: Pin) -> str:
    package = filled(source.package, version, pin.name)
    found = _npm_view(site, package, "dist.integrity")
    if not found:
        raise SourceError(f"{source.label} has no {package}")
    return found


def _served(site: Site, source: ReleaseSource, version: str, pin: Pin) -> str:
    target = site.scratch / "served"
    url = release.mirrored(filled(source.url, version, pin.name), site.host.environ.get(release.MIRROR, ""))
    download.fetch(url, target, lambda _: None)
    return archives.digest(target, "sha256:")
