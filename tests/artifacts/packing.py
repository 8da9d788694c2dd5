"""Archives and images as a test wants them."""

import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from typing import Any

from lockstep.artifacts.layout import Blobs, Descriptor

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"


def tar(content: Mapping[str, bytes], *, packed: bool = False, **fields: Any) -> bytes:  # noqa: ANN401 - of TarInfo
    """Return a tar of files; a name that ends with `/` is a folder. `fields` are set on every member."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in content.items():
            info = tarfile.TarInfo(name.rstrip("/"))
            info.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            info.size = len(data)
            for field, value in fields.items():
                setattr(info, field, value)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0) if packed else buffer.getvalue()


def wheel(content: Mapping[str, bytes], *, year: int = 2020, mode: int = 0o644) -> bytes:
    """Return a ZIP archive of files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in content.items():
            info = zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0))
            info.external_attr = mode << 16
            archive.writestr(info, data)
    return buffer.getvalue()


class Store:
    """Blobs by digest, in memory."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    def put(self, data: bytes, kind: str, **more: object) -> dict[str, Any]:
        digest = hashlib.sha256(data).hexdigest()
        self.content[digest] = data
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data), **more}

    @property
    def blobs(self) -> Blobs:
        return lambda digest: io.BytesIO(self.content[digest])


def image(store: Store, *layers: bytes, **settings: Any) -> Descriptor:  # noqa: ANN401 - JSON
    """Put an image into `store`. `settings` become its configuration."""
    about = {"os": "linux", "architecture": "amd64", **settings}
    config = store.put(json.dumps(about).encode(), "application/vnd.oci.image.config.v1+json")
    named = [store.put(layer, "application/vnd.oci.image.layer.v1.tar") for layer in layers]
    manifest = {"schemaVersion": 2, "mediaType": _MANIFEST, "config": config, "layers": named}
    return descriptor(store.put(json.dumps(manifest).encode(), _MANIFEST))


def index(store: Store, *images: Descriptor) -> Descriptor:
    """Put an index of several images into `store`."""
    named = [{"mediaType": each.media_type, "digest": each.digest, "size": each.size} for each in images]
    return descriptor(store.put(json.dumps({"schemaVersion": 2, "manifests": named}).encode(), _INDEX))


def descriptor(named: Mapping[str, Any]) -> Descriptor:
    return Descriptor(named["mediaType"], named["digest"], named["size"])
