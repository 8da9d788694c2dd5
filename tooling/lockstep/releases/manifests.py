"""The version in a component's own manifests and locks, which a release moves. What stands around it stays as it is. Pure."""

import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lockstep.errors import RefusedError
from lockstep.model.component import ROOT

_INDENT = re.compile(r"\n([ \t]+)\S")
_LOCAL = ("editable", "virtual", "directory")
# A file's text at a path from the repository's root, or None where there is none.
Read = Callable[[str], str | None]


def moved(folders: Iterator[str] | tuple[str, ...], version: str, read: Read) -> dict[str, str]:
    """Return the files, by path, that say `version` once it is released: manifests in `folders`, and locks at the root.

    A manifest without a version, or with a dynamic one, is left alone.

    Raises:
        RefusedError: a manifest cannot be read.
    """
    found = tuple(folders)
    made = {path: text for folder in found for path, text in _in_folder(folder, version, read)}
    lock = read("uv.lock")
    if lock is not None:
        made["uv.lock"] = _uv_lock(lock, frozenset(found), version)
    return {path: text for path, text in made.items() if text != read(path)}


def _in_folder(folder: str, version: str, read: Read) -> Iterator[tuple[str, str]]:
    edits = (("pyproject.toml", _pyproject), ("package.json", _package), ("package-lock.json", _package_lock))
    for name, edit in edits:
        path = name if folder == ROOT else posixpath.join(folder, name)
        text = read(path)
        if text is not None:
            yield path, _edited(path, text, version, edit)


def _edited(path: str, text: str, version: str, edit: Callable[[str, str], str]) -> str:
    try:
        return edit(text, version)
    except ValueError as error:
        raise RefusedError("a manifest cannot be read", where=path, why=str(error)) from error


def _pyproject(text: str, version: str) -> str:
    import tomlkit  # noqa: PLC0415 - only a release rewrites TOML

    document = tomlkit.parse(text)
    poetry = _table(_table(document, "tool"), "poetry")
    for table in (_table(document, "project"), poetry):
        if "version" in table:
            table["version"] = version
    return tomlkit.dumps(document)


def _table(parent: Any, name: str) -> Any:  # noqa: ANN401 - any TOML value
    found = parent.get(name)
    return found if isinstance(found, dict) else {}


def _uv_lock(text: str, folders: frozenset[str], version: str) -> str:
    import tomlkit  # noqa: PLC0415

    document = tomlkit.parse(text)
    for package in document.get("package", ()):
        source = package.get("source", {})
        if "version" in package and any(source.get(kind) in folders for kind in _LOCAL):
            package["version"] = version
    return tomlkit.dumps(document)


def _package(text: str, version: str) -> str:
    value = json.loads(text)
    return _dumped(text, value | {"version": version}) if "version" in value else text


def _package_lock(text: str, version: str) -> str:
    value = json.loads(text)
    own = value.get("packages", {}).get("", {})
    if "version" in value:
        value["version"] = version
    if "version" in own:
        own["version"] = version
    return _dumped(text, value)


def _dumped(old: str, value: Mapping[str, Any]) -> str:
    """Return JSON as npm writes it, with the indentation that it had."""
    indent = _INDENT.search(old)
    return json.dumps(value, indent=indent[1] if indent else 2, ensure_ascii=False) + "\n"
