"""Downloads over HTTP: bounded in time and size, whole or not at all, tried again where trying again can help."""

import errno
import http.client
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial
from pathlib import Path

import msgspec

from lockstep.host.files import giving_up
from lockstep.toolchain.archives import LARGEST_FILE
from lockstep.toolchain.site import SourceError

_TRIES = 3
_CHUNK = 1 << 18
_SERVER_ERROR = 500
_PATIENCE = 0.2
# A fault of this machine, whatever the server does.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Limits(msgspec.Struct, frozen=True):
    """How many seconds without a byte are too many, how many seconds in all, and how many bytes."""

    silence: float = 60.0
    seconds: float = 1800.0
    size: int = LARGEST_FILE


_USUAL = Limits()


def fetch(url: str, target: Path, progress: Callable[[float], None], *, limits: Limits = _USUAL) -> None:
    """Write what `url` serves to `target`.

    Proxies and certificates are those of the environment (HTTPS_PROXY, SSL_CERT_FILE).

    Raises:
        SourceError: it cannot be had whole, or this thread gives up waiting; `target` does not exist then.
        OSError: the machine cannot keep it (a full disk).
    """
    stop = giving_up() or threading.Event()

    def going_on(fraction: float) -> None:
        if stop.is_set():
            raise SourceError(f"{url}: interrupted")
        progress(fraction)

    # A server that says nothing cannot be interrupted; a thread that nobody waits for can be left behind.
    outcome: Future[None] = Future()
    work = partial(_settle, outcome, partial(_whole, url, target, going_on, limits))
    threading.Thread(target=work, name="download", daemon=True).start()
    while not outcome.done():
        wait((outcome,), _PATIENCE)
        if stop.is_set():
            target.unlink(missing_ok=True)
            raise SourceError(f"{url}: interrupted")
    outcome.result()


def _settle(outcome: Future[None], work: Callable[[], None]) -> None:
    try:
        work()
    except BaseException as error:  # noqa: BLE001 - handed to whoever waits
        outcome.set_exception(error)
    else:
        outcome.set_result(None)


def _whole(url: str, target: Path, progress: Callable[[float], None], limits: Limits) -> None:
    for attempt in range(_TRIES):
        try:
            _once(url, target, progress, limits)
        except (OSError, ValueError, http.client.HTTPException) as error:
            target.unlink(missing_ok=True)
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            if isinstance(error, OSError) and error.errno in _FULL:
                raise
            if attempt + 1 == _TRIES or not _passing(error):
                raise SourceError(f"{url}: {_why(error)}") from error
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        else:
            return


def _once(url: str, target: Path, progress: Callable[[float], None], limits: Limits) -> None:
    deadline = time.monotonic() + limits.seconds
    request = urllib.request.Request(url, headers={"User-Agent": "lockstep"})  # noqa: S310 - checked by digest
    with urllib.request.urlopen(request, timeout=limits.silence) as answer, target.open("wb") as out:  # noqa: S310
        size, done = int(answer.headers.get("Content-Length") or 0), 0
        # One read of the socket at a time: a server that trickles is seen before the chunk is full.
        while chunk := answer.read1(_CHUNK):
            out.write(chunk)
            done += len(chunk)
            if max(done, size) > limits.size:
                raise SourceError(f"{url}: it is larger than {limits.size} bytes")
            if time.monotonic() > deadline:
                raise SourceError(f"{url}: it took longer than {limits.seconds:.0f} seconds")
            progress(min(done / size, 0.99) if size else -1.0)
    if done < size:
        raise http.client.IncompleteRead(b"", size - done)


def _passing(error: Exception) -> bool:
    """Whether another try may fare better: a broken or slow connection, an overloaded server; not an answer of 404."""
    if isinstance(error, urllib.error.HTTPError):
        return error.code >= _SERVER_ERROR
    reason = getattr(error, "reason", error)
    return isinstance(reason, (http.client.HTTPException, TimeoutError, ConnectionResetError, socket.gaierror))


def _why(error: Exception) -> str:
    if isinstance(error, http.client.IncompleteRead):
        missing = f", {error.expected} bytes are missing" if error.expected else ""
        return f"the download was cut short{missing}"
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code} {error.reason}"
    return str(getattr(error, "reason", "") or error) or type(error).__name__
