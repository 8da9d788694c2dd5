"""A small repository whose commits are checked by the generated hooks, under the real pre-commit."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.templates.rendering import MONOREPO

_CONFIG = '\n[surfaces]\nhooks = ".pre-commit-config.yaml"\n'
_LIMIT = 120


class Kept(NamedTuple):
    """One file of the working tree as it lies there."""

    content: bytes
    modified: int
    mode: int


class Committed(msgspec.Struct, frozen=True):
    """How `git commit` ended."""

    exit_code: int
    printed: str


class Hooked(msgspec.Struct, frozen=True):
    """A repository at `root`. `skip`: ids of hooks that do not run."""

    root: Path
    skip: str

    def git(self, *words: str | bytes) -> str:
        done = subprocess.run(
            ("/usr/bin/env", "git", *words), cwd=self.root, env=self._environ(), check=True, capture_output=True
        )
        return os.fsdecode(done.stdout).strip()

    def commit(self, *words: str) -> Committed:
        """Commit with the hooks, as a developer would."""
        done = subprocess.run(
            ("/usr/bin/env", "git", "commit", "--message", "feat: change", *words),
            cwd=self.root,
            env=self._environ(),
            capture_output=True,
            timeout=_LIMIT,
            check=False,
        )
        return Committed(done.returncode, os.fsdecode(done.stdout + done.stderr))

    def killed_commit(self) -> int:
        """Start a commit and kill all of it as soon as a snapshot of the index is there; return how it ended."""
        snapshots = self.root / ".lockstep" / "tmp"
        with subprocess.Popen(
            ("/usr/bin/env", "git", "commit", "--quiet", "--message", "feat: change"),
            cwd=self.root,
            env=self._environ(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as commit:
            deadline = time.monotonic() + _LIMIT
            while not list(snapshots.glob("staged-*")) and commit.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            os.killpg(commit.pid, signal.SIGKILL)
        return commit.returncode

    def tree(self) -> Mapping[str, Kept]:
        """Return every file of the working tree."""
        found = {}
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in {".git", ".lockstep"}]
            for name in names:
                path = Path(folder) / name
                status = path.lstat()
                found[str(path.relative_to(self.root))] = Kept(path.read_bytes(), status.st_mtime_ns, status.st_mode)
        return found

    def staged(self) -> str:
        """Return what the index holds: mode, blob and path of every entry."""
        return self.git("ls-files", "--stage", "-z")

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text, encoding="utf-8")

    def stage(self, files: Mapping[str, str]) -> None:
        """Write files and add them to the index."""
        self.write(files)
        self.git("add", "--", *files)

    def _environ(self) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("COVERAGE_", "GIT_")) and name not in {"CI", "GITHUB_ACTIONS"}
        }
        identity = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", "Ada Example"), ("EMAIL", "ada@shop.example"))
        }
        own = {"SKIP": self.skip, "PRE_COMMIT_HOME": f"{self.root.parent}/pre-commit", "GIT_CONFIG_GLOBAL": os.devnull}
        return {**inherited, **identity, **own}


def hooked(root: Path, files: Mapping[str, str], *, skip: str = "") -> Hooked:
    """Make a repository with `files` committed, whose commits are checked by the hooks."""
    root.mkdir(parents=True)
    made = Hooked(root, skip)
    made.git("init", "--quiet", "--initial-branch=main")
    for name in ("Makefile", "noxfile.py", ".gitignore"):
        shutil.copyfile(MONOREPO / "template" / name, root / name)
    made.write({"lockstep.toml": "", "tooling/requirements.txt": "", **files})
    return adopted(root, skip=skip)


def adopted(root: Path, *, skip: str = "") -> Hooked:
    """Generate the hooks in the repository at `root`, commit everything, and let git start them from then on."""
    made = Hooked(root, skip)
    config = root / "lockstep.toml"
    if "[surfaces]" not in config.read_text(encoding="utf-8"):
        with config.open("a", encoding="utf-8") as stream:
            stream.write(_CONFIG)
    prepare(root / ".lockstep")
    _lockstep(root, "github.surfaces")
    made.git("add", "--all")
    made.git("commit", "--quiet", "--allow-empty", "--message", "feat: hooks")
    _lockstep(root, "github.hooks")
    return made


def prepare(state: Path) -> None:
    """Put into the state folder what the Makefile would make from an index: an environment with nox and Lockstep."""
    nox = state / "venv" / "bin" / "nox"
    nox.parent.mkdir(parents=True)
    nox.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m nox "$@"\n', encoding="utf-8")
    nox.chmod(0o755)
    (state / "venv" / "ready").touch()


def _lockstep(root: Path, verb: str) -> None:
    program = Path(sys.executable).with_name("lockstep")
    subprocess.run((program, verb, "--apply"), cwd=root, check=True, capture_output=True)
