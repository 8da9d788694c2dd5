"""The only room that touches processes, files, git, the clock and the environment.

`Host` is handed to whoever needs the world; tests hand in one with a fake clock, environment or processes.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from lockstep.host.clock import Clock, SystemClock
from lockstep.host.process import Processes, SystemProcesses


class Host(msgspec.Struct, frozen=True):
    """The world: processes, clock, the environment as found, the folder for tools, and the number of processors.

    temporary: where private folders of tools are made. It is outside of every repository: what a tool or a test does in
    one must not find the repository's git, nor its configuration, in the folders around. locks: what programs that write to
    the world hold as well (`files.locked`).
    """

    processes: Processes
    clock: Clock
    environ: Mapping[str, str]
    store: Path
    cpus: int
    python: str
    temporary: Path = msgspec.field(default_factory=lambda: Path(tempfile.gettempdir()))
    locks: tuple[int, ...] = ()


def system() -> Host:
    """Return this machine. The store is `LOCKSTEP_STORE`, or `lockstep` in the user's cache folder.

    The environment always names the store, so that tests which are passed the variable (lockstep.toml,
    `[environment] passed`) use the same one, whatever their HOME is.
    """
    import os  # noqa: PLC0415 - read once, here
    import sys  # noqa: PLC0415

    from lockstep.host.files import user_cache  # noqa: PLC0415

    named = os.environ.get("LOCKSTEP_STORE")
    store = Path(named).absolute() if named else user_cache()
    return Host(
        processes=SystemProcesses(),
        clock=SystemClock(),
        environ={**os.environ, "LOCKSTEP_STORE": str(store)},
        store=store,
        cpus=available_cpus(),
        python=sys.executable,
    )


def available_cpus() -> int:
    """Return how many processors this process may use (its affinity, where the system tells)."""
    import os  # noqa: PLC0415

    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
