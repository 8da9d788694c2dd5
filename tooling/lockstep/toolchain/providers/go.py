"""A Go module, built as its maker builds it: with its own go.mod and go.sum, from the bytes that the lock pins.

`go install module@version` refuses modules with replace or exclude directives; a copy of the module's own folder
builds them all (https://go.dev/ref/mod#go-install). `go mod download -json` names the zip, whose h1 sum is
computed here, so a module cache that was tampered with is not trusted either.
"""

from pathlib import Path

import msgspec

from lockstep.toolchain import archives, store
from lockstep.toolchain.lock import ToolEntry, on_path
from lockstep.toolchain.site import MINUTE, Site, SourceError
from lockstep.toolchain.sources import GoSource, filled

_DOWNLOAD = 10 * MINUTE
_BUILD = 40 * MINUTE
_SYSTEMS = {"linux": "linux", "macos": "darwin"}
_MACHINES = {"x86_64": "amd64", "arm64": "arm64"}


class Downloaded(msgspec.Struct, frozen=True):
    """What `go mod download -json` says of a module."""

    zip: str = msgspec.field(name="Zip")


def fetch(site: Site, entry: ToolEntry, source: GoSource) -> tuple[str, ...]:
    """Build the program into `bin/`.

    Raises:
        SourceError: the module cannot be had, its sum is another than pinned, or it does not build.
    """
    target = site.folder / "bin" / entry.program
    if site.bundle:
        _from_bundle(site, site.bundle, entry, target)
    else:
        _from_proxy(site, entry, source, target)
    return (f"bin/{entry.program}",)


def collect(site: Site, entry: ToolEntry, program: Path) -> None:
    """Put the program that was built into `files/`, named by the identity of its entry."""
    archives.keep(program, site.folder, entry.identity(site.platform))


def _from_bundle(site: Site, bundle: Path, entry: ToolEntry, target: Path) -> None:
    """Take the program that was built from this very entry when the bundle was made; its digest was checked on opening."""
    archives.extract(archives.bundled(bundle, entry.identity(site.platform)), "", target)


def _from_proxy(site: Site, entry: ToolEntry, source: GoSource, target: Path) -> None:
    go, env = site.program("go"), environ(site, source)
    site.tell(-1.0, f"from {source.label}")
    module = filled(source.module, entry.version)
    archive = download(site, source, entry.version)
    archives.check(archive, source.digest, f"{module} of {source.label}")
    sources = site.scratch / "module"
    archives.unpack(archive, sources, f"{module}/")
    site.tell(-1.0, "building")
    flags = (
        "-mod=readonly",
        "-trimpath",
        "-buildvcs=false",
        f"-ldflags={filled(source.ldflags, entry.version)}",
    )
    site.run((*go, "build", *flags, "-o", str(target), source.package), env, cwd=sources, limit=_BUILD)


def download(site: Site, source: GoSource, version: str) -> Path:
    """Return the zip of the source's module at `version`, in the machine's module cache.

    Raises:
        SourceError: it cannot be had.
    """
    fetching, env = (*site.program("go"), "mod", "download"), environ(site, source)
    module = filled(source.module, version)
    # First without -json, which would hide what went wrong in its own output.
    site.run((*fetching, module), env, cwd=site.scratch, limit=_DOWNLOAD)
    said = site.run((*fetching, "-json", module), env, cwd=site.scratch, limit=_DOWNLOAD)
    try:
        return Path(msgspec.json.decode(said, type=Downloaded).zip)
    except msgspec.DecodeError as error:
        raise SourceError(f"go said what cannot be read: {error}") from error


def environ(site: Site, source: GoSource) -> dict[str, str]:
    """Return the build's environment: the machine's mirrors and caches, and nothing else of its Go settings."""
    system, _, processor = site.platform.partition("-")
    own = {
        "GOOS": _SYSTEMS.get(system, system),
        "GOARCH": _MACHINES.get(processor, processor),
        "GOTOOLCHAIN": "auto",
        "GOFLAGS": "-mod=readonly -modcacherw",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }
    return {**_caches(site), **site.environ(), **own, **source.env}


def _caches(site: Site) -> dict[str, str]:
    """Return caches in the store where the machine has no Go of its own, and so no caches either."""
    if on_path("go", site.host.environ):
        return {}
    home = store.go(site.host.store)
    return {"GOPATH": str(home), "GOCACHE": str(home / "build")}
