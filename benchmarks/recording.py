"""The raw tools: the commands that a run of Lockstep starts, recorded, and run again without Lockstep."""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from lockstep import gates, host
from lockstep.engine import run as engine
from lockstep.engine.request import Request
from lockstep.host.process import Completed, Process, SystemProcesses


class Command(msgspec.Struct, frozen=True):
    """A tool's command line as Lockstep started it. `kept` is a copy of its private folder as it was at the start."""

    process: Process
    scratch: Path
    kept: Path
    seconds: float


class Recorder:
    """Real processes that remember the tools among them: those whose HOME is an action's private folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._real = SystemProcesses()
        self.commands: list[Command] = []

    def run(self, process: Process) -> Completed:
        """Run it, and remember it if it is a tool."""
        scratch = Path(process.env.get("HOME", "/")).parent
        if "-action-" not in scratch.name:
            return self._real.run(process)
        kept = self._folder / f"{len(self.commands)}-{scratch.name}"
        shutil.copytree(scratch, kept, symlinks=True)
        done = self._real.run(process)
        self.commands.append(Command(process, scratch, kept, done.seconds))
        return done

    def cancel(self) -> None:
        """End what runs."""
        self._real.cancel()


def record(root: Path, folder: Path) -> tuple[Command, ...]:
    """Run every gate in the repository at `root` and return what tools it started, longest first."""
    recorder = Recorder(folder)
    machine = msgspec.structs.replace(host.system(), processes=recorder, cpus=1)
    known = gates.discover()
    engine.run(machine, root, Request(gates=tuple(known), known=known), lambda _: None)
    return tuple(sorted(recorder.commands, key=lambda command: -command.seconds))


@contextlib.contextmanager
def ready(commands: Sequence[Command]) -> Iterator[None]:
    """Put the commands' private folders back for as long as the context lasts."""
    for command in commands:
        shutil.copytree(command.kept, command.scratch, symlinks=True, dirs_exist_ok=True)
    try:
        yield
    finally:
        for command in commands:
            shutil.rmtree(command.scratch, ignore_errors=True)


def packed(commands: Sequence[Command], cpus: int) -> float:
    """Run the commands on `cpus` processors, longest first, and return the seconds that all of them took."""
    with ready(commands), ThreadPoolExecutor(cpus) as pool:
        started = time.monotonic()
        list(pool.map(_run, commands))
        return time.monotonic() - started


def _run(command: Command) -> None:
    process = command.process
    subprocess.run(
        process.argv,
        cwd=process.cwd,
        env=dict(process.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
