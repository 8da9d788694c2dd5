"""The real tools, from Lockstep's own store, and real repositories."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from lockstep import config, host, toolchain
from tests.e2e import advising, building
from tests.e2e.benching import bench, forks, published, say, shop, whole  # noqa: F401 - fixtures
from tests.e2e.building import Yard
from tests.e2e.gating import MEASURED
from tests.e2e.monorepo import Monorepo, rendered

# What a shell runs in the background ignores Ctrl-C, and so would every program that is started from here.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def tool() -> Callable[[str], tuple[str, ...]]:
    """Return a function from a lock name to the argv prefix of the installed tool, which is verified once."""
    machine = host.system()
    lock = toolchain.load(Path(), config.Config())
    return cache(lambda name: toolchain.provide(machine, lock, [name], lambda _: None)[name])


@pytest.fixture(scope="session")
def semgrep(tool: Callable[[str], tuple[str, ...]]) -> str:
    """Return the path of semgrep."""
    return tool("semgrep")[0]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium; without one the test fails in CI and is skipped elsewhere."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("no Chromium on this machine; CI must install it")
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


@pytest.fixture(scope="session")
def advisories(tool: Callable[[str], tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the OCI reference of a young advisory database."""
    with advising.served(tool, tmp_path_factory.mktemp("advisories")) as reference:
        yield reference


@pytest.fixture(scope="session")
def yard(tool: Callable[[str], tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """Yield a BuildKit and a base image that it can pull."""
    with building.yard(tool, tmp_path_factory.mktemp("yard")) as found:
        yield found


@pytest.fixture(scope="session")
def green(advisories: str, yard: Yard, tmp_path_factory: pytest.TempPathFactory) -> Monorepo:
    """Return a rendered monorepo in which every gate has run."""
    monorepo = rendered(
        tmp_path_factory.mktemp("green") / "shop",
        builder=yard.builder,
        base_image=yard.base,
        advisory_database=advisories,
    )
    outcome = monorepo.nox("-s", "gates", **MEASURED)
    assert outcome.exit_code == 0, outcome.printed
    return monorepo


@pytest.fixture
def monorepo(green: Monorepo, tmp_path: Path) -> Monorepo:
    """Return a copy of the green monorepo, with its cache."""
    return green.copy(tmp_path / "shop")
