"""Build backends: what a manifest asks for (PEP 518), and which of the pinned versions bind it. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

# What installers take where a manifest does not say (PEP 518).
_DEFAULT = ("setuptools",)
_EXACT = frozenset({"==", "==="})
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)")


class Bound(msgspec.Struct, frozen=True):
    """How the backends of one build are bound.

    text: the constraints, a part of those that there are. loose: requirements that nothing binds to one version.
    """

    text: str
    loose: tuple[str, ...]


def required(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the requirements of pyproject.toml's `build-system`; where they are broken, the build itself tells more."""
    table = manifest.get("build-system", {})
    asked = table.get("requires", _DEFAULT) if isinstance(table, Mapping) else ()
    return tuple(map(str, asked)) if isinstance(asked, (list, tuple)) else ()


def bound(constraints: str, asked: Iterable[str]) -> Bound:
    """Return how requirements are bound by `constraints`, in which a name may stand with several versions.

    The first version of a name that a requirement accepts binds it, and of names that nobody asks for, the first.
    """
    wanted = tuple(_read(asked))
    chosen: dict[str, str] = {}
    for block in re.split(r"(?m)^(?=\w)", constraints):
        pin = _PIN.match(block)
        if pin and all(
            _accepts(each, pin["version"]) for each in wanted if _name(each) == canonicalize_name(pin["name"])
        ):
            chosen.setdefault(canonicalize_name(pin["name"]), block)
    loose = (str(each) for each in wanted if _name(each) not in chosen and not _is_exact(each))
    return Bound("".join(chosen.values()), tuple(loose))


def _read(asked: Iterable[str]) -> Iterator[Requirement]:
    for text in asked:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue  # the build itself tells more
        if requirement.marker is None or requirement.marker.evaluate():
            yield requirement


def _name(requirement: Requirement) -> str:
    return canonicalize_name(requirement.name)


def _accepts(requirement: Requirement, version: str) -> bool:
    return requirement.url is None and requirement.specifier.contains(version, prereleases=True)


def _is_exact(requirement: Requirement) -> bool:
    exact = (each.operator in _EXACT and not each.version.endswith(".*") for each in requirement.specifier)
    return requirement.url is not None or any(exact)
