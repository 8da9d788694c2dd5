"""Where packages stand in lock files, and which of them ship."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.parsers import locked
from lockstep.parsers.locked import Module

UV = """version = 1

[manifest]
members = ["shop", "lamps"]

[[package]]
name = "bulb"
version = "1.0"
dependencies = [{ name = "glass" }]

[[package]]
name = "glass"
version = "2.0"

[[package]]
name = "glass"
version = "3.0"

[[package]]
name = "lamps"
version = "0.1"
source = { editable = "libs/lamps" }
dependencies = [{ name = "bulb" }]

[package.dev-dependencies]
dev = [{ name = "checker" }]

[[package]]
name = "checker"
version = "9"
dependencies = [{ name = "glass" }, { name = "parser" }]

[[package]]
name = "parser"
version = "9"

[[package]]
name = "paint"
version = "4"

[[package]]
name = "shop"
version = "0.1"
source = { virtual = "." }
dependencies = [{ name = "lamps" }]

[package.optional-dependencies]
colour = [{ name = "paint" }]

[package.dev-dependencies]
dev = [{ name = "checker" }]
"""
POETRY = """[[package]]
name = "Some_Bulb"
version = "1.0"
groups = ["main", "dev"]

[[package]]
name = "checker"
version = "9"
groups = ["dev"]

[[package]]
name = "old"
version = "1"
category = "dev"

[[package]]
name = "older"
version = "1"
"""
PNPM = """lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      bulb@1.0:
packages:

  '@glass/window@2.1.0(bulb@1.0.0)':
    resolution: {integrity: sha512-x}

  /bulb@1.0.0:
    engines: {node: '>=18'}
    cpu: [arm64]

  local@file:../local:
    resolution: {directory: ../local}

snapshots:
  other@1.0.0: {}
"""
YARN = """# yarn lockfile v1


"@glass/window@^2.0.0", "@glass/window@^2.1.0":
  version "2.1.0"
  dependencies:
    bulb "^1.0.0"
  optionalDependencies:
    "@glass/darwin" "1.0.0"
    bulb "^1.0.0"

"@glass/darwin@1.0.0":
  version "1.0.0"

bulb@^1.0.0:
  version "1.0.0"
"""
BERRY = """__metadata:
  version: 8

"@glass/darwin@npm:1.0.0":
  version: 1.0.0
  conditions: os=darwin
  linkType: hard

"bulb@npm:^1.0.0":
  version: 1.0.0
  linkType: hard

"shop@workspace:.":
  version: 0.0.0-use.local
  linkType: soft
