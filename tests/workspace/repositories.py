"""Real repositories, written and read in one line each."""

import os
import subprocess
from pathlib import Path

import msgspec

from lockstep import workspace
from lockstep.config import Config
from lockstep.config import parse as parse_config
from lockstep.host import Host, system
from lockstep.host.git import Git
from lockstep.workspace import Workspace

_AUTHOR = {
    "GIT_AUTHOR_NAME": "Ada Example",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada Example",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


class Repository(msgspec.Struct, frozen=True):
    """A repository in `root`."""

    root: Path

    @classmethod
    def new(cls, root: Path) -> "Repository":
        root.mkdir(parents=True)
        made = cls(root.resolve())
        made.git("init", "-q", "-b", "main")
        return made

    @property
    def host(self) -> Host:
        return msgspec.structs.replace(system(), environ={"PATH": os.environ["PATH"], "HOME": str(self.root.parent)})

    @property
    def handle(self) -> Git:
        return Git(self.root, self.host.processes, self.host.environ)

    def git(self, *args: str) -> str:
        done = subprocess.run(
            ("/usr/bin/env", "git", *args),
            cwd=self.root,
            env={**os.environ, **_AUTHOR},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def write(self, files: dict[str, str | bytes]) -> None:
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: dict[str, str | bytes] | None = None, message: str = "feat: change") -> str:
        self.write(files or {})
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def age(self) -> None:
        """Let every file have changed long ago, as far as its times say."""
        for path in self.root.rglob("*"):
            if ".git" not in path.parts:
                os.utime(path, (1_000_000_000, 1_000_000_000), follow_symlinks=False)

    def read(self, config: str = "", tree: Path | None = None) -> Workspace:
        return workspace.read(self.host, self.handle, self.config(config), tree or self.root)

    @staticmethod
    def config(text: str = "") -> Config:
        return parse_config(text.encode())
