"""A real Fulcio on loopback, which believes one issuer of tokens."""

import contextlib
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives import serialization

from tests.e2e.registries import free_port
from tests.evidence import making
from tests.evidence.serving import Issuer

_PATIENCE = 30.0
_PASSWORD = "only-for-this-test"  # noqa: S105 - of a key that lasts as long as a test


class Fulcio(NamedTuple):
    """Its address, and its log, which says what it does not tell whoever asks."""

    url: str
    log: Path


@contextlib.contextmanager
def fulcio(program: tuple[str, ...], folder: Path, issuer: Issuer) -> Iterator[Fulcio]:
    """Yield a Fulcio, which is the authority `making.cast().fulcio` and knows no transparency log; it has ended afterwards."""
    own = {"IssuerURL": issuer.url, "ClientID": "sigstore", "Type": "github-workflow"}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"OIDCIssuers": {issuer.url: own}}), encoding="utf-8")
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    sealed = serialization.BestAvailableEncryption(_PASSWORD.encode())
    authority = making.cast().fulcio
    (folder / "ca.key").write_bytes(authority.key.private_bytes(pem, form, sealed))
    (folder / "ca.pem").write_bytes(authority.certificate.public_bytes(pem))
    port = free_port()
    argv = (
        *(*program, "serve", "--ct-log-url=", f"--config-path={folder}/config.json"),
        *("--ca=fileca", f"--fileca-cert={folder}/ca.pem", f"--fileca-key={folder}/ca.key"),
        *(f"--fileca-key-passwd={_PASSWORD}", "--fileca-watch=false"),
        *("--host=127.0.0.1", f"--port={port}", "--grpc-host=127.0.0.1", f"--grpc-port={free_port()}"),
        *(f"--metrics-port={free_port()}", f"--legacy-unix-domain-socket={folder}/socket"),
    )
    env = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(argv, stdout=log, stderr=log, env=env, cwd=folder)
        try:
            _await(f"http://127.0.0.1:{port}/api/v2/trustBundle", server, folder / "log")
            yield Fulcio(f"http://127.0.0.1:{port}", folder / "log")
        finally:
            server.terminate()
            server.wait(_PATIENCE)


def _await(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1):  # noqa: S310 - loopback
            return
        time.sleep(0.05)
    raise AssertionError(f"Fulcio did not start: {log.read_text('utf-8', 'replace')}")
