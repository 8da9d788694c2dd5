"""Every package that a lock file names: which one, in which version, on which line, under which licence. Pure.

Licences are what the gate licenses goes by: the lock's own word (npm), what is installed beside it (other locks of Node), what
the policy says.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from posixpath import basename
from typing import Any
from urllib.parse import quote

import msgspec

from lockstep.model.finding import Location
from lockstep.parsers import licenses, locked
from lockstep.parsers.licenses import Package
from lockstep.parsers.reading import UnreadableError

PYPI, NPM, GO, CARGO, TERRAFORM = "pypi", "npm", "golang", "cargo", "terraform"
_READERS: Mapping[str, tuple[str, Callable[[str], Iterable[locked.Module]]]] = {
    "uv.lock": (PYPI, locked.uv),
    "poetry.lock": (PYPI, locked.poetry),
    "pnpm-lock.yaml": (NPM, locked.pnpm),
    "yarn.lock": (NPM, locked.yarn),
    "go.mod": (GO, locked.go),
    "Cargo.lock": (CARGO, locked.cargo),
    ".terraform.lock.hcl": (TERRAFORM, locked.terraform),
}
_TOML = frozenset({"uv.lock", "poetry.lock", "Cargo.lock"})


class Locked(msgspec.Struct, frozen=True):
    """A package that a lock file names. ecosystem: its type in a package URL. licence: as SPDX spells it, "" for none known."""

    ecosystem: str
    name: str
    version: str
    location: Location
    licence: str = ""

    @property
    def purl(self) -> str:
        """The package URL; without a version where the lock leaves that open."""
        name = locked.normal(self.name) if self.ecosystem == PYPI else self.name
        version = f"@{quote(self.version, safe='')}" if self.version else ""
        return f"pkg:{self.ecosystem}/{quote(name, safe='/')}{version}"


def read(data: bytes) -> tuple[Locked, ...]:
    """Return the packages in the lock files that `lockstep_licenses` collected.

    Raises:
        UnreadableError: a lock file is none, or is not whole.
    """
    collected = licenses.collected(data)
    told = licenses.told(collected.policy)
    return tuple(
        Locked(ecosystem, each.name, each.version, each.location, licenses.expression(said))
        for path, text in collected.files.items()
        for ecosystem, each in _packages(path, text, collected.modules)
        for said in (told.get(locked.normal(each.name), each.said),)
    )


def _packages(path: str, text: str, modules: Iterable[licenses.Installed]) -> Iterator[tuple[str, Package]]:
    name = basename(path)
    if name in locked.NPM_LOCKS:
        yield from ((NPM, each) for each in (*licenses.npm(path, text), *licenses.old_npm(path, text)))
    elif name in _READERS:
        ecosystem, reader = _READERS[name]
        known = licenses.installed(module for module in modules if module.lock == path)
        yield from ((ecosystem, _package(path, each, known)) for each in _whole(path, text, reader))
    elif locked.is_requirements(path):
        yield from ((PYPI, _package(path, each, {})) for each in locked.requirements(text))


def _package(path: str, each: locked.Module, known: Mapping[tuple[str, str], str]) -> Package:
    said = known.get((each.name, each.version), "")
    return Package(each.name, each.version, said, Location(path, each.line))


def _whole(path: str, text: str, reader: Callable[[str], Iterable[Any]]) -> tuple[locked.Module, ...]:
    """Return what a reader finds; readers pass over what they cannot read, and here nothing may be passed over."""
    found = tuple(reader(text))
    if basename(path) in _TOML:
        try:
            tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            raise UnreadableError(f"{path} is no lock file, or not a whole one: {error}") from error
    if not found and basename(path) == "pnpm-lock.yaml" and "\npackages:\n" in text:
        raise UnreadableError(f"{path} has a form that Lockstep does not read: its packages have no NAME@VERSION")
    return found
