"""A yard for each test: a store, a tool lock and registries on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.toolchain.servers import Server, serving
from tests.toolchain.yards import Yard

# How long an example takes says more about the machine than about the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


@pytest.fixture
def yard(tmp_path: Path, server: Server) -> Yard:
    return Yard(tmp_path, server)
