import pytest

from lockstep.errors import ConfigError
from lockstep.model.component import Component, Kind
from tests.workspace.repositories import Repository


def _kinds(repo: Repository, config: str = "") -> dict[str, Kind]:
    return {component.name: component.kind for component in repo.read(config).components}


def test_the_taxonomy_gives_every_folder_its_kind(repo: Repository) -> None:
    repo.write(
        {
            "services/orders/app.py": "",
            "libs/python/common/pyproject.toml": "[project]\nname = 'common'\n",
            "iac/network/main.tf": "",
            "iac/modules/tags/main.tf": "",
            "schemas/openapi/orders.yaml": "",
            "schemas/events/created/1.json": "{}",
            "ops/runbook.md": "",
            "README.md": "",
        }
    )
    assert _kinds(repo) == {
        ".": Kind.REPOSITORY,
        "iac/modules/tags": Kind.IAC,
        "iac/network": Kind.IAC,
        "libs/python/common": Kind.PYTHON_LIBRARY,
        "ops": Kind.OPS,
        "schemas/events/created": Kind.EVENT_SCHEMA,
        "schemas/openapi": Kind.OPENAPI,
        "services/orders": Kind.SERVICE,
    }


def test_an_empty_repository_has_its_root(repo: Repository) -> None:
    assert repo.read().components == (Component(".", ".", Kind.REPOSITORY),)


def test_rules_come_before_the_taxonomy(repo: Repository) -> None:
    repo.write({"services/site/x.ts": "", "apps/api/x.py": "", "services/notes/x.md": ""})
    rules = (
        '[[rules]]\npath = "services/site"\nkind = "node-package"\n'
        '[[rules]]\npath = "apps/*"\nkind = "service"\n'
        '[[rules]]\npath = "services/notes"\nkind = "repository"\n'
    )
    assert _kinds(repo, rules) == {
        ".": Kind.REPOSITORY,
        "apps/api": Kind.SERVICE,
        "services/site": Kind.NODE_PACKAGE,
    }


def test_a_repository_whose_root_is_the_package(repo: Repository) -> None:
    repo.write({"pyproject.toml": "[project]\nname = 'tool'\n", "src/tool/__init__.py": ""})
    (root,) = repo.read().components
    assert (root.python, root.source_roots) == (True, ("src",))


def test_a_root_with_settings_only_is_no_package(repo: Repository) -> None:
    repo.write({"pyproject.toml": "[tool.ruff]\n", "noxfile.py": ""})
    assert not repo.read().components[0].python


def test_an_unknown_component_in_the_configuration_is_refused(repo: Repository) -> None:
    with pytest.raises(ConfigError, match="unknown component: orders"):
        repo.read('[component.orders]\ninstall = "wheel"\n')


def _roots(repo: Repository, manifest: str, *files: str) -> tuple[str, ...]:
    repo.write({"services/a/pyproject.toml": manifest, **{f"services/a/{path}": "" for path in files}})
    return repo.read().by_name("services/a").source_roots


@pytest.mark.parametrize(
    ("manifest", "files", "roots"),
    [
        ("[project]\nname = 'a'\n", ("src/a/x.py",), ("services/a/src",)),
        ("[project]\nname = 'a'\n", ("a/x.py",), ("services/a",)),
        ("[tool.hatch.build.targets.wheel]\npackages = ['lib/a', 'lib/b', 'more/c']\n[project]\nname='a'\n", (), None),
        ("[tool.setuptools.package-dir]\n'' = 'lib'\n[project]\nname='a'\n", (), ("services/a/lib",)),
        ("[tool.setuptools.packages.find]\nwhere = ['lib']\n[project]\nname='a'\n", (), ("services/a/lib",)),
        ("[tool.poetry]\npackages = [{ include = 'a', from = 'lib' }, { include = 'b' }]\n", (), None),
        ("[tool.uv.build-backend]\nmodule-root = ''\n[project]\nname='a'\n", ("src/a.py",), ("services/a",)),
        ("[tool.pdm.build]\npackage-dir = 'lib'\n[project]\nname='a'\n", (), ("services/a/lib",)),
        ("[tool.setuptools.packages.find]\nwhere = ['../../..']\n[project]\nname='a'\n", (), ("services/a",)),
        ("this is no TOML", ("a.py",), ("services/a",)),
    ],
)
def test_importable_code_lies_where_the_build_backend_is_told(
    repo: Repository, manifest: str, files: tuple[str, ...], roots: tuple[str, ...] | None
) -> None:
    several = {"hatch": ("services/a/lib", "services/a/more"), "poetry": ("services/a/lib", "services/a")}
    expected = roots or next(known for name, known in several.items() if name in manifest)
    assert _roots(repo, manifest, *files) == expected


