"""Where packages stand in lock files, and which of them ship. Pure; what cannot be read names no package."""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from posixpath import basename
from typing import Any

import msgspec

_NAME = re.compile(r'^name = "(?P<name>[^"]+)"$')
_VERSION = re.compile(r'^version = "(?P<version>[^"]+)"$')
_REQUIREMENT = re.compile(r"^\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:[=<>!~;@]|$|#|\\)")
# Compiled where they are first needed: this module is loaded by every run.
_EXACT = r"^\s*[^=<>!~;@#\\]*={2,3}\s*(?P<version>[^\s;,#\\*]+)\s*(?:[;#\\]|$)"
_DIRECT = r"^\s*[A-Za-z0-9._-]+\s*(?:\[[^\]]*\])?\s*@\s*(?P<address>[^\s;#]+)"
_KEY = re.compile(r'^\s*"(?P<key>(?:[^"\\]|\\.)*)":')

_PNPM = re.compile(r"^  '?/?(?P<name>(?:@[^@/'\s]+/)?[^@/'\s]+)@(?P<version>[^('\s]+?)(?:\(\S*\))?'?:\s*$")
_GO = re.compile(r"^(?P<name>[^\s()]+) (?P<version>v\S+)$")
_GO_REPLACED = re.compile(r"^(?:replace )?(?P<name>\S+)(?: v\S+)? => \.{1,2}/")
_YARN = re.compile(r'^"?(?P<name>(?:@[^@/"\s]+/)?[^@/"\s]+)@')
_YARN_VERSION = re.compile(r'^\s+version:? "?(?P<version>[^"\s]+)"?$')
_YARN_LISTED = re.compile(r'^    "?(?P<name>(?:@[^@/"\s]+/)?[^@/"\s:]+)"?:? ')
_PROVIDER = r'^provider "(?P<name>[^"]+)" \{$'
_SYSTEMS = re.compile(r"^\s+(?:os|cpu|libc|conditions):")


# How uv.lock says that a package is a folder of the repository.
_LOCAL = frozenset({"directory", "editable", "virtual"})


NPM_LOCKS = frozenset({"package-lock.json", "npm-shrinkwrap.json"})
_LOCKS = frozenset({
    *(*NPM_LOCKS, "pnpm-lock.yaml", "yarn.lock", "uv.lock", "poetry.lock"),
    *("go.mod", "Cargo.lock", ".terraform.lock.hcl"),
})  # fmt: skip


def is_requirements(path: str) -> bool:
    """Whether the path is that of a requirements file."""
    name, folder = basename(path), basename(path.rpartition("/")[0])
    return name.endswith(".txt") and (name.startswith("requirements") or folder == "requirements")


def is_lock(path: str) -> bool:
    """Whether Lockstep reads lock files of that name."""
    return basename(path) in _LOCKS or is_requirements(path)


class Lock(msgspec.Struct, frozen=True):
    """One lock file. lines: (name, version) -> line, and (name, "") -> the first line of that name.

    development: names of the packages that only development groups need.
    """

    path: str
    lines: Mapping[tuple[str, str], int]
    development: frozenset[str] = frozenset()

    def line(self, name: str, version: str) -> int:
        """Return the line (from 1) of a package, 0 where the lock does not name it."""
        return self.lines.get((name, version)) or self.lines.get((name, ""), 0)


def normal(name: str) -> str:
    """Return a distribution's name in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def python(path: str, text: str, project: str) -> Lock:
    """Return a lock or requirements file as the component called `project` (in normal form) sees it."""
    if not path.endswith(".lock"):
        return Lock(path, _indexed(_requirements(text)))
    packages = [each for each in _packages(text) if isinstance(each.get("name"), str)]
    only = _development_uv(packages, project) if basename(path) == "uv.lock" else _development_poetry(packages)
    return Lock(path, _indexed(_tables(text)), frozenset(only))


def project(manifest: str) -> str:
    """Return the name of the distribution that a pyproject.toml describes, in normal form, "" where it has none."""
    document = _toml(manifest)
    for table in (document.get("project"), _table(document.get("tool")).get("poetry")):
        name = _table(table).get("name")
        if isinstance(name, str):
            return normal(name)
    return ""


def node(text: str) -> Mapping[str, int]:
    """Return the lines on which the keys of `packages` in a package-lock.json stand, each key's first line."""
    found: dict[str, int] = {}
    for number, line in enumerate(_lines(text), 1):
        match = _KEY.match(line)
        if match:
            found.setdefault(_unescaped(match["key"]), number)
    return found


