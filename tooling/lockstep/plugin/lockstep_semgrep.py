"""Scan a folder's files with semgrep and Lockstep's own rules; write what was found, and what could not be read, as JSON.

Semgrep passes over files for many reasons: a folder's name, ignore files, an unknown suffix, their size, a time limit. Here
copies of all are handed to it in a folder without ignore files, under names whose language it knows, no comment excuses
anything, and it must say that it scanned each. Minified JavaScript alone is not scanned but noted: nobody wrote it, and
a rule takes minutes for a bundle.

The engine looks at one file at a time, so what it finds in a file depends on nothing but its path and content, the rules
and semgrep. Findings are remembered by that, and only new files are scanned.

Ends with 0 or 1 (nothing or something to report), or 2 and a sentence on standard error.
"""

from __future__ import annotations

import argparse
import codecs
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote_from_bytes

FAILED = 2
# Seconds that a rule may take for a file; past them nothing is believed.
_LIMIT = 120
_REMEMBERED = 20_000
# Sources with more bytes than these, and more bytes a line on average, were written by a program.
_SMALL = 10_000
_LONG_LINES = 500
# A language is a folder of rules; the suffix is that by which semgrep knows it.
_SUFFIXES = {
    ".py": ("python", ".py"),
    ".pyi": ("python", ".pyi"),
    ".pyw": ("python", ".py"),
    ".js": ("javascript", ".js"),
    ".jsx": ("javascript", ".jsx"),
    ".cjs": ("javascript", ".js"),
    ".mjs": ("javascript", ".js"),
    ".ts": ("javascript", ".ts"),
    ".cts": ("javascript", ".ts"),
    ".mts": ("javascript", ".ts"),
    ".tsx": ("javascript", ".tsx"),
    ".sh": ("bash", ".sh"),
    ".bash": ("bash", ".sh"),
    ".bats": ("bash", ".sh"),
    ".dash": ("bash", ".sh"),
    ".ksh": ("bash", ".sh"),
}
_DOCKERFILE = ("dockerfile", ".dockerfile")
_WORKFLOW = ("workflows", ".yml")
_IMAGE_NAMES = ("dockerfile", "containerfile")
_SHEBANGS = (
    (re.compile(rb"#!.*\b(?:ba|da|k)?sh\b"), ("bash", ".sh")),
    (re.compile(rb"#!.*\bpython[0-9.]*\b"), ("python", ".py")),
    (re.compile(rb"#!.*\bnode\b"), ("javascript", ".js")),
)
# What is left in names of copies; anything else is written as %XX.
_PLAIN = "/!$&'()+,;=@[]^{}~ "
# Names that semgrep passes over whatever it is told: minified sources, and TypeScript's declarations.
_PASSED_OVER = re.compile(r"\.min\.|\.d\.ts$", re.IGNORECASE)
_SECRETS = ("CWE-259", "CWE-321", "CWE-798")
_PARTLY = ("PartialParsing", "FixpointTimeout")
_UNREAD = ("Syntax error", "Lexical error", "Other syntax error", "AST builder error")

Kind = tuple[str, str]
Notes = list[dict[str, Any]]


class ScanError(Exception):
    """Why the scan cannot be believed, as one sentence."""


def kind_of(path: str) -> Kind | None:
    """Return the language that a file's path says it has, and its suffix; None where it says nothing of that."""
    folder, _, name = path.lower().rpartition("/")
    stem, _, suffix = name.rpartition(".")
    if suffix in _IMAGE_NAMES or (stem in _IMAGE_NAMES and suffix != "dockerignore"):
        return _DOCKERFILE
    if suffix in {"yml", "yaml"} and (folder == ".github/workflows" or _is_action(folder, stem)):
        return _WORKFLOW
    return _SUFFIXES.get(f".{suffix}") if stem else None


def _is_action(folder: str, stem: str) -> bool:
    return stem == "action" and (folder == "" or f"{folder}/".startswith(".github/actions/"))


def may_be_script(path: str) -> bool:
    """Whether only the first line of a file can tell its language."""
    return "." not in path.rpartition("/")[2].removeprefix(".")


