"""Make a copied tree fit for Trivy, then become Trivy: `lockstep_trivy.py TREE PROGRAM WORD...`.

Trivy reads a uv.lock from its one root project: a workspace without one it leaves out altogether, and of a workspace with
one it counts what only the other members need as development. So the copy of a workspace's lock gets a root that needs
every member; it stands at the end, so that no line moves. A lock that cannot be read is left for Trivy to refuse.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path

_ROOT = re.compile(r'^(source = \{ (?:virtual|editable) = )"\."( \}\r?)$', re.MULTILINE)
_NAME = "lockstep-workspace"


def main() -> None:
    """Rewrite, then replace this process by Trivy's."""
    tree, program = Path(sys.argv[1]), sys.argv[2:]
    for lock in sorted(tree.rglob("uv.lock")):
        text = lock.read_bytes().decode("utf-8", "surrogateescape")
        lock.write_bytes(rooted(text).encode("utf-8", "surrogateescape"))
    os.execv(program[0], program)  # noqa: S606 - the argv that the gate made


def rooted(text: str) -> str:
    """Return the text of a workspace's uv.lock with a root that needs every member; any other text as it is."""
    try:
        members = tomllib.loads(text).get("manifest", {}).get("members", [])
    except (tomllib.TOMLDecodeError, AttributeError, RecursionError):
        return text
    if not members or not all(isinstance(member, str) for member in members):
        return text
    needed = "".join(f'    {{ name = "{member}" }},\n' for member in members)
    source = 'source = { virtual = "." }'
    root = f'\n[[package]]\nname = "{_NAME}"\nversion = "0"\n{source}\ndependencies = [\n{needed}]\n'
    return _ROOT.sub(r'\1"./."\2', text) + root


if __name__ == "__main__":
    main()
