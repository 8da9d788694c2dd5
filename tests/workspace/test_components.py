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
