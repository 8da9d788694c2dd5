"""What a tool is handed on its command line: files, or folders where the tool's own exclusions must hold. Pure."""

from collections.abc import Iterable, Iterator

import msgspec

from lockstep.model.component import ROOT, Component, FileEntry
from lockstep.model.digests import printable
from lockstep.model.gate import Invocation

# Bytes of file names on one command line. Systems take at least 1 MiB of arguments and environment together.
LIMIT = 400_000
_MARKS = ("-", "@")


def ends(entry: FileEntry, suffixes: str | tuple[str, ...]) -> bool:
    """Whether a file that a tool can be handed (no link) has one of the suffixes."""
    return entry.path.endswith(suffixes) and not entry.is_link


def files(invocation: Invocation) -> tuple[str, ...]:
    """Return the selected files from the folder in which the tool runs, none of which looks like an option."""
    return tuple(_plain(path) for path in invocation.files)


def files_or_folders(invocation: Invocation) -> tuple[str, ...]:
    """Return the selected files where they fit into one command line, else the folders that hold them."""
    size = sum(len(path) + 1 for path in invocation.files)
    return files(invocation) if size <= LIMIT else folders(invocation)


def folders(invocation: Invocation) -> tuple[str, ...]:
    """Return the fewest folders and files, relative to the root, that hold the selected files and no other component.

    The component's own folder is never one of them: beside its sources lie environments and build products.
    """
    found = (_highest(path, invocation) for path in invocation.files)
    return tuple(_plain(path) for path in dict.fromkeys(found))


def utf8(invocation: Invocation) -> Invocation:
    """Return the invocation without the files whose names are not UTF-8, for tools that refuse such names."""
    kept = tuple(path for path in invocation.files if printable(path) == path)
    return msgspec.structs.replace(invocation, files=kept)


def local(invocation: Invocation, paths: Iterable[str]) -> tuple[str, ...]:
    """Return paths that are relative to the root relative to the component's folder, for tools that run there."""
    return tuple(_plain(invocation.component.relative(path.removeprefix("./"))) for path in paths)


def _highest(path: str, invocation: Invocation) -> str:
    component = invocation.component
    start = "" if component.path == ROOT else f"{component.path}/"
    for folder in _above(path.removeprefix(start)):
        if not _holds_another(start + folder, component, invocation.components.values()):
            return start + folder
    return path


def _above(path: str) -> Iterator[str]:
    """Yield the folders of a path, highest first."""
    parts = path.split("/")[:-1]
    for size in range(1, len(parts) + 1):
        yield "/".join(parts[:size])


def _holds_another(folder: str, component: Component, components: Iterable[Component]) -> bool:
    return any(
        each.path != component.path and (each.path == folder or each.path.startswith(f"{folder}/"))
        for each in components
    )


def _plain(path: str) -> str:
    return f"./{path}" if path.startswith(_MARKS) else path
