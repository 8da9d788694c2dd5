"""Components with their edges, and what was left out: made from the files, and kept for as long as those stay the same."""

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from lockstep import __version__
from lockstep.config import Config
from lockstep.errors import LockstepError
from lockstep.host.files import write_atomic
from lockstep.model.component import Component, FileEntry
from lockstep.workspace import formats

# Raised whenever the same files would give another layout.
VERSION = 6
# Larger files are data, not something that refers to others.
_LARGEST = 32 * 1024 * 1024


class Layout(msgspec.Struct, frozen=True):
    """Components sorted by name, files that nobody checks, notes, and by configuration file those that it extends."""

    components: tuple[Component, ...]
    excluded: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    extended: Mapping[str, tuple[str, ...]] = {}


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
    from lockstep.workspace import discovery  # noqa: PLC0415 - only where something is new

    layout = discovery.make(files, {name: _bytes(tree, name) for name in readable}, config)
    with contextlib.suppress(LockstepError, UnicodeEncodeError):
        write_atomic(path, msgspec.msgpack.encode(_Stored(key, layout)))
    return layout


def _is_read(path: str, entry: FileEntry) -> bool:
    return formats.of(path) is not None and not entry.is_link and entry.size <= _LARGEST


def _key(files: Mapping[str, FileEntry], readable: Mapping[str, FileEntry], config: Config) -> str:
    """Return a digest of all that decides: names of all files, contents of those that are read, configuration."""
    decided = msgspec.json.encode(
        (__version__, VERSION, config.rules, config.repository.exclude, config.component, config.pacts)
    )
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
