"""Requests and responses as values, read from and written to WSGI (PEP 3333)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIEnvironment

from orders.errors import OrdersError, TooLargeError

MAX_BODY = 65_536


@dataclass(frozen=True, slots=True)
class Request:
    """A request with its whole body; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return a header that must be there.

        Raises:
            OrdersError: it is not.
        """
        value = self.headers.get(name.lower(), "").strip()
        if not value:
            raise OrdersError(f"the header {name} is missing")
        return value

    def json(self) -> object:
        """Return the decoded body.

        Raises:
            OrdersError: it is not JSON in UTF-8.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise OrdersError("the body is not JSON") from error


@dataclass(frozen=True, slots=True)
class Response:
    """A status and what stands in the JSON body; `err_code` is empty where all went well."""

    status: HTTPStatus
    content: Mapping[str, object]
    err_code: str = ""

    @property
    def media_type(self) -> str:
        """The media type: problems are RFC 9457."""
        return "application/problem+json" if self.err_code else "application/json"


def refusal(error: OrdersError) -> Response:
    """Return the problem document (RFC 9457) that tells `error`."""
    content: dict[str, object] = {
        "type": f"urn:orders:{error.code}",
        "title": error.status.phrase,
        "status": int(error.status),
        "detail": str(error),
    }
    if error.problems:
        content["problems"] = [
            {"pointer": problem.pointer, "detail": problem.detail} for problem in error.problems
        ]
    return Response(error.status, content, error.code)


def read(environ: WSGIEnvironment) -> Request:
    """Return the request that a WSGI server describes.

    Raises:
        OrdersError: the length of the body is no number.
        TooLargeError: the body is longer than `MAX_BODY` bytes.
    """
    given = environ.get("CONTENT_LENGTH") or "0"
    if not given.isdecimal():
        raise OrdersError("the header Content-Length is no number")
    length = int(given)
    if length > MAX_BODY:
        raise TooLargeError(f"{length} bytes are more than {MAX_BODY}")
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", "/"),
        headers=headers(environ),
        body=environ["wsgi.input"].read(length) if length else b"",
    )


def headers(environ: WSGIEnvironment) -> dict[str, str]:
    """Return the headers of a request by lower-case name."""
    return {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }


def send(response: Response, start_response: StartResponse) -> Iterable[bytes]:
    """Start the answer and return its body."""
    body = json.dumps(response.content).encode()
    fields = [("Content-Type", response.media_type), ("Content-Length", str(len(body)))]
    start_response(f"{response.status.value} {response.status.phrase}", fields)
    return [body]
