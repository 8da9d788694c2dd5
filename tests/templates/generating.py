"""The generated files of the template. `python -m tests.templates.generating` writes them anew."""

from collections.abc import Mapping
from pathlib import Path

from lockstep import gates
from lockstep.config import Config, RepositoryConfig
from lockstep.github import hooks, workflow
from tests.templates.rendering import MONOREPO

_BRANCH = "the-default-branch"


def expected() -> Mapping[Path, str]:
    """Return the text of each generated file of the template by its path."""
    declared = tuple(gates.discover().values())
    text = workflow.render(declared, Config(repository=RepositoryConfig(base=f"origin/{_BRANCH}")))
    # GitHub's expressions look like the template's own.
    text = "{% raw %}" + text.replace(_BRANCH, "{% endraw %}{{ default_branch }}{% raw %}") + "{% endraw %}"
    folder = MONOREPO / "template"
    return {
        folder / ".github/workflows/ci.yml.jinja": text,
        folder / ".pre-commit-config.yaml": hooks.render(declared),
    }


if __name__ == "__main__":
    for path, content in expected().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
