"""Scan commits, or work that is not committed, with gitleaks; write its findings, without any secret, as JSON.

gitleaks asks git for the history, takes the end of git's output for the end of the history however git ended, and exits
with 0. So this program asks git itself, in a repository of its own that only borrows the objects: no setting, attribute
or replacement of the clone can hide a commit. What git printed is handed to gitleaks where it expects git, and gitleaks
must have read as many bytes as git added. Merges are read too, as what differs from merging by machine. Binary files are
not read: those with a zero byte near their start, whatever attributes say of them.

Files that are not committed are scanned as one more commit on top of the newest one, so only what they add counts.

A commit's findings depend on nothing but the commit, the configuration and gitleaks. So with `--cache` only commits
that no earlier scan has read are scanned; findings in the others are remembered.

Rules that ship with Lockstep stand between gitleaks' own and the repository's: `useDefault` of its configuration means both.

Ends with 0 or 1 (nothing or something was found), or 2 and a sentence on standard error.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

FAILED = 2
# The fields of gitleaks' report that hold neither a secret nor a person.
_KEPT = ("RuleID", "Description", "StartLine", "EndLine", "File", "Commit", "Date")
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_READ = re.compile(rb"scanned ~(\d+) bytes")
_TROUBLE = re.compile(rb"\b(?:ERR|FTL|PNC)\b|partial scan")
_USE_DEFAULT = re.compile(r"^(\s*)useDefault\s*=\s*true\b", re.MULTILINE)
_OLDEST_GIT = (2, 35)
# The header that gitleaks' parser needs, and nothing that could confuse it: no message, no name as somebody wrote it.
_HEADER = "--format=commit %H%nAuthor: nobody <nobody@host.invalid>%nDate:   %ad%n"
_LOG = ("log", "--patch", "--unified=0", "--diff-merges=remerge", "--date=iso", _HEADER)
_NOBODY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "nobody"), ("EMAIL", "nobody@host.invalid"), ("DATE", "2000-01-01T00:00:00Z"))
}

Findings = list[dict[str, Any]]


class ScanError(Exception):
    """Why the scan cannot be believed, as one sentence."""


def main(argv: Sequence[str]) -> int:
    """Scan and write the report; return the exit code."""
    options = _options(argv)
    try:
        found = _scan(options)
    except ScanError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    options.report.write_text(json.dumps(found), encoding="utf-8")
    return int(bool(found))


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--gitleaks", required=True, help="path of the program")
    parser.add_argument("--scratch", required=True, type=Path, help="absolute private folder")
    parser.add_argument("--report", required=True, type=Path, help="where the findings are written")
    parser.add_argument("--config", default="", help="gitleaks' configuration, relative to the working directory")
    parser.add_argument("--rules", required=True, type=Path, help="absolute path of the rules that ship with Lockstep")
    parser.add_argument("--cache", type=Path, help="absolute folder in which scanned commits are remembered")
    parser.add_argument("--commits", default="", metavar="REV|REV..REV", help="full ids; empty for no commit yet")
    parser.add_argument("--tree", type=Path, help="scan the files of this folder, as one more commit on that one")
    return parser.parse_args(argv)


def _scan(options: argparse.Namespace) -> Findings:
    _check_config(options.config)
    repository = Repository(options.scratch / "repository")
    if options.tree:
        return _gitleaks(options, repository, ("--max-count=1", repository.commit(options.commits, options.tree)))
    base, _, tip = options.commits.rpartition("..")
    if base or not options.cache:
        return _gitleaks(options, repository, (f"{base}..{tip}" if base else tip,))
    return _continued(options, repository, tip)


def _continued(options: argparse.Namespace, repository: Repository, tip: str) -> Findings:
    """Scan what no earlier scan has read, and remember all of it."""
    memory = Memory(options.cache / "scanned.json", _identity(options))
    base = repository.fork(memory.tip, tip) if memory.tip else ""
    kept = memory.findings if base == memory.tip else _reachable(repository, memory.findings, base)
    new = [] if base == tip else _gitleaks(options, repository, (f"{base}..{tip}" if base else tip,))
    memory.write(tip, [*kept, *new])
    return [*kept, *new]


def _reachable(repository: Repository, findings: Findings, base: str) -> Findings:
    return [each for each in findings if base and repository.fork(each["Commit"], base) == each["Commit"]]


def _identity(options: argparse.Namespace) -> str:
    """Return a digest of what decides over findings beside the commits: gitleaks, its configuration, this program."""
    whole = hashlib.sha256()
    for path in (options.gitleaks, __file__, options.rules, *_configuration(options.config)):
        whole.update(hashlib.sha256(Path(path).read_bytes()).digest())
    return whole.hexdigest()


def _configuration(path: str) -> Iterator[str]:
    """Yield the configuration and what it extends.

    Raises:
        ScanError: it cannot be read, or extends itself.
    """
    seen: set[str] = set()
    while path:
        if path in seen:
            raise ScanError(f"{path} extends itself")
        seen.add(path)
        yield path
        try:
            table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ScanError(f"{path} cannot be read: {error}") from error
        path = str(table.get("extend", {}).get("path", ""))


def _check_config(path: str) -> None:
    """Refuse a configuration that rests on files of which nobody would notice a change."""
    for each in _configuration(path):
        if not re.fullmatch(r"(?!/|\.\./)(?:.*/)?[^/]*gitleaks[^/]*\.toml", each):
            raise ScanError(
                f"{path} extends {each}; extended files are called *gitleaks*.toml and lie in the repository"
            )


class Memory:
    """What an earlier scan of the same identity read: the commit that it started from, and its findings."""

    def __init__(self, path: Path, identity: str) -> None:
        self._path, self._identity = path, identity
        self.tip: str = ""
        self.findings: Findings = []
        try:
            kept = json.loads(path.read_bytes())
            if kept["identity"] == identity:
                self.tip, self.findings = kept["tip"], kept["findings"]
        except (OSError, ValueError, KeyError, TypeError):
            pass  # nothing is remembered, so everything is scanned

    def write(self, tip: str, findings: Findings) -> None:
        """Replace what is remembered, atomically."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps({"identity": self._identity, "tip": tip, "findings": findings}), encoding="utf-8")
        fresh.replace(self._path)


