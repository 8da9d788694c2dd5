"""What manifests ask for and no lock file names in a version: nobody knows what that will be. Pure.

Lock files say what is brought in, so a gap between them and the manifests beside them is a gap in what is known.
"""

import json
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from posixpath import basename, dirname
from typing import Any

import msgspec

from lockstep.model.component import is_data
from lockstep.parsers import locked
from lockstep.parsers.lockfiles import PYPI, Locked

NO_LOCK, NOT_LOCKED, NO_VERSION = "no-lock", "not-locked", "no-version"
_NPM_LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb")
# Locks that Lockstep cannot read: what they name, nobody compares.
_UNREAD = frozenset({"bun.lock", "bun.lockb"})
_NPM_TABLES = ("dependencies", "devDependencies", "optionalDependencies")
_CARGO_TABLES = ("dependencies", "dev-dependencies", "build-dependencies")
_REQUIREMENTS = "requirements"
_SUMS = ("go.sum", "go.work.sum")
_ALIAS = re.compile(r"npm:(?P<name>(?:@[^@/]+/)?[^@/]+)")
# What is no range of versions names a folder, a repository or an archive, which locks call otherwise.
_ELSEWHERE = re.compile(r"[:/]")
_REPLACED = re.compile(r"^(?:replace )?(?P<name>\S+)(?: v\S+)? => ", re.MULTILINE)


class Gap(msgspec.Struct, frozen=True):
    """Something that is asked for, in a file and on a line, and that no lock file tells."""

    rule: str
    name: str
    message: str
    path: str
    line: int = 0


class _Wanted(msgspec.Struct, frozen=True):
    """A third party that a manifest asks for. names: those under which a lock may have it."""

    names: tuple[str, ...]
    line: int


def gaps(files: Mapping[str, str], found: Iterable[Locked]) -> Iterator[Gap]:
    """Yield what `files` (text by path) ask for beyond the packages that were `found` in the lock files among them."""
    named: dict[str, set[str]] = {path: set() for path in files}
    versioned: set[tuple[str, str]] = set()
    for each in found:
        named[each.location.path].add(each.name)
        if each.version and each.ecosystem == PYPI:
            versioned.add((dirname(each.location.path), locked.normal(each.name)))
    own = {str(_json(text).get("name", "")) for path, text in files.items() if basename(path) == "package.json"}
    for path, text in files.items():
        if is_data(dirname(path)):
            continue
        if basename(path) == "package.json":
            yield from _unlocked(path, _npm(text, own), _NPM_LOCKS, named, "npm install")
        elif basename(path) == "Cargo.toml":
            yield from _unlocked(path, _cargo(text), ("Cargo.lock",), named, "cargo generate-lockfile")
        elif basename(path) == "go.mod":
            yield from _unsummed(path, text, files)
        elif locked.is_requirements(path):
            yield from _loose(path, text, versioned)


def _unlocked(
    path: str, wanted: Iterable[_Wanted], locks: Collection[str], named: Mapping[str, set[str]], remedy: str
) -> Iterator[Gap]:
    asked = tuple(wanted)
    lock = _nearest(path, locks, named)
    if asked and not lock:
        name = asked[0].names[0]
        more = f" and {len(asked) - 1} more" if len(asked) > 1 else ""
        message = f"it asks for {name}{more}, and no lock file says in which versions; make one: {remedy}"
        yield Gap(NO_LOCK, name, message, path, asked[0].line)
    if not lock or basename(lock) in _UNREAD:
        return
    for each in asked:
        if named[lock].isdisjoint(each.names):
            message = f"it asks for {each.names[0]}, which {lock} does not name; bring that in step: {remedy}"
            yield Gap(NOT_LOCKED, each.names[0], message, path, each.line)


def _nearest(path: str, locks: Collection[str], named: Collection[str]) -> str:
    """Return the lock file that governs a manifest: in its folder, or the nearest above; "" for none."""
    for folder in _upwards(dirname(path)):
        for lock in locks:
            if (candidate := f"{folder}{lock}") in named:
                return candidate
    return ""


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield f"{folder}/"
        folder = dirname(folder)
    yield ""


def _npm(text: str, own: Collection[str]) -> Iterator[_Wanted]:
    manifest = _json(text)
    lines = text.split("\n")
    for table in _NPM_TABLES:
        for name, spec in _table(manifest.get(table)).items():
            alias = _ALIAS.match(str(spec))
            if name not in own and (alias or not _ELSEWHERE.search(str(spec))):
                names = (name, alias["name"]) if alias else (name,)
                yield _Wanted(names, _line(lines, rf'"{re.escape(name)}"\s*:\s*"{re.escape(str(spec))}"'))


def _cargo(text: str) -> Iterator[_Wanted]:
    try:
        manifest = tomllib.loads(text)
    except (ValueError, RecursionError):
        return
    lines = text.split("\n")
    # What a workspace offers to its members is asked for where a member takes it.
    places = (manifest, *_table(manifest.get("target")).values())
    for place in places:
        for table in _CARGO_TABLES:
            for name, spec in _table(_table(place).get(table)).items():
                told = _table(spec)
                if not {"path", "workspace", "git"} & told.keys():
                    line = _line(lines, rf"^\s*(?:\[.*\.)?\"?{re.escape(name)}\"?\s*[\].=]")
                    yield _Wanted((str(told.get("package", name)),), line)


def _unsummed(path: str, text: str, files: Mapping[str, str]) -> Iterator[Gap]:
    """Yield the modules of a go.mod for whose content no go.sum vouches."""
    own = f"{dirname(path)}/go.sum".removeprefix("/")
    sums = [own, *(f"{folder}go.work.sum" for folder in _upwards(dirname(path)))]
    known = {tuple(line.split(" ")[:2]) for each in sums if each in files for line in files[each].split("\n")}
    replaced = {match["name"] for match in _REPLACED.finditer(re.sub(r"^\s+", "", text, flags=re.MULTILINE))}
    for each in locked.go(text):
        if each.name not in replaced and not {(each.name, each.version), (each.name, f"{each.version}/go.mod")} & known:
            message = f"{own} has no digest of {each.name} {each.version}; have it written: go mod tidy"
            yield Gap(NOT_LOCKED, each.name, message, path, each.line)


def _loose(path: str, text: str, versioned: Collection[tuple[str, str]]) -> Iterator[Gap]:
    """Yield the requirements without a version, where no lock or other requirements file beside them has one."""
    folder = dirname(path)
    above = dirname(folder) if basename(folder) == _REQUIREMENTS else folder
    beside = {folder, above, f"{above}/{_REQUIREMENTS}".removeprefix("/")}
    for each in locked.requirements(text):
        if not each.version and not any((one, locked.normal(each.name)) in versioned for one in beside):
            message = f"it does not say which version of {each.name} is meant; pin it: {each.name}==VERSION"
            yield Gap(NO_VERSION, each.name, message, path, each.line)


def _line(lines: Iterable[str], wanted: str) -> int:
    found = re.compile(wanted)
    return next((number for number, line in enumerate(lines, 1) if found.search(line)), 0)


def _json(text: str) -> dict[str, Any]:
    try:
        return _table(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
