"""A small server for one container: a thread a request, and an orderly end on SIGTERM."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from socketserver import ThreadingMixIn
from typing import NoReturn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from orders.api import Application

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = "8080"
USAGE_ERROR = 2


class Server(ThreadingMixIn, WSGIServer):
    """A WSGI server whose threads end with it."""

    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    """Leaves the log to the application."""

    def log_message(self, *_: object) -> None:
        """Write nothing: the application wrote its own line."""


def build(host: str, port: int, application: Application) -> WSGIServer:
    """Return a server that listens; port 0 takes any that is free."""
    return make_server(host, port, application, Server, _QuietHandler)


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def main(
    environ: Mapping[str, str] = os.environ,
    serve: Callable[[WSGIServer], None] = WSGIServer.serve_forever,
) -> int:
    """Serve at ORDERS_HOST and ORDERS_PORT until SIGTERM or Ctrl-C; return the exit code."""
    port = environ.get("ORDERS_PORT", DEFAULT_PORT)
    if not port.isdecimal():
        sys.stderr.write(f"ORDERS_PORT is {port!r}; give it a port number\n")
        return USAGE_ERROR
    signal.signal(signal.SIGTERM, _stop)
    host = environ.get("ORDERS_HOST", LOOPBACK)
    with build(host, int(port), Application()) as server, suppress(KeyboardInterrupt):
        serve(server)
    return 0
