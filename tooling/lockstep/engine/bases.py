"""What contracts are compared with: their files as they are on the base branch and in tagged releases, from git alone.

Trees are written once, by their git id, into the state folder's cache, and only the files that can be contracts: all of
them, for one that is left out would have nothing to be compared with, and break unseen.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from lockstep.contracts.files import LARGEST, in_batches
from lockstep.errors import WorkspaceError
from lockstep.host.files import explained, private_folder, remove_tree, tag_cache, write_atomic
from lockstep.host.git import Git, split_nul
from lockstep.model.component import ROOT, Component
from lockstep.model.digests import of_value
from lockstep.model.gate import Token

_SUFFIXES = (".json", ".yaml", ".yml", ".avsc", ".proto")
_PLAIN_FILES = ("100644", "100755")
_MOST_AT_ONCE = 64 * 1024 * 1024


class Blob(NamedTuple):
    """A file of a tree: its path in it, its git id, its size in bytes."""

    path: str
    id: str
    size: int


class Bases:
    """The base and the releases of one repository; git is asked once for each thing.

    ref: the base branch. head: the commit that is checked out, "" where there is none. ci: there, a base that is not in
    the clone is never replaced by anything else.
    modes: compatibility mode by component name; releases count in the transitive ones only.
    """

    def __init__(self, git: Git, ref: str, state: Path, modes: Mapping[str, str], *, head: str, ci: bool) -> None:
        self._git = git
        self._ref = ref
        self._folder = state / "cache" / "trees"
        self._modes = modes
        self._head = head
        self._ci = ci
        self._trees: dict[str, str] = {}

    def base(self, component: Component) -> Token:
        """Return the component's surroundings on the base branch: its place is the folder that `top` is in the tree, or "".

        Raises:
            WorkspaceError: the clone does not hold the base branch.
        """
        tree = self._tree(self._commit, top(component.path)) if self._commit else ""
        return Token(tree or "nothing", self._written(tree) if tree else "")

    def releases(self, component: Component) -> Token:
        """Return the component's surroundings in every tagged release, oldest first: its place is a file of folders, or "".

        Raises:
            WorkspaceError: git refuses.
        """
        if not self._modes.get(component.name, "").endswith("_TRANSITIVE"):
            return Token("not asked for")
        trees = dict.fromkeys(filter(None, (self._tree(tag, top(component.path)) for tag in self._tags)))
        digest = of_value(list(trees))
        path = self._folder / f"releases-{digest[:32]}"
        write_atomic(path, "".join(f"{self._written(tree)}\n" for tree in trees).encode())
        return Token(digest, str(path))

    @cached_property
    def _commit(self) -> str:
        """The commit where the working tree left the base branch; "" where nothing has been committed yet."""
        base = self._git.commit_of(self._ref)
        if base and self._head:
            fork = self._git.try_text("merge-base", base, self._head)
            if fork:
                return fork
            raise WorkspaceError(
                f"{self._ref} and HEAD have no common commit here",
                why="the clone is shallow, or the histories are unrelated",
                remedy="git fetch --unshallow",
            )
        if not base and (self._ci or self._git.text("remote")):
            remote, slash, branch = self._ref.partition("/")
            fetch = f"git fetch {remote} {branch}" if slash else f"fetch {self._ref}"
            remedy = f"{fetch}; where the branch is another, name it as base of [repository] in lockstep.toml"
            raise WorkspaceError(f"the base branch {self._ref} is not in this clone", remedy=remedy)
        return self._head

    @cached_property
    def _tags(self) -> tuple[str, ...]:
        listed = self._git.text("for-each-ref", "--sort=creatordate", "--format=%(refname)", "refs/tags")
        return tuple(listed.splitlines())

    def _tree(self, revision: str, folder: str) -> str:
        """Return the id of a folder's tree at a revision, "" where it is not there."""
        where = f"{revision}:{folder}"
        if where not in self._trees:
            named = self._git.try_text("rev-parse", "--verify", "--quiet", "--end-of-options", where)
            self._trees[where] = named if re.fullmatch(r"[0-9a-f]{40,64}", named) else ""
        return self._trees[where]

    def _written(self, tree: str) -> str:
        """Write the files of a tree that can be contracts, unless they are there already; return the folder."""
        # Trees without the prefix may lack files: they were written when only so much was kept.
        target = self._folder / f"all-{tree}"
        if not target.is_dir():
            tag_cache(self._folder.parent)
            with private_folder(self._folder, f".tmp-{tree}-") as scratch:
                self._write(tree, scratch / "tree")
                with explained("keep the files of the base", target):
                    if not target.is_dir():
                        (scratch / "tree").rename(target)
                    remove_tree(scratch / "tree")
        return str(target)

    def _write(self, tree: str, target: Path) -> None:
        target.mkdir()
        blobs = tuple(_blobs(split_nul(self._git.run("ls-tree", "-r", "-z", "--long", "--full-tree", tree))))
        whole = (blob for blob in blobs if blob.size <= LARGEST)
        for batch in in_batches(whole, lambda blob: blob.size, _MOST_AT_ONCE):
            self._copy(batch, target)
        for blob in blobs:
            if blob.size > LARGEST:
                _write_hollow(target / blob.path, LARGEST + 1)

    def _copy(self, batch: Sequence[Blob], target: Path) -> None:
        data = self._git.run("cat-file", "--batch", stdin="".join(f"{blob.id}\n" for blob in batch).encode())
        start = 0
        for blob in batch:
            start = data.index(b"\n", start) + 1
            write_atomic(target / blob.path, data[start : start + blob.size])
            start += blob.size + 1


def top(path: str) -> str:
    """Return the top-level folder around a component, "" for the repository itself: references lead no further out."""
    return "" if path == ROOT else path.partition("/")[0]


def _blobs(lines: Iterable[str]) -> Iterator[Blob]:
    """Yield the plain files that can be contracts."""
    for line in lines:
        about, _, path = line.partition("\t")
        mode, _, name, size = about.split()
        if mode in _PLAIN_FILES and path.endswith(_SUFFIXES):
            yield Blob(path, name, int(size))


def _write_hollow(path: Path, size: int) -> None:
    """Write a file of that size that takes no room: whoever reads it tells that it is too large, as of the one it stands for."""
    with explained("keep the files of the base", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.truncate(size)
