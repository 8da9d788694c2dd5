"""Scanners within limits, copies without excuses, and the report that a program leaves."""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lockstep.plugin.iac.sources import Sorted, sort

FAILED = 2
_TRACEBACK = "Traceback (most recent call last):"
_GIGABYTE = 1024**3
# What scanners obey in comments and metadata; the copies say it in letters that they do not know, as many of them.
_EXCUSES = re.compile(
    rb"tflint-ignore|(?:checkov|bridgecrew|cortex)(?=:skip|\.io/skip)|(?<=\bcfn)-lint\b", re.IGNORECASE
)


class ScanError(Exception):
    """Why the scan cannot be believed, as one sentence."""


class Done(NamedTuple):
    """What a scanner left."""

    exit_code: int
    stdout: bytes
    stderr: str


def main(program: Callable[[argparse.Namespace], Mapping[str, Any]], argv: Sequence[str]) -> int:
    """Run one of the programs, write what it returns as JSON, and return the exit code."""
    options = _options(argv)
    try:
        report = program(options)
    except ScanError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    options.report.write_text(json.dumps(report), encoding="utf-8")
    return 0


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--program", required=True, help="path of the scanner")
    parser.add_argument("--tree", required=True, type=Path, help="absolute folder with the copies")
    parser.add_argument("--scratch", required=True, type=Path, help="absolute private folder")
    parser.add_argument("--rules", required=True, type=Path, help="folder of Lockstep's rules")
    parser.add_argument("--report", required=True, type=Path, help="where the report is written")
    parser.add_argument("--folder", action="append", default=[], help="folder of the component's, relative to the tree")
    parser.add_argument("--file", action="append", default=[], help="file to read where it is")
    parser.add_argument("--providers", default="", help="absolute folder of a mirror; empty for none")
    return parser.parse_args(argv)


def prepared(tree: Path, paths: Sequence[str] | None = None) -> Sorted:
    """Return what the copies are; those that scanners may not see are taken away, and excuses are taken out."""
    found = sort(tree, paths)
    for each in found.unread:
        (tree / each.path).unlink()
    for source in found.sources:
        _without_excuses(tree / source.path)
    return found


def _without_excuses(path: Path) -> None:
    data = path.read_bytes()
    meant = _EXCUSES.sub(lambda match: b"_" * len(match[0]), data)
    if meant != data:
        path.write_bytes(meant)


# Providers and rulesets are programs that meet at a socket in the folder for temporary files, whose path has to be
# short (unix(7)); each makes a private folder there.
NEAR = {"TMPDIR": "/tmp"}  # noqa: S108 - see above


def limited(argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None, gigabytes: int = 1) -> Done:
    """Run a scanner that may hold at most so many gigabytes of data."""
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    bound = gigabytes * _GIGABYTE if hard == resource.RLIM_INFINITY else min(gigabytes * _GIGABYTE, hard)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (bound, bound))

    environ = {**os.environ, **(env or {})}
    done = subprocess.run(argv, cwd=cwd, env=environ, capture_output=True, check=False, preexec_fn=limit)
    return Done(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def decoded(done: Done, tool: str) -> Any:  # noqa: ANN401 - whatever the scanner reports
    """Return the JSON that a scanner printed.

    Raises:
        ScanError: it printed none.
    """
    try:
        return json.loads(done.stdout)
    except (ValueError, RecursionError) as error:
        said = last(done.stderr) or last(done.stdout.decode("utf-8", "replace"))
        raise ScanError(f"{tool} ended with exit code {done.exit_code} and no report: {said}") from error


def last(text: str) -> str:
    """Return the end of what a scanner said, as one line; of a traceback, what it comes to."""
    said = text.strip()
    told = said.rpartition("\n")[2] if _TRACEBACK in said else said
    return " ".join(told.split())[-300:]


def severities(rules: Path, tool: str) -> dict[str, str]:
    """Return how severe what each rule of a tool finds is, by the reviewed table; rules: the folder of Lockstep's rules."""
    table = tomllib.loads((rules / "severities" / f"{tool}.toml").read_text("utf-8"))
    return {rule: severity for severity, named in table.items() for rule in named}


def unread(found: Sorted) -> list[dict[str, Any]]:
    """Return the files that scanners were not given, for the report."""
    return [each._asdict() for each in found.unread]
