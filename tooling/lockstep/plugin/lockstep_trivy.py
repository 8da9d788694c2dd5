"""Make a copied tree fit for Trivy, then become Trivy: `lockstep_trivy.py TREE PROGRAM WORD...`.

Trivy reads a uv.lock from its one root project: a workspace without one it leaves out altogether, and of a workspace with
one it counts what only the other members need as development. So the copy of a workspace's lock gets a root that needs
every member; it stands at the end, so that no line moves. A lock that cannot be read is left for Trivy to refuse.

Of a requirements file Trivy looks up what is pinned with `==` and is silent about the rest, so this program says what that
is: `unpinned<TAB>PATH<TAB>LINE<TAB>NAME` on standard error, a line for each.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

_ROOT = re.compile(r'^(source = \{ (?:virtual|editable) = )"\."( \}\r?)$', re.MULTILINE)
_NAME = "lockstep-workspace"
_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?![\w:/\\-])([^;#]*)")


def main() -> None:
    """Rewrite, then replace this process by Trivy's."""
    tree, program = Path(sys.argv[1]), sys.argv[2:]
    for lock in sorted(tree.rglob("uv.lock")):
        text = lock.read_bytes().decode("utf-8", "surrogateescape")
        lock.write_bytes(rooted(text).encode("utf-8", "surrogateescape"))
    for path in sorted(tree.rglob("*.txt")):
        for line, name in unpinned(path.read_bytes().decode("utf-8", "replace")):
            sys.stderr.write(f"unpinned\t{path.relative_to(tree).as_posix()}\t{line}\t{name}\n")
    sys.stderr.flush()
    os.execv(program[0], program)  # noqa: S606 - the argv that the gate made


def unpinned(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line (from 1) and the name of every requirement that is not pinned to one version."""
    for number, line in enumerate(text.splitlines(), 1):
        found = _REQUIREMENT.match(line)
        if found and ("==" not in found[2] or "*" in found[2]):
            yield number, found[1]


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
