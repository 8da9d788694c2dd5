"""The program behind the pacts of contract-checks: `python -m lockstep.contracts.pacts [options] PACT...`, in the root of the tree.

It verifies pacts against the contracts of their providers and prints a report (`Found`) as JSON. It ends with 1 where a
contract refuses what a pact has, 0 where none does, 2 where it could not tell.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from lockstep.contracts import api, openapi, pact, providers, verification
from lockstep.contracts.change import ContractError
from lockstep.contracts.check import Found, Item
from lockstep.contracts.comparing import deep, of_document
from lockstep.contracts.documents import Document
from lockstep.contracts.pact import Pact
from lockstep.contracts.verification import Breach


class Given(msgspec.Struct, frozen=True):
    """What is verified. folders: those of contract components. own: the folder of the pacts' own component where it is one of them, or "".

    told: providers and their contracts, as lockstep.toml names them. pacts: the files.
    """

    folders: tuple[str, ...]
    own: str
    told: dict[str, str]
    pacts: tuple[str, ...]


def main(words: Sequence[str]) -> int:
    """Verify, print the report, and return the exit code."""
    given = _given(words)
    try:
        items = deep("", lambda: [item for path in given.pacts for item in _verified(given, path)])
    except (ContractError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.buffer.write(msgspec.json.encode(Found(tuple(dict.fromkeys(items)), given.pacts)) + b"\n")
    return 1 if any(item.certain for item in items) else 0


def _given(words: Sequence[str]) -> Given:
    parser = argparse.ArgumentParser(prog="lockstep.contracts.pacts", allow_abbrev=False)
    parser.add_argument("--folder", action="append", default=[])
    parser.add_argument("--own", default="")
    parser.add_argument("--provider", action="append", default=[], nargs=2)
    parser.add_argument("files", nargs="*")
    read = parser.parse_args(words)
    return Given(tuple(read.folder), read.own, dict(read.provider), tuple(read.files))


def _verified(given: Given, path: str) -> Iterator[Item]:
    data = Path(path).read_bytes()
    try:
        read = pact.load(path, data)
        known = _contracts(given, read)
        if len(known) != 1:
            yield _homeless(read, known)
            return
        breaches = verification.verify(read, _contract(known[0]))
    except ContractError as error:
        yield _unreadable(error, path)
        return
    yield from placed(Document(path, data, None), breaches)


def _contracts(given: Given, read: Pact) -> tuple[str, ...]:
    """Return the contracts that may be the provider's; in a contract component with one contract it is that one."""
    files = [path for folder in given.folders for path in _files(folder)]
    named = providers.contracts_of(read.provider, files, given.told)
    if read.provider in given.told:
        return named
    known = tuple(path for path in named if _is_contract(path))
    if known or not given.own:
        return known
    own = tuple(path for path in _files(given.own) if _is_contract(path))
    return own if len(own) == 1 else ()


def _files(folder: str) -> list[str]:
    found = (path.as_posix() for path in Path(folder).rglob("*") if path.is_file())
    return sorted(path for path in found if providers.may_be_contract(path))


def _is_contract(path: str) -> bool:
    return of_document(path, Path(path).read_bytes()) == openapi.NAME


def _contract(path: str) -> api.Contract:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ContractError(path, f"it is named as a provider's contract, and {error.strerror}") from error
    return api.load(path, data, _beside)


def _beside(name: str) -> bytes | None:
    path = Path(name)
    return path.read_bytes() if not name.startswith(("/", "..")) and path.is_file() else None


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


def _homeless(read: Pact, known: Sequence[str]) -> Item:
    """Return what is to be said of a pact whose provider's contract is not known; where several may be meant, it has to be named."""
    if known:
        why = f"{', '.join(known)} may be meant; name one in lockstep.toml, [pacts.providers]"
        rule = "provider-ambiguous"
    else:
        why = "no contract of this repository is called so; where one is, name it in lockstep.toml, [pacts.providers]"
        rule = "provider-unknown"
    message = f"it is not verified against {read.provider}: {why}"
    anchor = f"{read.consumer} {read.provider}"
    return Item(rule, message, read.name, 1, certain=bool(known), anchor=anchor)


def _unreadable(error: ContractError, path: str) -> Item:
    return Item(
        "unreadable", f"it cannot be verified: {error.why}", error.document or path, error.line, anchor=error.why
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
