"""Making one tool ready: found in the store and whole, or fetched from the first source that gives the pinned bytes.

Lock, look again, build in a temporary folder of the store, write the manifest last, rename. Whoever is killed in
between leaves a temporary folder that the next one removes, never half a tool.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from lockstep.errors import ToolError
from lockstep.host import Host
from lockstep.host.files import explained, locked, private_folder, remove_tree, write_atomic
from lockstep.model.digests import Digest, of_value
from lockstep.toolchain import store
from lockstep.toolchain.lock import ToolEntry, ToolLock, on_path
from lockstep.toolchain.site import Site, SourceError
from lockstep.toolchain.sources import (
    Fetched,
    GoSource,
    MachineSource,
    NpmSource,
    NpmTreeSource,
    PypiSource,
    ReleaseSource,
    Source,
    ToolSource,
)

Tell = Callable[[str, float, str], None]
_BUNDLE_HELP = "on a machine without a network: `lockstep tools.install --bundle FILE`"
_REFUSED_HELP = "do not use what that source serves before you know why; a new version needs a new lock entry"
_MIRRORS: dict[type, str] = {
    PypiSource: "set UV_DEFAULT_INDEX to a mirror of the Python package index",
    NpmSource: "set NPM_CONFIG_REGISTRY to a mirror of the npm registry",
    NpmTreeSource: "set NPM_CONFIG_REGISTRY to a mirror of the npm registry",
    GoSource: "set GOPROXY to a mirror of the Go module proxy",
    ReleaseSource: "set LOCKSTEP_RELEASE_MIRROR to a mirror of vendors' releases",
    MachineSource: "put the program on PATH",
    ToolSource: "mend the other entry",
}


class Tried(msgspec.Struct, frozen=True):
    """A source that did not give the tool, why, and whether it gave other bytes than the lock says."""

    source: Source
    reason: str
    refused: bool = False


class Workshop(msgspec.Struct, frozen=True):
    """Whatever tools are made ready with. `tell` is told tool, fraction and detail; `bundle` is an opened bundle's folder."""

    host: Host
    lock: ToolLock
    platform: str
    tell: Tell
    bundle: Path | None = None

    def program(self, name: str) -> tuple[str, ...]:
        """Return the argv prefix of the tool called `name`, installing it if need be.

        Raises:
            ToolError: it cannot be had.
        """
        return ready(self, self.lock.entry(name))


def identity(entry: ToolEntry, platform: str) -> Digest:
    """Return the identity of an entry as installed here: a Python tool's environment is of one Python version."""
    own = entry.identity(platform)
    if any(isinstance(source, PypiSource) for source in entry.sources):
        return of_value([own, sys.version_info[:2], sys.implementation.name])
    return own


def place(host: Host, entry: ToolEntry, platform: str) -> Path:
    """Return the folder in the store that is the entry's own."""
    return store.tools(host.store) / f"{entry.name}-{entry.version}-{identity(entry, platform)[:16]}"


def ready(shop: Workshop, entry: ToolEntry) -> tuple[str, ...]:
    """Return the argv prefix of a tool that is installed and whole.

    Raises:
        ToolError: no source could give it; every source is named with its reason.
    """
    return _elsewhere(shop, entry) or installed(shop, entry).argv


def installed(shop: Workshop, entry: ToolEntry) -> store.Installed:
    """Return the tool in the store, installing it if need be; what the machine or another entry has does not count.

    Raises:
        ToolError: no source could give it; every source is named with its reason.
    """
    folder = place(shop.host, entry, shop.platform)
    return _whole(shop, entry, folder) or _locked_install(shop, entry, folder)


def _elsewhere(shop: Workshop, entry: ToolEntry) -> tuple[str, ...]:
    """Return the program of an entry that needs no place in the store: the machine's own, or another entry's."""
    for source in entry.sources:
        match source:
            case MachineSource():
                found = on_path(source.program, shop.host.environ)
                if found:
                    return (found,)
            case ToolSource():
                return shop.program(source.tool)
            case _:
                return ()
    return ()


