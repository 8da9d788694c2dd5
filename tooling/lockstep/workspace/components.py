"""Components: the units of a repository, found by where files lie (CI-CL-001 section 4) and by rules of its own. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from lockstep.config import Rule
from lockstep.model.component import ROOT, Component, Kind, is_data
from lockstep.workspace.dependencies import within
from lockstep.workspace.globs import matches
from lockstep.workspace.references import at, texts
from lockstep.workspace.tree import above, owner

# In order: the first that matches a folder decides.
TAXONOMY = (
    Rule("services/*", Kind.SERVICE),
    Rule("libs/python/*", Kind.PYTHON_LIBRARY),
    Rule("iac/modules", Kind.REPOSITORY),
    Rule("iac/modules/*", Kind.IAC),
    Rule("iac/*", Kind.IAC),
    Rule("schemas/openapi", Kind.OPENAPI),
    Rule("schemas/openapi/pacts", Kind.REPOSITORY),
    Rule("schemas/openapi/*", Kind.OPENAPI),
    Rule("schemas/events", Kind.EVENT_SCHEMA),
    Rule("schemas/events/*", Kind.EVENT_SCHEMA),
    Rule("ops", Kind.OPS),
)
_CODE = frozenset({Kind.SERVICE, Kind.PYTHON_LIBRARY})
# Python files that drive a repository and are no package of it.
_DRIVERS = frozenset({"noxfile.py", "tasks.py", "conftest.py"})

Manifests = Mapping[str, Mapping[str, Any]]


def find(paths: Collection[str], rules: Iterable[Rule], manifests: Manifests) -> tuple[Component, ...]:
    """Return the components, sorted by name, without their edges.

    `paths` are the files that are checked; `manifests` the tables of pyproject.toml by folder. A component that would
    own no file is none, but for the root, which owns what no other does. Rules come before the taxonomy; a rule of
    kind `repository` says that a folder is no component.
    """
    folders = sorted({folder for path in paths for folder in above(path)} - {ROOT})
    kinds = _by_rules(folders, (*rules, *TAXONOMY))
    kinds |= _workspace_members(folders, kinds, manifests)
    kinds |= _node_packages(paths, kinds)
    found = {folder: kind for folder, kind in kinds.items() if kind is not Kind.REPOSITORY} | {ROOT: Kind.REPOSITORY}
    owned: dict[str, list[str]] = {ROOT: []}
    for path in paths:
        owned.setdefault(owner(found, path), []).append(path)
    return tuple(_component(folder, found[folder], owned[folder], manifests) for folder in sorted(owned))


def _by_rules(folders: Iterable[str], rules: tuple[Rule, ...]) -> dict[str, Kind]:
    found = {}
    for folder in folders:
        kind = next((rule.kind for rule in rules if matches(rule.path, folder)), None)
        if kind is not None:
            found[folder] = kind
    return found


def _workspace_members(folders: Iterable[str], kinds: Mapping[str, Kind], manifests: Manifests) -> dict[str, Kind]:
    """Return the members of uv's workspace that no rule names."""
    workspace = at(manifests.get(ROOT), "tool", "uv", "workspace")
    members, exclude = texts(workspace.get("members")), texts(workspace.get("exclude"))
    return {
        folder: Kind.PYTHON_LIBRARY
        for folder in folders
        if folder in manifests
        and folder not in kinds
        and any(matches(glob, folder) for glob in members)
        and not any(matches(glob, folder) for glob in exclude)
    }


def _node_packages(paths: Iterable[str], kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """Return the folders of package.json that lie in no component and among no test data."""
    found = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name == "package.json" and folder and folder not in kinds and not is_data(folder):
            around = next((kinds[each] for each in above(folder) if each in kinds), Kind.REPOSITORY)
            if around is Kind.REPOSITORY:
                found[folder] = Kind.NODE_PACKAGE
    return found


def _component(folder: str, kind: Kind, owned: Collection[str], manifests: Manifests) -> Component:
    local = frozenset(path.removeprefix(f"{folder}/") for path in owned)
    manifest = manifests.get(folder)
    python = _is_python(folder, kind, local, manifest)
    roots = _source_roots(folder, local, manifest or {}) if python else ()
    return Component(name=folder, path=folder, kind=kind, python=python, source_roots=roots)


def _is_python(folder: str, kind: Kind, local: frozenset[str], manifest: Mapping[str, Any] | None) -> bool:
    """Whether there is packaging, or code that a service or library keeps without any.

    A manifest that could not be parsed counts: whoever uses it will say what is wrong with it.
    """
    if "setup.py" in local or "setup.cfg" in local or (manifest is not None and not manifest):
        return True
    if is_package(manifest or {}):
        return True
    code = any(path.endswith(".py") and path not in _DRIVERS for path in local)
    if any(is_requirements(path) for path in local):
        return code
    return code and kind in _CODE and folder != ROOT and "package.json" not in local


def is_package(manifest: Mapping[str, Any]) -> bool:
    """Whether a pyproject.toml describes a distribution, and not settings of tools alone."""
    return "project" in manifest or bool(at(manifest, "tool", "poetry"))


def is_requirements(path: str) -> bool:
    """Whether the path, relative to its component, is a requirements file at the component's top."""
    return "/" not in path and path.startswith("requirements") and path.endswith(".txt")


def _source_roots(folder: str, local: frozenset[str], manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the folders of importable code: as the build backend is told, else `src`, else the component's folder."""
    hinted = (within(folder, hint) for hint in _hints(manifest))
    roots = tuple(dict.fromkeys(root for root in hinted if root is not None))
    if roots:
        return roots
    plain = "src" if any(path.startswith("src/") and path.endswith(".py") for path in local) else ROOT
    return (within(folder, plain) or folder,)


def _hints(manifest: Mapping[str, Any]) -> Iterator[str]:
    tool = at(manifest, "tool")
    for package in texts(at(tool, "hatch", "build", "targets", "wheel").get("packages")):
        yield f"{package}/.."
    setuptools = at(tool, "setuptools")
    if isinstance(top := at(setuptools, "package-dir").get(""), str):
        yield top
    yield from texts(at(setuptools, "packages", "find").get("where"))
    packages = at(tool, "poetry").get("packages")
    for package in packages if isinstance(packages, list) else ():
        yield str(at(package).get("from", ROOT))
    if isinstance(top := at(tool, "uv", "build-backend").get("module-root"), str):
        yield top or ROOT
    if isinstance(top := at(tool, "pdm", "build").get("package-dir"), str):
        yield top or ROOT
