"""A real registry on loopback, and what a test pushes to it."""

import contextlib
import hashlib
import io
import json
import os
import socket
import subprocess
import tarfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

_DATABASE = "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip"
_JAVA_INDEX = "application/vnd.aquasec.trivy.javadb.layer.v1.tar+gzip"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.aquasec.trivy.config.v1+json"
_PATIENCE = 30.0


@contextlib.contextmanager
def registry(program: tuple[str, ...], folder: Path, users: str = "") -> Iterator[str]:
    """Yield `host:port` of a registry that keeps its blobs in `folder`; it has ended afterwards.

    users: lines of `name:bcrypt`; nobody else is let in then.
    """
    port = free_port()
    settings: dict[str, object] = {
        "version": 0.1,
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "blobs")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    folder.mkdir(parents=True, exist_ok=True)
    if users:
        (folder / "users").write_text(users, encoding="utf-8")
        settings["auth"] = {"htpasswd": {"realm": "shop", "path": str(folder / "users")}}
    (folder / "config.yml").write_text(json.dumps(settings), encoding="utf-8")
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "OTEL_TRACES_EXPORTER": "none"}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen((*program, "serve", str(folder / "config.yml")), stdout=log, stderr=log, env=env)
        try:
            _await(port, server, folder / "log")
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(_PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"the registry did not start: {log.read_text('utf-8', 'replace')}")


def push_database(reference: str, folder: Path) -> None:
    """Push `trivy.db` and `metadata.json` of `folder` as `host:port/name:tag`, in the form that Trivy downloads."""
    push_layer(reference, packed({path.name: path.read_bytes() for path in folder.iterdir()}))


def push_index(reference: str, content: Mapping[str, bytes]) -> None:
    """Push the files of an index of Java archives, in the form that Trivy downloads."""
    push_layer(reference, packed(content), _JAVA_INDEX)


def push_layer(reference: str, layer: bytes, kind: str = _DATABASE) -> None:
    """Push an artifact of one layer, whatever its bytes are."""
    address, _, rest = reference.partition("/")
    name, _, tag = rest.rpartition(":")
    config = b"{}"
    titled = {"annotations": {"org.opencontainers.image.title": "db.tar.gz"}}
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _blob(address, name, config, _CONFIG),
        "layers": [_blob(address, name, layer, kind) | titled],
    }
    _send("PUT", f"http://{address}/v2/{name}/manifests/{tag}", json.dumps(manifest).encode(), _MANIFEST)


def packed(content: Mapping[str, bytes]) -> bytes:
    """Return files as a compressed tar."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in content.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def push_layout(reference: str, layout: Path) -> str:
    """Push the image of an OCI layout and return its reference by digest."""
    address, _, rest = reference.partition("/")
    name, _, tag = rest.rpartition(":")
    index = json.loads((layout / "index.json").read_bytes())
    digest = index["manifests"][0]["digest"]
    manifest = _read(layout, digest)
    parts = json.loads(manifest)
    for each in (parts["config"], *parts["layers"]):
        _blob(address, name, _read(layout, each["digest"]), each["mediaType"])
    _send("PUT", f"http://{address}/v2/{name}/manifests/{tag}", manifest, parts["mediaType"])
    return f"{address}/{name}@{digest}"


def _read(layout: Path, digest: str) -> bytes:
    return (layout / "blobs" / digest.replace(":", "/")).read_bytes()


def _blob(address: str, name: str, data: bytes, kind: str) -> dict[str, object]:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    place = _send("POST", f"http://{address}/v2/{name}/blobs/uploads/", b"", "application/octet-stream")
    url = urllib.parse.urljoin(f"http://{address}", place)
    joint = "&" if "?" in url else "?"
    _send("PUT", f"{url}{joint}digest={urllib.parse.quote(digest)}", data, "application/octet-stream")
    return {"mediaType": kind, "digest": digest, "size": len(data)}


def _send(method: str, url: str, data: bytes, kind: str) -> str:
    request = urllib.request.Request(url, data, {"Content-Type": kind}, method=method)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310
        return str(answer.headers.get("Location") or "")


@contextlib.contextmanager
def silent() -> Iterator[str]:
    """Yield `host:port` of a server that accepts connections and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"127.0.0.1:{server.getsockname()[1]}"
