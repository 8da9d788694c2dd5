"""The ways in which a tool reaches a machine: each takes a source and a site, and leaves the tool in the site's folder."""

from pathlib import Path

from lockstep.toolchain.lock import ToolEntry
from lockstep.toolchain.site import Site, SourceError
from lockstep.toolchain.sources import Fetched, GoSource, NpmSource, NpmTreeSource, PypiSource, ReleaseSource


def fetch(site: Site, entry: ToolEntry, source: Fetched) -> tuple[str, ...]:
    """Put the tool into `site.folder` and return its argv prefix, relative to that folder.

    Raises:
        SourceError: the source cannot give it, or gave other bytes than the lock says.
    """
    # Each provider is loaded only where its source is tried.
    match source:
        case PypiSource():
            from lockstep.toolchain.providers import pypi  # noqa: PLC0415

            patterns = pypi.fetch(site, entry, source)
        case NpmSource():
            from lockstep.toolchain.providers import npm  # noqa: PLC0415

            patterns = npm.fetch(site, entry, source)
        case NpmTreeSource():
            from lockstep.toolchain.providers import npm_tree  # noqa: PLC0415

            patterns = npm_tree.fetch(site, entry, source)
        case ReleaseSource():
            from lockstep.toolchain.providers import release  # noqa: PLC0415

            patterns = release.fetch(site, entry, source)
        case GoSource():
            from lockstep.toolchain.providers import go  # noqa: PLC0415

            patterns = go.fetch(site, entry, source)
    return tuple(_only(site, pattern) for pattern in patterns)


def collect(site: Site, entry: ToolEntry, source: Fetched, program: Path) -> None:
    """Put what a bundle needs to install the tool without a network into `site.folder`.

    `program` is the one that is installed in the store.

    Raises:
        SourceError: the source cannot give it, or gave other bytes than the lock says.
    """
    match source:
        case PypiSource():
            from lockstep.toolchain.providers import pypi  # noqa: PLC0415

            pypi.collect(site, entry, source)
        case NpmSource():
            from lockstep.toolchain.providers import npm  # noqa: PLC0415

            npm.collect(site, entry, source)
        case NpmTreeSource():
            from lockstep.toolchain.providers import npm_tree  # noqa: PLC0415

            npm_tree.collect(site, entry, source)
        case ReleaseSource():
            from lockstep.toolchain.providers import release  # noqa: PLC0415

            release.collect(site, entry, source)
        case GoSource():
            from lockstep.toolchain.providers import go  # noqa: PLC0415

            go.collect(site, entry, program)


def _only(site: Site, pattern: str) -> str:
    found = sorted(path for path in site.folder.glob(pattern) if path.is_file())
    if not found:
        raise SourceError(f"it holds no {pattern}")
    return found[0].relative_to(site.folder).as_posix()
