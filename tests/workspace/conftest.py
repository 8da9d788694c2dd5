"""A real git repository for each test."""

from pathlib import Path

import pytest

from tests.workspace.repositories import Repository


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return Repository.new(tmp_path / "repo")
