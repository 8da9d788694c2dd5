"""Let Syft say what something consists of."""

import argparse
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from lockstep.artifacts import sboms
from lockstep.plugin.building.making import BuildError, stored

_SUFFIX = ".spdx.json"
# Nothing of the user's, and nobody is asked for a newer version.
_QUIET = {"SYFT_CHECK_FOR_APP_UPDATE": "false", "SYFT_QUIET": "true"}


def document(given: argparse.Namespace, source: str, *, name: str, about: str) -> dict[str, Any]:
    """Return what Syft says of `source`, in its own notation (`dir:PATH`, `oci-dir:PATH`).

    given: the options `syft`, `epoch` and `scratch` of a program. about: the digest of what the document is about.

    Raises:
        BuildError: Syft gives up, or writes what is no document.
    """
    done = subprocess.run(
        (given.syft, "scan", source, "--source-name", name, "--source-version", about, "--output", "spdx-json"),
        cwd=given.scratch,
        env={**os.environ, **_QUIET},
        capture_output=True,
        check=False,
    )
    sys.stderr.write(done.stderr.decode("utf-8", "replace"))
    if done.returncode:
        raise BuildError(f"Syft could not list what {name} consists of; it says why above")
    try:
        return sboms.normal(done.stdout, name=name, about=about, epoch=given.epoch)
    except ValueError as error:
        raise BuildError(f"Syft's list of what {name} consists of cannot be read: {error}") from error


def kept(given: argparse.Namespace, made: dict[str, Any], *, name: str, subject: str = "") -> dict[str, Any]:
    """Keep a document by its digest; return its part of the report."""
    path: Path = given.scratch / f"{name}{_SUFFIX}"
    path.write_bytes(sboms.packed(made))
    digest, size = stored(path, given.scratch / "artifacts")
    return {"name": path.name, "digest": digest, "size": size, "subject": subject}


def of_wheel(given: argparse.Namespace, path: Path, digest: str) -> dict[str, Any]:
    """Return the part of the report for a wheel's document; the wheel is looked at as it would be installed."""
    folder = given.scratch / "installed" / path.name
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    made = document(given, f"dir:{folder}", name=path.name, about=digest)
    return kept(given, made, name=path.name, subject=digest)


def of_image(given: argparse.Namespace, layout: Path, digest: str) -> dict[str, Any]:
    """Return the part of the report for an image's document."""
    made = document(given, f"oci-dir:{layout}", name=given.name, about=digest)
    return kept(given, made, name=given.name, subject=digest)
