"""Asking a web service for JSON, with a token that goes nowhere else."""

import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import msgspec

from lockstep.errors import RunError

_LIMIT = 30.0
_LARGEST = 32 * 1024 * 1024
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Refuses to carry a token to another address."""

    def redirect_request(self, *_: object) -> None:
        """Go nowhere else."""


def get_json(url: str, token: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON that the service answers; None where it says that there is no such thing (404).

    Raises:
        RunError: it cannot be reached, refuses, or does not answer with JSON.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise RunError("a token is only sent by https", where=url)
    headers = {"Accept": "application/vnd.github+json", "User-Agent": "lockstep", "X-GitHub-Api-Version": "2022-11-28"}
    request = urllib.request.Request(url, headers=headers | ({"Authorization": f"Bearer {token}"} if token else {}))  # noqa: S310 - checked above
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=_LIMIT) as answer:
            return msgspec.json.decode(answer.read(_LARGEST))
    except urllib.error.HTTPError as error:
        if error.code == _MISSING:
            return None
        raise RunError("the service refused", where=url, why=f"HTTP {error.code} {error.reason}") from error
    except (OSError, msgspec.DecodeError, ValueError) as error:
        raise RunError("the service did not answer as it should", where=url, why=str(error)) from error


_MISSING = 404