def _whole(shop: Workshop, entry: ToolEntry, folder: Path) -> store.Installed | None:
    found = store.find(folder, identity(entry, shop.platform))
    if found is None:
        return None
    wrong = store.problem(found)
    if wrong:
        shop.tell(title(entry), -1.0, f"installed anew: {wrong}")
        return None
    return found


def title(entry: ToolEntry) -> str:
    """Return what people call the tool: name and version."""
    return f"{entry.name} {entry.version}"


def _locked_install(shop: Workshop, entry: ToolEntry, folder: Path) -> store.Installed:
    store.prepare(shop.host.store)
    with locked(store.lock_of(folder)), explained(f"install {title(entry)}", folder):
        found = _whole(shop, entry, folder)
        if found is None:
            for left in folder.parent.glob(f".tmp-{folder.name}-*"):
                remove_tree(left)
            found = _install(shop, entry, folder)
    shop.tell(title(entry), 1.0, "ready")
    return found


def _install(shop: Workshop, entry: ToolEntry, folder: Path) -> store.Installed:
    tried: list[Tried] = []
    for source in entry.sources:
        if isinstance(source, MachineSource | ToolSource):
            tried.append(Tried(source, f"has no {entry.program} on PATH"))
            continue
        with private_folder(folder.parent, f".tmp-{folder.name}-") as scratch:
            try:
                return _from(shop, entry, source, scratch, folder)
            except SourceError as error:
                tried.append(Tried(source, error.reason, error.refused))
        # Told even where the next source gives the tool: wrong bytes are news.
        shop.tell(title(entry), -1.0, f"{source.label}: {tried[-1].reason}")
    shop.tell(title(entry), 1.0, "not to be had")
    raise _unobtainable(entry, tried, shop.bundle is not None)


def _from(shop: Workshop, entry: ToolEntry, source: Fetched, scratch: Path, folder: Path) -> store.Installed:
    from lockstep.toolchain import providers  # noqa: PLC0415 - only where something is installed

    made = scratch / "tool"
    made.mkdir()
    (scratch / "tmp").mkdir()
    site = make_site(shop, entry, made, scratch / "tmp")
    argv = providers.fetch(site, entry, source)
    files, links = store.record(made, argv)
    manifest = store.Manifest(
        name=entry.name,
        version=entry.version,
        identity=identity(entry, shop.platform),
        platform=shop.platform,
        source=source.label,
        argv=argv,
        files=files,
        links=links,
    )
    write_atomic(made / store.MANIFEST, msgspec.json.encode(manifest))
    remove_tree(folder)
    made.rename(folder)
    return store.Installed(folder, manifest)


def make_site(shop: Workshop, entry: ToolEntry, folder: Path, scratch: Path) -> Site:
    """Return what a provider needs to leave `entry`, or what it is made from, in `folder`."""
    return Site(
        host=shop.host,
        platform=shop.platform,
        folder=folder,
        scratch=scratch,
        tell=lambda fraction, detail: shop.tell(title(entry), fraction, detail),
        program=lambda name: _needed(shop, name),
        bundle=shop.bundle,
    )


def _needed(shop: Workshop, name: str) -> tuple[str, ...]:
    try:
        return shop.program(name)
    except ToolError as error:
        raise SourceError(f"needs {name}, but {error.what} ({error.why})") from error


def _unobtainable(entry: ToolEntry, tried: list[Tried], bundled: bool) -> ToolError:  # noqa: FBT001 - one caller
    """Return the one error that names every source tried, why each failed, and what would help."""
    if any(attempt.refused for attempt in tried):
        help_ = [_REFUSED_HELP]
    elif bundled:
        help_ = [f"make the bundle anew with `lockstep tools.bundle --tool {entry.name}`, from this tool lock"]
    else:
        help_ = [*dict.fromkeys(_MIRRORS[type(attempt.source)] for attempt in tried), _BUNDLE_HELP]
    return ToolError(
        f"{title(entry)} cannot be had",
        where=f"[{entry.name}] in the tool lock",
        why="\n    ".join(f"{attempt.source.label}: {attempt.reason}" for attempt in tried),
        remedy="; or ".join(help_),
    )
