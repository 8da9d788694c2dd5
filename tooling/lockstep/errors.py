"""Every error a user can meet: what, where, why, the remedy, and the exit code.

They are caught once, at the surface (`sessions`, `tasks`, `cli`), and rendered by `render`.
Exit codes: 1 is a failed gate (not an error); 2 bad usage or configuration; 3 a repository that cannot be
read; 4 a tool that cannot be had; 5 a run that could not be carried out; 6 a change that was refused.
"""

from typing import ClassVar


class LockstepError(Exception):
    """The base: `what` went wrong, `where` (path, path:line or empty), `why`, and the `remedy` (a command where there is one)."""

    exit_code: ClassVar[int] = 5

    def __init__(self, what: str, *, where: str = "", why: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.remedy = remedy

    def __str__(self) -> str:
        return render(self)


class ConfigError(LockstepError):
    """lockstep.toml, waivers.toml or the command line says something that cannot be meant."""

    exit_code = 2


class WorkspaceError(LockstepError):
    """The repository cannot be read as asked: no git, an unknown base, a shallow history."""

    exit_code = 3


class ToolError(LockstepError):
    """A tool or an environment cannot be had on this machine."""

    exit_code = 4


class RunError(LockstepError):
    """The run could not be carried out or recorded: a full disk, an interrupted process."""

    exit_code = 5


class RefusedError(LockstepError):
    """An action on the world was refused by policy or for want of `--apply`."""

    exit_code = 6


def render(error: LockstepError) -> str:
    """Return the error as up to four lines: `error: what`, `  at`, `  because`, `  mend`."""
    lines = [f"error: {error.what}"]
    lines += [
        f"  {label}: {text}"
        for label, text in (("at", error.where), ("because", error.why), ("mend", error.remedy))
        if text
    ]
    return "\n".join(lines)
