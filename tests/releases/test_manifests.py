"""The version in manifests and locks."""

import json

import pytest

from lockstep.errors import RefusedError
from lockstep.releases.manifests import moved

PYPROJECT = """\
[project]
name = "till" # of the shop
version = "1.0.0"   # moved by releases

[tool.x]
version = "7"
"""


def test_the_version_moves_and_nothing_else_does() -> None:
    files = {
        "libs/till/pyproject.toml": PYPROJECT,
        "pyproject.toml": '[project]\nname = "shop"\ndynamic = ["version"]\n',
    }
    made = moved((".", "libs/till"), "1.1.0", files.get)
    assert made == {"libs/till/pyproject.toml": PYPROJECT.replace('"1.0.0"', '"1.1.0"')}


def test_poetry_has_its_own_place() -> None:
    text = '[tool.poetry]\nname = "till"\nversion = "1.0.0"\n'
    assert moved((".",), "1.1.0", {"pyproject.toml": text}.get) == {"pyproject.toml": text.replace("1.0.0", "1.1.0")}


def test_uv_lock_follows_for_the_members_that_move() -> None:
    lock = """\
version = 1

[[package]]
name = "other"
version = "1.0.0"
source = { registry = "https://index.example/simple" }

[[package]]
name = "shop"
version = "1.0.0"
source = { virtual = "." }

[[package]]
name = "till"
version = "1.0.0"
source = { editable = "libs/till" }
"""
    made = moved(("libs/till",), "1.1.0", {"uv.lock": lock}.get)
    assert made["uv.lock"] == 'version = "1.1.0"'.join(lock.rsplit('version = "1.0.0"', 1))


def test_npm_files_keep_their_indentation() -> None:
    manifest = '{\n\t"name": "web",\n\t"version": "1.0.0",\n\t"x": {"version": "7"}\n}\n'
    lock = json.dumps(
        {"name": "web", "version": "1.0.0", "packages": {"": {"version": "1.0.0"}, "y": {"version": "2"}}}, indent=2
    )
    made = moved(("web",), "1.1.0", {"web/package.json": manifest, "web/package-lock.json": lock + "\n"}.get)
    assert made["web/package.json"].startswith('{\n\t"name": "web",\n\t"version": "1.1.0"')
    assert made["web/package-lock.json"] == lock.replace('"1.0.0"', '"1.1.0"') + "\n"


def test_a_manifest_without_a_version_is_left_alone() -> None:
    files = {"pyproject.toml": "[tool.ruff]\n", "package.json": '{"private": true}', "package-lock.json": "{}\n"}
    assert moved((".",), "1.1.0", files.get) == {}


@pytest.mark.parametrize(("path", "text"), [("pyproject.toml", "[project"), ("package.json", "{")])
def test_a_manifest_that_cannot_be_read_refuses_the_release(path: str, text: str) -> None:
    with pytest.raises(RefusedError, match="a manifest cannot be read") as refused:
        moved((".",), "1.1.0", {path: text}.get)
    assert refused.value.where == path
