"""The program behind the pacts of contract-checks: `python -m lockstep.contracts.pacts [options] PACT...`.

It verifies pacts against the contracts of their providers and prints a report (`Found`) as JSON. It ends with 1 where a
contract refuses what a pact has, or one of them cannot be read, and with 0 otherwise.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import msgspec

from lockstep.contracts import api, pact, providers, verification
from lockstep.contracts.change import ContractError
from lockstep.contracts.check import Found, Item
from lockstep.contracts.comparing import deep
from lockstep.contracts.documents import Document, read
from lockstep.contracts.files import bounded, inside
from lockstep.contracts.pact import Pact
from lockstep.contracts.verification import Breach

Contracts = Callable[[str], api.Contract]

_SIGNS = frozenset({"openapi", "swagger"})
_PROVIDER = "/provider/name"


class Given(msgspec.Struct, frozen=True):
    """What is verified, all by paths in the folder `tree`.

    folders: those of contract components. own: the folder of the pacts' component where it is one of them, or "".
    told: contract by provider, as lockstep.toml has it. pacts: the files.
    """

    tree: Path
    folders: tuple[str, ...]
    own: str
    told: dict[str, str]
    pacts: tuple[str, ...]


def main(words: Sequence[str]) -> int:
    """Verify, print the report, and return the exit code."""
    given = _given(words)
    contracts = cache(lambda path: _contract(given.tree, path))
    items = [item for path in given.pacts for item in _verified(given, contracts, path)]
    sys.stdout.buffer.write(msgspec.json.encode(Found(tuple(dict.fromkeys(items)), given.pacts)) + b"\n")
    return 1 if any(item.certain for item in items) else 0


def _given(words: Sequence[str]) -> Given:
    parser = argparse.ArgumentParser(prog="lockstep.contracts.pacts", allow_abbrev=False)
    parser.add_argument("--tree", type=Path, required=True)
    parser.add_argument("--own", default="")
    for name in ("folder", "provider"):
        parser.add_argument(f"--{name}", action="append", default=[])
    parser.add_argument("files", nargs="*")
    given = parser.parse_args(words)
    # Name and path; a path has no tab.
    told = {name: path for name, _, path in (each.rpartition("\t") for each in given.provider)}
    return Given(given.tree, tuple(given.folder), given.own, told, tuple(given.files))


def _verified(given: Given, contracts: Contracts, path: str) -> Iterator[Item]:
    document = Document(path, bounded(given.tree / path) or b"", None)
    try:
        yield from deep(path, lambda: tuple(_items(given, contracts, document)))
    except ContractError as error:
        yield _unreadable(error, given.tree, path)


def _items(given: Given, contracts: Contracts, document: Document) -> Iterator[Item]:
    loaded = pact.load(document.name, document.data)
    known = _meant(given, loaded)
    if len(known) == 1:
        yield from placed(document, verification.verify(loaded, contracts(known[0])))
    else:
        yield _homeless(document, loaded, known)


def _meant(given: Given, of: Pact) -> tuple[str, ...]:
    """Return the contracts that may be the provider's; in a contract component with one contract it is that one."""
    files = dict.fromkeys(path for folder in given.folders for path in _files(given.tree, folder))
    named = providers.contracts_of(of.provider, files, given.told)
    if of.provider in given.told:
        return named
    known = tuple(path for path in named if _is_contract(given.tree, path))
    if known or not given.own:
        return known
    own = tuple(path for path in _files(given.tree, given.own) if _is_contract(given.tree, path))
    return own if len(own) == 1 else ()


def _files(tree: Path, folder: str) -> list[str]:
    found = (path.relative_to(tree).as_posix() for path in (tree / folder).rglob("*") if path.is_file())
    return sorted(path for path in found if providers.may_be_contract(path))


def _is_contract(tree: Path, path: str) -> bool:
    """Whether a file is a contract, and no part of one. One that cannot be read counts, so that it is told."""
    try:
        value = read(path, bounded(tree / path) or b"").value
    except ContractError:
        return True
    return isinstance(value, dict) and not value.keys().isdisjoint(_SIGNS)


def _contract(tree: Path, path: str) -> api.Contract:
    data = _bytes(tree, path)
    if data is None:
        raise ContractError(path, "lockstep.toml, [pacts.providers], names it, and there is no such file")
    return api.load(path, data, lambda name: _bytes(tree, name))


def _bytes(tree: Path, name: str) -> bytes | None:
    path = inside(name, tree)
    return bounded(path) if path is not None else None


def placed(document: Document, breaches: Sequence[Breach]) -> Iterator[Item]:
    """Yield breaches as findings, each on the line that describes its interaction."""
    wanted = {each.pointer: f"{each.pointer}/description" for each in breaches}
    lines = document.lines(wanted.values())
    for each in breaches:
        yield Item(
            rule=each.rule,
            message=sentence(each),
            path=document.name,
            line=lines[wanted[each.pointer]],
            certain=each.certain,
            anchor=f"{each.consumer} {each.interaction} {each.operation} {each.part} {each.contract.pointer}",
        )


def sentence(breach: Breach) -> str:
    """Return a breach in one line: who, what, and what in the contract refuses it."""
    who = f'{breach.consumer} of {breach.provider}, "{breach.interaction}"'
    about = ", ".join(part for part in (breach.operation, breach.part) if part)
    spot = f"{breach.contract.document}#{breach.contract.pointer}"
    return f"{who}: {about + ': ' if about else ''}{breach.what} ({spot})"


def _homeless(document: Document, of: Pact, known: Sequence[str]) -> Item:
    """Return what is to be said of a pact whose provider's contract is not known; where several may be meant, it has to be named."""
    if known:
        why = f"{', '.join(known)} may be meant; name one in lockstep.toml, [pacts.providers]"
        rule = "provider-ambiguous"
    else:
        why = "no contract of this repository is called so; where one is, name it in lockstep.toml, [pacts.providers]"
        rule = "provider-unknown"
    message = f"it is not verified against {of.provider}: {why}"
    anchor = f"{of.consumer} {of.provider}"
    line = document.lines((_PROVIDER,))[_PROVIDER]
    return Item(rule, message, of.name, line, certain=bool(known), anchor=anchor)


def _unreadable(error: ContractError, tree: Path, path: str) -> Item:
    name, at = error.document or path, error.pointer
    line = error.line or (Document(name, _bytes(tree, name) or b"", None).lines((at,))[at] if at else 0)
    return Item("unreadable", f"it cannot be verified: {error.why}", name, line, anchor=error.why)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
