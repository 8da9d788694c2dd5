"""Git, as a program: the one place where its command lines stand."""

import os
import re
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from lockstep.errors import WorkspaceError
from lockstep.host.process import Completed, Process, Processes

# Variables that redirect git to another repository or index are dropped on purpose: those of a hook's own run.
_REACHED = ("SSL_CERT_FILE", "GIT_SSL_CAINFO", "SSH_AUTH_SOCK", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_PASSED = (
    *("PATH", "HOME", "XDG_CONFIG_HOME", "GNUPGHOME", "GIT_INDEX_FILE", *_REACHED),
    *(name.lower() for name in _REACHED if name.endswith("_PROXY")),
)
# How git says that the disk is full; of a reference it only says that it could not be written.
_FULL = re.compile(r"No space left on device|Out of diskspace|Disk quota exceeded|couldn't write '")
_LIMIT = 300.0


class Git(msgspec.Struct, frozen=True):
    """Git in one working tree. `root` is absolute. `begun` holds questions that were asked ahead (`begin`)."""

    root: Path
    processes: Processes
    environ: Mapping[str, str]
    begun: dict[tuple[str, ...], Callable[[], Completed]] = {}

    def begin(self, *args: str) -> None:
        """Ask git now, on a thread, what `try_run` will be asked with the same words; its answer counts once."""
        told: list[Completed] = []
        asking = threading.Thread(target=lambda: told.append(self._ask(args, b"")))
        asking.start()

        def answer() -> Completed:
            asking.join()
            return told[0] if told else self._ask(args, b"")

        self.begun[args] = answer

    def try_run(self, *args: str, stdin: bytes = b"") -> Completed:
        """Run git and return how it ended, whatever that is."""
        ahead = self.begun.pop(args, None) if not stdin else None
        return ahead() if ahead else self._ask(args, stdin)

    def _ask(self, args: tuple[str, ...], stdin: bytes) -> Completed:
        env = {name: self.environ[name] for name in _PASSED if name in self.environ}
        env |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
        return self.processes.run(Process(("git", *args), str(self.root), env, _LIMIT, stdin))

    def run(self, *args: str, stdin: bytes = b"") -> bytes:
        """Run git and return what it printed.

        Raises:
            WorkspaceError: git is missing or refused.
        """
        done = self.try_run(*args, stdin=stdin)
        if done.exit_code != 0:
            why = said(done.stderr)
            remedy = "free some space and run again" if _FULL.search(why) else ""
            command = next((each for each in args if not each.startswith("-")), "")
            raise WorkspaceError(f"git {command} failed", where=str(self.root), why=why or done.failure, remedy=remedy)
        return done.stdout

    def text(self, *args: str) -> str:
        """Run git and return its output as stripped text."""
        return self.run(*args).decode("utf-8", "surrogateescape").strip()

    def try_text(self, *args: str) -> str:
        """Run git and return its output as stripped text, or "" where it refuses."""
        done = self.try_run(*args)
        return done.stdout.decode("utf-8", "surrogateescape").strip() if done.exit_code == 0 else ""

    def paths(self, *args: str) -> tuple[str, ...]:
        """Run git with `-z` output and return the NUL-separated paths."""
        return split_nul(self.run(*args))

    def commit_of(self, revision: str) -> str:
        """Return the commit id that `revision` names, or "" where it names none."""
        return self.try_text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")

    def show(self, revision: str, path: str) -> bytes | None:
        """Return the bytes of `path` at `revision`, or None where it does not exist there."""
        done = self.try_run("cat-file", "blob", f"{revision}:{path}")
        return done.stdout if done.exit_code == 0 else None


def split_nul(data: bytes) -> tuple[str, ...]:
    """Split NUL-terminated paths; bytes that are not UTF-8 become surrogate escapes."""
    return tuple(os.fsdecode(part) for part in data.split(b"\0") if part)


def said(stderr: bytes) -> str:
    """Return what git complained of, as one line without the words that mark complaints."""
    lines = (line.strip() for line in stderr.decode("utf-8", "replace").splitlines())
    return "; ".join(line.removeprefix("fatal: ").removeprefix("error: ") for line in lines if line)
