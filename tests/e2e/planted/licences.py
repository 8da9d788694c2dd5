"""Six that only the licence policy sees: five need no network, one locks a package under the GPL."""

import json

from tests.e2e.planted.paths import SERVICE
from tests.e2e.planting import Append, Defect, Edit, Relock, Replace, Write

_NODE_LOCK = "services/storefront/package-lock.json"
_NO_LICENCE = ""


def _node_lock(licence: str) -> str:
    """Return a package-lock.json (version 3) with one dependency under `licence`."""
    root = {"name": "storefront", "version": "1.0.0", "license": "MIT", "dependencies": {"shelf-view": "2.1.0"}}
    package = {"version": "2.1.0", "license": licence}
    packages = {"": root, "node_modules/shelf-view": package if licence else {"version": "2.1.0"}}
    lock = {"name": "storefront", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
    return json.dumps(lock, indent=2) + "\n"


def _node(name: str, licence: str) -> Defect:
    return _defect(name, _NODE_LOCK, Write(_NODE_LOCK, _node_lock(licence)))


def _defect(name: str, path: str, *edits: Edit) -> Defect:
    return Defect(id=f"licences-{name}", gate="licenses", path=path, rule="", edits=edits)


LICENCES = (
    _node("gpl", "GPL-3.0-only"),
    _node("agpl", "AGPL-3.0-or-later"),
    _node("missing", _NO_LICENCE),
    _node("unknown", "SEE LICENSE IN TERMS.md"),
    _defect("narrow-list", "uv.lock", Append("lockstep.toml", '\n[licenses]\nallow = ["Apache-2.0"]\n')),
    _defect(
        "gpl-in-python-lock",
        "uv.lock",
        Replace(f"{SERVICE}/pyproject.toml", 'dependencies = ["common"]', 'dependencies = ["common", "unidecode"]'),
        Relock(),
    ),
)
