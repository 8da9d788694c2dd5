"""Why an action would run: the parts of its key against those of its last result. Runs nothing."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from lockstep import config as configuration
from lockstep import workspace
from lockstep.engine.cache import Cache
from lockstep.engine.plan import Action
from lockstep.engine.prepare import Prepared, prepared
from lockstep.engine.request import Request
from lockstep.errors import ConfigError
from lockstep.host import Host
from lockstep.host.git import Git
from lockstep.model.gate import Gate
from lockstep.workspace import changes, repository

_SHOWN = 3
_FETCHED_FIRST = "what it rests on is fetched first"


class Row(msgspec.Struct, frozen=True):
    """One planned action. `state` is cached, run or absent (it cannot run here); `why` says what differs."""

    action: str
    state: str
    why: str

    def as_dict(self) -> dict[str, str]:
        """Return the row for JSON."""
        return {"action": self.action, "state": self.state, "why": self.why}


def plan(host: Host, start: Path, known: Mapping[str, Gate], gate: str, since: str) -> tuple[Row, ...]:
    """Return every action that the gate (all if "") would have.

    Raises:
        LockstepError: as planning does.
    """
    wanted = (gate,) if gate else tuple(known)
    with prepared(host, start, Request(gates=wanted, known=known, since=since)) as ready:
        return tuple(_row(ready, action) for action in ready.plan.actions)


def _row(ready: Prepared, action: Action) -> Row:
    if action.id in ready.blocked:
        return Row(action.id, "absent", ready.blocked[action.id])
    if action.id not in ready.keys:
        return Row(action.id, "run", _FETCHED_FIRST)
    cache = Cache(ready.state / "cache")
    if cache.get(ready.keys[action.id].digest) is not None:
        return Row(action.id, "cached", "same key as a stored result")
    differing = list(_differences(ready, cache, action))
    more = f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
    return Row(action.id, "run", "; ".join(differing[:_SHOWN]) + more)


def explain(host: Host, start: Path, known: Mapping[str, Gate], action: str) -> tuple[str, ...]:
    """Return lines that name every differing input of one action.

    Raises:
        ConfigError: no planned action has that id.
    """
    with prepared(host, start, Request(gates=tuple(known), known=known)) as ready:
        found = next((each for each in ready.plan.actions if each.id == action), None)
        if found is None:
            raise ConfigError(f"no action is called {action}", remedy="lockstep plan")
        if found.id in ready.blocked:
            return (f"{action}: cannot run here: {ready.blocked[found.id]}",)
        if found.id not in ready.keys:
            return (f"{action}: would run: {_FETCHED_FIRST}",)
        cache = Cache(ready.state / "cache")
        key = ready.keys[found.id]
        if cache.get(key.digest) is not None:
            return (f"{action}: in the cache under {key.digest}",)
        return (f"{action}: would run", *(f"  {line}" for line in _differences(ready, cache, found)))


def _differences(ready: Prepared, cache: Cache, action: Action) -> Iterator[str]:
    last = cache.last(action.id)
    if last is None:
        yield "it has never had a result here"
        return
    yield from differences(last.parts, ready.keys[action.id].parts) or ("its stored result is gone",)


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Return `changed NAME`, `new NAME` and `gone NAME` for every part that differs, by name."""
    changed = {name: "changed" for name in before.keys() & now.keys() if before[name] != now[name]}
    new = dict.fromkeys(now.keys() - before.keys(), "new")
    gone = dict.fromkeys(before.keys() - now.keys(), "gone")
    return tuple(f"{word} {name}" for name, word in sorted((changed | new | gone).items()))


def affected(host: Host, start: Path, since: str, *, staged: bool) -> tuple[str, ...]:
    """Return the names of components that changed since a revision (or in the index), and of their dependents."""
    root = repository.root_of(host, start)
    git = Git(root, host.processes, host.environ)
    config = configuration.load(root)
    found = workspace.read(host, git, config, root)
    what = changes.staged(git) if staged else changes.since(git, since or config.repository.base)
    return tuple(sorted(workspace.affected(found, what)))
