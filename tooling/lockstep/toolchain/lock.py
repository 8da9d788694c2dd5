"""The tool lock: data that says which tools there are, where they come from and what their bytes must be.

Reading it is on the warm path of every run: one file, no store, no network.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from lockstep.config import Config
from lockstep.errors import ConfigError, ToolError
from lockstep.model.digests import Digest, of_bytes, of_value, printable
from lockstep.toolchain.sources import (
    FileName,
    GoSource,
    MachineSource,
    NpmSource,
    NpmTreeSource,
    Source,
    ToolSource,
    VersionText,
    pins,
)

SHIPPED = Path(__file__).with_name("lock.toml")
# Part of every identity: raised when the way of installing changes what is installed.
_SCHEMA = 1
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_SYSTEMS = {"Linux": "linux", "Darwin": "macos"}
_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
# The entries that fetch or build others, and so cannot come from there themselves.
_MAKERS = ("go", "npm")


class ToolEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tool: its name in the lock, version, licence (SPDX expression), program and sources in the order to try.

    `folder` is where the entry's lock file lies; requirement files are found beside it.
    """

    version: VersionText
    licence: str
    program: FileName
    sources: tuple[Source, ...]
    name: str = ""
    folder: str = ""

    def identity(self, platform: str) -> Digest:
        """Return the digest of all that decides what this tool is on `platform`; read from the lock alone."""
        digests = [pins(source, platform) for source in self.sources]
        return of_value([_SCHEMA, self.name, self.version, self.program, platform, digests])


class ToolLock(msgspec.Struct, frozen=True):
    """Every entry by name."""

    entries: Mapping[str, ToolEntry]

    def entry(self, name: str) -> ToolEntry:
        """Return the entry called `name`.

        Raises:
            ToolError: there is none.
        """
        found = self.entries.get(name)
        if found is None:
            raise ToolError(
                f"no tool called {name} in the tool lock",
                why=f"it holds {', '.join(sorted(self.entries))}",
                remedy="add an entry to the file that [tools] lock names in lockstep.toml",
            )
        return found


def platform() -> str:
    """Return this machine's name in the lock: `linux` or `macos`, `-`, `x86_64` or `arm64`."""
    system = os.uname()
    name = _SYSTEMS.get(system.sysname, system.sysname.lower())
    return f"{name}-{_MACHINES.get(system.machine, system.machine)}"


def load(root: Path | None, config: Config) -> ToolLock:
    """Return the shipped lock, entries replaced by name by those of the repository's own file (`[tools] lock`).

    `root` is the repository's folder; None, or a configuration that names no lock, means the shipped one alone.

    Raises:
        ConfigError: a lock cannot be read or says what cannot be meant.
    """
    entries = read(SHIPPED)
    if config.tools.lock and root is not None:
        entries |= read(root / config.tools.lock)
    _check_references(entries, config.tools.lock or SHIPPED.name)
    return ToolLock(entries)


def read(path: Path) -> dict[str, ToolEntry]:
    """Return the entries of one lock file.

    Raises:
        ConfigError: it cannot be read, is not TOML, or an entry is wrong.
    """
    try:
        return parse(path.read_bytes().decode(), str(path.parent))
    except FileNotFoundError as error:
        raise ConfigError("the tool lock does not exist", where=str(path), remedy="mend [tools] lock") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("the tool lock cannot be read", where=str(path), why=str(error)) from error
    except ValueError as error:
        raise ConfigError("the tool lock says what cannot be meant", where=str(path), why=str(error)) from error


def parse(text: str, folder: str) -> dict[str, ToolEntry]:
    """Return the entries of the text of a lock file that lies in `folder`.

    Raises:
        ValueError: it is not TOML, or an entry is wrong.
    """
    import tomllib  # noqa: PLC0415 - not needed by those who only want the types

    try:
        return {name: _entry(name, table, folder) for name, table in tomllib.loads(text).items()}
    except (RecursionError, msgspec.ValidationError) as error:
        raise ValueError(str(error)) from error


def _entry(name: str, table: object, folder: str) -> ToolEntry:
    if not _NAME.fullmatch(name):
        raise msgspec.ValidationError(f"`{printable(name)}` is no name for a tool (lower case, digits, hyphens)")
    try:
        entry = msgspec.convert(table, ToolEntry)
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(f"[{name}] {error}") from error
    if not entry.sources:
        raise msgspec.ValidationError(f"[{name}] has no sources")
    kinds = [not isinstance(source, MachineSource | ToolSource) for source in entry.sources]
    if kinds != sorted(kinds):
        raise msgspec.ValidationError(f"[{name}] sources of the kinds machine and tool come first")
    return msgspec.structs.replace(entry, name=name, folder=folder)


def _check_references(entries: Mapping[str, ToolEntry], where: str) -> None:
    for entry in entries.values():
        for wanted in _references(entry):
            if wanted not in entries or any(_references(entries[wanted])):
                raise ConfigError(
                    f"[{entry.name}] refers to `{wanted}`, which is no entry of its own",
                    where=where,
                    remedy="name an entry that is there and has sources other than entries",
                )
    for name in _MAKERS:
        for entry in (entries[each] for each in (name, *_references(entries[name])) if name in entries):
            if any(isinstance(source, GoSource | NpmSource | NpmTreeSource) for source in entry.sources):
                raise ConfigError(
                    f"[{name}] cannot come from a Go module or from npm: it is needed to fetch those",
                    where=where,
                    remedy="give it sources of the kinds machine, pypi or release",
                )


def _references(entry: ToolEntry) -> Iterator[str]:
    return (source.tool for source in entry.sources if isinstance(source, ToolSource))


def machine_digest(entry: ToolEntry, environ: Mapping[str, str]) -> Digest:
    """Return what the machine adds to an entry's identity: its own program's path, size and time, where it is used."""
    for source in entry.sources:
        found = on_path(source.program, environ) if isinstance(source, MachineSource) else ""
        if found:
            return program_digest(found)
    return of_bytes(b"")


def program_digest(path: str) -> Digest:
    """Return what tells a program of the machine from another: its path, size and time."""
    status = os.stat(path)  # noqa: PTH116 - one call on the warm path
    return of_value([os.path.realpath(path), status.st_size, status.st_mtime_ns])


def on_path(program: str, environ: Mapping[str, str]) -> str:
    """Return the absolute path of `program` on the machine's PATH, or "" where it has none."""
    import shutil  # noqa: PLC0415

    return shutil.which(program, path=environ.get("PATH", "")) or ""
