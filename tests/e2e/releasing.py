"""A repository with a release to publish, and real stores on loopback: a Python index, a registry, and S3 with KMS."""

import contextlib
import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import msgspec
from cryptography.hazmat.primitives import serialization
from moto.server import ThreadedMotoServer

from lockstep import gates
from lockstep.evidence import building, verdicts
from lockstep.evidence.building import Build
from lockstep.evidence.keys import PrivateKey
from lockstep.evidence.signing import KeySigner
from lockstep.evidence.verdicts import Scope
from lockstep.model.artifact import Artifact, ArtifactKind
from lockstep.model.gate import Gate
from lockstep.model.record import GateRecord, RepositoryRecord, RunRecord
from lockstep.model.verdict import Verdict
from tests.e2e import images
from tests.e2e.registries import free_port
from tests.engine.running import git, write
from tests.evidence import making

REGION = "ca-central-1"
GATES = ("lint", "build")
_PATIENCE = 30.0
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_MAX_ATTEMPTS": "1",
    "UV_HTTP_RETRIES": "0",
    "UV_PUBLISH_USERNAME": "ada",
    "UV_PUBLISH_PASSWORD": "open sesame",
}


class Cloud(msgspec.Struct, frozen=True):
    """S3 and KMS at `address` (host:port), and a key's ARN."""

    address: str
    key: str

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def client(self, service: str) -> Any:  # noqa: ANN401 - a client of any service
        make: Any = boto3.client
        secrets = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        return make(service, endpoint_url=self.url, region_name=REGION, **secrets)


@contextlib.contextmanager
def cloud() -> Iterator[Cloud]:
    """Yield a simulator of S3 and KMS."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        made = Cloud(f"{host}:{port}", "")
        yield msgspec.structs.replace(made, key=made.client("kms").create_key()["KeyMetadata"]["Arn"])
    finally:
        server.stop()


@contextlib.contextmanager
def python_index(folder: Path) -> Iterator[str]:
    """Yield `host:port` of a Python index that keeps its files in `folder`."""
    port = free_port()
    folder.mkdir(parents=True)
    argv = (sys.executable, "-m", "pypiserver", "run", "-p", str(port), "-i", "127.0.0.1", "-a", ".", "-P", ".")
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        server = subprocess.Popen((*argv, "--disable-fallback", str(folder)), stdout=log, stderr=log)
        try:
            _await(port, server)
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(_PATIENCE)


def _await(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise AssertionError("the Python index did not start")


class Stores(msgspec.Struct, frozen=True):
    """Addresses (host:port) of the three stores, and the mirror's key."""

    index: str
    registry: str
    cloud: str
    key: str


class Shop(msgspec.Struct, frozen=True):
    """A repository at `root` whose HEAD is the release `v1.2.0`, with a run that built and judged it in `run`."""

    root: Path
    run: Path
    commit: str
    wheel: Artifact
    image: Artifact

    @property
    def bucket(self) -> str:
        return f"mirror-{hashlib.sha256(str(self.root).encode()).hexdigest()[:12]}"

    @property
    def journal(self) -> Path:
        """Where publishing it is remembered."""
        [path] = (self.root / ".lockstep/release").glob("v1.2.0*.json")
        return path

    @property
    def files(self) -> dict[str, bytes]:
        """Return what the run left, by path."""
        return {
            each.relative_to(self.run).as_posix(): each.read_bytes() for each in self.run.rglob("*") if each.is_file()
        }


def shop(root: Path, stores: Stores, name: str = "shop", *, timeout: int = 30) -> Shop:
    """Make the repository; `name` is that of its wheel and its image."""
    root.mkdir(parents=True)
    git(root, "init", "--quiet", "--initial-branch=main")
    made = Shop(root, root / ".lockstep/runs/one", "", _wheel_of(name, b""), _image_of(name, {}))
    (root.parent / "ci.key").write_bytes(private(making.cast().ci))
    files = {"lockstep.toml": _settings(made, stores, timeout), "policy.json": json.dumps(policy())}
    write(root, {**files, ".gitignore": ".lockstep/\n"})
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "feat: a shop")
    git(root, "tag", "--annotate", "--message", "v1.2.0", "v1.2.0")
    return built(made, name)


def built(made: Shop, name: str, source: bytes = b"OPEN = True\n") -> Shop:
    """Let a run build the commit and judge it; other sources become other bytes of the same names."""
    data = _wheel(name, source)
    place = made.run / "artifacts/till" / name
    images.layout({"etc/shop": source}, place)
    image = _image_of(name, {path.name: path.stat().st_size for path in (place / "blobs/sha256").iterdir()}, place)
    wheel = _wheel_of(name, data)
    (made.run / "artifacts/till" / wheel.name).write_bytes(data)
    write(made.run, {"results.sarif": "{}\n", "junit.xml": "<testsuites/>\n", "coverage.xml": "<coverage/>\n"})
    commit, tree = git(made.root, "rev-parse", "HEAD"), git(made.root, "rev-parse", "HEAD^{tree}")
    prove(made.run, record(commit, tree, (wheel, image)))
    latest = made.root / ".lockstep/latest"
    if not latest.is_symlink():
        latest.symlink_to("runs/one")
    return Shop(made.root, made.run, commit, wheel, image)


