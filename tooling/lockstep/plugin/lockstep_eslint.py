"""Become the ESLint that the component has installed, in the component's folder.

It is looked for in `node_modules` of the component and of the folders around it; for a snapshot of the index, which
holds no installed packages, also in the working tree around that. Exit code 86 means that there is none.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

LACKING = 86
_PROGRAM = Path("node_modules", ".bin", "eslint")


def main(argv: Sequence[str]) -> int:
    """Return 86 where ESLint or Node.js is missing; become ESLint otherwise.

    argv: `--root=FOLDER --component=FOLDER -- OPTION... -- FILE...`; the component's folder is relative to the root.
    """
    root, component = (word.partition("=")[2] for word in argv[:2])
    program = next(filter(Path.is_file, candidates(Path(root), component)), None)
    if program is None:
        return _lacking("ESLint is configured but not installed: `npm ci` in the component's folder")
    if shutil.which("node") is None:
        return _lacking("ESLint needs Node.js on the PATH")
    return _become((str(program), *argv[3:]))


def candidates(root: Path, component: str) -> Iterator[Path]:
    """Yield where the program may be, nearest first."""
    for top in (root, *root.parents):
        folder = top / component
        yield from (each / _PROGRAM for each in (folder, *folder.parents) if each.is_relative_to(top))


def _become(command: tuple[str, ...]) -> NoReturn:
    os.execv(command[0], command)  # noqa: S606 - the component's own program, no shell


def _lacking(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return LACKING


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