"""


def test_uv_lock_tells_lines_by_name_and_version() -> None:
    lock = locked.python("uv.lock", UV, "shop")
    assert (lock.line("glass", "2.0"), lock.line("glass", "3.0"), lock.line("glass", "4.0")) == (12, 16, 12)
    assert lock.line("gone", "1") == 0


@pytest.mark.parametrize(
    ("project", "development"),
    [
        ("shop", {"checker", "parser"}),
        ("lamps", {"checker", "parser", "paint", "shop"}),
        ("stranger", set()),
        ("", set()),
    ],
)
def test_what_only_groups_reach_is_for_development(project: str, development: set[str]) -> None:
    assert locked.python("a/uv.lock", UV, project).development == development


def test_poetry_says_the_groups_itself() -> None:
    lock = locked.python("poetry.lock", POETRY, "shop")
    assert lock.development == {"checker", "old"}
    assert lock.line("some-bulb", "1.0") == 2


def test_everything_in_requirements_ships() -> None:
    text = "# tools\n-r base.txt\nSome.Bulb[led] == 1.0 \\\n    --hash=sha256:00\nglass>=2; python_version > '3'\nhttps://x/y\n"
    lock = locked.python("requirements.txt", text, "shop")
    assert (lock.line("some-bulb", "1.0"), lock.line("glass", "2"), lock.development) == (3, 5, frozenset())


@pytest.mark.parametrize(
    ("manifest", "name"),
    [
        ('[project]\nname = "My_Shop"\n', "my-shop"),
        ('[tool.poetry]\nname = "shop"\n', "shop"),
        ('[project]\nname = ["shop"]\n', ""),
        ("[project", ""),
        ("", ""),
    ],
)
def test_a_manifest_names_its_project(manifest: str, name: str) -> None:
    assert locked.project(manifest) == name


def test_npm_keys_have_lines() -> None:
    text = json.dumps({"packages": {"": {}, "node_modules/a": {}, 'node_modules/"b"': {}}}, indent=2)
    assert locked.node(text) == {"packages": 2, "": 3, "node_modules/a": 4, 'node_modules/"b"': 5}


def test_pnpm_names_third_parties() -> None:
    assert list(locked.pnpm(PNPM)) == [
        Module("@glass/window", "2.1.0", 8),
        Module("bulb", "1.0.0", 11, everywhere=False),
    ]


def test_yarn_names_third_parties() -> None:
    assert list(locked.yarn(YARN)) == [
        Module("@glass/window", "2.1.0", 4),
        Module("@glass/darwin", "1.0.0", 12, everywhere=False),
        Module("bulb", "1.0.0", 15),
    ]
    assert list(locked.yarn(BERRY)) == [
        Module("@glass/darwin", "1.0.0", 4, everywhere=False),
        Module("bulb", "1.0.0", 9),
    ]


def test_go_names_what_it_requires_less_what_lies_in_the_repository() -> None:
    text = (
        "module x\n\ngo 1.24\n\nrequire bulb.example/b v1.0.0 // why\nrequire (\n\tglass.example/g/v2 v2.0.0\n"
        "\town.example/o v0.0.0\n)\n\nexclude (\n\told.example/o v1.0.0\n)\n\nreplace own.example/o => ../o\n"
    )
    assert list(locked.go(text)) == [Module("bulb.example/b", "v1.0.0", 5), Module("glass.example/g/v2", "v2.0.0", 7)]


def test_cargo_names_what_has_a_source() -> None:
    text = (
        'version = 4\n\n[[package]]\nname = "bulb_core"\nversion = "1.0.0"\nsource = "registry+x"\n\n'
        '[[package]]\nname = "shop"\nversion = "0.1.0"\n'
    )
    assert list(locked.cargo(text)) == [Module("bulb_core", "1.0.0", 4)]


TEXTS = st.text() | st.sampled_from([UV, POETRY, PNPM, YARN, BERRY]).flatmap(
    lambda text: st.integers(0, len(text)).map(lambda size: text[:size])
)


@given(TEXTS, st.sampled_from(["uv.lock", "poetry.lock", "requirements.txt"]))
def test_any_text_is_answered(text: str, path: str) -> None:
    lock = locked.python(path, text, "shop")
    assert all(line >= 1 for line in lock.lines.values())
    assert isinstance(locked.project(text), str)
    assert all(line >= 1 for line in locked.node(text).values())
    assert all(
        each.line >= 1 for each in (*locked.pnpm(text), *locked.yarn(text), *locked.go(text), *locked.cargo(text))
    )


@pytest.mark.parametrize(
    "line",
    ["dependencies = 3", 'dependencies = ["x", [], 3]', 'groups = "dev"', "groups = 3", "optional-dependencies = [1]"],
)
def test_tables_of_another_shape_name_nothing(line: str) -> None:
    text = f'[[package]]\nname = "shop"\nversion = "1"\n{line}\n\n[[package]]\nname = 3\n'
    assert locked.python("uv.lock", text, "shop").development == set()
    assert locked.python("poetry.lock", text, "shop").development == set()
    assert locked.python("uv.lock", "package = 3\n", "shop").development == set()


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("a/uv.lock", True),
        ("npm-shrinkwrap.json", True),
        ("requirements-dev.txt", True),
        ("a/requirements/base.txt", True),
        ("Gemfile.lock", False),
        ("a/base.txt", False),
    ],
)
def test_lock_files_are_known_by_name(path: str, known: bool) -> None:  # noqa: FBT001 - a table
    assert locked.is_lock(path) is known
