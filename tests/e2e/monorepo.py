"""A rendered monorepo, and `nox -s gates` in it as a developer would type it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from tests.templates.rendering import commit, render

_LIMIT = 2400  # seconds; the first run may have to build every tool, beside another that does


class Outcome(msgspec.Struct, frozen=True):
    """How a session ended: exit code, what it printed, and the run's record (empty where none was written)."""

    exit_code: int
    printed: str
    record: dict[str, Any]

    @property
    def verdicts(self) -> dict[str, str]:
        return {gate["id"]: gate["verdict"] for gate in self.record["gates"]}

    def failing(self) -> set[str]:
        return {gate for gate, verdict in self.verdicts.items() if verdict not in {"passed", "not-applicable"}}

    def findings(self, gate: str) -> list[dict[str, Any]]:
        return [finding for each in self.record["gates"] if each["id"] == gate for finding in each["findings"]]


class Monorepo(msgspec.Struct, frozen=True):
    """A checkout at `root`; `builder` is the address of a BuildKit, "" where there is none and no image can be built."""

    root: Path
    builder: str = ""

    def copy(self, target: Path) -> "Monorepo":
        """Copy the checkout with its cache; environments and the tools' own caches are shared."""
        shutil.copytree(
            self.root,
            target,
            symlinks=True,
            ignore=lambda folder, _: {"envs", "runs", "latest"} if folder.endswith("/.lockstep") else set(),
        )
        if (self.root / ".lockstep/envs").exists():
            (target / ".lockstep/envs").symlink_to(self.root / ".lockstep/envs")
        return Monorepo(target, self.builder)

    @property
    def temporary(self) -> Path:
        """Where its runs make private folders."""
        return self.root.parent / f"{self.root.name}-tmp"

    def environ(self) -> dict[str, str]:
        """Return the environment of its runs: this process's own, as on a developer's machine.

        So many runs of the same code: measuring one of them is enough, and whoever wants that says so.
        """
        self.temporary.mkdir(exist_ok=True)
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in {"CI", "GITHUB_ACTIONS"} and not name.startswith("COVERAGE_")
        }
        building = {"BUILDKIT_HOST": self.builder} if self.builder else {}
        return {**inherited, **building, "TMPDIR": str(self.temporary), "PYTHONFAULTHANDLER": "1"}

    def nox(self, *words: str, **environ: str) -> Outcome:
        """Run nox as a program and return how it ended."""
        report = self.root.parent / f"{self.root.name}.json"
        report.unlink(missing_ok=True)
        done = subprocess.run(
            (sys.executable, "-m", "nox", *words, *(() if "--" in words else ("--",)), "--json", str(report)),
            cwd=self.root,
            env={**self.environ(), **environ},
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
        )
        record = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        return Outcome(done.returncode, done.stdout + done.stderr, record)


def rendered(target: Path, builder: str = "", **answers: str | int) -> Monorepo:
    """Render the template with its defaults and commit it."""
    root = render(target, **answers)
    commit(root)
    return Monorepo(root, builder)
