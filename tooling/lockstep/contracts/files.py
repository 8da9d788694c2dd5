"""Files of a tree, as programs that run in its root see them: nothing outside of it, and not more than a document may have.

On the start-up path of every run: it loads no reader of documents.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from posixpath import normpath
from typing import TypeVar

# Two versions of a contract within this limit (bytes) are compared, and one is linted, in less than a gibibyte.
LARGEST = 16 * 1024 * 1024

T = TypeVar("T")


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


def in_batches(items: Iterable[T], size: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """Yield the items, in their order, as many at once as are at most `most` together, and at least one."""
    batch: list[T] = []
    total = 0
    for item in items:
        total += size(item)
        if batch and total > most:
            yield batch
            batch, total = [], size(item)
        batch.append(item)
    if batch:
        yield batch
