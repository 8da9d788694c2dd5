"""What the user asked for."""

import msgspec

from lockstep.model.gate import Scan


class Request(msgspec.Struct, frozen=True):
    """One run. `gates` are ids. `components` and `since` narrow it; `staged` checks the index instead of the working tree.

    strict: what is unavailable blocks (the default where `CI=true`). fresh: nothing is taken from the cache.
    """

    gates: tuple[str, ...]
    components: tuple[str, ...] = ()
    since: str = ""
    staged: bool = False
    strict: bool = False
    fresh: bool = False
    scan: Scan = Scan.HISTORY
    command: str = "nox"
