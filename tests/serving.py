"""Web services on loopback, for as long as a test needs them."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Asked(NamedTuple):
    """A request: path with its query, who asks (the header Authorization), and its body."""

    path: str
    authorization: str
    body: bytes


class Said(NamedTuple):
    """An answer; `elsewhere` is an address to go to instead (the header Location)."""

    body: bytes
    status: int = 200
    kind: str = "application/json"
    elsewhere: str = ""


Service = Callable[[Asked], Said]


class Handler(BaseHTTPRequestHandler):
    """Answers without delay, and says nothing of it."""

    # An answer's body would wait for its headers to be acknowledged, which takes 40 ms.
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served(service: Service) -> Iterator[str]:
    """Yield the address of a service; it has ended afterwards."""

    class Answering(Handler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            said = service(Asked(self.path, self.headers.get("Authorization", ""), asked))
            with contextlib.suppress(OSError):  # whoever asked may have gone
                self.send_response(said.status)
                self.send_header("Content-Type", said.kind)
                self.send_header("Content-Length", str(len(said.body)))
                if said.elsewhere:
                    self.send_header("Location", said.elsewhere)
                self.end_headers()
                self.wfile.write(said.body)

        def do_GET(self) -> None:
            self.do_POST()

    with listening(Answering) as url:
        yield url


@contextlib.contextmanager
def listening(handler: type[Handler]) -> Iterator[str]:
    """Yield the address of a server of this handler; it has ended afterwards."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with running(server):
        yield f"http://127.0.0.1:{server.server_port}"


@contextlib.contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[None]:
    """Let a server serve; it has ended afterwards."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
