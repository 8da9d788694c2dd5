"""What `lockstep_licenses` collected, judged: every third party's licence against the policy that the report carries.

For Python, third parties are the distributions in the component's environment: what its lock resolves on this platform,
groups and extras included. Their lock says where they stand and which of them only development needs.
"""

from collections.abc import Iterable, Iterator, Mapping
from posixpath import basename
from typing import Any

import msgspec

from lockstep.model.component import Component
from lockstep.model.finding import Finding, Location, Report
from lockstep.model.gate import LicencePolicy
from lockstep.parsers import locked, spdx
from lockstep.parsers.reading import UnreadableError, guarded, json

REPORT = "licenses.json"
TOOL = "lockstep"
REFUSED, UNKNOWN = "not-allowed", "unknown"
_MANIFEST = "pyproject.toml"
_NPM = ("package-lock.json", "npm-shrinkwrap.json")
_SHOWN = 3
_SAID = 60
# Files that say nothing of licences, and where nothing else does: what they name, or what says that they name anything.
_NAMED = {"Cargo.lock": locked.cargo, "go.mod": locked.go}
UNNAMED = {
    "Gemfile.lock": "specs:",
    "bun.lock": '"packages": {',
    "composer.lock": '"packages": [',
    "pom.xml": "<dependency>",
}
OTHERS = (*_NAMED, *UNNAMED)


class _Distribution(msgspec.Struct, frozen=True):
    name: str
    version: str
    expression: str = ""
    licence: str = ""
    classifiers: tuple[str, ...] = ()


class Installed(msgspec.Struct, frozen=True):
    """An installed package of Node. Manifests hold anything."""

    lock: str
    name: Any = None
    version: Any = None
    license: Any = None
    licenses: Any = None


class Collected(msgspec.Struct, frozen=True):
    """What `lockstep_licenses` writes. files: text by path."""

    policy: LicencePolicy
    files: Mapping[str, str]
    distributions: tuple[_Distribution, ...]
    modules: tuple[Installed, ...]


class Package(msgspec.Struct, frozen=True):
    """A third party: what it says of its licence ("" for nothing), and the place in the lock that brings it in."""

    name: str
    version: str
    said: str
    location: Location
    development: bool = False


def python(data: bytes, component: Component) -> Report:
    """Return a finding for each distribution of the component's environment that the policy does not accept."""

    def read() -> Report:
        found = collected(data)
        return Report(findings=_judged(_distributions(found, component), found.policy))

    return guarded(read)


def third_parties(data: bytes, component: Component) -> tuple[tuple[Package, str], ...]:
    """Return the distributions of a component's environment, and the licence of each as SPDX spells it, "" where none is known.

    Raises:
        UnreadableError: what was collected cannot be believed.
    """
    found = collected(data)
    known = told(found.policy)
    each_one = _distributions(found, component)
    return tuple((each, expression(known.get(locked.normal(each.name), each.said))) for each in each_one)


def collected(data: bytes) -> Collected:
    """Return what `lockstep_licenses` wrote.

    Raises:
        UnreadableError: it cannot be believed.
    """
    return json(data, Collected, TOOL)


def expression(said: str) -> str:
    """Return what somebody says of a licence as SPDX spells it, "" where that is no expression."""
    node = spdx.parse(said)
    return "" if node is None or spdx.unknown(node) else spdx.rendered(node)


def node(data: bytes) -> Report:
    """Return a finding for each package of Node's lock files that the policy does not accept.

    A package-lock.json tells licences itself. Of other locks the installed packages tell; what is not installed is lacking.
    """

    def read() -> Report:
        found = collected(data)
        packages, untold, lacking = list[Package](), list[Finding](), list[str]()
        for path, text in found.files.items():
            if basename(path) in _NPM:
                packages += npm(path, text)
                untold += _old_npm(path, text)
            else:
                known = installed(module for module in found.modules if module.lock == path)
                wanted = list(_MODULES[basename(path)](text))
                packages += _modules(path, wanted, known)
                missing = [each for each in wanted if each.everywhere and (each.name, each.version) not in known]
                lacking += _lacking(path, missing)
        return Report(findings=(*_judged(packages, found.policy), *untold), lacking="; ".join(lacking))

    return guarded(read)


