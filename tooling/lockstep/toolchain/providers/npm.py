"""A program in an npm tarball: fetched by npm itself, so that its registry, mirror and login settings count."""

from pathlib import Path

from lockstep.toolchain import archives
from lockstep.toolchain.lock import ToolEntry
from lockstep.toolchain.site import MINUTE, Site, SourceError
from lockstep.toolchain.sources import NpmSource, filled

_LIMIT = 10 * MINUTE
# Errors alone, and no notice of a newer npm among them.
QUIET = ("--loglevel=error", "--no-update-notifier", "--no-audit", "--no-fund")
# npm's own patience is minutes for each try; a registry that cannot be reached is told sooner.
PATIENCE = ("--fetch-retries=2", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=3000")


def fetch(site: Site, entry: ToolEntry, source: NpmSource) -> tuple[str, ...]:
    """Put the program into `bin/`.

    Raises:
        SourceError: npm cannot get the tarball, its bytes are others than pinned, or it does not hold the program.
    """
    tarball = _tarball(site, entry, source)
    target = site.folder / "bin" / entry.program
    archives.extract(tarball, filled(source.member, entry.version, source.platforms[site.platform].name), target)
    return (f"bin/{entry.program}",)


def collect(site: Site, entry: ToolEntry, source: NpmSource) -> None:
    """Put the tarball into `files/`, named by its digest.

    Raises:
        SourceError: npm cannot get it, or its bytes are others than pinned.
    """
    archives.keep(_tarball(site, entry, source), site.folder, source.platforms[site.platform].digest)


def _tarball(site: Site, entry: ToolEntry, source: NpmSource) -> Path:
    pin = source.platforms.get(site.platform)
    if pin is None:
        raise SourceError(f"the lock has no digest for {site.platform}")
    package = filled(source.package, entry.version, pin.name)
    site.tell(-1.0, f"from {source.label}")
    tarball = archives.bundled(site.bundle, pin.digest) if site.bundle else _pack(site, package)
    archives.check(tarball, pin.digest, f"{package} of {source.label}")
    return tarball


def _pack(site: Site, package: str) -> Path:
    command = (*site.program("npm"), "pack", "--ignore-scripts", "--pack-destination", str(site.scratch))
    site.run((*command, *QUIET, *PATIENCE, "--", package), site.environ(), cwd=site.scratch, limit=_LIMIT)
    found = sorted(site.scratch.glob("*.tgz"))
    if not found:
        raise SourceError(f"npm left no tarball of {package}")
    return found[0]
