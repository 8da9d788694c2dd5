"""Making several tools ready at once."""

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from lockstep.errors import LockstepError, ToolError
from lockstep.host import Host
from lockstep.model.digests import Digest, of_value
from lockstep.model.event import Observer, Preparing
from lockstep.toolchain.lock import ToolLock, machine_digest, platform

if TYPE_CHECKING:
    from lockstep.toolchain.install import Workshop

# Downloads wait for the network; builds are kept apart by the processors themselves.
_AT_ONCE = 4


class Provision(msgspec.Struct, frozen=True):
    """What could be made ready: lock name -> argv prefix, and lock name -> why not."""

    programs: Mapping[str, tuple[str, ...]]
    errors: Mapping[str, LockstepError]


def provide(
    host: Host, lock: ToolLock, names: Iterable[str], observer: Observer, bundle: Path | None = None
) -> dict[str, tuple[str, ...]]:
    """Install what is missing of `names`, check what is there, and return lock name -> argv prefix.

    `bundle` is the folder of an opened bundle, from which alone tools are installed then.

    Raises:
        ToolError: one or more cannot be had; it names every source tried for each.
    """
    made = attempt(host, lock, names, observer, bundle)
    errors = tuple(made.errors.values())
    if len(errors) == 1:
        raise errors[0]
    if errors:
        remedies = dict.fromkeys(part for error in errors for part in error.remedy.split("; or ") if part)
        raise ToolError(
            f"{len(errors)} tools cannot be had: {', '.join(made.errors)}",
            where="the tool lock",
            why="\n    ".join(f"{error.what}: {error.why}" for error in errors),
            remedy="; or ".join(remedies),
        )
    return dict(made.programs)


def attempt(
    host: Host, lock: ToolLock, names: Iterable[str], observer: Observer, bundle: Path | None = None
) -> Provision:
    """Make ready what can be made ready of `names`; one that fails does not stop the others.

    `observer` hears `Preparing` events, one call at a time.
    """
    # The warm path of a run asks for identities alone.
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    from lockstep.host.files import giving_up, wait_until  # noqa: PLC0415

    shop = workshop(host, lock, observer, bundle)
    wanted = tuple(dict.fromkeys(names))
    stop = giving_up() or threading.Event()
    with ThreadPoolExecutor(max(1, min(_AT_ONCE, len(wanted))), "tools", wait_until, (stop,)) as pool:
        try:
            futures = {name: pool.submit(shop.program, name) for name in wanted}
            errors = {name: error for name, future in futures.items() if (error := future.exception())}
        except BaseException:
            stop.set()
            host.processes.cancel()
            pool.shutdown(cancel_futures=True)
            raise
    for error in errors.values():
        if not isinstance(error, LockstepError):
            raise error
    programs = {name: future.result() for name, future in futures.items() if name not in errors}
    return Provision(programs, {name: error for name, error in errors.items() if isinstance(error, LockstepError)})


def workshop(host: Host, lock: ToolLock, observer: Observer, bundle: Path | None = None) -> "Workshop":
    """Return what tools of `lock` are made ready with on this machine."""
    from lockstep.toolchain.install import Workshop  # noqa: PLC0415

    return Workshop(host=host, lock=lock, platform=platform(), tell=_Teller(observer), bundle=bundle)


class _Teller:
    """Hands news of several threads to the observer one at a time."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._lock = threading.Lock()

    def __call__(self, what: str, fraction: float, detail: str) -> None:
        with self._lock:
            self._observer(Preparing(what, fraction, detail))


def identity(host: Host, lock: ToolLock, name: str) -> Digest:
    """Return what goes into an action's key for a tool: its entry's identity, and the machine's own program if that is used.

    Raises:
        ToolError: the lock has no such entry.
    """
    entry = lock.entry(name)
    return of_value([entry.identity(platform()), machine_digest(entry, host.environ)])
