"""Files of a tree, as programs that run in its root see them: nothing outside of it, and not more than a document may have."""

from pathlib import Path
from posixpath import normpath

from lockstep.contracts.documents import LARGEST


def bounded(path: Path) -> bytes | None:
    """Return the bytes of a file, None where there is none; of one that is too large to be read, enough to tell that it is."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def inside(name: str, root: Path) -> Path | None:
    """Return the file of that name (relative to `root`); None where there is none in the tree, links followed."""
    try:
        found = (root / normpath(name)).resolve()
        return found if found.is_relative_to(root.resolve()) and found.is_file() else None
    except (OSError, ValueError):
        return None
