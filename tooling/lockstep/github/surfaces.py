"""The generated files of a repository: what they should be, and where they differ from it.

As a program (`python -m lockstep.github.surfaces`) it is the check in lint: it prints one `path:line: message` per
file that drifted, and ends with 1 where there is any, 0 where there is none, 2 where it could not tell.
"""

import sys
from collections.abc import Iterable, Mapping
from itertools import takewhile
from pathlib import Path

from lockstep import config as configuration
from lockstep import gates
from lockstep.config import Config
from lockstep.errors import LockstepError, render
from lockstep.github import hooks, pages, workflow

REMEDY = "lockstep github.surfaces --apply"


def expected(config: Config) -> Mapping[str, str]:
    """Return the text of every generated file by its path."""
    declared = tuple(gates.discover().values())
    texts = {
        config.surfaces.workflow: workflow.render(declared, config),
        config.surfaces.hooks: hooks.render(declared),
        config.surfaces.gates: pages.gates(declared),
        config.surfaces.configuration: pages.configuration(),
    }
    return {path: text for path, text in texts.items() if path}


def drift(root: Path, wanted: Mapping[str, str]) -> Iterable[str]:
    """Yield `path:line: message` for each file that is not as it should be."""
    for path, text in wanted.items():
        try:
            found = (root / path).read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            yield f"{path}:1: the file is missing; mend: {REMEDY}"
            continue
        if found != text:
            yield f"{path}:{_first_difference(found, text)}: differs from what the gates give; mend: {REMEDY}"


def _first_difference(found: str, wanted: str) -> int:
    """Return the first line, from 1, where `found` differs; the last one where only lines are missing after it."""
    lines = found.splitlines(keepends=True)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(lines, wanted.splitlines(keepends=True), strict=False))
    return max(1, min(sum(1 for _ in same) + 1, len(lines)))


def main(root: Path) -> int:
    """Print the drift of the repository in `root`; return the exit code."""
    try:
        lines = tuple(drift(root, expected(configuration.load(root))))
    except (LockstepError, OSError) as error:
        sys.stderr.write((render(error) if isinstance(error, LockstepError) else str(error)) + "\n")
        return 2
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
