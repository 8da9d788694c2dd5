"""One trusted root for all tests of evidence."""

from pathlib import Path

import pytest

from tests.evidence import making


@pytest.fixture(scope="session")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("roots")


@pytest.fixture
def world(roots: Path) -> making.World:
    return making.world(roots)