class Module(msgspec.Struct, frozen=True):
    """A third party that a lock file names, and the line on which it does.

    version: "" where the file leaves it open. everywhere: whether it is to be installed on every platform.
    """

    name: str
    version: str
    line: int
    everywhere: bool = True


def uv(text: str) -> Iterator[Module]:
    """Yield the packages of a uv.lock, less the repository's own."""
    yield from _third_parties(text, _LOCAL.isdisjoint)


def poetry(text: str) -> Iterator[Module]:
    """Yield the packages of a poetry.lock, less the repository's own."""
    yield from _third_parties(text, lambda source: source.get("type") != "directory")


def _third_parties(text: str, foreign: Callable[[dict[str, Any]], bool]) -> Iterator[Module]:
    lines = _indexed(_tables(text))
    for each in _packages(text):
        name, version = str(each.get("name", "")), str(each.get("version", ""))
        if foreign(_table(each.get("source"))):
            line = lines.get((normal(name), version), 0) or lines.get((normal(name), ""), 0)
            yield Module(name, version, line)


def requirements(text: str) -> Iterator[Module]:
    """Yield what a requirements file asks for; its version is what follows `==`, or the address that it comes from."""
    lines = _lines(text)
    for name, _, number in _requirements(text):
        line = lines[number - 1]
        exact, direct = re.match(_EXACT, line), re.match(_DIRECT, line)
        yield Module(name, exact["version"] if exact else direct["address"] if direct else "", number)


def terraform(text: str) -> Iterator[Module]:
    """Yield the providers that a .terraform.lock.hcl names, by their source addresses."""
    for (number, head), *body in _blocks(text):
        provider = re.match(_PROVIDER, head)
        told = (line.strip().partition("=") for _, line in body)
        version = next((value.strip().strip('"') for key, _, value in told if key.strip() == "version"), "")
        if provider:
            yield Module(provider["name"], version, number)


def pnpm(text: str) -> Iterator[Module]:
    """Yield the packages of a pnpm-lock.yaml (version 6 or later), less folders of the repository."""
    for block in _blocks(text):
        if block[0][1] == "packages:":
            yield from _pnpm(block[1:])


def _pnpm(lines: Iterable[tuple[int, str]]) -> Iterator[Module]:
    found: Module | None = None
    for number, line in lines:
        match = _PNPM.match(line)
        if match:
            yield from (found,) if found else ()
            found = Module(match["name"], match["version"], number)
            found = None if match["version"].startswith(("file:", "link:")) else found
        elif found and _SYSTEMS.match(line):
            found = msgspec.structs.replace(found, everywhere=False)
    yield from (found,) if found else ()


def yarn(text: str) -> Iterator[Module]:
    """Yield the packages of a yarn.lock, of Yarn 1 or later ones, less the repository's own."""
    blocks = [(block[0], [line for _, line in block[1:]]) for block in _blocks(text)]
    needed = {name for _, body in blocks for name in _listed(body, "dependencies:")}
    optional = {name for _, body in blocks for name in _listed(body, "optionalDependencies:")} - needed
    for (number, head), body in blocks:
        name = _YARN.match(head)
        version = next((match["version"] for line in body if (match := _YARN_VERSION.match(line))), "")
        if name and version and "  linkType: soft" not in body:
            everywhere = name["name"] not in optional and not any(map(_SYSTEMS.match, body))
            yield Module(name["name"], version, number, everywhere)


