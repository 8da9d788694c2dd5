"""What is generated passes the linters of workflows and YAML at their strictest, from the root and from the template."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lockstep import config
from lockstep.github import surfaces
from tests.engine.running import repository

pytestmark = pytest.mark.e2e

CONFIG = config.parse(b'[surfaces]\nworkflow = ".github/workflows/ci.yml"\nhooks = ".pre-commit-config.yaml"\n')
COMMANDS = {
    "actionlint": (),
    "yamllint": ("--strict", "."),
    "zizmor": ("--offline", "--no-progress", "."),
}


@pytest.fixture
def generated(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", dict(surfaces.expected(CONFIG)))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_linters_have_nothing_to_say(generated: Path, tool: Callable[[str], tuple[str, ...]], name: str) -> None:
    done = subprocess.run((*tool(name), *COMMANDS[name]), cwd=generated, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("actionlint", "runs-on: ubuntu-latest", "runs-on: nowhere"),
        ("yamllint", "jobs:\n", "jobs:   \n"),
        ("zizmor", "permissions:\n  contents: read\n", "permissions: write-all\n"),
    ],
)
def test_the_linters_would_have_something_to_say(
    generated: Path, tool: Callable[[str], tuple[str, ...]], name: str, good: str, bad: str
) -> None:
    path = generated / ".github/workflows/ci.yml"
    text = path.read_text(encoding="utf-8")
    assert good in text
    path.write_text(text.replace(good, bad), encoding="utf-8")
    done = subprocess.run((*tool(name), *COMMANDS[name]), cwd=generated, capture_output=True, text=True, check=False)
    assert done.returncode != 0, done.stdout + done.stderr
