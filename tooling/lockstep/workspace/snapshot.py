"""A folder with exactly what is staged; the working tree is neither read nor touched."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from lockstep.host.files import explained, private_folder
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
        _link(folder, git.text("rev-parse", "--absolute-git-dir"))
        yield folder


def _link(folder: Path, repository: str) -> None:
    """Make the folder a working tree of the repository, as gitrepository-layout(5) has it.

    It lies in the real working tree, in a folder that git ignores. Tools that look upwards for the repository's root would
    find that tree, and those that follow its .gitignore would pass over every file of the snapshot.
    """
    with explained("write a file", folder):
        (folder / ".git").write_bytes(b"gitdir: " + os.fsencode(repository) + b"\n")
