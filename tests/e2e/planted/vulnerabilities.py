"""Nine versions with published vulnerabilities, in lock files of new components; one is locked from a package registry."""

import json

from tests.e2e.planted.paths import SERVICE
from tests.e2e.planting import Append, Defect, Edit, Relock, Replace, Write

_FRONT = "services/storefront"
_JOBS = "ops/jobs"

_POETRY = """\
[[package]]
name = "pyyaml"
version = "5.3.1"
description = "YAML parser and emitter for Python"
optional = false
python-versions = "*"
groups = ["main"]
files = []

[metadata]
lock-version = "2.1"
python-versions = ">=3.11"
content-hash = "0000000000000000000000000000000000000000000000000000000000000000"
"""

_GO = """\
module ledger.northwind.example

go 1.22

require golang.org/x/text v0.3.7
"""

_GO_SUM = f"golang.org/x/text v0.3.7 h1:{'A' * 43}=\n"

_CARGO = """\
version = 3

[[package]]
name = "regex"
version = "1.5.4"
source = "registry+https://github.com/rust-lang/crates.io-index"
"""

_PNPM = """\
lockfileVersion: "9.0"

importers:

  .:
    dependencies:
      minimist:
        specifier: ^1.2.0
        version: 1.2.5

packages:

  minimist@1.2.5:
    resolution: {integrity: sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==}

snapshots:

  minimist@1.2.5: {}
"""
_MINIMIST = '{ "name": "minimist", "version": "1.2.5", "license": "MIT" }\n'


def _package_lock(name: str, version: str, licence: str) -> str:
    """Return a package-lock.json (version 3) with one dependency."""
    root = {"name": "storefront", "version": "1.0.0", "license": "MIT", "dependencies": {name: version}}
    packages = {"": root, f"node_modules/{name}": {"version": version, "license": licence}}
    lock = {"name": "storefront", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
    return json.dumps(lock, indent=2) + "\n"


def _defect(name: str, rule: str, path: str, at: str, *edits: Edit) -> Defect:
    return Defect(id=f"vulnerabilities-{name}", gate="trivy", path=path, rule=rule, at=(at,), edits=edits)


def _node(name: str, rule: str, version: str) -> Defect:
    path = f"{_FRONT}/package-lock.json"
    licensed = Write(path, _package_lock(name, version, "MIT"))
    return _defect(f"npm-{name}", rule, path, f'"node_modules/{name}"', licensed)


def _licensed(name: str, licence: str) -> Append:
    """Say the licence of a package whose lock file does not."""
    return Append("lockstep.toml", f'\n[licenses.packages]\n"{name}" = "{licence}"\n')


def _locked(name: str, rule: str, file: str, text: str, at: str, *edits: Edit) -> Defect:
    return _defect(name, rule, file, at, Write(file, text), *edits)


VULNERABILITIES = (
    _node("lodash", "CVE-2021-23337", "4.17.20"),
    _node("minimist", "CVE-2021-44906", "1.2.5"),
    _node("ip", "CVE-2024-29415", "2.0.1"),
    _locked("pip", "CVE-2022-29217", f"{_JOBS}/requirements.txt", "# nightly\nPyJWT==2.3.0\n", "PyJWT==2.3.0"),
    _locked(
        "pip-other-name", "CVE-2020-14343", f"{_JOBS}/requirements-dump.txt", "# dump\nPyYAML==5.3.1\n", "PyYAML==5.3.1"
    ),
    _locked("poetry", "CVE-2020-14343", f"{_JOBS}/poetry.lock", _POETRY, 'name = "pyyaml"'),
    _locked(
        "pnpm",
        "CVE-2021-44906",
        f"{_FRONT}/pnpm-lock.yaml",
        _PNPM,
        "  minimist@1.2.5:",
        Write(f"{_FRONT}/node_modules/minimist/package.json", _MINIMIST),
    ),
    _locked(
        "go",
        "CVE-2022-32149",
        "services/ledger/go.mod",
        _GO,
        "golang.org/x/text v0.3.7",
        _licensed("golang.org/x/text", "BSD-3-Clause"),
        Write("services/ledger/go.sum", _GO_SUM),
    ),
    _locked(
        "cargo",
        "CVE-2022-24713",
        "services/scales/Cargo.lock",
        _CARGO,
        'name = "regex"',
        _licensed("regex", "MIT OR Apache-2.0"),
    ),
    _defect(
        "uv-workspace",
        "CVE-2022-29217",
        "uv.lock",
        'name = "pyjwt"\n',
        Replace(f"{SERVICE}/pyproject.toml", 'dependencies = ["common"]', 'dependencies = ["common", "pyjwt==2.3.0"]'),
        Relock(),
    ),
)
