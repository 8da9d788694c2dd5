import pytest

import lamps
from lamps import broken


def test_assertion() -> None:
    total = lamps.price(1, 5)
    assert total == 6


def test_in_the_sources() -> None:
    assert lamps.price(1, 1) == 1
    broken.light()


@pytest.fixture
def shop() -> None:
    raise RuntimeError("closed")


def test_fixture(shop: None) -> None:
    assert shop is None


@pytest.fixture
def door():
    yield
    raise OSError("it does not shut")


def test_teardown(door: None) -> None:
    assert lamps.price(1, 1) == 2


@pytest.mark.flaky(reruns=3)
def test_without_ticket() -> None:
    assert True
