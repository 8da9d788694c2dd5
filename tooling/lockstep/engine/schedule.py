"""Run the planned actions: cached ones at once, the others on threads under the CPU budget; results arrive in any order."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

from lockstep.engine import execute
from lockstep.engine.cache import Cache
from lockstep.engine.execute import Outcome, Site
from lockstep.engine.keys import Key
from lockstep.engine.plan import Action
from lockstep.engine.prepare import Prepared
from lockstep.errors import LockstepError
from lockstep.host.files import wait_until
from lockstep.model.digests import Digest
from lockstep.model.event import Event, Started
from lockstep.model.finding import Report
from lockstep.model.verdict import Verdict

_THREADS = 32
_UNKNOWN = 30.0


def outcomes(
    ready: Prepared, site: Callable[[], Site], clock: Callable[[], float], tell: Callable[[Event], None]
) -> Iterator[Outcome]:
    """Yield every action's outcome. `site` is called only when something has to run."""
    missing = []
    for action in ready.plan.actions:
        if action.id in ready.blocked:
            yield _blocked(ready, action, clock())
            continue
        key = ready.keys.get(action.id)
        found = None if ready.request.fresh or key is None else execute.look_up(_cache(ready), action, key, clock())
        if found is None:
            missing.append((action, key))
        else:
            yield found
    if missing:
        yield from _run_all(missing, site(), clock, tell)


def _cache(ready: Prepared) -> Cache:
    return Cache(ready.state / "cache")


def _blocked(ready: Prepared, action: Action, started: float) -> Outcome:
    key = ready.keys.get(action.id) or Key(Digest(""), {})
    return Outcome(action, key, Verdict.UNAVAILABLE, Report(), reason=ready.blocked[action.id], started=started)


def _run_all(
    missing: list[tuple[Action, Key | None]],
    site: Site,
    clock: Callable[[], float],
    tell: Callable[[Event], None],
) -> Iterator[Outcome]:
    def one(action: Action, key: Key | None, urgency: float) -> Outcome:
        try:
            return execute.run(
                site, action, key, urgency, clock, lambda: tell(Started(action.id, action.gate, action.component.name))
            )
        except (LockstepError, OSError) as error:
            known = key or Key(Digest(""), {})
            return Outcome(action, known, Verdict.ERRORED, Report(), reason=str(error), started=clock())

    expected = {action.id: _expected(site, action) for action, _ in missing}
    ordered = sorted(missing, key=lambda pair: -expected[pair[0].id])
    given_up = threading.Event()
    pool = ThreadPoolExecutor(min(_THREADS, len(ordered)), "lockstep", wait_until, (given_up,))
    try:
        futures = [pool.submit(one, action, key, expected[action.id]) for action, key in ordered]
        for future in as_completed(futures):
            yield future.result()
    except BaseException:
        given_up.set()
        site.host.processes.cancel()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _expected(site: Site, action: Action) -> float:
    last = site.cache.last(action.id)
    return last.seconds if last else _UNKNOWN * action.cpus