def main(argv: Sequence[str]) -> int:
    """Scan and write the report; return the exit code."""
    options = _options(argv)
    try:
        notes = _scan(options)
    except ScanError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    options.report.write_text(json.dumps(notes), encoding="utf-8")
    return int(bool(notes))


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--semgrep", required=True, help="path of the program")
    parser.add_argument("--rules", required=True, type=Path, help="absolute folder with one of rules for each language")
    parser.add_argument("--tree", required=True, type=Path, help="absolute folder; all files in it are scanned")
    parser.add_argument("--scratch", required=True, type=Path, help="absolute private folder")
    parser.add_argument("--cache", required=True, type=Path, help="absolute folder in which findings are remembered")
    parser.add_argument("--report", required=True, type=Path, help="where the findings are written")
    parser.add_argument("--jobs", type=int, default=1, help="how many processors to use")
    return parser.parse_args(argv)


def _scan(options: argparse.Namespace) -> Notes:
    files = tuple(_files(options.tree))
    memory = Memory(options.cache / "scanned.json", _identity(options))
    new = {file.name: file for file in files if file.key not in memory.notes}
    notes = {name: [{"kind": "minified", "line": 1}] for name, file in new.items() if file.minified}
    readable = {name: file for name, file in new.items() if not file.minified}
    notes |= _semgrep(options, readable) if readable else {}
    memory.notes |= {new[name].key: found for name, found in notes.items()}
    memory.write(file.key for file in files)
    return [{"path": file.shown, **note} for file in files for note in memory.notes[file.key]]


class File(NamedTuple):
    """A file to scan: its path in the tree, the name of its copy, its language, and what its content is."""

    path: str
    name: str
    language: str
    digest: str
    minified: bool

    @property
    def key(self) -> str:
        """What its findings are remembered by."""
        return f"{self.digest} {self.name}"

    @property
    def shown(self) -> str:
        """The path, with what is not UTF-8 in it escaped."""
        return self.path.encode("utf-8", "backslashreplace").decode()


def _files(tree: Path) -> Iterator[File]:
    """Yield the files that have a language, in order of path."""
    found = (os.path.join(folder, name) for folder, _, names in os.walk(tree) for name in names)  # noqa: PTH118 - hot
    for path in sorted(os.path.relpath(each, tree) for each in found):
        data = (tree / path).read_bytes()
        kind = kind_of(path) or _kind_by_shebang(data)
        if kind:
            language, suffix = kind
            plain = quote_from_bytes(os.fsencode(path), _PLAIN)
            name = plain if plain.endswith(suffix) and not _PASSED_OVER.search(plain) else plain + suffix
            minified = language == "javascript" and _is_minified(data)
            yield File(path, name, language, hashlib.sha256(data).hexdigest(), minified)


def _is_minified(data: bytes) -> bool:
    return len(data) > _SMALL and len(data) > _LONG_LINES * (data.count(b"\n") + 1)


def _kind_by_shebang(data: bytes) -> Kind | None:
    first = data.partition(b"\n")[0]
    return next((kind for pattern, kind in _SHEBANGS if pattern.match(first)), None)


def _identity(options: argparse.Namespace) -> str:
    """Return a digest of what decides over findings beside the files: semgrep, the rules, this program."""
    whole = hashlib.sha256(options.semgrep.encode())
    for path in (Path(options.semgrep), Path(__file__), *sorted(options.rules.rglob("*.yaml"))):
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


class Memory:
    """What earlier scans of the same identity noted, by `File.key`."""

    def __init__(self, path: Path, identity: str) -> None:
        self._path, self._identity = path, identity
        self.notes: dict[str, Notes] = {}
        try:
            kept = json.loads(path.read_bytes())
            if kept["identity"] == identity:
                self.notes = dict(kept["notes"])
        except (OSError, ValueError, KeyError, TypeError):
            pass  # nothing is remembered, so everything is scanned

    def write(self, used: Iterable[str]) -> None:
        """Replace what is remembered, atomically; what was used last goes last, and the oldest is forgotten."""
        now = {key: self.notes[key] for key in used}
        before = {key: notes for key, notes in self.notes.items() if key not in now}
        kept = dict([*before.items(), *now.items()][-_REMEMBERED:])
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps({"identity": self._identity, "notes": kept}), encoding="utf-8")
        fresh.replace(self._path)


