"""Hand contracts to a linter: `python -m lockstep.contracts.lint REFUSED REPORT LINTER... -- FILE...`.

The linter is started (in this process's place) on the files that are contracts. What cannot be read, or is made to exhaust
its reader, is not handed on but written to REFUSED as JSON; where nothing is left, REPORT says that nothing was found.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from lockstep.contracts.change import ContractError
from lockstep.contracts.comparing import KINDS
from lockstep.contracts.documents import Document, read

_SIGNS = frozenset({"openapi", "swagger", *KINDS})


class Refused(msgspec.Struct, frozen=True):
    """A file that is not linted: its path, why, and the line of it (0: unknown)."""

    path: str
    why: str
    line: int


def main(words: Sequence[str]) -> int:
    """Sort the files and start the linter; return 1 where only refused files are left, 0 where nothing is."""
    middle = words.index("--")
    (refused_to, report), linter = words[:2], words[2:middle]
    handed, refused = _sorted(words[middle + 1 :])
    Path(refused_to).write_bytes(msgspec.json.encode(refused))
    if not handed:
        Path(report).write_text("[]", "utf-8")
        return 1 if refused else 0
    sys.stdout.flush()
    return os.execv(linter[0], [*linter, *handed])  # noqa: S606 - an argv of Lockstep's own making


def _sorted(paths: Sequence[str]) -> tuple[list[str], list[Refused]]:
    handed, refused = [], []
    for path in paths:
        try:
            if _is_contract(read(path, Path(path).read_bytes())):
                handed.append(path)
        except ContractError as error:
            refused.append(Refused(path, error.why, error.line))
    return handed, refused


def _is_contract(document: Document) -> bool:
    return isinstance(document.value, dict) and not _SIGNS.isdisjoint(document.value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
