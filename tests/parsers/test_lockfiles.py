"""Every package that a lock file names."""

import json
from typing import Any

import pytest

from lockstep.parsers import lockfiles
from lockstep.parsers.lockfiles import Locked
from lockstep.parsers.reading import UnreadableError

UV = """\
version = 1

[[package]]
name = "lamps"
version = "0.1"
source = { editable = "." }

[[package]]
name = "site"
source = { virtual = "site" }

[[package]]
name = "Bulb.Holder"
version = "1.0"
source = { registry = "https://index.example/simple" }
"""
POETRY = """\
[[package]]
name = "bulb"
version = "1.0"

[[package]]
name = "lamps"
version = "0.1"

[package.source]
type = "directory"
url = "."
"""
OLD_NPM = {
    "lockfileVersion": 1,
    "dependencies": {"bulb": {"version": "1.0.0", "dependencies": {"glass": {"version": "2.0.0"}}}, "odd": 3},
}
TERRAFORM = """\
# This file is maintained automatically.
provider "registry.example/acme/lanterns" {
  version     = "5.1.0"
  constraints = "~> 5.0"
}
provider "registry.example/acme/odd" {
}
"""


def read(path: str, text: str, *told: tuple[str, str], modules: tuple[dict[str, Any], ...] = ()) -> tuple[Locked, ...]:
    policy = {"packages": [list(each) for each in told]}
    collected = {"policy": policy, "files": {path: text}, "distributions": [], "modules": list(modules)}
    return lockfiles.read(json.dumps(collected).encode())


def seen(path: str, text: str) -> list[tuple[str, str, int]]:
    return [(each.purl, each.licence, each.location.line) for each in read(path, text)]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("uv.lock", UV, [("pkg:pypi/bulb-holder@1.0", "", 13)]),
        ("poetry.lock", POETRY, [("pkg:pypi/bulb@1.0", "", 2)]),
        (
            "a/requirements.txt",
            "# ours\nBulb==1.0 \\\n  --hash=sha256:00\nglass>=2\nshade ==3.*\n-r more.txt\nwick @ https://w.example/wick.whl\n",
            [
                ("pkg:pypi/bulb@1.0", "", 2),
                ("pkg:pypi/glass", "", 4),
                ("pkg:pypi/shade", "", 5),
                ("pkg:pypi/wick@https%3A%2F%2Fw.example%2Fwick.whl", "", 7),
            ],
        ),
        ("requirements/base.txt", "bulb===1.0; python_version > '3'\n", [("pkg:pypi/bulb@1.0", "", 1)]),
        ("go.mod", "module a\nrequire b.example/c v1.2.0+incompatible\n", [("pkg:golang/b.example/c@v1.2.0%2Bincompatible", "", 2)]),
        (
            ".terraform.lock.hcl",
            TERRAFORM,
            [("pkg:terraform/registry.example/acme/lanterns@5.1.0", "", 2), ("pkg:terraform/registry.example/acme/odd", "", 6)],
        ),
        ("package-lock.json", json.dumps(OLD_NPM, indent=1), [("pkg:npm/bulb@1.0.0", "", 4), ("pkg:npm/glass@2.0.0", "", 7)]),
        ("notes.txt", "bulb==1.0\n", []),
    ],
)  # fmt: skip
def test_third_parties_are_named_with_version_and_line(
    path: str, text: str, expected: list[tuple[str, str, int]]
) -> None:
    assert seen(path, text) == expected


def test_a_scope_is_escaped() -> None:
    lock = {"lockfileVersion": 3, "packages": {"node_modules/@home/bulb": {"version": "1.0.0", "license": "MIT"}}}
    assert seen("package-lock.json", json.dumps(lock, indent=1)) == [("pkg:npm/%40home/bulb@1.0.0", "MIT", 4)]


def test_licences_are_told_by_what_is_installed_and_first_by_the_policy() -> None:
    text = "lockfileVersion: '9.0'\npackages:\n  bulb@1.0.0: {}\n".replace(": {}", ":")
    module = {"lock": "pnpm-lock.yaml", "name": "bulb", "version": "1.0.0", "license": "MIT"}
    assert [each.licence for each in read("pnpm-lock.yaml", text, modules=(module,))] == ["MIT"]
    assert [each.licence for each in read("pnpm-lock.yaml", text, ("bulb", "isc"), modules=(module,))] == ["ISC"]
    elsewhere = module | {"lock": "other/pnpm-lock.yaml"}
    assert [each.licence for each in read("pnpm-lock.yaml", text, modules=(elsewhere,))] == [""]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("uv.lock", "[[package]"),
        ("Cargo.lock", "version = "),
        ("package-lock.json", "{"),
        (
            "pnpm-lock.yaml",
            "lockfileVersion: 5.4\npackages:\n\n  /bulb/1.0.0:\n    dev: false\n".replace("5.4\n", "5.4\n\n"),
        ),
    ],
)
def test_a_lock_file_that_is_not_whole_or_not_known_is_never_passed_over(path: str, text: str) -> None:
    with pytest.raises(UnreadableError, match=path):
        read(path, text)
