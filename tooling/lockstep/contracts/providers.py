"""Which contract is a pact's provider's: by names, and by what lockstep.toml says. Pure.

A Pact file is a JSON file in a folder `pacts`, at any depth. The contracts of this repository are the files of contract
components; each is called by its file (`orders.yaml`, `orders-v2.yaml`) or, where that says nothing (`openapi.yaml`, `v1.yaml`),
by its folder. A provider is meant where the names are the same, apart from case, separators and a last word like `service`.
"""

import re
from collections.abc import Iterable, Mapping
from posixpath import basename, dirname
from typing import Any

CONTRACTS = (".json", ".yaml", ".yml")
FOLDER = "pacts"
_VERSION = re.compile(r"v?\d+([.-]\d+)*")
_KINDS = frozenset({"api", "index", "openapi", "schema", "spec", "specification", "swagger"})
_KINDS_OF_PROVIDERS = frozenset({"api", "app", "backend", "provider", "server", "service", "svc"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def is_pact(path: str) -> bool:
    """Whether the path is that of a Pact file."""
    return path.endswith(".json") and FOLDER in path.split("/")[:-1]


def provider_of(data: Mapping[str, Any]) -> str:
    """Return the name of a pact's provider, "" where it does not say one."""
    named = data.get("provider")
    name = named.get("name") if isinstance(named, dict) else None
    return name if isinstance(name, str) else ""


def may_be_contract(path: str) -> bool:
    """Whether a file of a contract component may be a contract, by its name."""
    return path.endswith(CONTRACTS) and not is_pact(path) and not basename(path).startswith(".")


def contracts_of(provider: str, paths: Iterable[str], told: Mapping[str, str]) -> tuple[str, ...]:
    """Return those of `paths`, files of contract components, that a provider's name means; what lockstep.toml says (`told`) counts alone.

    Names that are the same come before those that only mean the same.
    """
    if provider in told:
        return (told[provider],)
    wanted = _words(provider)
    named = [(path, _called(path)) for path in paths if may_be_contract(path)]
    exact = sorted(path for path, words in named if words == wanted)
    return tuple(exact or sorted(path for path, words in named if _core(words) == _core(wanted)))


def _called(path: str) -> tuple[str, ...]:
    """Return the name of a contract, word for word, without what says only that it is one, or which version of it."""
    words = _named(_words(basename(path).rpartition(".")[0]))
    return words or _named(_words(basename(dirname(path))))


def _named(words: tuple[str, ...]) -> tuple[str, ...]:
    while words and (_VERSION.fullmatch(words[-1]) or words[-1] in _KINDS):
        words = words[:-1]
    return words


def _words(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W_]+", _CAMEL.sub(" ", name).lower()))


def _core(words: tuple[str, ...]) -> tuple[str, ...]:
    while len(words) > 1 and words[-1] in _KINDS_OF_PROVIDERS:
        words = words[:-1]
    return words