def others(data: bytes) -> Report:
    """Return a finding for each third party whose licence only the policy tells; the others are lacking."""

    def read() -> Report:
        found = collected(data)
        known = told(found.policy)
        packages, lacking = list[Package](), list[str]()
        for path, text in found.files.items():
            named = _NAMED.get(basename(path))
            wanted = list(named(text)) if named else []
            packages += (Package(each.name, each.version, "", Location(path, each.line)) for each in wanted)
            missing = [each for each in wanted if locked.normal(each.name) not in known]
            if missing:
                lacking.append(f"{path} says nothing of licences, and [licenses.packages] not of {_listed(missing)}")
            elif not named and UNNAMED[basename(path)] in text:
                lacking.append(f"Lockstep cannot tell the licences behind {path}")
        judged = [each for each in packages if locked.normal(each.name) in known]
        return Report(findings=_judged(judged, found.policy), lacking="; ".join(lacking))

    return guarded(read)


def _judged(packages: Iterable[Package], policy: LicencePolicy) -> tuple[Finding, ...]:
    allow = _allowed(policy.allow, "allow")
    development = allow | _allowed(policy.development, "development")
    known = told(policy)
    found = []
    for package in packages:
        said = known.get(locked.normal(package.name), package.said)
        finding = _finding(package, said, development if package.development else allow)
        found += [finding] if finding else []
    return tuple(found)


def _allowed(names: Iterable[str], key: str) -> frozenset[str]:
    """Return the identifiers as SPDX spells them.

    Raises:
        UnreadableError: one is no identifier, so that the list would not mean what it seems to.
    """
    return frozenset(_known(name, f"[licenses] {key}") for name in names)


def _known(text: str, where: str) -> str:
    node = spdx.parse(text)
    if node is None or spdx.unknown(node):
        raise UnreadableError(f"{where} in lockstep.toml says {text!r}, which SPDX does not know")
    return spdx.rendered(node)


def told(policy: LicencePolicy) -> Mapping[str, str]:
    """Return what the policy says of packages, by normal name.

    Raises:
        UnreadableError: a licence is none that SPDX knows.
    """
    return {locked.normal(name): _known(said, f"[licenses.packages] {name}") for name, said in policy.packages}


def _finding(package: Package, said: str, allow: frozenset[str]) -> Finding | None:
    who = f"{package.name} {package.version}".strip()
    node = spdx.parse(said)
    if node is not None and spdx.allows(node, allow):
        return None
    if node is not None and not spdx.unknown(node):
        licence = spdx.rendered(node)
        rule, message = f"{REFUSED}:{licence}", f"{who} is under {licence}, which [licenses] does not allow"
    elif said.strip():
        rule, message = UNKNOWN, f"{who} says {_short(said)!r} of its licence, which is no SPDX expression"
    else:
        rule, message = UNKNOWN, f"{who} does not say under which licence it is"
    return Finding(tool=TOOL, rule=rule, message=message, location=package.location, anchor=package.name)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SAID else f"{line[:_SAID]}…"


def _distributions(collected: Collected, component: Component) -> Iterator[Package]:
    manifest, locks = _locks(collected.files)
    for each in collected.distributions:
        name = locked.normal(each.name)
        if name == locked.project(manifest):
            continue
        lock = next((lock for lock in locks if lock.line(name, each.version)), None)
        place = Location(lock.path, lock.line(name, each.version)) if lock else Location(_first(collected, component))
        yield Package(each.name, each.version, _said(each), place, lock is not None and name in lock.development)


def _locks(files: Mapping[str, str]) -> tuple[str, list[locked.Lock]]:
    """Return the text of the component's manifest, and the lock files above it, nearest first."""
    own = next((path for path in files if basename(path) == _MANIFEST), "")
    manifest = files.get(own, "")
    project = locked.project(manifest)
    return manifest, [locked.python(path, text, project) for path, text in files.items() if path != own]


def _first(collected: Collected, component: Component) -> str:
    """Return the file to blame for what no lock names: the nearest lock, else the manifest, else the component."""
    paths = sorted(collected.files, key=lambda path: basename(path) == _MANIFEST)
    return next(iter(paths), component.path)


