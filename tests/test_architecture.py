"""The imports go one way; gates never import each other; what is pure touches no world."""

from pathlib import Path

from importlinter import cli

ROOT = Path(__file__).parent.parent


def test_every_import_contract_is_kept() -> None:
    assert cli.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == cli.EXIT_STATUS_SUCCESS
