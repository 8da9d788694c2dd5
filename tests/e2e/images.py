"""Container images put together without Docker: a Debian with one package of its own and one of Python's, in two notations."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

from lockstep.artifacts.layout import marks

_STATUS = """Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc
Version: {glibc}
Maintainer: Debian
Description: GNU C Library: Shared libraries

"""
_METADATA = "Metadata-Version: 2.1\nName: PyYAML\nVersion: {pyyaml}\n\n"
_RELEASE = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'


def files(*, glibc: str, pyyaml: str) -> dict[str, bytes]:
    """Return what lies in the image: glibc from Debian 12, PyYAML installed by pip."""
    return {
        "etc/debian_version": b"12.5\n",
        "etc/os-release": _RELEASE.encode(),
        "var/lib/dpkg/status": _STATUS.format(glibc=glibc).encode(),
        f"usr/lib/python3/dist-packages/PyYAML-{pyyaml}.dist-info/METADATA": _METADATA.format(pyyaml=pyyaml).encode(),
    }


DIRTY = files(glibc="2.36-9+deb12u1", pyyaml="5.3.1")
CLEAN = files(glibc="2.36-9+deb12u9", pyyaml="6.0.2")


def archive(content: Mapping[str, bytes], target: Path) -> None:
    """Write an image as `docker save` does."""
    layer = _tar(content)
    config = _config(layer)
    manifest = [{"Config": "config.json", "RepoTags": ["shop.example/till:1"], "Layers": ["layer.tar"]}]
    members = {"manifest.json": json.dumps(manifest).encode(), "config.json": config, "layer.tar": layer}
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_tar(members))


def layout(content: Mapping[str, bytes], folder: Path) -> None:
    """Write an image as an OCI Image Layout 1.1."""
    layer = _tar(content)
    blobs = {
        "application/vnd.oci.image.layer.v1.tar": layer,
        "application/vnd.oci.image.config.v1+json": _config(layer),
    }
    named = {kind: _descriptor(kind, data) for kind, data in blobs.items()}
    image = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": named["application/vnd.oci.image.config.v1+json"],
        "layers": [named["application/vnd.oci.image.layer.v1.tar"]],
    }
    manifest = json.dumps(image).encode()
    store = folder / "blobs" / "sha256"
    store.mkdir(parents=True, exist_ok=True)
    for data in (*blobs.values(), manifest):
        (store / hashlib.sha256(data).hexdigest()).write_bytes(data)
    for name, mark in marks(manifest).items():
        (folder / name).write_bytes(mark)


def _descriptor(kind: str, data: bytes) -> dict[str, object]:
    return {"mediaType": kind, "digest": f"sha256:{hashlib.sha256(data).hexdigest()}", "size": len(data)}


def _config(layer: bytes) -> bytes:
    rootfs = {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]}
    return json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs}).encode()


def _tar(content: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as opened:
        for name, data in content.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            opened.addfile(info, io.BytesIO(data))
    return buffer.getvalue()