class Repository:
    """An empty repository in `folder` that borrows the objects of the one around the working directory."""

    def __init__(self, folder: Path) -> None:
        self._git = shutil.which("git") or "git"
        self._env = {**os.environ, **_NOBODY, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        _check_version(self.git("version"))
        around = ("-c", "safe.directory=*", "rev-parse", "--path-format=absolute")
        objects = self.git(*around, "--git-path", "objects")
        form = self.git(*around, "--show-object-format")
        self.git("init", "--quiet", "--bare", "--template=", f"--object-format={form}", "--", str(folder))
        (folder / "objects" / "info").mkdir(exist_ok=True)
        (folder / "objects" / "info" / "alternates").write_text(f"{objects}\n", encoding="utf-8")
        self._env |= {
            "GIT_DIR": str(folder),
            "GIT_INDEX_FILE": str(folder / "index"),
            "GIT_ATTR_NOSYSTEM": "1",
        }

    def git(self, *args: str, stdin: bytes = b"") -> str:
        """Run git and return what it printed, stripped.

        Raises:
            ScanError: git is missing or refused.
        """
        try:
            done = subprocess.run((self._git, *args), env=self._env, input=stdin, capture_output=True, check=False)
        except OSError as error:
            raise ScanError(f"git cannot be started: {error.strerror}") from error
        if done.returncode:
            said = " ".join(done.stderr.decode("utf-8", "replace").split())
            raise ScanError(f"git {' '.join(args)} ended with exit code {done.returncode}: {said}")
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def fork(self, one: str, other: str) -> str:
        """Return a commit that both descend from, "" where there is none or one is not here."""
        try:
            return self.git("merge-base", one, other)
        except ScanError:
            return ""

    def commit(self, parent: str, tree: Path) -> str:
        """Commit the files of a folder on top of `parent` ("" for none), in this repository only."""
        self.git("read-tree", parent or "--empty")
        work = ("-c", "core.bare=false", f"--work-tree={tree}")
        self.git(*work, "update-index", "--add", "--replace", "-z", "--stdin", stdin=b"\0".join(_files(tree)))
        above = ("-p", parent) if parent else ()
        return self.git("commit-tree", *above, "-m", "not committed", self.git("write-tree"))

    def log(self, revisions: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start git's log of the revisions, with every change."""
        return subprocess.Popen((self._git, *_LOG, *revisions, "--"), env=self._env, stdout=subprocess.PIPE)


def _files(tree: Path) -> Iterator[bytes]:
    top = os.fsencode(tree)
    for folder, _, names in os.walk(top):
        yield from (os.path.relpath(os.path.join(folder, name), top) for name in names)  # noqa: PTH118 - bytes


def _check_version(text: str) -> None:
    """Refuse a git that cannot show what a merge changed by itself."""
    found = re.search(r"(\d+)\.(\d+)", text)
    if found is None or (int(found[1]), int(found[2])) < _OLDEST_GIT:
        raise ScanError(f"{text} cannot show what merges changed; git {'.'.join(map(str, _OLDEST_GIT))} or newer can")


def _gitleaks(options: argparse.Namespace, repository: Repository, revisions: Sequence[str]) -> Findings:
    """Return what gitleaks finds in the revisions.

    Raises:
        ScanError: git or gitleaks did not get to the end, or gitleaks read something else than git wrote.
    """
    report, said = options.scratch / "found.json", options.scratch / "said.txt"
    reading, writing = os.pipe()
    path = f"{_stand_in(options.scratch, reading)}:{os.environ.get('PATH', os.defpath)}"
    with said.open("wb") as stderr:
        child = subprocess.Popen(
            _argv(options, report), env={**os.environ, "PATH": path}, stderr=stderr, pass_fds=(reading,)
        )
        os.close(reading)
        added = _feed(repository, revisions, writing)
        code = child.wait()
    words = said.read_bytes()
    sys.stderr.buffer.write(words)
    return _believed(code, words, added, report)


def _stand_in(scratch: Path, descriptor: int) -> Path:
    """Make a program called git that prints what is read from a descriptor; return its folder.

    gitleaks asks git for the log once, and for each archive of the history as well, which it then leaves unread.
    """
    folder = scratch / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / "git"
    cat = shlex.quote(shutil.which("cat") or "/bin/cat")
    answer = f'case "$3" in log) exec {cat} /dev/fd/{descriptor} ;; esac'  # git -C FOLDER log, or cat-file
    program.write_text(f"#!/bin/sh\n{answer}\n", encoding="utf-8")
    program.chmod(0o755)
    return folder


def _argv(options: argparse.Namespace, report: Path) -> tuple[str, ...]:
    """Neither comments nor ignore files may excuse a secret; a configuration may say what none is."""
    nowhere = options.scratch / "nowhere"
    nowhere.mkdir(exist_ok=True)
    config = ("--config", str(_composed(options)))
    quiet = ("--no-banner", "--no-color", "--redact", "--platform=none")
    firm = ("--ignore-gitleaks-allow", f"--gitleaks-ignore-path={nowhere}")
    form = ("--report-format=json", f"--report-path={report}")
    return (options.gitleaks, "git", *quiet, *firm, *config, *form, str(nowhere))


def _composed(options: argparse.Namespace) -> Path:
    """Return the configuration in which gitleaks' default is Lockstep's rules, which extend it.

    Raises:
        ScanError: the repository's says so in a way in which it cannot be changed.
    """
    if not options.config:
        return Path(options.rules)
    text = Path(options.config).read_text(encoding="utf-8")
    extend = tomllib.loads(text).get("extend", {})
    if not extend.get("useDefault"):
        return Path(options.config)
    composed = _USE_DEFAULT.sub(lambda match: f"{match[1]}path = {json.dumps(str(options.rules))}", text)
    meant = {name: value for name, value in extend.items() if name != "useDefault"} | {"path": str(options.rules)}
    if tomllib.loads(composed).get("extend") != meant:
        raise ScanError(f"{options.config}: write `useDefault = true` on a line of its own below [extend], and no path")
    path = Path(options.scratch) / "gitleaks.toml"
    path.write_text(composed, encoding="utf-8")
    return path


def _feed(repository: Repository, revisions: Sequence[str], descriptor: int) -> int:
    """Pass git's log on to the descriptor; return how many bytes its changes add.

    Raises:
        ScanError: git did not get to its end.
    """
    added = 0
    with repository.log(revisions) as log:
        try:
            with os.fdopen(descriptor, "wb", buffering=1 << 20) as sink:
                for line, count in counted(log.stdout or ()):
                    sink.write(line)
                    added += count
        except BrokenPipeError:
            log.kill()  # gitleaks has ended; its own exit tells why
            return -1
    if log.returncode:
        raise ScanError(f"git log ended with exit code {log.returncode}, so the history was not read to its end")
    return added


def counted(lines: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield each line of a log with patches without context, and how many bytes of a change it adds.

    The remarks that git puts between the headers of a merge's changes are left out: gitleaks' parser does not know them.
    """
    old = new = 0
    last = b""
    for line in lines:
        mark = line[:1]
        if old or new:
            old -= mark == b"-"
            new -= mark == b"+"
            last = mark
            yield line, len(line) - 1 if mark == b"+" else 0
        elif mark == b"\\":
            yield line, -1 if last == b"+" else 0
        elif not line.startswith(b"remerge "):
            hunk = _HUNK.match(line)
            if hunk:
                old, new = (int(each or 1) for each in hunk.groups())
            yield line, 0


def _believed(code: int, words: bytes, added: int, report: Path) -> Findings:
    trouble = _TROUBLE.search(words)
    read = _READ.search(words)
    if code not in {0, 1} or trouble or read is None:
        raise ScanError(f"gitleaks did not get to its end (exit code {code})")
    if int(read[1]) != added:
        raise ScanError(f"gitleaks read {int(read[1])} bytes of changes, and git wrote {added}")
    found = json.loads(report.read_bytes())
    return [{name: each[name] for name in _KEPT} for each in found]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
