"""Components with their edges, and what was left out: made from the files, and kept for as long as those stay the same."""

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from lockstep.config import FILE, Config
from lockstep.errors import ConfigError, LockstepError
from lockstep.host.files import write_atomic
from lockstep.model.component import ROOT, Component, FileEntry
from lockstep.model.digests import printable
from lockstep.workspace import components, references
from lockstep.workspace.dependencies import edges, names_of
from lockstep.workspace.globs import covering
from lockstep.workspace.references import json_object

# Raised whenever the same files would give another layout.
VERSION = 1
# Larger files are data, not something that refers to others.
_LARGEST = 32 * 1024 * 1024


class Layout(msgspec.Struct, frozen=True):
    """Components sorted by name, files that nobody checks, and notes."""

    components: tuple[Component, ...]
    excluded: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    key: str
    layout: Layout


_DECODER = msgspec.msgpack.Decoder(_Stored)


def read(tree: Path, state: Path, files: Mapping[str, FileEntry], config: Config) -> Layout:
    """Return the layout of `files` below `tree`, from the cache in `state` where nothing that it rests on has changed.

    Raises:
        ConfigError: lockstep.toml names a component that is not there.
    """
    readable = {path: entry for path, entry in files.items() if _is_read(path, entry)}
    key = _key(files, readable, config)
    path = state / "cache" / "layout.msgpack"
    with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
        stored = _DECODER.decode(path.read_bytes())
        if stored.key == key:
            return stored.layout
    layout = make(files, {name: _bytes(tree, name) for name in readable}, config)
    with contextlib.suppress(LockstepError, UnicodeEncodeError):
        write_atomic(path, msgspec.msgpack.encode(_Stored(key, layout)))
    return layout


def make(files: Mapping[str, FileEntry], contents: Mapping[str, bytes], config: Config) -> Layout:
    """Return the layout of `files`, given the contents of those that can refer to others. Pure.

    Raises:
        ConfigError: the configuration names a component that is not there.
    """
    covered = covering(config.repository.exclude)
    excluded = frozenset(path for path in files if covered(path))
    checked = tuple(path for path in files if path not in excluded)
    contents = {path: data for path, data in contents.items() if path not in excluded}
    manifests = _by_folder(contents, "pyproject.toml", references.table)
    found = components.find(checked, config.rules, manifests)
    names = names_of(manifests, _by_folder(contents, "package.json", json_object))
    said = ((path, reader(data)) for path, data in contents.items() if (reader := references.reader(path)))
    used = edges(found, said, names)
    _check_names(found, config)
    return Layout(tuple(_joined(each, used.get(each.path, ()), config) for each in found), excluded)


def _is_read(path: str, entry: FileEntry) -> bool:
    return references.reader(path) is not None and not entry.is_link and entry.size <= _LARGEST


def _key(files: Mapping[str, FileEntry], readable: Mapping[str, FileEntry], config: Config) -> str:
    """Return a digest of all that decides: names of all files, contents of those that are read, configuration."""
    decided = msgspec.json.encode((VERSION, config.rules, config.repository.exclude, config.component))
    state = hashlib.sha256(decided)
    state.update("\0".join(files).encode("utf-8", "surrogateescape"))
    state.update("".join(entry.digest for entry in readable.values()).encode())
    return state.hexdigest()


def _bytes(tree: Path, name: str) -> bytes:
    """Return the content; nothing where it went away since it was listed."""
    try:
        return (tree / name).read_bytes()
    except OSError:
        return b""


def _by_folder(contents: Mapping[str, bytes], name: str, parse: Any) -> dict[str, Mapping[str, Any]]:  # noqa: ANN401
    return {
        path.rpartition("/")[0] or ROOT: parse(data)
        for path, data in contents.items()
        if path.rpartition("/")[2] == name
    }


def _joined(component: Component, used: tuple[str, ...], config: Config) -> Component:
    """Return the component with the edges that were found and those that lockstep.toml adds."""
    own = config.component.get(component.name)
    added = own.depends if own and own.depends else ()
    depends = tuple(sorted({*used, *added} - {component.name}))
    return msgspec.structs.replace(component, depends=depends)


def _check_names(found: tuple[Component, ...], config: Config) -> None:
    known = {component.name for component in found}
    named = [name for own in config.component.items() for name in (own[0], *(own[1].depends or ()))]
    unknown = [printable(name) for name in dict.fromkeys(named) if name not in known]
    if unknown:
        raise ConfigError(
            f"unknown component: {', '.join(unknown)}",
            where=FILE,
            remedy=f"components are called by their folder: {', '.join(map(printable, sorted(known)))}",
        )
