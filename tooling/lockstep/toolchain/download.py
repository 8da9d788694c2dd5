"""Downloads over HTTP: bounded in time, whole or not at all, tried again where trying again can help."""

import http.client
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from lockstep.toolchain.site import SourceError

_TRIES = 3
_SILENCE = 60.0
_CHUNK = 1 << 18
_SERVER_ERROR = 500


def fetch(url: str, target: Path, progress: Callable[[float], None], *, silence: float = _SILENCE) -> None:
    """Write what `url` serves to `target`; `silence` is how many seconds without a byte are too many.

    Proxies and certificates are those of the environment (HTTPS_PROXY, SSL_CERT_FILE).

    Raises:
        SourceError: it cannot be had whole; `target` does not exist then.
    """
    for attempt in range(_TRIES):
        try:
            _once(url, target, progress, silence)
        except (OSError, http.client.HTTPException) as error:
            target.unlink(missing_ok=True)
            if attempt + 1 == _TRIES or not _passing(error):
                raise SourceError(f"{url}: {_why(error)}") from error
        else:
            return


def _once(url: str, target: Path, progress: Callable[[float], None], silence: float) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "lockstep"})  # noqa: S310 - checked by digest
    with urllib.request.urlopen(request, timeout=silence) as answer, target.open("wb") as out:  # noqa: S310
        size, done = int(answer.headers.get("Content-Length") or 0), 0
        while chunk := answer.read(_CHUNK):
            out.write(chunk)
            done += len(chunk)
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
        return f"the download was cut short, {error.expected} bytes are missing"
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code} {error.reason}"
    return str(getattr(error, "reason", "") or error) or type(error).__name__
