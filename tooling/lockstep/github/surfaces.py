"""The generated files of a repository: what they should be, and where they differ from it.

As a program (`python -m lockstep.github.surfaces`) it is the check in lint: it prints one `path:line: message` per
file that drifted, and ends with 1 where there is any, 0 where there is none, 2 where it could not tell.
"""

import difflib
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from lockstep import config as configuration
from lockstep import gates
from lockstep.config import Config
from lockstep.errors import LockstepError, render
from lockstep.github import hooks, workflow

REMEDY = "lockstep github.surfaces --apply"


def expected(config: Config) -> Mapping[str, str]:
    """Return the text of every generated file by its path."""
    declared = tuple(gates.discover().values())
    texts = {config.surfaces.workflow: workflow, config.surfaces.hooks: hooks}
    return {path: room.render(declared) for path, room in texts.items() if path}


def drift(root: Path, wanted: Mapping[str, str]) -> Iterable[str]:
    """Yield `path:line: message` for each file that is not as it should be."""
    for path, text in wanted.items():
        try:
            found = (root / path).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            yield f"{path}:1: the file is missing; mend: {REMEDY}"
            continue
        if found != text:
            yield f"{path}:{_first_difference(found, text)}: differs from what the gates give; mend: {REMEDY}"


def _first_difference(found: str, wanted: str) -> int:
    matcher = difflib.SequenceMatcher(None, found.splitlines(), wanted.splitlines(), autojunk=False)
    first = next(block for block in matcher.get_opcodes() if block[0] != "equal") if found.strip() else None
    return min(first[1] + 1, max(1, len(found.splitlines()))) if first else 1


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
