"""Let Syft say what something consists of: as SPDX, and as CycloneDX besides where that is asked for."""

import argparse
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from lockstep.artifacts import layout, sboms
from lockstep.plugin.building.making import BuildError, stored

_SPDX, _CYCLONEDX = ".spdx.json", ".cdx.json"
# Nothing of the user's, and nobody is asked for a newer version.
_QUIET = {"SYFT_CHECK_FOR_APP_UPDATE": "false", "SYFT_QUIET": "true"}


def options(parser: argparse.ArgumentParser) -> None:
    """Declare what a program is told that makes documents."""
    parser.add_argument("--syft", required=True, help="path of Syft")
    parser.add_argument("--cyclonedx", action="store_true", help="each document as CycloneDX as well")


def document(given: argparse.Namespace, source: str, *, name: str, about: str) -> dict[str, Any]:
    """Return what Syft says of `source`, in its own notation (`dir:PATH`, `oci-dir:PATH`), as SPDX.

    given: `options`, `epoch` and `scratch` of a program. about: the digest of what the document is about.

    Raises:
        BuildError: Syft gives up, or writes what is no document.
    """
    words = ("scan", source, "--source-name", name, "--source-version", about, "--output", "spdx-json")
    said = _syft(given, name, *words)
    try:
        return sboms.normal(said, name=name, about=about, epoch=given.epoch)
    except ValueError as error:
        raise BuildError(f"Syft's list of what {name} consists of cannot be read: {error}") from error


def _syft(given: argparse.Namespace, name: str, *words: str) -> bytes:
    done = subprocess.run(
        (given.syft, *words), cwd=given.scratch, env={**os.environ, **_QUIET}, capture_output=True, check=False
    )
    sys.stderr.write(done.stderr.decode("utf-8", "replace"))
    if done.returncode:
        raise BuildError(f"Syft could not list what {name} consists of; it says why above")
    return done.stdout


def kept(given: argparse.Namespace, made: dict[str, Any], *, name: str, subject: str = "") -> list[dict[str, Any]]:
    """Keep a document by its digest, in every notation that is asked for; return its parts of the report.

    Raises:
        BuildError: Syft cannot say the same as CycloneDX.
    """
    path: Path = given.scratch / f"{name}{_SPDX}"
    path.write_bytes(sboms.packed(made))
    paths = [path]
    if given.cyclonedx:
        said = _syft(given, name, "convert", str(path), "--output", "cyclonedx-json")
        try:
            converted = sboms.cyclonedx(said, made)
        except ValueError as error:
            raise BuildError(f"Syft's CycloneDX document about {name} cannot be read: {error}") from error
        paths.append(given.scratch / f"{name}{_CYCLONEDX}")
        paths[-1].write_bytes(sboms.packed(converted))
    return [_stored(each, given.scratch / "artifacts", subject) for each in paths]


def _stored(path: Path, store: Path, subject: str) -> dict[str, Any]:
    digest, size = stored(path, store)
    return {"name": path.name, "digest": digest, "size": size, "subject": subject}


def of_wheel(given: argparse.Namespace, path: Path, digest: str) -> list[dict[str, Any]]:
    """Return the parts of the report for a wheel's documents; the wheel is looked at as it would be installed."""
    folder = given.scratch / "installed" / path.name
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    made = document(given, f"dir:{folder}", name=path.name, about=digest)
    return kept(given, made, name=path.name, subject=digest)


def of_image(
    given: argparse.Namespace, folder: Path, named: layout.Descriptor, blobs: layout.Blobs
) -> list[dict[str, Any]]:
    """Return the parts of the report for the documents of an image that lies in a layout: one for each platform."""
    images = layout.manifests(named, blobs)
    if images == (named,):
        return _of_platform(given, folder, given.name, named.digest)
    return [
        part
        for each in images
        for part in _of_platform(given, _alone(given, folder, each), _platform_name(given.name, each), named.digest)
    ]


def _of_platform(given: argparse.Namespace, folder: Path, name: str, subject: str) -> list[dict[str, Any]]:
    made = document(given, f"oci-dir:{folder}", name=name, about=subject)
    return kept(given, made, name=name, subject=subject)


def _platform_name(name: str, image: layout.Descriptor) -> str:
    return f"{name}-{str(image.platform or image.blob).replace('/', '-')}"


def _alone(given: argparse.Namespace, folder: Path, image: layout.Descriptor) -> Path:
    """Return a layout with one image of those in `folder`: Syft reads none with several."""
    alone: Path = given.scratch / "platforms" / image.blob
    alone.mkdir(parents=True)
    for name, content in layout.marks((folder / layout.BLOBS / image.blob).read_bytes()).items():
        (alone / name).write_bytes(content)
    (alone / "blobs").symlink_to((folder / "blobs").resolve())
    return alone
