"""A program in an npm tarball: fetched by npm itself, so that its registry, mirror and login settings count."""

from pathlib import Path

from lockstep.toolchain import archives
from lockstep.toolchain.lock import ToolEntry
from lockstep.toolchain.site import MINUTE, Site, SourceError
from lockstep.toolchain.sources import NpmSource

_LIMIT = 10 * MINUTE


def fetch(site: Site, entry: ToolEntry, source: NpmSource) -> tuple[str, ...]:
    """Put the program into `bin/`.

    Raises:
        SourceError: npm cannot get the tarball, its bytes are others than pinned, or it does not hold the program.
    """
    pin = source.platforms.get(site.platform)
    if pin is None:
        raise SourceError(f"the lock has no digest for {site.platform}")
    package = source.package.format(name=pin.name, version=entry.version)
    site.tell(-1.0, f"from {source.label}")
    tarball = archives.bundled(site.bundle, pin.digest) if site.bundle else _pack(site, package)
    archives.check(tarball, pin.digest, f"{package} of {source.label}")
    target = site.folder / "bin" / entry.program
    archives.extract(tarball, source.member, target)
    return (f"bin/{entry.program}",)


def _pack(site: Site, package: str) -> Path:
    command = (*site.program("npm"), "pack", "--silent", "--ignore-scripts", "--pack-destination", str(site.scratch))
    site.run((*command, package), site.environ(), cwd=site.scratch, limit=_LIMIT)
    found = sorted(site.scratch.glob("*.tgz"))
    if not found:
        raise SourceError(f"npm left no tarball of {package}")
    return found[0]
