"""A file that the vendor serves over HTTP, pinned by its SHA-256; a mirror may stand in for every vendor."""

from pathlib import Path

from lockstep.toolchain import archives, download
from lockstep.toolchain.lock import ToolEntry
from lockstep.toolchain.site import Site, SourceError
from lockstep.toolchain.sources import Pin, ReleaseSource, filled

MIRROR = "LOCKSTEP_RELEASE_MIRROR"


def fetch(site: Site, entry: ToolEntry, source: ReleaseSource) -> tuple[str, ...]:
    """Put the program into `bin/`.

    Raises:
        SourceError: the file cannot be had, its bytes are others than pinned, or it does not hold the program.
    """
    archive, pin = _archive(site, entry, source)
    member = filled(source.member, entry.version, pin.name)
    archives.extract(archive, member, site.folder / "bin" / entry.program)
    return (f"bin/{entry.program}",)


def collect(site: Site, entry: ToolEntry, source: ReleaseSource) -> None:
    """Put the file into `files/`, named by its digest.

    Raises:
        SourceError: it cannot be had, or its bytes are others than pinned.
    """
    archive, pin = _archive(site, entry, source)
    archives.keep(archive, site.folder, pin.digest)


def _archive(site: Site, entry: ToolEntry, source: ReleaseSource) -> tuple[Path, Pin]:
    pin = source.platforms.get(site.platform)
    if pin is None:
        raise SourceError(f"the lock has no digest for {site.platform}")
    url = mirrored(filled(source.url, entry.version, pin.name), site.host.environ.get(MIRROR, ""))
    archive = archives.bundled(site.bundle, pin.digest) if site.bundle else _download(site, source, url)
    archives.check(archive, pin.digest, url)
    return archive, pin


def _download(site: Site, source: ReleaseSource, url: str) -> Path:
    target = site.scratch / "download"
    download.fetch(url, target, lambda fraction: site.tell(fraction, f"from {source.label}"))
    return target


def mirrored(url: str, mirror: str) -> str:
    """Return `url` as `mirror` serves it: the mirror's address, then the vendor's host and path."""
    return f"{mirror.rstrip('/')}/{url.partition('://')[2]}" if mirror else url
