import json

import pytest

from tests.workspace.repositories import Repository


def _depends(repo: Repository, name: str, config: str = "") -> tuple[str, ...]:
    return repo.read(config).by_name(name).depends


LIB = {"libs/python/common/pyproject.toml": "[project]\nname = 'Common_Lib'\n"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", "[tool.uv.sources]\ncommon = { path = '../../libs/python/common' }\n"),
        ("pyproject.toml", "[tool.uv.sources]\ncommon-lib = { workspace = true }\n"),
        ("pyproject.toml", "[tool.uv.sources]\ncommon-lib = [{ workspace = true, marker = 'x' }]\n"),
        ("pyproject.toml", "[tool.poetry.dependencies]\ncommon = { path = '../../libs/python/common' }\n"),
        ("pyproject.toml", "[tool.poetry.group.dev.dependencies]\ncommon = [{ path = '../../libs/python/common' }]\n"),
        ("pyproject.toml", "[project]\ndependencies = ['common @ file:../../libs/python/common']\n"),
        (
            "pyproject.toml",
            "[dependency-groups]\ndev = ['c @ file:///${PROJECT_ROOT}/../../libs/python/common ; extra']\n",
        ),
        ("pyproject.toml", "[project]\ndependencies = ['common @ {root:uri}/../../libs/python/common']\n"),
        ("requirements.txt", "-e ../../libs/python/common[all] # ours\n"),
        ("requirements-dev.txt", "--editable=../../libs/python/common\n"),
        ("requirements.txt", "-r ../../libs/python/common/requirements.txt\n"),
        ("requirements.txt", "../../libs/python/common ; python_version > '3'\n"),
        ("requirements.txt", "common @ file:../../libs/python/common\n"),
        ("Dockerfile", "FROM x\nCOPY --chown=1:1 libs/python/common/src \\\n  ./\n"),
        ("Dockerfile", 'FROM x\nADD ["libs/python/common", "/app"]\n'),
        ("Dockerfile", "FROM x\ncopy libs /app/libs\n"),
        ("build.Dockerfile", "FROM x\nCOPY libs/python/*/pyproject.toml /app/\n"),
        ("Dockerfile.dev", "RUN --mount=type=bind,source=libs/python/common,target=/x make\n"),
        ("main.tf", 'module "x" {\n  source = "../../libs/python/common"\n}\n'),
        ("main.tf.json", '{"module": {"x": {\n"source": "../../libs/python/common"}}}'),
        ("api.yaml", "a:\n  $ref: ../../libs/python/common/x.yaml#/a\n"),
        ("api.yml", "a: { '$ref': '../../libs/python/common/x.yaml' }\n"),
        ("api.json", '{"$ref": "..\\/..\\/libs/python/common/x.json#/b"}'),
    ],
)
def test_a_reference_is_an_edge(repo: Repository, path: str, text: str) -> None:
    repo.write({**LIB, f"services/orders/{path}": text})
    assert _depends(repo, "services/orders") == ("libs/python/common",)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", "[project]\ndependencies = ['common-lib']\n"),
        ("requirements.txt", "-e /abs/libs/python/common\n"),
        ("requirements.txt", "-e ../../../outside\n"),
        ("Dockerfile", "FROM x\nCOPY . /app\n"),
        ("Dockerfile", "FROM x\nCOPY ../outside /app\n"),
        ("Dockerfile", "FROM x\nCOPY README.md /app\n"),
        ("package.json", '{"dependencies": {"common-lib": "^1"}}'),
        ("requirements.txt", "-e .\n"),
    ],
)
def test_what_names_no_other_component_is_no_edge(repo: Repository, path: str, text: str) -> None:
    repo.write({**LIB, "README.md": "", f"services/orders/{path}": text})
    assert _depends(repo, "services/orders") == ()


def test_a_name_that_the_root_says_is_local_is_an_edge(repo: Repository) -> None:
    repo.write({**LIB, "pyproject.toml": "[tool.uv.sources]\ncommon_lib = { workspace = true }\n"})
    repo.write({"services/orders/pyproject.toml": "[project]\ndependencies = ['Common-Lib>=1']\n"})
    assert _depends(repo, "services/orders") == ("libs/python/common",)


def test_node_packages_depend_by_name(repo: Repository) -> None:
    repo.write(
        {"web/a/package.json": '{"name": "@shop/a"}', "web/b/package.json": '{"dependencies": {"@shop/a": "*"}}'}
    )
    assert _depends(repo, "web/b") == ("web/a",)


def test_a_reference_to_a_folder_of_several_components_reaches_all_of_them(repo: Repository) -> None:
    repo.write({**LIB, "libs/python/money/pyproject.toml": "[project]\nname = 'money'\n"})
    repo.write({"services/orders/requirements.txt": "-r ../../libs/python\n"})
    assert _depends(repo, "services/orders") == (".", "libs/python/common", "libs/python/money")


def test_configuration_files_are_told_for_each_component(repo: Repository) -> None:
    repo.write({**LIB, "ruff.toml": "", "services/orders/app.py": "", "services/orders/.ruff.toml": ""})
    read = repo.read()
    assert read.by_name("services/orders").configuration("ruff") == "services/orders/.ruff.toml"
    assert read.by_name("libs/python/common").configuration("ruff") == "ruff.toml"
    assert read.by_name("libs/python/common").configuration("mypy") == ""


def _pact(provider: str) -> str:
    return json.dumps({"provider": {"name": provider}, "interactions": []})


SHOP = {"schemas/openapi/orders.yaml": "openapi: 3.1.0\n", "schemas/openapi/billing/openapi.yaml": "openapi: 3.1.0\n"}


def test_a_pact_depends_on_the_contract_of_its_provider(repo: Repository) -> None:
    repo.write({**SHOP, "services/web/pacts/web-orders.json": _pact("Orders API")})
    assert _depends(repo, "services/web") == ("schemas/openapi",)
    repo.write({"services/web/pacts/web-billing.json": _pact("billing")})
    assert _depends(repo, "services/web") == ("schemas/openapi", "schemas/openapi/billing")


def test_a_pact_whose_provider_is_elsewhere_depends_on_nothing(repo: Repository) -> None:
    repo.write({**SHOP, "services/web/pacts/web-mail.json": _pact("mail"), "services/web/pacts/broken.json": "{"})
    assert _depends(repo, "services/web") == ()


def test_the_configuration_says_where_the_contract_of_a_provider_is(repo: Repository) -> None:
    repo.write({"services/till/api.json": "{}", "services/web/pacts/web-till.json": _pact("Till")})
    assert _depends(repo, "services/web") == ()
    assert _depends(repo, "services/web", '[pacts.providers]\nTill = "services/till/api.json"\n') == ("services/till",)


def test_pacts_beside_the_contracts_are_part_of_their_component(repo: Repository) -> None:
    repo.write({**SHOP, "schemas/openapi/pacts/web-orders.json": _pact("orders")})
    read = repo.read()
    assert read.owner("schemas/openapi/pacts/web-orders.json").path == "schemas/openapi"
    assert read.by_name("schemas/openapi").depends == ()
