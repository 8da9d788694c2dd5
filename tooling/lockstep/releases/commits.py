"""Reading commits through git-cliff, which is told everything and finds nothing for itself."""

from collections.abc import Callable, Sequence

from lockstep.errors import RunError
from lockstep.host import Host
from lockstep.host.environment import cleared
from lockstep.host.files import private_folder, write_atomic
from lockstep.host.git import Git
from lockstep.host.process import Process
from lockstep.model.change import Change
from lockstep.parsers import git_cliff
from lockstep.parsers.reading import UnreadableError

_LIMIT = 300.0
_MERGED = b"""\
[git]
conventional_commits = true
filter_unconventional = false
require_conventional = false
filter_commits = false
split_commits = false
tag_pattern = "^$"
"""


def reader(host: Host, git: Git, program: tuple[str, ...]) -> Callable[[str], Sequence[Change]]:
    """Return what reads the commits from a revision ("" for the first) to HEAD.

    It raises a `RunError` where git-cliff fails, or prints what cannot be read.
    """

    def read(previous: str) -> Sequence[Change]:
        with private_folder(host.temporary, "lockstep-release-") as folder:
            write_atomic(folder / "cliff.toml", _MERGED)
            span = (f"{git.commit_of(previous)}..{git.commit_of('HEAD')}",) if previous else ()
            argv = (*program, "--offline", "--config", str(folder / "cliff.toml"), "--context", *span)
            env = cleared((), str(folder), str(folder)) | _ownership(host)
            done = host.processes.run(Process(argv, str(git.root), env, _LIMIT))
        if done.exit_code:
            why = done.failure or done.stderr.decode("utf-8", "replace").strip()
            raise RunError("git-cliff cannot read the commits", where=str(git.root), why=why)
        try:
            return git_cliff.changes(done.stdout)
        except UnreadableError as error:
            raise RunError("git-cliff cannot be understood", where=str(git.root), why=str(error)) from error

    return read


def _ownership(host: Host) -> dict[str, str]:
    """Return where git's own configuration is, which says whose repositories are trusted (safe.directory)."""
    return {name: host.environ[name] for name in ("HOME", "XDG_CONFIG_HOME") if name in host.environ}
