"""A folder with exactly what is staged; the working tree is neither read nor touched."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from lockstep.host.files import private_folder
from lockstep.host.git import Git


@contextlib.contextmanager
def of_index(git: Git, parent: Path) -> Iterator[Path]:
    """Yield a private folder below `parent` that holds what the index holds; it is gone afterwards.

    The index is the one that git's environment names (`GIT_INDEX_FILE`: a partial commit has one of its own).

    Raises:
        WorkspaceError: git refuses.
        RunError: the folder cannot be made.
    """
    with private_folder(parent, "staged-") as folder:
        git.run("checkout-index", "--all", "--force", f"--prefix={folder}/")
        yield folder
