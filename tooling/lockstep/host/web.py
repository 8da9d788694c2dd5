"""Asking web services, with a token that goes nowhere else."""

import http.client
import time
import urllib.request
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from lockstep.errors import RunError

_LIMIT = 30.0
_LARGEST = 32 * 1024 * 1024
_CHUNK = 1 << 16
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_MISSING = 404
_REMEDY = "try again later: what has been done is not done again"


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """Hands over every answer: a refusal says why, and a redirect would carry a token to another address."""

    def http_response(self, request: urllib.request.Request, response: http.client.HTTPResponse) -> Any:  # noqa: ANN401, ARG002 - as its base
        """Return the answer."""
        return response

    https_response = http_response


class Answer(NamedTuple):
    """What a service said: HTTP's status, its reason, and the body."""

    status: int
    reason: str
    body: bytes

    @property
    def good(self) -> bool:
        """Whether the service did as it was asked."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own numbers


def ask(
    url: str,
    headers: Mapping[str, str],
    *,
    token: str = "",
    body: bytes | None = None,
    timeout: float = _LIMIT,
    name: str = "the service",
) -> Answer:
    """Return what the service answers to a GET, or to a POST of `body`. No redirect is followed.

    token: shown as a bearer's, only to https or to this machine. timeout: in seconds, for the whole answer once it has begun,
    and for whatever comes before that. name: how the service is called in errors.

    Raises:
        RunError: it cannot be reached, or has not answered in time.
    """
    scheme, host = _parts(url)
    if token and scheme != "https" and host not in _LOOPBACK:
        raise RunError("a token is only sent by https", where=url)
    known = {"User-Agent": "lockstep", **headers, **({"Authorization": f"Bearer {token}"} if token else {})}
    try:
        request = urllib.request.Request(url, body, known)  # noqa: S310 - checked above
        with urllib.request.build_opener(_AsItIs).open(request, timeout=timeout) as answer:
            return Answer(answer.status, answer.reason, _read(answer, timeout))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise RunError(f"{name} did not answer as it should", where=url, why=_why(error), remedy=_REMEDY) from error


def get_json(url: str, token: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON that GitHub answers; None where it says that there is no such thing (404).

    Raises:
        RunError: it cannot be reached, refuses, or does not answer with JSON.
    """
    answer = ask(url, {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}, token=token)
    if answer.status == _MISSING:
        return None
    if not answer.good:
        raise RunError("the service refused", where=url, why=f"HTTP {answer.status} {answer.reason}")
    try:
        return msgspec.json.decode(answer.body)
    except msgspec.DecodeError as error:
        raise RunError("the service did not answer as it should", where=url, why=str(error)) from error


def _parts(url: str) -> tuple[str, str]:
    """Return scheme and host of an address of the web."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise RunError("it is no address of a web service", where=url, why=str(error)) from error
    if parts.scheme not in {"http", "https"}:
        raise RunError("it is no address of a web service", where=url)
    return parts.scheme, parts.hostname or ""


def _read(answer: http.client.HTTPResponse, timeout: float) -> bytes:
    """Return the body, unless it comes too slowly or is too large."""
    deadline = time.monotonic() + timeout
    found = bytearray()
    while chunk := answer.read1(_CHUNK):
        found += chunk
        if time.monotonic() > deadline:
            raise TimeoutError(f"the answer was not complete after {timeout:g} s")
        if len(found) > _LARGEST:
            raise ValueError(f"the answer is larger than {_LARGEST} bytes")
    return bytes(found)


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    return str(reason or error) or type(error).__name__
