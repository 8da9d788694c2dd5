"""Render the monorepo as `copier copy --defaults` does, into a repository with one commit."""

from pathlib import Path

from copier import run_copy

from tests.e2e.planting import Commit, perform, run

MONOREPO = Path(__file__).parents[2] / "templates" / "monorepo"


def render(target: Path, **answers: str | int) -> Path:
    """Render the template into `target` with `answers` and defaults for the rest; return `target`."""
    run_copy(str(MONOREPO), target, data=answers, defaults=True, quiet=True, unsafe=False)
    return target


def commit(root: Path) -> None:
    """Make `root` a repository whose first commit, on main, holds everything."""
    run(root, "git", "init", "--quiet", "-b", "main")
    perform(Commit("feat: start"), root)
