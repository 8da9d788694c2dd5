"""Planted defects as values, and the one way to put them into a rendered repository."""

import subprocess
import sys
from pathlib import Path

import msgspec

_IDENTITY = ("-c", "user.name=Ida Example", "-c", "user.email=ida@northwind.example", "-c", "commit.gpgsign=false")


class Replace(msgspec.Struct, frozen=True):
    """Put `new` in place of `old`, which stands in the file exactly once."""

    path: str
    old: str
    new: str


class Append(msgspec.Struct, frozen=True):
    """Add `text` to the end of a file that exists."""

    path: str
    text: str


class Write(msgspec.Struct, frozen=True):
    """Make a new file."""

    path: str
    text: str


class Delete(msgspec.Struct, frozen=True):
    """Remove a file that exists."""

    path: str


class Stage(msgspec.Struct, frozen=True):
    """Add a file to git's index, without a commit."""

    path: str


class Commit(msgspec.Struct, frozen=True):
    """Commit everything that was done so far."""

    message: str


class Relock(msgspec.Struct, frozen=True):
    """Bring uv.lock in step with the manifests; needs a package registry."""


Edit = Replace | Append | Write | Delete | Stage | Commit | Relock


class Defect(msgspec.Struct, frozen=True):
    """One thing wrong, and where exactly one gate must find it.

    id: unique, kebab-case. gate: the only gate that may fail. path: the file of the finding; for coverage the
    component's folder, in which any path is right. rule: part of the rule id, in any case; "" where any is right.
    at: texts that each stand on a line which is right (for a test: its head, and the statement that fails), with a
    newline where the line has to end after it; empty where there is no line. line: the line (from 1) where the file is gone from the working tree, otherwise 0.
    edits: what to do to a rendered repository whose first commit is made, in order.
    """

    id: str
    gate: str
    path: str
    rule: str
    edits: tuple[Edit, ...]
    at: tuple[str, ...] = ()
    line: int = 0

    @property
    def needs_registry(self) -> bool:
        """Whether planting it reaches for a package registry."""
        return any(isinstance(edit, Relock) for edit in self.edits)


def plant(defect: Defect, root: Path) -> None:
    """Do the edits of `defect` in the repository at `root`.

    Raises:
        ValueError: an edit does not fit the repository, so the data are out of step with the template.
    """
    for edit in defect.edits:
        perform(edit, root)


def lines(defect: Defect, root: Path) -> frozenset[int]:
    """Return the line numbers (from 1) that are right for a planted `defect`; empty where it has no line.

    Raises:
        ValueError: a text of `at` is not in the file.
    """
    if defect.line:
        return frozenset({defect.line})
    if not defect.at:
        return frozenset()
    text = (root / defect.path).read_text(encoding="utf-8").splitlines(keepends=True)
    return frozenset(_line(text, wanted, defect.path) for wanted in defect.at)


def _line(text: list[str], wanted: str, path: str) -> int:
    for number, line in enumerate(text, start=1):
        if wanted in line:
            return number
    raise ValueError(f"{path}: no line has {wanted!r}")


def perform(edit: Edit, root: Path) -> None:
    """Do one edit in the repository at `root`."""
    match edit:
        case Replace(path, old, new):
            _replace(root / path, old, new)
        case Append(path, text):
            _replace(root / path, None, text)
        case Write(path, text):
            _write(root / path, text)
        case Delete(path):
            (root / path).unlink()
        case Stage(path):
            run(root, "git", "add", "--", path)
        case Commit(message):
            run(root, "git", "add", "--all")
            run(root, "git", *_IDENTITY, "commit", "--quiet", "--no-verify", "--message", message)
        case Relock():
            run(root, sys.executable, "-m", "uv", "lock", "--quiet")


def _replace(path: Path, old: str | None, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    if old is not None and text.count(old) != 1:
        raise ValueError(f"{path.name}: {old!r} stands there {text.count(old)} times, not once")
    path.write_text(text + new if old is None else text.replace(old, new), encoding="utf-8")


def _write(path: Path, text: str) -> None:
    if path.exists():
        raise ValueError(f"{path.name} exists already")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def run(root: Path, *argv: str) -> None:
    """Run a program in `root`; it must succeed."""
    subprocess.run(argv, cwd=root, check=True, capture_output=True, timeout=120)
