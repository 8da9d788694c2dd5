"""A Node program with all that it needs, installed by npm as a package-lock.json pins it: every package by its SHA-512."""

import base64
import shlex
import shutil
from pathlib import Path
from typing import Any

import msgspec

from lockstep.model.digests import of_bytes
from lockstep.toolchain import archives
from lockstep.toolchain.lock import ToolEntry
from lockstep.toolchain.providers.npm import PATIENCE, QUIET
from lockstep.toolchain.site import MINUTE, Site, SourceError
from lockstep.toolchain.sources import NpmTreeSource

_LIMIT = 15 * MINUTE
_INSTALL = ("ci", "--ignore-scripts", "--omit=dev", "--omit=optional", "--no-bin-links")
# What of a locked package is for people, or the address that the machine that locked it took it from.
_DROPPED = frozenset({"resolved", "funding", "license", "deprecated", "engines", "bin", "hasInstallScript"})
_MANIFEST = "package.json"
_TREE = "package-lock.json"


def fetch(site: Site, entry: ToolEntry, source: NpmTreeSource) -> tuple[str, ...]:
    """Install the tree into the site's folder, and put a script into `bin/` that starts the program.

    Raises:
        SourceError: the tree is not that of the lock, or npm cannot install it as pinned.
    """
    tree = _checked(entry, source)
    _write(site.folder, _from_files(site, site.bundle, tree) if site.bundle else tree)
    site.tell(-1.0, f"from {source.label}")
    _run(site, site.folder, *(("--offline", "--cache", str(site.scratch / "cache")) if site.bundle else PATIENCE))
    (site.folder / _TREE).write_bytes(tree)
    # npm's own notes name the folder that the packages came from.
    (site.folder / "node_modules" / ".package-lock.json").unlink(missing_ok=True)
    if not (site.folder / source.member).is_file():
        raise SourceError(f"it holds no {source.member}")
    script = site.folder / "bin" / entry.program
    script.parent.mkdir()
    start = f'exec {shlex.quote(_node(site))} "${{0%/*}}/../"{shlex.quote(source.member)} "$@"'
    script.write_text(f"#!/bin/sh\n{start}\n", "utf-8")
    script.chmod(0o755)
    return (f"bin/{entry.program}",)


def collect(site: Site, entry: ToolEntry, source: NpmTreeSource) -> None:
    """Put the tarball of every package into `files/`, named by its digest.

    Raises:
        SourceError: the tree is not that of the lock, or npm cannot fetch it as pinned.
    """
    tree = _checked(entry, source)
    project, cache = site.scratch / "project", site.scratch / "cache"
    project.mkdir()
    _write(project, tree)
    site.tell(-1.0, "fetching its packages")
    _run(site, project, *PATIENCE, "--cache", str(cache))
    for integrity in sorted({about["integrity"] for _, about in _packages(tree)}):
        tarball = _cached(cache, integrity)
        if tarball.is_file():
            archives.keep(tarball, site.folder, integrity)


def _cached(cache: Path, integrity: str) -> Path:
    """Return where npm's cache keeps the bytes with that digest (cacache, content-v2)."""
    digest = base64.b64decode(integrity.removeprefix("sha512-")).hex()
    return cache / "_cacache" / "content-v2" / "sha512" / digest[:2] / digest[2:4] / digest[4:]


def _from_files(site: Site, bundle: Path, tree: bytes) -> bytes:
    """Return the tree with every package that the bundle holds taken from there; npm checks its digest all the same."""
    changed = msgspec.json.decode(tree)
    for number, (path, about) in enumerate(_packages(tree)):
        kept = bundle / "files" / archives.blob_name(about["integrity"])
        if kept.is_file():
            tarball = site.scratch / f"{number}.tgz"
            shutil.copyfile(kept, tarball)
            changed["packages"][path]["resolved"] = f"file:{tarball}"
    return msgspec.json.encode(changed)


def _packages(tree: bytes) -> list[tuple[str, dict[str, Any]]]:
    """Return path and description of every package of a tree.

    Raises:
        SourceError: one has no digest.
    """
    packages = [(path, about) for path, about in msgspec.json.decode(tree)["packages"].items() if path]
    loose = [path for path, about in packages if not str(about.get("integrity", "")).startswith("sha512-")]
    if loose:
        raise SourceError(f"{loose[0]} has no digest in the tree", refused=True)
    return packages


def compiled(site: Site, package: str) -> str:
    """Return the tree of a package (`name@version`) as npm chooses it today, without addresses.

    Raises:
        SourceError: npm cannot resolve it.
    """
    name, _, version = package.rpartition("@")
    (site.scratch / _MANIFEST).write_bytes(msgspec.json.encode({"private": True, "dependencies": {name: version}}))
    command = (*site.program("npm"), "install", "--package-lock-only", "--ignore-scripts", "--omit=optional")
    site.run((*command, *QUIET, *PATIENCE), site.environ(), cwd=site.scratch, limit=_LIMIT)
    tree = msgspec.json.decode((site.scratch / _TREE).read_bytes())
    tree["packages"] = {
        path: {key: value for key, value in about.items() if key not in _DROPPED}
        for path, about in tree["packages"].items()
    }
    tree["name"] = "lockstep-tool"
    tree["packages"][""] = {"dependencies": {name: version}}
    return msgspec.json.format(msgspec.json.encode(tree, order="sorted"), indent=1).decode() + "\n"


def _checked(entry: ToolEntry, source: NpmTreeSource) -> bytes:
    path = Path(entry.folder, source.tree)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}") from error
    got = f"sha256:{of_bytes(data)}"
    if got != source.digest:
        raise SourceError(f"{path.name} has the wrong digest: expected {source.digest}, got {got}", refused=True)
    return data


def _write(folder: Path, tree: bytes) -> None:
    """Write the lock, and the manifest that it is the lock of. A package without a digest is refused."""
    _packages(tree)
    (folder / _TREE).write_bytes(tree)
    manifest = {"private": True, "dependencies": msgspec.json.decode(tree)["packages"][""]["dependencies"]}
    (folder / _MANIFEST).write_bytes(msgspec.json.encode(manifest))


def _run(site: Site, folder: Path, *more: str) -> None:
    site.run((*site.program("npm"), *_INSTALL, *QUIET, *more), site.environ(), cwd=folder, limit=_LIMIT)


def _node(site: Site) -> str:
    """Return the Node that npm runs on: part of its own command, or the machine's."""
    npm = site.program("npm")
    beside = Path(npm[0]).with_name("node")
    found = (
        npm[0]
        if len(npm) > 1
        else str(beside)
        if beside.exists()
        else shutil.which("node", path=site.environ()["PATH"])
    )
    if not found:
        raise SourceError("there is no node beside npm")
    return found