@pytest.mark.parametrize(
    ("files", "python"),
    [
        (("setup.py",), True),
        (("setup.cfg",), True),
        (("requirements.txt", "app.py"), True),
        (("requirements.txt", "README.md"), False),
        (("app.py",), True),
        (("noxfile.py", "tasks.py", "conftest.py"), False),
        (("app.py", "package.json"), False),
        (("index.js",), False),
    ],
)
def test_packaging_or_plain_code_makes_a_service_python(repo: Repository, files: tuple[str, ...], python: bool) -> None:  # noqa: FBT001 - a table
    repo.write({f"services/a/{path}": "" for path in files})
    assert repo.read().by_name("services/a").python is python


def test_members_of_uvs_workspace_are_libraries_unless_excluded_or_ruled(repo: Repository) -> None:
    members = "[tool.uv.workspace]\nmembers = ['tools/*', 'services/*']\nexclude = ['tools/old']\n"
    package = "[project]\nname = 'x'\n"
    repo.write(
        {"pyproject.toml": members, **{f"{path}/pyproject.toml": package for path in ("tools/new", "tools/old")}}
    )
    repo.write({"services/a/pyproject.toml": package, "tools/notes/README.md": ""})
    found = repo.read()
    assert _kinds(repo) == {".": Kind.REPOSITORY, "services/a": Kind.SERVICE, "tools/new": Kind.PYTHON_LIBRARY}
    assert found.notes == ("tools/old is a Python package of no component: give its folder a rule in lockstep.toml",)


def test_node_packages_are_found_where_no_component_is_and_no_test_data(repo: Repository) -> None:
    repo.write(
        {
            "web/package.json": "{}",
            "web/plugins/a/package.json": "{}",
            "services/site/front/package.json": "{}",
            "tests/data/x/package.json": "{}",
            "package.json": "{}",
        }
    )
    found = {name: kind for name, kind in _kinds(repo).items() if kind is Kind.NODE_PACKAGE}
    assert set(found) == {"web", "web/plugins/a"}


def test_excluded_files_form_no_component_and_refer_to_nothing(repo: Repository) -> None:
    repo.write({"services/a/app.py": "", "services/b/requirements.txt": "-e ../a", "services/b/app.py": ""})
    found = repo.read('[repository]\nexclude = ["services/b/**"]\n')
    assert [component.name for component in found.components] == [".", "services/a"]
    assert found.excluded == {"services/b/app.py", "services/b/requirements.txt"}


def test_edges_that_the_configuration_adds_are_there(repo: Repository) -> None:
    repo.write({"services/a/app.py": "", "services/b/app.py": ""})
    found = repo.read('[component."services/a"]\ndepends = ["services/b", "services/a"]\n')
    assert found.by_name("services/a").depends == ("services/b",)
    with pytest.raises(ConfigError, match="unknown component: services/z"):
        repo.read('[component."services/a"]\ndepends = ["services/z"]\n')


def test_the_layout_is_kept_and_made_again_where_the_cache_is_damaged(repo: Repository) -> None:
    repo.write({"services/a/app.py": ""})
    first = repo.read()
    cache = repo.root / ".lockstep/cache/layout.msgpack"
    kept = cache.read_bytes()
    assert repo.read().components == first.components
    cache.write_bytes(kept[: len(kept) // 2])
    assert repo.read().components == first.components
    assert cache.read_bytes() == kept
    repo.write({"services/b/app.py": ""})
    assert [component.name for component in repo.read().components] == [".", "services/a", "services/b"]
