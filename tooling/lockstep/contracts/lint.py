"""Hand contracts to a linter: `python -m lockstep.contracts.lint REFUSED REPORT LINTER... -- FILE...`, in the root of the tree.

The linter is started on the files that are contracts, on some at a time where they are many, and its reports are joined
in REPORT, to which it writes each. What cannot be read, or would exhaust who reads it, is not handed on but written to
REFUSED as JSON; where nothing is left, REPORT says that nothing was found. Where the linter does not finish, there is no
REPORT, stderr says in one line which files it was at, and the exit code is 2.
"""

import re
import subprocess
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
from lockstep.contracts.files import bounded, in_batches, inside

_SIGNS = frozenset({"openapi", "swagger", *KINDS})
# A linter that follows references looks at every value as often as it is referred to, and judges every example by a
# program that it makes of the whole schema. GitHub's contract (13 MB), by which all this was measured, asks for 2 million
# values, 0.6 million of them in schemas with examples, 35 in each other. Spectral takes 13 seconds for it, a minute or two
# for the most that is allowed, and its stack overflows at 1,700.
_MOST_FOLLOWED = 10_000_000
_MOST_JUDGED = 1_000_000
_DEEPEST = 1_000
# It keeps all that it has read: 40 contracts of 1.8 MB exhaust a heap of 768 MB, while one of 16 MB does not.
_MOST_AT_ONCE = 8_000_000
_NAMED = 3
# The linter takes names for patterns; it has no other way of saying that one is meant as it is.
_SPECIAL = re.compile(r"[\[{}()*?+@|]")
# Seconds for what it is handed at once. A pattern that backtracks without end never finishes.
_LONGEST = 300


class Contract(msgspec.Struct, frozen=True):
    """A contract that is linted: its path, and how many bytes it and all that it refers to have."""

    path: str
    size: int


class Refused(msgspec.Struct, frozen=True):
    """A file that is not linted: its path, why, and the line of it (0: unknown)."""

    path: str
    why: str
    line: int


class UnfinishedError(RuntimeError):
    """The linter did not finish; the text says why, at which files, and what helps."""


def main(words: Sequence[str]) -> int:
    """Sort the files and lint them; return 0 where nothing is found, 1 where something is, 2 where the linter fails."""
    middle = words.index("--")
    (refused_to, report), linter = words[:2], words[2:middle]
    handed, refused = _sorted(words[middle + 1 :])
    Path(refused_to).write_bytes(msgspec.json.encode(refused))
    try:
        batches = in_batches(handed, lambda contract: contract.size, _MOST_AT_ONCE)
        results = [each for batch in batches for each in _linted(linter, [each.path for each in batch], Path(report))]
    except UnfinishedError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    Path(report).write_bytes(msgspec.json.encode(results))
    return 1 if results or refused else 0


def _sorted(paths: Sequence[str]) -> tuple[list[Contract], list[Refused]]:
    handed, refused = [], []
    for path in paths:
        try:
            _check_name(path)
            document = read(path, bounded(Path(path)) or b"")
            if _is_contract(document):
                handed.append(Contract(path, deep(path, partial(_size, document))))
        except ContractError as error:
            refused.append(Refused(error.document or path, error.why, error.line))
    return handed, refused


def _linted(linter: Sequence[str], paths: Sequence[str], report: Path) -> list[msgspec.Raw]:
    """Return the results of one run of the linter, which it writes to `report`; that is gone afterwards."""
    try:
        done = subprocess.run([*linter, *map(_pattern, paths)], stderr=subprocess.PIPE, check=False, timeout=_LONGEST)
    except subprocess.TimeoutExpired:
        raise _endless(paths) from None
    try:
        written = report.read_bytes()
        report.unlink()
        results = msgspec.json.decode(written, type=list[msgspec.Raw])
    except (OSError, msgspec.DecodeError) as error:
        raise _unfinished(done, paths) from error
    if done.returncode != bool(results):
        raise _unfinished(done, paths)
    return results


def _pattern(path: str) -> str:
    """Return a pattern that stands for the file alone: absolute, so that it is neither an address nor all but that file."""
    return _SPECIAL.sub(lambda match: f"[{match[0]}]", str(Path(path).absolute()))


def _unfinished(done: subprocess.CompletedProcess[bytes], paths: Sequence[str]) -> UnfinishedError:
    at = _told(paths)
    if done.returncode < 0:
        why = f"it was killed by signal {-done.returncode}, for want of memory as a rule"
        return UnfinishedError(f"{why}; make several contracts, by subject, of what is large in {at}")
    said = done.stderr.decode("utf-8", "replace").strip()
    return UnfinishedError(f"it ended with exit code {done.returncode} and no report that agrees, at {at}: {said}")


def _endless(paths: Sequence[str]) -> UnfinishedError:
    why = f"it did not finish within {_LONGEST} seconds"
    return UnfinishedError(f"{why}; look for patterns that repeat what repeats, like (a+)+, in {_told(paths)}")


def _told(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return f"{', '.join(paths[:_NAMED])}{more}"


def _is_contract(document: Document) -> bool:
    return isinstance(document.value, dict) and not _SIGNS.isdisjoint(document.value)


def _size(contract: Document) -> int:
    """Return how many bytes the linter reads for a contract, where it can bear it."""
    documents = collected(contract, _in_tree)
    for document in documents.values():
        _check_references(document)
    _check_effort(contract, documents)
    return sum(len(document.data) for document in documents.values())


def _check_name(path: str) -> None:
    if "\\" in path:
        raise ContractError(path, "its name has a backslash, which the linter takes for a slash; rename it")


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
