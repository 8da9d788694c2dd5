"""The order of the tests, in which several workers are done soonest, and what spares each of them time."""

import gc

import pytest

# A worker holds thousands of tests, none of which becomes garbage; looking for some costs a twentieth of its time.
_COLLECT_AFTER = 100_000


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and only in what the tests make."""
    gc.set_threshold(_COLLECT_AFTER)
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin both halves with what takes long, and end them with what is short.

    pytest-xdist gives each of two workers one half, in order; who is done first takes over from the end of the other's. So
    all tests in the rendered monorepo, which takes a minute to become green, are one worker's, the other real tools are the
    other's, and what moves between them is small.
    """
    monorepo = [item for item in items if _in_monorepo(item)]
    tools = [item for item in items if _is_real(item) and not _in_monorepo(item)]
    short = [item for item in items if not _is_real(item) and not _in_monorepo(item)]
    between = max(0, len(items) // 2 - len(monorepo))
    items[:] = [*monorepo, *short[:between], *tools, *short[between:]]


def _in_monorepo(item: pytest.Item) -> bool:
    return "green" in getattr(item, "fixturenames", ())


def _is_real(item: pytest.Item) -> bool:
    return item.get_closest_marker("e2e") is not None
