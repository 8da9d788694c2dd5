"""Six gaps between what is asked for and what a lock file names, which nobody but sbom-provenance looks for."""

import json

from tests.e2e.planting import Append, Defect, Edit, Write

_FRONT = "services/storefront"
_MANIFEST = f"{_FRONT}/package.json"
_RUST = "ops/ledger/Cargo.toml"
_GO = "ops/ledger/go.mod"
_JOBS = "ops/jobs/requirements.txt"

_CRATE = """\
[package]
name = "ledger"
version = "1.0.0"
edition = "2021"

[dependencies]
tally-marks = "0.4"
"""
_MODULE = """\
module ledger.northwind.example

go 1.22

require money.northwind.example/coins v1.2.0
"""
_PNPM = """\
lockfileVersion: '9.0'

importers:

  .:
    dependencies: {}
"""


def _node(*names: str) -> str:
    """Return a package.json that asks for packages of those names."""
    wanted = dict.fromkeys(names, "^2.1.0")
    return (
        json.dumps({"name": "storefront", "version": "1.0.0", "private": True, "dependencies": wanted}, indent=2) + "\n"
    )


def _node_lock(*names: str) -> str:
    """Return a package-lock.json (version 3) that names packages under the MIT licence."""
    wanted = dict.fromkeys(names, "^2.1.0")
    packages: dict[str, object] = {"": {"name": "storefront", "version": "1.0.0", "dependencies": wanted}}
    packages |= {f"node_modules/{name}": {"version": "2.1.0", "license": "MIT"} for name in names}
    lock = {"name": "storefront", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
    return json.dumps(lock, indent=2) + "\n"


def _defect(name: str, path: str, rule: str, at: str, *edits: Edit) -> Defect:
    return Defect(id=f"sbom-{name}", gate="sbom-provenance", path=path, rule=rule, edits=edits, at=(at,))


SBOMS = (
    _defect("loose-requirement", _JOBS, "no-version", "shelf-jobs>=6", Write(_JOBS, "# What the job needs.\nshelf-jobs>=6\n")),
    _defect("node-without-a-lock", _MANIFEST, "no-lock", '"shelf-view"', Write(_MANIFEST, _node("shelf-view"))),
    _defect(
        "node-lock-behind",
        _MANIFEST,
        "not-locked",
        '"shelf-cart"',
        Write(_MANIFEST, _node("shelf-view", "shelf-cart")),
        Write(f"{_FRONT}/package-lock.json", _node_lock("shelf-view")),
    ),
    _defect(
        "pnpm-lock-behind",
        _MANIFEST,
        "not-locked",
        '"shelf-view"',
        Write(_MANIFEST, _node("shelf-view")),
        Write(f"{_FRONT}/pnpm-lock.yaml", _PNPM),
    ),
    _defect("rust-without-a-lock", _RUST, "no-lock", "tally-marks", Write(_RUST, _CRATE)),
    _defect(
        "go-without-a-sum",
        _GO,
        "not-locked",
        "money.northwind.example/coins",
        Write(_GO, _MODULE),
        Append("lockstep.toml", '\n[licenses.packages]\n"money.northwind.example/coins" = "MIT"\n'),
    ),
)  # fmt: skip