def _semgrep(options: argparse.Namespace, files: Mapping[str, File]) -> dict[str, Notes]:
    """Return the notes of files by name.

    Raises:
        ScanError: semgrep did not get to the end of every file.
    """
    folder = options.scratch / "files"
    folder.mkdir()
    (folder / ".semgrepignore").touch()  # an empty one takes the place of semgrep's own
    for name, file in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        # Semgrep takes a byte order mark for a part of the first word.
        (folder / name).write_bytes((options.tree / file.path).read_bytes().removeprefix(codecs.BOM_UTF8))
    argv = _argv(options, {file.language for file in files.values()})
    done = subprocess.run(argv, cwd=folder, capture_output=True, check=False)
    said = done.stderr.decode("utf-8", "replace")
    try:
        report = json.loads(done.stdout.decode("utf-8", "replace"))
    except ValueError as error:
        raise ScanError(f"semgrep ended with exit code {done.returncode} and no report: {_last(said)}") from error
    if done.returncode:
        raise ScanError(f"semgrep ended with exit code {done.returncode}: {_complaints(report) or _last(said)}")
    return _believed(report, files, folder)


def _argv(options: argparse.Namespace, languages: Iterable[str]) -> tuple[str, ...]:
    rules = (f"--config={options.rules / language}" for language in sorted(languages))
    alone = ("--metrics=off", "--disable-version-check", "--oss-only", "--no-git-ignore", "--project-root=.")
    whole = ("--disable-nosem", "--max-target-bytes=0", "--no-exclude-binary-files", "--no-exclude-minified-files")
    limits = (f"--timeout={_LIMIT}", "--timeout-threshold=0", f"--jobs={max(1, options.jobs)}")
    form = ("--json", "--quiet", "--no-rewrite-rule-ids")
    return (options.semgrep, "scan", "--experimental", *alone, *whole, *limits, *form, *rules, ".")


def _last(text: str) -> str:
    return " ".join(text.split())[-300:]


def _complaints(report: Mapping[str, Any]) -> str:
    return _last("; ".join(str(each.get("message", "")) for each in report.get("errors", ())))


def _believed(report: Mapping[str, Any], files: Mapping[str, File], folder: Path) -> dict[str, Notes]:
    scanned = set(report["paths"]["scanned"])
    missed = sorted(file.shown for name, file in files.items() if name not in scanned)
    if missed:
        raise ScanError(f"semgrep passed over {len(missed)} files, of which one is {missed[0]}")
    notes: dict[str, Notes] = {name: [] for name in files}
    for error in report["errors"]:
        name = str(error.get("path", ""))
        notes.setdefault(name, []).append(_unread(error, files[name].shown if name in files else name))
    for result in report["results"]:
        notes[result["path"]].append(_finding(result, folder))
    return notes


def _unread(error: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return the note of a file that was not read, or not all of it.

    Raises:
        ScanError: semgrep gave up for a reason that is not the file's content.
    """
    kind = error["type"] if isinstance(error["type"], str) else error["type"][0]
    line = next((span["start"]["line"] for span in error.get("spans") or ()), 1)
    if kind in _UNREAD:
        return {"kind": "unread", "line": line}
    if kind in _PARTLY:
        return {"kind": "partly-read", "line": line}
    rule = f" with {error['rule_id']}" if error.get("rule_id") else ""
    raise ScanError(
        f"semgrep gave up on {path}{rule}: {kind} (generated files can be left out: `exclude` in lockstep.toml)"
    )


def _finding(result: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the note of a finding; that of a secret has a digest of its lines, which nobody else is to read."""
    extra = result["extra"]
    secret = str(extra["metadata"]["cwe"]).startswith(_SECRETS)
    metadata = extra["metadata"]
    return {
        "kind": "finding",
        "rule": result["check_id"],
        "message": extra["message"],
        "line": result["start"]["line"],
        "column": result["start"]["col"],
        "end_line": result["end"]["line"],
        "end_column": result["end"]["col"],
        "score": float(metadata["security-severity"]),
        "help_url": next(iter(metadata["references"]), ""),
        "secret": _digest(folder / result["path"], result["start"]["line"], result["end"]["line"]) if secret else "",
    }


def _digest(path: Path, first: int, last: int) -> str:
    return hashlib.sha256(b"\n".join(path.read_bytes().split(b"\n")[first - 1 : last])).hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
