"""A real Fulcio on loopback, which believes one issuer of tokens, a real timestamp authority, and a real log (Rekor v2)."""

import base64
import contextlib
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.e2e.registries import free_port
from tests.evidence import making
from tests.evidence.serving import Issuer, Json

_PATIENCE = 30.0
_ORIGIN = "rekor.example"
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
    with _serving(argv, folder, f"http://127.0.0.1:{port}/api/v2/trustBundle"):
        yield Fulcio(f"http://127.0.0.1:{port}", folder / "log")


class Stamper(NamedTuple):
    """The address of a timestamp authority, and the certificates (PEM) that it is believed by, its own first."""

    url: str
    chain: bytes

    def trusted_root(self) -> Json:
        """Return a trusted root that names it, and for all else the authorities of the tests."""
        found = making.trusted_root()
        ders = [each.public_bytes(serialization.Encoding.DER) for each in x509.load_pem_x509_certificates(self.chain)]
        raw = [{"rawBytes": base64.b64encode(each).decode()} for each in ders]
        found["timestampAuthorities"][0]["certChain"]["certificates"] = raw
        return found


@contextlib.contextmanager
def stamper(program: tuple[str, ...], folder: Path) -> Iterator[Stamper]:
    """Yield a timestamp authority with keys of its own; it has ended afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    argv = (*program, "serve", "--host=127.0.0.1", f"--port={port}", "--timestamp-signer=memory")
    url = f"http://127.0.0.1:{port}/api/v1/timestamp"
    with _serving((*argv, "--disable-ntp-monitoring"), folder, f"{url}/certchain") as chain:
        yield Stamper(url, chain)


class Rekor(NamedTuple):
    """The address of a log, and its key (DER)."""

    url: str
    spki: bytes

    def trusted_root(self, bundle: bytes) -> Json:
        """Return a trusted root that names it by the id in a bundle, and for all else the authorities of the tests."""
        found = making.trusted_root()
        (entry,) = json.loads(bundle)["verificationMaterial"]["tlogEntries"]
        key = {"rawBytes": base64.b64encode(self.spki).decode(), "keyDetails": "PKIX_ED25519"}
        days = found["tlogs"][0]["publicKey"]["validFor"]
        found["tlogs"] = [
            {
                "baseUrl": f"https://{_ORIGIN}",
                "hashAlgorithm": "SHA2_256",
                "publicKey": {**key, "validFor": days},
                "logId": entry["logId"],
            }
        ]
        return found


@contextlib.contextmanager
def rekor(program: tuple[str, ...], folder: Path) -> Iterator[Rekor]:
    """Yield a log that keeps its entries in `folder`; it has ended afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ed25519.Ed25519PrivateKey.generate()
    pem, form, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, form, plain))
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    port = free_port()
    argv = (
        *(*program, "serve", f"--http-port={port}", f"--grpc-port={free_port()}", f"--http-metrics-port={free_port()}"),
        *(f"--hostname={_ORIGIN}", f"--storage-dir={folder}/entries", f"--signer-filepath={folder}/key.pem"),
        *("--checkpoint-interval=100ms", "--batch-max-age=10ms"),
    )
    with _serving(argv, folder, f"http://127.0.0.1:{port}/healthz"):
        yield Rekor(f"http://127.0.0.1:{port}", spki)


@contextlib.contextmanager
def _serving(argv: tuple[str, ...], folder: Path, url: str) -> Iterator[bytes]:
    """Run a server that keeps its log in `folder`, and yield what it says at `url` once it answers; it has ended afterwards."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(argv, stdout=log, stderr=log, env=env, cwd=folder)
        try:
            yield _answer(url, server, folder / "log")
        finally:
            server.terminate()
            server.wait(_PATIENCE)


def _answer(url: str, server: "subprocess.Popen[bytes]", log: Path) -> bytes:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 - loopback
            return bytes(answer.read())
        time.sleep(0.05)
    raise AssertionError(f"the server did not start: {log.read_text('utf-8', 'replace')}")
