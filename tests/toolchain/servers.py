"""Registries on loopback: a Python package index, an npm registry, a Go module proxy and a vendor, in one server."""

import base64
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from tests.serving import Handler, running

Mode = Literal["w", "w:gz", "w:xz", "w:bz2"]
Answer = bytes | Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """Serves `answers` by path, and remembers what was asked for."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.closing = threading.Event()
        self._wheels: dict[str, list[str]] = {}
        self._versions: dict[str, dict[str, Any]] = {}
        self._modules: dict[str, list[str]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are what some tests are about."""

    def asked_for(self, path: str) -> int:
        return self.asked.count(path)

    def wheel(self, path: Path) -> str:
        """Put a wheel into the index and return its line of a requirements file."""
        name, version = path.name.split("-")[:2]
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        self.answers[f"/files/{path.name}"] = data
        links = self._wheels.setdefault(name, [])
        links.append(f'<a href="/files/{path.name}#sha256={digest}">{path.name}</a>')
        self.answers[f"/simple/{name}/"] = f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>".encode()
        return f"{name}=={version} \\\n    --hash=sha256:{digest}\n"

    def npm(self, name: str, version: str, files: Mapping[str, bytes]) -> str:
        """Put a package into the npm registry and return its digest."""
        tarball = tar({f"package/{path}": data for path, data in files.items()}, "w:gz")
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
        path = f"/npm/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
        self.answers[path] = tarball
        versions = self._versions.setdefault(name, {})
        versions[version] = {
            "name": name,
            "version": version,
            "dist": {"tarball": self.url + path, "integrity": integrity},
        }
        packument = {"name": name, "dist-tags": {"latest": version}, "versions": versions}
        self.answers[f"/npm/{name}"] = json.dumps(packument).encode()
        return integrity

    def go(self, module: str, version: str, files: Mapping[str, str]) -> str:
        """Put a module (`v1.0.0`) into the proxy and return its h1 sum."""
        texts = {"go.mod": f"module {module}\n\ngo 1.20\n", **files}
        stem = f"/go/{module}/@v/{version}"
        info = json.dumps({"Version": version, "Time": "2026-01-01T00:00:00Z"}).encode()
        content = {f"{module}@{version}/{name}": text.encode() for name, text in texts.items()}
        versions = self._modules.setdefault(module, [])
        versions.append(version)
        self.answers |= {
            f"/go/{module}/@v/list": "\n".join(versions).encode(),
            f"/go/{module}/@latest": info,
            f"{stem}.info": info,
            f"{stem}.mod": texts["go.mod"].encode(),
            f"{stem}.zip": zipped(content),
        }
        return module_sum(content)


class _Handler(Handler):
    server: Server

    def do_GET(self) -> None:  # noqa: N802 - the names that the library calls
        path = unquote(urlsplit(self.path).path)
        if self.command == "GET":
            self.server.asked.append(path)
        answer = self.server.answers.get(path)
        if answer is None:
            self.send_error(404)
        elif callable(answer):
            answer(self)
        else:
            self.send_response(200)
            self.send_header("Content-Type", _kind(path))
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(answer)

    def do_HEAD(self) -> None:  # noqa: N802
        self.do_GET()


def _kind(path: str) -> str:
    return "text/html" if path.startswith("/simple/") else "application/octet-stream"


@contextmanager
def serving() -> Iterator[Server]:
    """Yield a server on a free port of loopback."""
    server = Server()
    with running(server):
        try:
            yield server
        finally:
            server.closing.set()


def hang(handler: BaseHTTPRequestHandler) -> None:
    """Promise a megabyte, send ten bytes, and say no more until the server closes."""
    _begin(handler, 1_000_000)
    handler.wfile.write(b"0123456789")
    handler.wfile.flush()
    handler.server.closing.wait()  # type: ignore[attr-defined]


def cut(handler: BaseHTTPRequestHandler) -> None:
    """Promise a hundred bytes, send ten, and hang up."""
    _begin(handler, 100)
    handler.wfile.write(b"0123456789")
    handler.close_connection = True


def _begin(handler: BaseHTTPRequestHandler, length: int) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()


def tar(files: Mapping[str, bytes], mode: Mode = "w") -> bytes:
    """Return a tar archive of plain files."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def module_sum(content: Mapping[str, bytes]) -> str:
    """Return the h1 sum of a module's files, as golang.org/x/mod/sumdb/dirhash describes it."""
    lines = "".join(f"{hashlib.sha256(content[name]).hexdigest()}  {name}\n" for name in sorted(content))
    return "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


def sha256(data: bytes) -> str:
    """Return a digest as the tool lock writes it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
