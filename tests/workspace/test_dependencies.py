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
