"""Build a CodeQL database of a folder for each language and analyse it; write all results as one SARIF log.

Ends with 0, or 2 and a sentence on standard error.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FAILED = 2


class AnalysisError(Exception):
    """Why the analysis cannot be believed, as one sentence."""


def main(argv: Sequence[str]) -> int:
    """Analyse every language and write the log; return the exit code."""
    options = _options(argv)
    try:
        runs = [run for language in options.language for run in _runs(options, language)]
    except AnalysisError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    options.report.write_text(json.dumps({"version": "2.1.0", "runs": runs}), encoding="utf-8")
    return 0


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--codeql", required=True, help="path of the program")
    parser.add_argument("--tree", required=True, type=Path, help="absolute folder of the sources")
    parser.add_argument("--scratch", required=True, type=Path, help="absolute private folder")
    parser.add_argument("--report", required=True, type=Path, help="where the log is written")
    parser.add_argument("--threads", type=int, default=1, help="how many processors to use")
    parser.add_argument("--language", action="append", required=True, choices=("python", "javascript", "actions"))
    return parser.parse_args(argv)


def _runs(options: argparse.Namespace, language: str) -> list[Any]:
    """Return the runs of one language's log.

    Raises:
        AnalysisError: CodeQL did not get to its end, or wrote no log.
    """
    database = options.scratch / f"database-{language}"
    log = options.scratch / f"{language}.sarif"
    threads = f"--threads={max(1, options.threads)}"
    source = ("--language", language, "--source-root", str(options.tree))
    _codeql(options.codeql, "database", "create", str(database), *source, threads)
    suite = f"codeql/{language}-queries:codeql-suites/{language}-security-extended.qls"
    form = ("--format=sarif-latest", f"--output={log}", f"--sarif-category={language}")
    _codeql(options.codeql, "database", "analyze", str(database), suite, *form, threads)
    try:
        return list(json.loads(log.read_bytes())["runs"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AnalysisError(f"codeql wrote no log for {language}: {error}") from error


def _codeql(*argv: str) -> None:
    """Run CodeQL; what it prints goes to standard error."""
    done = subprocess.run(argv, stdout=sys.stderr, check=False)
    if done.returncode:
        what = " ".join(argv[1:3])
        raise AnalysisError(f"codeql {what} ended with exit code {done.returncode}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
