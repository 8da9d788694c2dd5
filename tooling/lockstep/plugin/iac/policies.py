"""conftest with Lockstep's own policies over everything that a component declares, at once.

Report: {"findings": [{"rule", "severity", "message", "path", "line", "end_line"}], "syntax": [...], "unread": [...]}.
"""

import argparse
import re
import shutil
import sys
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lockstep.plugin.iac import hcl
from lockstep.plugin.iac.running import Done, ScanError, decoded, last, limited, main, prepared, unread
from lockstep.plugin.iac.sources import Kind, Unread

_READ = (Kind.TERRAFORM, Kind.PLAN, Kind.KUBERNETES, Kind.COMPOSE, Kind.CLOUDFORMATION)
# conftest knows a file by its suffix. JSON is YAML, too.
_SUFFIXES = (".tf", ".json", ".yaml", ".yml")
_RENAMED = ".lockstep.yaml"
# conftest names one file that it cannot parse, and reads none.
_UNPARSED = re.compile(r"Error: .*?parse.*?: (?P<why>[^\n]*), path: \./(?P<path>[^\n]*)\Z", re.DOTALL)
_LINE = re.compile(r"(?:\[:|line )(?P<line>\d+)")
_SEPARATOR = re.compile(r"^---.*\n", re.MULTILINE)
_KIND = re.compile(r"^kind:\s*[\"']?([^\s\"'#]+)", re.MULTILINE)
_NAME = re.compile(r"^\s+name:\s*[\"']?([^\s\"'#]+)", re.MULTILINE)
# How a thing is named where it is declared, in YAML or JSON.
_NAMES = (r"\bname[\"']?\s*:\s*[\"']?{}(?![\w.-])", r"(?<![\w.-])[\"']?{}[\"']?\s*:")

Place = tuple[str, int, int]


def test(options: argparse.Namespace) -> Mapping[str, Any]:
    """Return what the policies deny, each where it is written."""
    found = prepared(options.tree)
    paths = [_readable(options.tree, path) for path in found.of(*_READ)]
    denied, unparsed = tried(options, paths, "--all-namespaces")
    places = Places(options.tree, found.of(Kind.TERRAFORM))
    findings = [_finding(failure, places) for failure in denied]
    return {"findings": findings, "syntax": [_named(each) for each in unparsed], "unread": unread(found)}


def tried(options: argparse.Namespace, paths: list[str], *which: str) -> tuple[list[Any], list[Unread]]:
    """Return what policies (`which` of them) deny of all files that conftest can parse, and the files that it cannot.

    Raises:
        ScanError: conftest ended otherwise.
    """
    left = list(paths)
    unparsed: list[Unread] = []
    fixed = ("--combine", "--strict", "--no-fail", "--output=json", "--no-color", *which)
    while left:
        named = (f"./{path}" for path in left)
        argv = (options.program, "test", *fixed, f"--policy={options.rules / 'rego'}", *named)
        done = limited(argv, options.tree)
        if not done.exit_code:
            results = decoded(done, "conftest")
            return [failure for result in results for failure in result.get("failures") or ()], unparsed
        trouble = _unparsed(done, left)
        unparsed.append(trouble)
        left.remove(trouble.path)
    return [], unparsed


def _unparsed(done: Done, paths: Iterable[str]) -> Unread:
    match = _UNPARSED.search(done.stderr.strip())
    if match is None or match["path"] not in paths:
        raise ScanError(f"conftest ended with exit code {done.exit_code}: {last(done.stderr)}")
    line = _LINE.search(match["why"])
    return Unread(match["path"], int(line["line"]) if line else 1, match["why"])


def _named(each: Unread) -> Mapping[str, Any]:
    return {**each._asdict(), "path": each.path.removesuffix(_RENAMED)}


def _readable(tree: Path, path: str) -> str:
    """Return the path of a file, or of a copy under a name that tells conftest how to read it."""
    if path.endswith(_SUFFIXES):
        return path
    shutil.copyfile(tree / path, tree / f"{path}{_RENAMED}")
    return f"{path}{_RENAMED}"


def _finding(failure: Mapping[str, Any], places: "Places") -> Mapping[str, Any]:
    given = failure["metadata"]
    path, line, end_line = places.of(given)
    return {
        "rule": given["rule"],
        "severity": given["severity"],
        "message": failure["msg"],
        "path": path,
        "line": line,
        "end_line": end_line,
    }


class Places:
    """Where things are that policies speak of by name: what conftest hands them has no lines."""

    def __init__(self, tree: Path, terraform: Iterable[str]) -> None:
        self._tree = tree
        self._files: dict[str, _File] = {}
        self._lines: dict[tuple[str, str, str, str], int] = {}
        self._blocks: dict[tuple[str, str], list[Place]] = {}
        for path in terraform:
            for block in hcl.outline(self._text(path)).blocks if path.endswith(".tf") else ():
                if block.kind == "resource":
                    named = (block.labels[0], block.labels[-1])
                    self._blocks.setdefault(named, []).append((path, block.line, block.end_line))

    def of(self, given: Mapping[str, Any]) -> Place:
        """Return path, first and last line; what a plan holds is where it is written, if that is in one place."""
        path = str(given["path"]).removeprefix("./").removesuffix(_RENAMED)
        known = self._blocks.get((str(given["type"]), str(given["name"])), [])
        here = [place for place in known if place[0] == path]
        if here or (len(known) == 1 and path.endswith(".json")):
            return (here or known)[0]
        asked = (path, str(given["type"]), str(given["name"]), str(given.get("needle", "")))
        if asked not in self._lines:
            self._lines[asked] = self._line(*asked)
        return path, self._lines[asked], self._lines[asked]

    def _line(self, path: str, kind: str, name: str, needle: str) -> int:
        """Return the line on which the text stands that the policy looks at, else the name of what it is about."""
        if path not in self._files:
            self._files[path] = _outlined(self._text(path))
        text, breaks, documents = self._files[path]
        begin, end = documents.get((kind, name), (0, len(text)))
        patterns = [rf"(?<![\w./@:-]){re.escape(needle)}(?![\w./@:-])"] if needle else []
        patterns += [pattern.format(re.escape(name)) for pattern in _NAMES]
        found = (match.start() for pattern in patterns if (match := re.compile(pattern).search(text, begin, end)))
        return bisect_left(breaks, next(found, begin)) + 1

    def _text(self, path: str) -> str:
        return (self._tree / path).read_text("utf-8-sig", "replace")


class _File(NamedTuple):
    """A text, where its lines end, and where its YAML documents begin and end, by their kind and every name in them."""

    text: str
    breaks: list[int]
    documents: Mapping[tuple[str, str], tuple[int, int]]


def _outlined(text: str) -> _File:
    begins = [0, *(match.end() for match in _SEPARATOR.finditer(text))]
    documents: dict[tuple[str, str], tuple[int, int]] = {}
    for begin, end in zip(begins, [*begins[1:], len(text)], strict=True):
        if kind := _KIND.search(text, begin, end):
            for name in _NAME.finditer(text, begin, end):
                documents.setdefault((kind[1], name[1]), (begin, end))
    return _File(text, [match.start() for match in re.finditer("\n", text)], documents)


if __name__ == "__main__":
    sys.exit(main(test, sys.argv[1:]))
