"""What the user asked for."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from lockstep.model.gate import Gate, Scan

_NO_GATES: Mapping[str, Gate] = MappingProxyType({})


# From the files of the base branch (by path) to who approved a breaking change of a path, "" for nobody who may.
Approver = Callable[[Callable[[str], bytes | None]], Callable[[str], str]]


def nobody(_: Callable[[str], bytes | None]) -> Callable[[str], str]:
    """Approve nothing."""
    return lambda _: ""


class Request(msgspec.Struct, frozen=True):
    """One run. `known` are all gates there are, by id and in order; `gates` are the ids of those wanted. `components` and `since` narrow it; `staged` checks the index instead of the working tree.

    strict: what is unavailable blocks (the default where `CI=true`). fresh: nothing is taken from the cache.
    foreign: a report made elsewhere is judged, which need not cover everything. twice: images are built again from nothing and compared. approver: who approved breaking changes.
    """

    gates: tuple[str, ...]
    known: Mapping[str, Gate] = _NO_GATES
    components: tuple[str, ...] = ()
    since: str = ""
    staged: bool = False
    strict: bool = False
    fresh: bool = False
    scan: Scan = Scan.HISTORY
    foreign: bool = False
    twice: bool = False
    command: str = "nox"
    approver: Approver = nobody
