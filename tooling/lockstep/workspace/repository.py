"""The repository itself: where its root is, and what commit the working tree stands on."""

import re
from pathlib import Path

import msgspec

from lockstep.errors import WorkspaceError
from lockstep.host import Host
from lockstep.host.git import Git, split_nul
from lockstep.workspace.files import LISTED, STATE

# Untracked files one by one, and not those of the state folder, which may be many.
_STATUS = (
    "status",
    "--porcelain=v2",
    "-z",
    "--branch",
    "--no-ahead-behind",
    "--untracked-files=all",
    "--ignore-submodules=dirty",
    "--",
    f":(exclude,top){STATE}",
)
_WHERE = ("rev-parse", "--is-shallow-repository", "--verify", "--quiet", "HEAD^{tree}")
# git-status(1), "Porcelain Format Version 2": how many fields stand before the path, by the kind of entry.
_FIELDS = {"1": 8, "2": 9, "u": 10, "?": 1}
_RENAMED = "2 "
_GONE = re.compile(r"[12] (?:D\.|.D) ")
_DETACHED = "(detached)"
_UNBORN = "(initial)"


class State(msgspec.Struct, frozen=True):
    """What the working tree stands on. `commit` and `tree` are "" without a commit, `branch` is "" where HEAD is detached.

    uncommitted: the paths of files that the index or the working tree has otherwise than the commit, or that are neither
    tracked nor ignored. dirty: there are such files, or some of the commit's are gone. shallow: history is cut off.
    """

    commit: str
    tree: str
    branch: str
    dirty: bool
    shallow: bool
    uncommitted: frozenset[str] = frozenset()


def root_of(host: Host, start: Path) -> Path:
    """Return the root of the working tree that holds `start`, without starting a process.

    Raises:
        WorkspaceError: `start` is in no working tree.
    """
    absolute = start.resolve()
    for folder in (absolute, *absolute.parents):
        if (folder / ".git").exists():
            return folder
    inside = Git(absolute, host.processes, host.environ).try_text("rev-parse", "--show-toplevel")
    if inside:
        return Path(inside)
    raise WorkspaceError("this is not a git repository", where=str(absolute), remedy="git init")


def opened(host: Host, start: Path, *, staged: bool = False) -> Git:
    """Return git in the working tree that holds `start`, already asked what every run asks of it.

    Its processes run beside whatever is done until their answers are wanted. `staged`: the files will not be asked for.

    Raises:
        WorkspaceError: `start` is in no working tree.
    """
    git = Git(root_of(host, start), host.processes, host.environ)
    git.begin(*_STATUS)
    git.begin(*_WHERE)
    if not staged:
        git.begin(*LISTED)
    return git


def read(git: Git) -> State:
    """Return what the working tree stands on.

    Raises:
        WorkspaceError: git is missing or cannot read the repository.
    """
    status = git.run(*_STATUS)
    words = git.try_run(*_WHERE).stdout.decode().split()
    return _state(status, shallow="true" in words[:1], tree=words[1] if len(words) > 1 else "")


def _state(status: bytes, *, shallow: bool, tree: str) -> State:
    heads: dict[str, str] = {}
    changed: list[str] = []
    entries = iter(split_nul(status))
    for entry in entries:
        if entry.startswith("# "):
            _, key, value = entry.split(" ", 2)
            heads[key] = value
        else:
            changed.append(entry)
        if entry.startswith(_RENAMED):
            next(entries)  # the path it had before
    commit, branch = heads.get("branch.oid", _UNBORN), heads.get("branch.head", _DETACHED)
    return State(
        commit="" if commit == _UNBORN else commit,
        tree=tree,
        branch="" if branch == _DETACHED else branch,
        dirty=bool(changed),
        shallow=shallow,
        uncommitted=frozenset(_path(entry) for entry in changed if not _GONE.match(entry)),
    )


def _path(entry: str) -> str:
    """Return the path of a changed entry, which stands after a number of fields that depends on its kind."""
    return entry.split(" ", _FIELDS[entry[0]])[-1]