def record(commit: str, tree: str, artifacts: tuple[Artifact, ...]) -> RunRecord:
    """Return the record of a run in which lint and build had something to judge, and passed."""
    ended = {each.id: Verdict.PASSED if each.id in GATES else Verdict.NOT_APPLICABLE for each in _all()}
    judged = (GateRecord(each.id, each.title, each.stage, ended[each.id], "", "") for each in _all())
    return RunRecord(
        schema_version=1,
        id="one",
        lockstep="0.1.0",
        started=(datetime.now(UTC) - timedelta(minutes=5)).isoformat(timespec="milliseconds"),
        seconds=1.0,
        outcome="passed",
        exit_code=0,
        strict=True,
        repository=RepositoryRecord("shop", commit, tree, "main", dirty=False, mode="working-tree"),
        python="3.11.7",
        platform="linux-x86_64",
        cpus=2,
        gates=tuple(judged),
        actions=(),
        artifacts=artifacts,
        complete=True,
    )


def _all() -> Iterable[Gate]:
    return gates.discover().values()


def prove(run: Path, made: RunRecord, key: PrivateKey | None = None, *, dirty: bool = False) -> None:
    """Write the record of a run and all that it shows, signed."""
    written = msgspec.json.encode(made)
    run.joinpath("run.json").write_bytes(written)
    scope = Scope(making.SOURCE, complete=True, dirty=dirty, tools={})
    build = Build(making.BUILDER, {}, (), (json.dumps(making.sbom()["predicate"]).encode(),))
    said = dict(verdicts.make(made, written, scope))
    for artifact in made.artifacts:
        said |= dict(building.make(made, artifact, build, scope))
    bundles = KeySigner(key or making.cast().ci, "ci.pub").sign(said.values()).bundles
    for name, data in zip(said, bundles, strict=True):
        path = run / "evidence" / f"{name}.sigstore.json"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)


def policy(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of a policy
    """Return the policy by which a shop's releases are judged."""
    return {
        "version": 1,
        "source": making.SOURCE,
        "builders": [making.BUILDER],
        "signers": [{"name": "ci", "key": making.pem(making.cast().ci)}],
        "gates": {"required": list(GATES)},
        **more,
    }


def private(key: PrivateKey) -> bytes:
    """Return a private key in PEM."""
    form = serialization.PrivateFormat.PKCS8
    return key.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def start(root: Path, *words: str, before: tuple[str, ...] = ()) -> "subprocess.Popen[bytes]":
    """Start `lockstep` as a process of its own in the repository; `before` is a program that starts it."""
    argv = (*before, sys.executable, "-c", "from lockstep import cli; cli.main()", *words)
    # What is measured is written to files as well, and a full disk would spoil them.
    spared = {name: value for name, value in os.environ.items() if not (before and name.startswith("COVERAGE_"))}
    return subprocess.Popen(
        argv, cwd=root, env={**spared, **CREDENTIALS}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def _settings(made: Shop, stores: Stores, timeout: int) -> str:
    return f"""\
[repository]
name = "shop"
base = "main"

[evidence]
source = "{making.SOURCE}"
builder = "{making.BUILDER}"
key = "../ci.key"

[release]
policy = "policy.json"
timeout = {timeout}
index = {{ upload = "http://{stores.index}/", simple = "http://{stores.index}/simple/" }}
registry = {{ repository = "{stores.registry}/shop", insecure = true }}

[release.mirror]
bucket = "{made.bucket}"
prefix = "shop/"
key = "{stores.key}"
endpoint = "http://{stores.cloud}"
"""


def _wheel(name: str, source: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = f"{name}-1.2.0.dist-info"
        files = {
            f"{name}/__init__.py": source,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2.0\n".encode(),
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/RECORD": b"",
        }
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path), data)
    return buffer.getvalue()


def _wheel_of(name: str, data: bytes) -> Artifact:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return Artifact("till", ArtifactKind.WHEEL, f"{name}-1.2.0-py3-none-any.whl", digest, len(data), "any")


def _image_of(name: str, sizes: dict[str, int], layout: Path | None = None) -> Artifact:
    index = (
        msgspec.json.decode((layout / "index.json").read_bytes()) if layout else {"manifests": [{"digest": "sha256:0"}]}
    )
    digest = str(index["manifests"][0]["digest"])
    parts = tuple(sorted(f"sha256:{each}" for each in sizes if f"sha256:{each}" != digest))
    return Artifact("till", ArtifactKind.IMAGE, name, digest, sum(sizes.values()), "linux/amd64", parts)
