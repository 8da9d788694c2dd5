"""The gates: one module each, found by looking into this folder."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from lockstep.model.gate import Gate, Stage

_ORDER = tuple(Stage)


@lru_cache(maxsize=1)
def discover() -> Mapping[str, Gate]:
    """Return every gate by id, ordered by stage, then id. A module is a gate where it has a `GATE`."""
    names = (found.name for found in pkgutil.iter_modules(__path__))
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names if not name.startswith("_"))
    gates = sorted((module.GATE for module in modules if hasattr(module, "GATE")), key=_place)
    return MappingProxyType({gate.id: gate for gate in gates})


def _place(gate: Gate) -> tuple[int, str]:
    return _ORDER.index(gate.stage), gate.id
