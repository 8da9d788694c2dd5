"""A repository with commits to release, and changes read from them without a tool."""

import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from lockstep import config as configuration
from lockstep.host.git import Git
from lockstep.host.process import Completed, Process, Processes, SystemProcesses
from lockstep.model.change import Change
from lockstep.model.component import Component, Kind
from lockstep.releases import planning
from lockstep.releases.planning import Plan
from lockstep.workspace import repository
from tests.engine.running import git, write

_CONVENTIONAL = re.compile(r"([a-z]+)(?:\((\w+)\))?(!?): (.+)")
TILL = Component("till", "services/till", Kind.SERVICE)
DATE = "2026-11-24"


def opened(root: Path, processes: Processes | None = None) -> Git:
    """Return git with an identity of the repository's own."""
    return Git(root, processes or SystemProcesses(), {"PATH": "/usr/bin:/bin", "HOME": str(root.parent)})


def shop(root: Path, *subjects: str, files: dict[str, str] | None = None) -> Path:
    """Make a repository whose commits say `subjects`; the first holds `files`."""
    root.mkdir(parents=True)
    git(root, "init", "--quiet", "--initial-branch=main")
    for name, value in (("user.name", "Ada"), ("user.email", "ada@shop.example"), ("commit.gpgsign", "false")):
        git(root, "config", name, value)
    write(root, {".gitignore": ".lockstep/\n", **(files or {})})
    git(root, "add", ".")
    for subject in subjects:
        commit(root, subject)
    return root


def commit(root: Path, subject: str, **files: str) -> str:
    write(root, {path.replace("__", "/"): text for path, text in files.items()})
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", subject)
    return git(root, "rev-parse", "HEAD")


def cloned(root: Path, target: Path, *words: str) -> Path:
    """Clone `root` and let the clone know who commits."""
    subprocess.run(("git", "clone", "--quiet", *words, root.as_uri(), str(target)), check=True)  # noqa: S607
    for name, value in (("user.name", "Ada"), ("user.email", "ada@shop.example")):
        git(target, "config", name, value)
    return target


def parsed(root: Path) -> Callable[[str], Sequence[Change]]:
    """Return what reads changes from the first lines of commits."""

    def read(previous: str) -> Sequence[Change]:
        lines = git(root, "log", "--format=%H %s", f"{previous}..HEAD" if previous else "HEAD").splitlines()
        return tuple(_change(*line.split(" ", 1)) for line in lines)

    return read


def _change(sha: str, subject: str) -> Change:
    match = _CONVENTIONAL.fullmatch(subject)
    if match is None:
        return Change(sha, "", subject)
    kind, scope, mark, words = match.groups()
    return Change(sha, kind, words, scope or "", words if mark else "")


def plan(root: Path, toml: str = "", *, component: str = "", to: str = "", offline: bool = False) -> Plan:
    """Return the plan of the next release under the settings in `toml`."""
    config = configuration.parse(toml.encode())
    own = opened(root)
    ground = planning.ground(own, repository.read(own), config, offline=offline)
    what = planning.subject(config, [Component(".", ".", Kind.REPOSITORY), TILL], component)
    return planning.make(own, ground, what, config.release, parsed(root), date=DATE, to=to)


class Killed(BaseException):
    """The process ended here."""


class Mortal:
    """Real processes, until the `last`-th that git would do something with: there the machine stops, before or after it."""

    def __init__(self, last: int, *, after: bool) -> None:
        self.count = 0
        self._last, self._after = last, after
        self._real = SystemProcesses()

    def run(self, process: Process) -> Completed:
        self.count += 1
        fatal = self.count == self._last
        if fatal and not self._after:
            raise Killed
        done = self._real.run(process)
        if fatal:
            raise Killed
        return done

    def cancel(self) -> None:
        self._real.cancel()
