"""Become the ESLint that the component has installed, in the component's folder.

Exit code 86 means that it was not started because the machine lacks something (Node.js, installed packages, or those
that the lock names); what is on standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lockstep.plugin.lockstep_node import LACKING, LackingError, installed


def main(words: Sequence[str]) -> int:
    """Return 86 where ESLint cannot be started; become it otherwise.

    words: the component's folder relative to the working directory, then ESLint's own arguments, from that folder.
    """
    component, *arguments = words
    try:
        program = installed(f"{component}/package.json", "eslint", "bin/eslint.js")
    except LackingError as error:
        return _lacking(str(error))
    if not program:
        return _lacking(f"ESLint is configured for {component} but not installed (npm install --save-dev eslint)")
    node, script = program[0], str(Path(program[1]).absolute())
    os.chdir(component)
    os.execv(node, (node, script, *arguments))  # noqa: S606 - the component's own program, no shell
    return 0  # never reached


def _lacking(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return LACKING


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