def _listed(body: Iterable[str], key: str) -> Iterator[str]:
    """Yield the names in one list of a block of yarn.lock."""
    inside = False
    for line in body:
        match = _YARN_LISTED.match(line)
        if match and inside:
            yield match["name"]
        elif not match:
            inside = line.strip() == key


def go(text: str) -> Iterator[Module]:
    """Yield the modules that a go.mod requires (since Go 1.17 all that the build needs), less folders of the repository."""
    lines = [line.partition("//")[0].strip() for line in _lines(text)]
    own = {match["name"] for line in lines if (match := _GO_REPLACED.match(line))}
    inside = False
    for number, line in enumerate(lines, 1):
        match = _GO.match(line.removeprefix("require ").strip()) if inside or line.startswith("require ") else None
        inside = line == "require (" or (inside and line != ")")
        if match and match["name"] not in own:
            yield Module(match["name"], match["version"], number)


def cargo(text: str) -> Iterator[Module]:
    """Yield the packages of a Cargo.lock, less the repository's own, which have no source."""
    lines = {(name, version): line for name, version, line in _tables(text)}
    for each in _packages(text):
        name, version = str(each.get("name", "")), str(each.get("version", ""))
        if "source" in each:
            yield Module(name, version, lines.get((normal(name), version), 1))


def _blocks(text: str) -> Iterator[list[tuple[int, str]]]:
    """Yield numbered lines: one that starts at the margin, and the indented ones under it."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(_lines(text), 1):
        if line[:1].strip() and block:
            yield block
            block = []
        if line.strip() and (block or not line.startswith("#")):
            block.append((number, line))
    if block:
        yield block


def _lines(text: str) -> list[str]:
    return [line.rstrip("\r") for line in text.split("\n")]


def _unescaped(key: str) -> str:
    try:
        return str(json.loads(f'"{key}"'))
    except ValueError:
        return key


def _indexed(found: Iterable[tuple[str, str, int]]) -> Mapping[tuple[str, str], int]:
    lines: dict[tuple[str, str], int] = {}
    for name, version, line in found:
        lines.setdefault((name, version), line)
        lines.setdefault((name, ""), line)
    return lines


def _tables(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield name, version and line of the packages of uv.lock and poetry.lock, which are written by programs."""
    name, line = "", 0
    for number, each in enumerate(_lines(text), 1):
        if each == "[[package]]":
            name = ""
        elif not name and (match := _NAME.match(each)):
            name, line = normal(match["name"]), number
        elif name and (match := _VERSION.match(each)):
            yield name, match["version"], line


def _requirements(text: str) -> Iterator[tuple[str, str, int]]:
    for number, line in enumerate(_lines(text), 1):
        match = _REQUIREMENT.match(line)
        if match:
            yield normal(match["name"]), "", number


def _development_uv(packages: list[dict[str, Any]], project: str) -> set[str]:
    """Return the names that the project reaches through its groups alone; none where the lock does not know it."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for each in packages:
        by_name.setdefault(each["name"], []).append(each)
    if project not in by_name:
        return set()
    return set(by_name) - _reached(by_name, project)


def _reached(by_name: Mapping[str, list[dict[str, Any]]], start: str) -> set[str]:
    """Return the names that `start` needs when it is installed with all of its extras."""
    seen, pending = {start}, [start]
    for name in pending:
        for package in by_name.get(name, ()):
            extras = _table(package.get("optional-dependencies")).values()
            needed = [*_list(package.get("dependencies")), *(each for extra in extras for each in _list(extra))]
            names = {str(_table(each).get("name", "")) for each in needed} - seen
            seen |= names
            pending += names
    return seen


def _development_poetry(packages: list[dict[str, Any]]) -> Iterator[str]:
    for each in packages:
        groups = each.get("groups", [each["category"]] if "category" in each else ["main"])
        if isinstance(groups, list) and "main" not in groups:
            yield normal(each["name"])


def _packages(text: str) -> list[dict[str, Any]]:
    return [_table(each) for each in _list(_toml(text).get("package"))]


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
