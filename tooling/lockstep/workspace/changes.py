"""What has changed, against a base or in the index, and which components that reaches."""

from collections.abc import Iterable, Iterator

import msgspec

from lockstep.errors import WorkspaceError
from lockstep.host.git import Git, split_nul
from lockstep.workspace.tree import Workspace, above

_DIFF = ("diff", "--name-status", "-z", "--find-renames", "--no-ext-diff", "--ignore-submodules=none")
_WITH_OLD = ("R", "C")
# Names in a folder around a component that no tool reads: a change to them reaches nobody.
_PROSE = (".md", ".rst", "LICENSE", "CODEOWNERS")


class Change(msgspec.Struct, frozen=True):
    """One changed path. `status` is git's letter: A, M, D, R (renamed), C (copied), T (type), U (unmerged), ? (untracked).

    `old_path` is where a renamed or copied file was, "" otherwise.
    """

    path: str
    status: str
    old_path: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path whose content is another than before."""
        return (self.path, self.old_path) if self.status == "R" else (self.path,)


def since(git: Git, base: str) -> tuple[Change, ...]:
    """Return what the working tree changed since it left `base`: committed, staged, unstaged and untracked alike.

    Raises:
        WorkspaceError: `base` names no commit, or there is no common history to compare with.
    """
    if not git.commit_of(base):
        raise WorkspaceError(
            f"there is no commit {base!r}", why="it is the base that changes are compared with", remedy=_remedy(base)
        )
    fork = git.try_text("merge-base", base, "HEAD") or _no_fork(git, base)
    untracked = git.paths("ls-files", "-z", "--others", "--exclude-standard", "--exclude=/.lockstep/")
    return (*_parse(git.run(*_DIFF, fork, "--")), *(Change(path, "?") for path in untracked))


def staged(git: Git) -> tuple[Change, ...]:
    """Return what the index changes against the last commit, or everything in it where there is none."""
    if git.commit_of("HEAD"):
        return tuple(_parse(git.run(*_DIFF, "--cached", "--")))
    return tuple(Change(path, "A") for path in git.paths("ls-files", "-z", "--cached"))


def affected(workspace: Workspace, changes: Iterable[Change]) -> frozenset[str]:
    """Return the names of all components that `changes` can reach: owners, those below a changed shared file, their users.

    A file in a folder around a component may be configuration that its tools find by looking upwards.
    """
    touched: set[str] = set()
    for change in changes:
        for path in change.paths:
            touched.add(workspace.owner(path).name)
            touched.update(_below(workspace, path))
    return workspace.dependents(touched)


def _below(workspace: Workspace, path: str) -> Iterator[str]:
    if not path.endswith(_PROSE):
        folder = next(above(path))
        yield from (each.name for each in workspace.components if folder in above(each.path))


def _parse(data: bytes) -> Iterator[Change]:
    fields = iter(split_nul(data))
    for status in fields:
        first = next(fields)
        if status.startswith(_WITH_OLD):
            yield Change(next(fields), status[0], first)
        else:
            yield Change(first, status[0])


def _no_fork(git: Git, base: str) -> str:
    if git.try_text("rev-parse", "--is-shallow-repository") == "true":
        raise WorkspaceError(
            f"{base} and HEAD have no common commit here",
            why="the clone is shallow, so the commit where they part is missing",
            remedy="git fetch --unshallow",
        )
    if not git.commit_of("HEAD"):
        raise WorkspaceError("there is no commit yet to compare with", remedy="commit first, or leave out --since")
    raise WorkspaceError(f"{base} and HEAD have no common history", remedy="name another base")


def _remedy(base: str) -> str:
    remote, slash, branch = base.partition("/")
    if not slash:
        return "name a branch, tag or commit that is here"
    return f"git fetch {remote} {branch}; where the branch is another, name it as base of [repository] in lockstep.toml"
