"""Running programs: argv lists only, cleared environments, whole process groups ended.

Output goes to unnamed files, not pipes: nothing can fill up and hang, and a program that leaves a child
holding its output open does not keep us waiting.
"""

import contextlib
import os
import select
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Protocol

import msgspec

_OUTPUT_LIMIT = 128 * 1024 * 1024
_GRACE = 2.0


class Process(msgspec.Struct, frozen=True):
    """A request: `argv`, absolute `cwd`, the whole environment, a time limit in seconds (0: none), and standard input.

    locks: those that are to be held until this has ended, even where whoever took them is killed before (`files.locked`).
    """

    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    timeout: float = 0.0
    stdin: bytes = b""
    locks: tuple[int, ...] = ()


class Completed(msgspec.Struct, frozen=True):
    """How it ended. `exit_code` is negative for a signal (-9), 127 where the program could not be started.

    `failure` is "" for a process that ended by itself, else one of timeout, cancelled, output-limit, not-started.
    """

    exit_code: int
    stdout: bytes
    stderr: bytes
    seconds: float = 0.0
    failure: str = ""


class Processes(Protocol):
    """Whoever can run a process."""

    def run(self, process: Process) -> Completed:
        """Run it to its end."""
        ...

    def cancel(self) -> None:
        """End what runs; refuse what comes."""
        ...


class SystemProcesses:
    """Real processes. After `cancel`, those that run are ended and no new one starts."""

    def __init__(self) -> None:
        self._live: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._cancelled = threading.Event()

    def run(self, process: Process) -> Completed:
        """Run to the end, to the time limit, or until cancelled; the whole process group is gone afterwards."""
        import time  # noqa: PLC0415

        started = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, _stdin(process.stdin) as source:
            try:
                child = self._start(process, source, out, err)
            except OSError as error:
                return Completed(127, b"", str(error).encode(), failure="not-started")
            if child is None:
                return Completed(-signal.SIGTERM, b"", b"", failure="cancelled")
            failure = self._wait(child, process.timeout, (out, err))
            return Completed(child.returncode, _read(out), _read(err), time.monotonic() - started, failure)

    def cancel(self) -> None:
        """End every running group and refuse new ones."""
        self._cancelled.set()
        with self._lock:
            live = tuple(self._live)
        for child in live:
            end_group(child)

    def _start(
        self, process: Process, source: IO[bytes] | int, out: IO[bytes], err: IO[bytes]
    ) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._cancelled.is_set():
                return None
            child = subprocess.Popen(
                process.argv,
                cwd=process.cwd,
                env=dict(process.env),
                stdin=source,
                stdout=out,
                stderr=err,
                pass_fds=process.locks,
                start_new_session=True,
            )
            self._live.add(child)
        return child

    def _wait(self, child: subprocess.Popen[bytes], timeout: float, outputs: Sequence[IO[bytes]]) -> str:
        import time  # noqa: PLC0415

        deadline = time.monotonic() + timeout if timeout else None
        failure = ""
        try:
            while not failure:
                slice_ = 1.0 if deadline is None else max(0.01, min(1.0, deadline - time.monotonic()))
                if _ended(child, slice_):
                    break
                # Whoever cancels ends what is running, unless that is interrupted too: people press Ctrl-C twice.
                cancelled = self._cancelled.is_set()
                failure = "cancelled" if cancelled else _overrun(deadline, time.monotonic(), outputs)
        finally:
            end_group(child)
            with self._lock:
                self._live.discard(child)
        return "cancelled" if self._cancelled.is_set() else failure


def _ended(child: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for the child's end, at most so long. Where the system tells it (pidfd, Linux), nothing is polled for."""
    if hasattr(os, "pidfd_open"):
        with contextlib.suppress(OSError), _opened(os.pidfd_open(child.pid)) as handle:
            waiting = select.poll()
            waiting.register(handle, select.POLLIN)
            waiting.poll(seconds * 1000)
            return child.poll() is not None
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(seconds)
    return child.returncode is not None


@contextlib.contextmanager
def _opened(handle: int) -> Iterator[int]:
    try:
        yield handle
    finally:
        os.close(handle)


def end_group(child: subprocess.Popen[bytes]) -> None:
    """End the child and all of its group: SIGTERM, two seconds, SIGKILL. A group that is gone is no error."""
    if child.poll() is None:
        _signal_group(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE)
    _signal_group(child.pid, signal.SIGKILL)
    child.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _overrun(deadline: float | None, now: float, outputs: Sequence[IO[bytes]]) -> str:
    if deadline is not None and now >= deadline:
        return "timeout"
    if any(os.fstat(output.fileno()).st_size > _OUTPUT_LIMIT for output in outputs):
        return "output-limit"
    return ""


def _read(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return stream.read(_OUTPUT_LIMIT)


@contextlib.contextmanager
def _stdin(data: bytes) -> Iterator[IO[bytes] | int]:
    if not data:
        yield subprocess.DEVNULL
        return
    with tempfile.TemporaryFile() as stream:
        stream.write(data)
        stream.seek(0)
        yield stream
