"""The template ships its workflow and hooks as the gates give them, whatever is answered."""

from pathlib import Path

import pytest

from lockstep import config
from lockstep.github import surfaces
from tests.templates.generating import expected
from tests.templates.rendering import render

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("path", expected(), ids=lambda path: path.name)
def test_the_template_is_in_step(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == expected()[path], "mend: python -m tests.templates.generating"


@pytest.mark.parametrize("answers", [{}, {"default_branch": "trunk", "coverage_lines": 91}])
def test_a_rendered_repository_has_no_drift(tmp_path: Path, answers: dict[str, str | int]) -> None:
    root = render(tmp_path / "shop", **answers)
    wanted = surfaces.expected(config.load(root))
    assert sorted(wanted) == [".github/workflows/ci.yml", ".pre-commit-config.yaml"]
    assert list(surfaces.drift(root, wanted)) == []


def test_this_repository_has_no_drift() -> None:
    assert list(surfaces.drift(REPOSITORY, surfaces.expected(config.load(REPOSITORY)))) == []
