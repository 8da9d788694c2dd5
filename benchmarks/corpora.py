"""Public corpora as clones beside this repository, and what a gate says of files that are put in a repository of their own."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from lockstep import config, toolchain
from lockstep.engine import run as engine
from lockstep.engine.request import Request
from lockstep.host import system
from lockstep.model.finding import Finding
from lockstep.model.gate import Gate
from lockstep.model.verdict import Verdict


class Clone(NamedTuple):
    """A clone, bare or not. Its work tree is not looked at: what counts is what a commit holds."""

    folder: Path

    @property
    def exists(self) -> bool:
        """Whether it is there."""
        return self.folder.is_dir()

    def head(self) -> str:
        """Return the full id of the newest commit."""
        return self._git("rev-parse", "HEAD").decode().strip()

    def has(self, commit: str) -> bool:
        """Return whether a commit is there with its files."""
        asked = ("git", "-C", str(self.folder), "cat-file", "-e", f"{commit}^{{tree}}")
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0

    def paths(self, under: str = "", commit: str = "HEAD") -> list[str]:
        """Return the paths of all files in a folder of a commit; links are left out."""
        listed = self._git("ls-tree", "-r", "-z", commit, *([f"{under}/"] if under else ()))
        entries = (entry.partition("\t") for entry in listed.decode("utf-8", "surrogateescape").split("\0") if entry)
        return [path for head, _, path in entries if head.startswith("100")]

    def files(self, paths: Iterable[str], commit: str = "HEAD") -> Iterator[tuple[str, bytes]]:
        """Yield the paths with their contents; what the clone lacks is left out."""
        wanted = list(paths)
        asked = "".join(f"{commit}:{path}\n" for path in wanted).encode("utf-8", "surrogateescape")
        said = self._git("cat-file", "--batch", stdin=asked)
        place = 0
        for path in wanted:
            end = said.index(b"\n", place)
            size = said[place:end].rpartition(b" ")[2]
            place = end + 1
            if size.isdigit():
                yield path, said[place : place + int(size)]
                place += int(size) + 1

    def text(self, path: str) -> str:
        """Return the text of a file of the newest commit."""
        return self._git("cat-file", "blob", f"HEAD:{path}").decode("utf-8", "replace")

    def _git(self, *args: str, stdin: bytes = b"") -> bytes:
        asked = ("git", "-C", str(self.folder), *args)
        return subprocess.run(asked, input=stdin, capture_output=True, check=True).stdout


class Rate(NamedTuple):
    """So many of so many."""

    part: int
    whole: int

    def __str__(self) -> str:
        share = f"{100 * self.part / self.whole:.1f} %" if self.whole else "-"
        return f"{self.part} of {self.whole} ({share})"


def program(name: str) -> str:
    """Return the path of a program of the tool lock."""
    host = system()
    return str(toolchain.provide(host, toolchain.load(Path(), config.Config()), [name], lambda _: None)[name][0])


def measured(folder: Path, clones: Iterable[str], tools: Iterable[str]) -> str:
    """Return what is measured with what, as a sentence."""
    lock = toolchain.load(Path(), config.Config())
    with_tools = ", ".join(f"{name} {lock.entries[name].version}" for name in tools)
    there = ((name, Clone(folder / name)) for name in clones)
    return f"{with_tools}; {', '.join(f'{name} at {clone.head()[:10]}' for name, clone in there if clone.exists)}"


def repository(root: Path, files: Mapping[str, bytes]) -> Path:
    """Make a repository with the files in one commit."""
    shutil.rmtree(root, ignore_errors=True)
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    identity = ("-c", "user.name=nobody", "-c", "user.email=nobody@host.invalid", "-c", "commit.gpgsign=false")
    for args in (("init", "--quiet"), ("add", "--force", "--all"), (*identity, "commit", "--quiet", "-m", "corpora")):
        subprocess.run(("git", "-c", "core.autocrlf=false", *args), cwd=root, check=True)  # noqa: S607 - as installed
    return root


def judged(root: Path, *gates: Gate) -> tuple[Finding, ...]:
    """Return what gates find in a repository, by the same path as `nox -s GATE`.

    Raises:
        SystemExit: a check did not get to its end.
    """
    request = Request(gates=tuple(gate.id for gate in gates), known={gate.id: gate for gate in gates})
    record, _ = engine.run(system(), root, request, lambda _: None)
    broken = {Verdict.ERRORED, Verdict.UNAVAILABLE}
    for action in record.actions:
        if action.verdict in broken:
            raise SystemExit(f"{action.check} of {action.component} ended {action.verdict}: {action.reason}")
    return tuple(finding for gate in record.gates for finding in gate.findings)


def spread(name: str) -> float:
    """Return a number from 0 to 1 that depends on the name alone: half of anything has less than a half."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF


def by_path(findings: Iterable[Finding], only: Callable[[Finding], bool]) -> dict[str, list[Finding]]:
    """Return findings that matter by the path of their file."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if only(finding):
            found.setdefault(finding.location.path, []).append(finding)
    return found
