"""Apply every tool's safe fixes in an order that ends stable: rounds until no byte changes, three at most."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from lockstep.engine.execute import Site, process_of
from lockstep.engine.plan import Action
from lockstep.engine.prepare import Prepared, prepared
from lockstep.engine.request import Request
from lockstep.engine.run import make_site
from lockstep.errors import RefusedError, RunError
from lockstep.host import Host
from lockstep.host.files import PRIVATE, private_folder

_ROUNDS = 3


def run(host: Host, root: Path, request: Request) -> tuple[str, ...]:
    """Fix the working tree; return the paths that changed, sorted.

    Raises:
        LockstepError: a tool cannot be had, the fixes of two tools undo each other, or the request is for the index.
    """
    if request.staged:
        raise RefusedError(
            "fixes are made in the working tree, which --staged does not look at",
            where="command line",
            remedy="fix without --staged, then stage what has changed",
        )
    first: dict[str, str] = {}
    before: dict[str, str] = {}
    for _ in range(_ROUNDS):
        with prepared(host, root, request) as ready:
            now = {path: entry.digest for path, entry in ready.workspace.files.items()}
            first = first or dict(now)
            if now == before:
                break
            before = dict(now)
            _round(host, ready)
    else:
        with prepared(host, root, request) as ready:
            now = {path: entry.digest for path, entry in ready.workspace.files.items()}
        if now != before:
            raise RunError("the fixes do not settle", why=f"files still change after {_ROUNDS} rounds", where=str(root))
    return tuple(sorted(path for path in now if now[path] != first.get(path)))


def _round(host: Host, ready: Prepared) -> None:
    site = make_site(host, ready, lambda _: None)
    for action in _fixable(ready):
        tools = {name: site.tool(name) for name in action.check.programs}
        with private_folder(host.temporary, f"{PRIVATE}fix-") as scratch:
            _apply(site, action, tools, scratch)


def _fixable(ready: Prepared) -> Iterator[Action]:
    chosen = [action for action in ready.plan.actions if action.check.fix is not None and action.files]
    yield from sorted(chosen, key=lambda action: (action.check.fix_order, action.id))


def _apply(site: Site, action: Action, tools: dict[str, tuple[str, ...]], scratch: Path) -> None:
    fixing = msgspec.structs.replace(action, check=msgspec.structs.replace(action.check, argv=action.check.fix))
    done = site.host.processes.run(process_of(site, fixing, tools, scratch))
    if done.failure:
        raise RunError(f"{action.check.id} could not fix {action.component.name}", why=done.failure)