def _said(distribution: _Distribution) -> str:
    """Return what the metadata says, as one expression: License-Expression (PEP 639), else classifiers, else License.

    Classifiers that name no licence or several leave it to License to be more precise; several are taken together.
    """
    if distribution.expression:
        return distribution.expression
    names = (text.rpartition(" :: ")[2] for text in distribution.classifiers)
    classified = tuple(dict.fromkeys(filter(None, map(spdx.named, names))))
    free = next(iter(distribution.licence.strip().splitlines()), "")
    if len(classified) != 1:
        node = spdx.parse(free)
        if node is not None and not spdx.unknown(node):
            return free
    return " AND ".join(classified) or free


def npm(path: str, text: str) -> Iterator[Package]:
    """Yield the third parties of a package-lock.json; links and folders outside of node_modules are the repository's own.

    Raises:
        UnreadableError: it is none.
    """
    lines = locked.node(text)
    for key, entry in (_npm_lock(path, text).packages or {}).items():
        if "node_modules/" in key and not entry.get("link"):
            name = str(entry.get("name") or key.rpartition("node_modules/")[2])
            place = Location(path, lines.get(key, 0))
            licence = _npm_licence(entry.get("license"), entry.get("licenses"))
            yield Package(name, str(entry.get("version") or ""), licence, place, entry.get("dev") is True)


def old_npm(path: str, text: str) -> Iterator[Package]:
    """Yield the packages of a lock of npm 6, which says nothing of licences.

    Raises:
        UnreadableError: it is none.
    """
    lock = _npm_lock(path, text)
    pending = [] if lock.packages is not None else [lock.dependencies]
    lines = locked.node(text)
    for table in pending:
        for name, entry in table.items():
            if isinstance(entry, dict):
                version = str(entry.get("version") or "")
                yield Package(name, version, "", Location(path, lines.get(name, 0)), entry.get("dev") is True)
                pending += [entry["dependencies"]] if isinstance(entry.get("dependencies"), dict) else []


def _old_npm(path: str, text: str) -> Iterator[Finding]:
    lock = _npm_lock(path, text)
    if lock.packages is None and lock.dependencies:
        message = "a lock of npm 6 says nothing of licences; npm 7 or newer makes one that does (npm install)"
        yield Finding(TOOL, UNKNOWN, message, Location(path, 1), anchor=path)


class _NpmLock(msgspec.Struct, frozen=True):
    packages: dict[str, dict[str, Any]] | None = None
    dependencies: dict[str, Any] = {}


def _npm_lock(path: str, text: str) -> _NpmLock:
    try:
        return json(text.encode("utf-8", "replace"), _NpmLock, path)
    except UnreadableError as error:
        raise UnreadableError(f"{path} is no lock that npm writes, or not a whole one") from error


def _npm_licence(*said: object) -> str:
    """Return a manifest's `license` or `licenses`: an expression, an object with its type, or a list to choose from."""
    for value in said:
        if isinstance(value, str):
            return value
        if isinstance(value, dict):
            return _npm_licence(value.get("type"))
        if isinstance(value, list):
            return " OR ".join(filter(None, (_npm_licence(each) for each in value)))
    return ""


def installed(modules: Iterable[Installed]) -> dict[tuple[str, str], str]:
    """Return what installed packages say of their licence, by name and version."""
    return {(str(each.name), str(each.version)): _npm_licence(each.license, each.licenses) for each in modules}


def _modules(path: str, wanted: Iterable[locked.Module], known: Mapping[tuple[str, str], str]) -> Iterator[Package]:
    for each in wanted:
        if (each.name, each.version) in known:
            said = known[each.name, each.version]
            yield Package(each.name, each.version, said, Location(path, each.line))


def _lacking(path: str, missing: list[locked.Module]) -> Iterator[str]:
    if missing:
        yield f"{path} says nothing of licences, and not installed beside it are {_listed(missing)}"


def _listed(modules: list[locked.Module]) -> str:
    names = ", ".join(f"{each.name} {each.version}" for each in modules[:_SHOWN])
    return f"{names} and {len(modules) - _SHOWN} more" if len(modules) > _SHOWN else names


_MODULES = {"pnpm-lock.yaml": locked.pnpm, "yarn.lock": locked.yarn}
NODE = (*_NPM, *_MODULES)
