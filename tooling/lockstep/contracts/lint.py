"""Hand contracts to a linter: `python -m lockstep.contracts.lint REFUSED REPORT LINTER... -- FILE...`, in the root of the tree.

The linter is started (in this process's place) on the files that are contracts. What cannot be read, or would exhaust who
reads it, is not handed on but written to REFUSED as JSON; where nothing is left, REPORT says that nothing was found.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from operator import attrgetter
from pathlib import Path
from posixpath import dirname, join
from urllib.parse import unquote

import msgspec

from lockstep.contracts.api import collected, references
from lockstep.contracts.change import ContractError
from lockstep.contracts.comparing import KINDS, deep
from lockstep.contracts.documents import Document, read
from lockstep.contracts.effort import Efforts
from lockstep.contracts.files import bounded, inside

_SIGNS = frozenset({"openapi", "swagger", *KINDS})
# A linter that follows references looks at every value as often as it is referred to, and judges every example by a
# program that it makes of the whole schema. GitHub's contract (13 MB), by which all this was measured, asks for 2 million
# values, 0.6 million of them in schemas with examples, 35 in each other. Spectral takes half a minute for it, two for
# the most that is allowed, and its stack overflows at 1,700.
_MOST_FOLLOWED = 10_000_000
_MOST_JUDGED = 1_000_000
_DEEPEST = 1_000


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
            document = read(path, bounded(Path(path)) or b"")
            if _is_contract(document):
                deep(path, partial(_check, document))
                handed.append(path)
        except ContractError as error:
            refused.append(Refused(error.document or path, error.why, error.line))
    return handed, refused


def _is_contract(document: Document) -> bool:
    return isinstance(document.value, dict) and not _SIGNS.isdisjoint(document.value)


def _check(contract: Document) -> None:
    documents = collected(contract, _in_tree)
    for document in documents.values():
        _check_references(document)
    _check_effort(contract, documents)


def _in_tree(name: str) -> bytes | None:
    found = inside(name, Path())
    return bounded(found) if found else None


def _check_references(document: Document) -> None:
    """Refuse references to what is no file of the tree: the linter would read whatever they name, to its end."""
    for reference in references(document):
        target = unquote(reference.partition("#")[0])
        if inside(join(dirname(document.name), target), Path()) is None:
            line = document.data.count(b"\n", 0, max(document.data.find(reference.encode()), 0)) + 1
            why = f"it refers to {target}, which is no file of this repository; keep a copy beside the contract"
            raise ContractError(document.name, why, line)


def _check_effort(contract: Document, documents: Mapping[str, Document]) -> None:
    efforts = Efforts(contract, documents)
    values = attrgetter("values")
    told = (
        (efforts.whole.values, _MOST_FOLLOWED, values, "{} values"),
        (efforts.judged, _MOST_JUDGED, values, "{} values in schemas that have examples or defaults"),
        (efforts.whole.depth, _DEEPEST, attrgetter("depth"), "values that lie {} deep in each other"),
    )
    for asked, most, measure, what in told:
        if asked > most:
            pointer = efforts.place(measure)
            why = f"with every reference followed, each time that it is used, it has {what.format(asked)}"
            line = contract.lines([pointer])[pointer]
            raise ContractError(contract.name, f"{why}; the most is {most}: refer to less at #{pointer}", line)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
