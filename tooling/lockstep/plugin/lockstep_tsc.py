"""Run a component's own TypeScript over its projects, and over those that they refer to (a solution checks none itself).

Exit code 86 means that TypeScript was not started because the machine lacks something (Node.js, installed packages, or
those that the lock names); what is on standard error. Otherwise the output is tsc's, and the exit code its highest.
"""

from __future__ import annotations

import argparse
import json
import posixpath
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lockstep.plugin.lockstep_node import LACKING, LackingError, installed


class RefusedError(Exception):
    """tsc could not read a project; its text is what it said, and `code` how it ended."""

    def __init__(self, said: str, code: int) -> None:
        super().__init__(said)
        self.code = code


def main(words: Sequence[str]) -> int:
    """Check every project; return the highest exit code of tsc, or 86."""
    given = _given(words)
    try:
        projects = list(_all(given.projects))
    except LackingError as error:
        sys.stderr.write(f"{error}\n")
        return LACKING
    except RefusedError as error:
        sys.stdout.write(str(error))
        return error.code
    return max(_check(path, f"{given.scratch}/{number}.tsbuildinfo") for number, path in enumerate(projects))


def _given(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--scratch", required=True, help="absolute folder for what tsc writes")
    parser.add_argument("projects", nargs="+", help="tsconfig.json files")
    return parser.parse_args(words)


def _all(paths: Sequence[str]) -> Iterator[str]:
    """Yield the projects that have files, each once, with those that they refer to."""
    pending = [posixpath.normpath(path) for path in paths]
    for path in pending:
        shown = _shown(path)
        for reference in shown.get("references", []):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), str(reference["path"])))
            target = f"{target}/tsconfig.json" if Path(target).is_dir() else target
            pending += [target] if target not in pending else []
        if shown.get("files") or not shown.get("references"):
            yield path


def _shown(project: str) -> Mapping[str, Any]:
    """Return the project as tsc understands it.

    Raises:
        RefusedError: it does not.
    """
    done = subprocess.run([*_compiler(project), "--showConfig", "-p", project], capture_output=True, check=False)
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        sys.stderr.write(done.stderr.decode("utf-8", "replace"))
        raise RefusedError(said, done.returncode)
    shown = json.loads(said)
    return shown if isinstance(shown, dict) else {}


def _check(project: str, state: str) -> int:
    options = ("--noEmit", "--pretty", "false", "--incremental", "--tsBuildInfoFile", state)
    sys.stdout.flush()
    return subprocess.run([*_compiler(project), *options, "-p", project], check=False).returncode


def _compiler(project: str) -> list[str]:
    """Return the argv prefix of the project's own tsc.

    Raises:
        LackingError: there is none, or its packages are not those of the lock.
    """
    found = installed(project, "typescript", "bin/tsc")
    if not found:
        raise LackingError(f"TypeScript is not installed for {project} (npm install --save-dev typescript)")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
