"""A reverse proxy on loopback that lets a test hear, hold up, break or refuse each request to a real server."""

import contextlib
import http.client
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer

import msgspec

from tests.serving import Handler, running

_LIMIT = 30
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "date", "server"})
_WRITES = frozenset({"PUT", "POST", "PATCH", "DELETE"})


class Seen(msgspec.Struct, frozen=True):
    """One request, and the status that its server gave it; 0 where it never came that far. call: what AWS is asked for.

    auth: who asks, as HTTP has it.
    """

    method: str
    path: str
    status: int = 0
    call: str = ""
    auth: str = ""

    @property
    def writes(self) -> bool:
        return self.method in _WRITES and not self.call


class Broken(Exception):  # noqa: N818 - what is raised is the fault itself
    """Cut the connection without an answer; `after` the server has done what was asked, or before."""

    def __init__(self, *, after: bool = False) -> None:
        super().__init__()
        self.after = after


class Refused(Exception):  # noqa: N818
    """Answer with a status, without asking the server. challenge: how to say who asks (WWW-Authenticate)."""

    def __init__(self, status: int, challenge: str = "") -> None:
        super().__init__()
        self.status = status
        self.headers = [("Content-Type", "text/plain"), *([("WWW-Authenticate", challenge)] if challenge else [])]


Fault = Callable[[Seen], None]


def healthy(_: Seen) -> None:
    """Do nothing."""


class Proxy:
    """Where it listens (`url`), what it has seen, and the fault that it plays: a function that may raise, or wait."""

    def __init__(self, address: str, upstream: str) -> None:
        self.address = address
        self.upstream = upstream
        self.seen: list[Seen] = []
        self.fault: Fault = healthy

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def written(self) -> list[str]:
        """Return the paths of requests that wrote something and succeeded."""
        return [each.path for each in self.seen if each.writes and 200 <= each.status < 300]


@contextlib.contextmanager
def proxied(upstream: str) -> Iterator[Proxy]:
    """Yield a proxy before `host:port`; it has ended afterwards."""
    server = _Server(("127.0.0.1", 0), _Handler)
    proxy = Proxy(f"127.0.0.1:{server.server_address[1]}", upstream)
    server.proxy = proxy
    with running(server):
        yield proxy


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: Proxy


class _Handler(Handler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _forward(self) -> None:
        proxy = self.server.proxy
        call, auth = (self.headers.get(name, "") for name in ("X-Amz-Target", "Authorization"))
        request = Seen(self.command, self.path, call=call, auth=auth)
        body = self._body()
        try:
            proxy.fault(request)
            status, headers, answer = self._asked(proxy.upstream, body)
        except Refused as refused:
            status, headers, answer = refused.status, refused.headers, b""
        except Broken as broken:
            if broken.after:
                request = msgspec.structs.replace(request, status=self._asked(proxy.upstream, body)[0])
            proxy.seen.append(request)
            self.close_connection = True
            return
        proxy.seen.append(msgspec.structs.replace(request, status=status))
        with contextlib.suppress(OSError):  # whoever asked may be gone
            self._answer(status, headers, answer)

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = _forward  # noqa: N815 - the library's names

    def _asked(self, upstream: str, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        link = http.client.HTTPConnection(upstream, timeout=_LIMIT)
        with contextlib.closing(link):
            headers = {name: value for name, value in self.headers.items() if name.lower() not in {*_HOP, "expect"}}
            link.request(self.command, self.path, body, headers | {"Content-Length": str(len(body))})
            answer = link.getresponse()
            return answer.status, answer.getheaders(), answer.read()

    def _answer(self, status: int, headers: list[tuple[str, str]], answer: bytes) -> None:
        self.send_response(status)
        whole = self.command == "HEAD"
        for name, value in headers:
            if name.lower() not in _HOP and (whole or name.lower() != "content-length"):
                self.send_header(name, value)
        if not whole:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)
