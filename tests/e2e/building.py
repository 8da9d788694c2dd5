"""A real BuildKit and a registry with a base image, on loopback."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from socket import AF_UNIX
from socket import socket as connecting
from typing import NamedTuple

import docker

from tests.artifacts.packing import tar
from tests.e2e import images
from tests.e2e.registries import push_layout, registry

_PATIENCE = 60.0
_ROOTFS = {"etc/passwd": b"root:x:0:0:root:/root:/bin/false\n", "usr/share/base": b"a base\n"}
_BOUNDED = Path(__file__).with_name("bounded_runc.py")
# BuildKit wants a runtime for RUN; without one (Debian's runc or crun) an image of mere copies still builds.
_RUNTIMES = ("buildkit-runc", "runc", "crun")


@contextlib.contextmanager
def dockerd() -> Iterator[str]:
    """Yield the address of a Docker daemon of its own; it has ended afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="docker-"))  # a short path, for its sockets are in it
    try:
        yield from _dockerd(folder)
    finally:
        for mounted in (line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()):
            if mounted.startswith(f"{folder}/"):
                subprocess.run((*_AS_ROOT, "umount", "--lazy", mounted), check=False)
        subprocess.run((*_AS_ROOT, "rm", "-rf", "--one-file-system", str(folder)), check=False)


def _dockerd(folder: Path) -> Iterator[str]:
    socket = folder / "docker.sock"
    argv = (
        *(*_AS_ROOT, _found("dockerd") or "dockerd", "--host", f"unix://{socket}", "--group", str(os.getgid())),
        *("--data-root", str(folder / "data"), "--exec-root", str(folder / "exec"), "--pidfile", str(folder / "pid")),
        *("--iptables=false", "--ip6tables=false", "--bridge=none"),
        *(f"--add-runtime=bounded={_BOUNDED}", "--default-runtime=bounded"),
    )
    with _serving(argv, folder, socket):
        yield f"unix://{socket}"


def has_docker() -> bool:
    """Whether Docker's daemon is installed here."""
    return _found("dockerd") is not None


class Yard(NamedTuple):
    """The address of a BuildKit, and the reference of a base image by digest."""

    builder: str
    base: str


@contextlib.contextmanager
def buildkit(program: tuple[str, ...], folder: Path) -> Iterator[str]:
    """Yield the address of a BuildKit that keeps its state in `folder`; it has ended afterwards. It runs as root."""
    folder.mkdir(parents=True, exist_ok=True)
    socket = folder / "buildkitd.sock"
    runtime = next((found for name in _RUNTIMES if (found := _found(name))), shutil.which("true") or "true")
    argv = (
        *(*_AS_ROOT, *program, "--root", str(folder / "root"), "--addr", f"unix://{socket}"),
        *("--group", str(os.getgid())),
        *("--containerd-worker=false", "--oci-worker-snapshotter=native", f"--oci-worker-binary={runtime}"),
    )
    with _serving(argv, folder, socket):
        yield f"unix://{socket}"


@contextlib.contextmanager
def _serving(argv: tuple[str, ...], folder: Path, socket: Path) -> Iterator[None]:
    """Run a daemon that keeps its state in `folder`, once it answers at `socket`; it has ended afterwards."""
    env = {"PATH": _PATH, "HOME": str(folder), "TMPDIR": str(folder)}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(argv, stdout=log, stderr=log, env=env, cwd=folder)
        try:
            _await(socket, server, folder / "log")
            yield
        finally:
            server.terminate()
            server.wait(_PATIENCE)


_AS_ROOT = () if os.geteuid() == 0 else ("sudo", "--non-interactive", "--")
_PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"


def _found(name: str) -> str | None:
    return shutil.which(name, path=_PATH)


def can_run() -> bool:
    """Whether steps of a Dockerfile can run programs here."""
    return any(_found(name) for name in _RUNTIMES)


def _await(socket: Path, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), connecting(AF_UNIX) as probe:
            probe.connect(str(socket))
            return
        time.sleep(0.05)
    raise AssertionError(f"{socket.stem} did not start: {log.read_text('utf-8', 'replace')}")


def imported(client: docker.DockerClient, name: str, *programs: Path) -> None:
    """Import an image of static programs alone, which runs the first of them."""
    archive = tar({"tmp/": b"", **{f"usr/bin/{each.name}": each.read_bytes() for each in programs}}, mode=0o755)
    settings = [f'ENTRYPOINT ["{programs[0].name}"]', "ENV PATH=/usr/bin"]
    repository, _, tag = name.partition(":")
    client.api.import_image_from_data(archive, repository=repository, tag=tag, changes=settings)


def pushed(address: str, folder: Path, content: Mapping[str, bytes] | None = None) -> str:
    """Push a small base image to the registry at `address` and return its reference by digest."""
    images.layout(content or _ROOTFS, folder)
    return push_layout(f"{address}/base/python:3", folder)


@contextlib.contextmanager
def yard(tool: Callable[[str], tuple[str, ...]], folder: Path) -> Iterator[Yard]:
    """Yield a BuildKit and a base image that it can pull."""
    with (
        registry(tool("registry"), folder / "registry") as address,
        buildkit(tool("buildkit"), folder / "buildkit") as builder,
    ):
        yield Yard(builder, pushed(address, folder / "base"))
