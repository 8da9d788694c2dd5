"""The repository itself: where its root is, and what commit the working tree stands on."""

import threading
from pathlib import Path

import msgspec

from lockstep.errors import WorkspaceError
from lockstep.host import Host
from lockstep.host.git import Git
from lockstep.host.process import Completed
from lockstep.workspace.files import STATE

_STATUS = ("status", "--porcelain=v2", "-z", "--branch", "--no-ahead-behind", "--ignore-submodules=dirty")
_WHERE = ("rev-parse", "--is-shallow-repository", "--verify", "--quiet", "HEAD^{tree}")
_DETACHED = "(detached)"
_UNBORN = "(initial)"


class State(msgspec.Struct, frozen=True):
    """What the working tree stands on. `commit` and `tree` are "" without a commit, `branch` is "" where HEAD is detached.

    dirty: tracked files differ from the commit, or there are files that are neither tracked nor ignored.
    shallow: history is cut off.
    """

    commit: str
    tree: str
    branch: str
    dirty: bool
    shallow: bool


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


def read(git: Git) -> State:
    """Return what the working tree stands on; two git processes at the same time.

    Raises:
        WorkspaceError: git is missing or cannot read the repository.
    """
    told: list[Completed] = []
    asking = threading.Thread(target=lambda: told.append(git.try_run(*_WHERE)))
    asking.start()
    try:
        status = git.run(*_STATUS)
    finally:
        asking.join()
    words = told[0].stdout.decode().split() if told else []
    return _state(status, shallow="true" in words[:1], tree=words[1] if len(words) > 1 else "")


def _state(status: bytes, *, shallow: bool, tree: str) -> State:
    heads: dict[str, str] = {}
    dirty = False
    for line in status.decode("utf-8", "surrogateescape").split("\0"):
        if line.startswith("# "):
            _, key, value = line.split(" ", 2)
            heads[key] = value
        elif line and line.rstrip("/") != f"? {STATE}":
            dirty = True
    commit, branch = heads.get("branch.oid", _UNBORN), heads.get("branch.head", _DETACHED)
    return State(
        commit="" if commit == _UNBORN else commit,
        tree=tree,
        branch="" if branch == _DETACHED else branch,
        dirty=dirty,
        shallow=shallow,
    )
