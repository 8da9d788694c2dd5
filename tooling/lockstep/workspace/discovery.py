"""From files to components with their edges; only a run that finds something new comes here. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from lockstep.config import FILE, Config
from lockstep.contracts.providers import may_be_contract
from lockstep.errors import ConfigError
from lockstep.model.component import ROOT, Component, Kind, is_data
from lockstep.model.digests import printable
from lockstep.parsers import configured
from lockstep.workspace import components, references, roles
from lockstep.workspace.dependencies import edges, names_of
from lockstep.workspace.globs import covering
from lockstep.workspace.layout import Layout
from lockstep.workspace.references import json_object
from lockstep.workspace.tree import owner


def make(paths: Collection[str], contents: Mapping[str, bytes], config: Config) -> Layout:
    """Return the layout of the files at `paths`, given the contents of those that can refer to others.

    Raises:
        ConfigError: the configuration names a component that is not there.
    """
    covered = covering(config.repository.exclude)
    generated = roles.generated(paths)
    excluded = frozenset(path for path in paths if path in generated or covered(path))
    contents = {path: data for path, data in contents.items() if path not in excluded}
    manifests = _by_folder(contents, "pyproject.toml", references.table)
    found = components.find([path for path in paths if path not in excluded], config.rules, manifests)
    names = msgspec.structs.replace(
        names_of(manifests, _by_folder(contents, "package.json", json_object)),
        contracts=_contracts(found, (path for path in paths if path not in excluded)),
        providers=config.pacts.providers,
    )
    used = edges(found, ((path, references.of(path, data)) for path, data in contents.items()), names)
    _check_names(found, config)
    applied = _owned(found, roles.manifests(contents))
    rendered = _owned(found, roles.of_charts([path for path in paths if path not in excluded]))

    def whole(component: Component) -> Component:
        settings = configured.of(component.path, paths, lambda path: contents.get(path, b""))
        depends = _depends(component, used.get(component.path, ()), config)
        own = config.component.get(component.name)
        image = own.image if own else ""
        return msgspec.structs.replace(
            component,
            depends=depends,
            configured=settings,
            image=image,
            manifests=applied.get(component.path, frozenset()),
            templates=rendered.get(component.path, frozenset()),
        )

    notes = (*map(_not_yet, roles.outermost(generated)), *_homeless(found, manifests))
    return Layout(tuple(map(whole, found)), excluded, notes, _extended(paths, contents))


def _owned(found: Iterable[Component], paths: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the paths by the component that owns them."""
    folders = frozenset(component.path for component in found)
    owned: dict[str, set[str]] = {}
    for path in paths:
        owned.setdefault(owner(folders, path), set()).add(path)
    return {folder: frozenset(those) for folder, those in owned.items()}


def _not_yet(folder: str) -> str:
    return f"{printable(folder)} is a template of projects, so nothing in it is checked: check what is rendered from it"


def _contracts(found: Iterable[Component], paths: Iterable[str]) -> tuple[str, ...]:
    """Return the files of contract components that may be contracts."""
    kinds = {component.path: component.kind for component in found}
    return tuple(path for path in paths if may_be_contract(path) and kinds[owner(kinds, path)] is Kind.OPENAPI)


def _extended(paths: Collection[str], contents: Mapping[str, bytes]) -> dict[str, tuple[str, ...]]:
    configuring = (path for path in contents if path.rpartition("/")[2] in configured.BARE)
    found = ((path, configured.extended(path, paths, lambda each: contents.get(each, b""))) for path in configuring)
    return {path: targets for path, targets in found if targets}


def _by_folder(
    contents: Mapping[str, bytes], name: str, parse: Callable[[bytes], Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    return {
        path.rpartition("/")[0] or ROOT: parse(data)
        for path, data in contents.items()
        if path.rpartition("/")[2] == name
    }


def _depends(component: Component, used: tuple[str, ...], config: Config) -> tuple[str, ...]:
    """Return the edges that were found and those that lockstep.toml adds."""
    own = config.component.get(component.name)
    added = own.depends if own and own.depends else ()
    return tuple(sorted({*used, *added} - {component.name}))


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


def _homeless(found: tuple[Component, ...], manifests: components.Manifests) -> Iterator[str]:
    """Say which Python packages are parts of the root that the root's own packaging knows nothing of."""
    folders = frozenset(component.path for component in found)
    for folder in sorted(manifests):
        stray = folder != ROOT and owner(folders, folder) == ROOT and not is_data(folder)
        if stray and components.is_package(manifests[folder]):
            yield f"{printable(folder)} is a Python package of no component: give its folder a rule in {FILE}"
