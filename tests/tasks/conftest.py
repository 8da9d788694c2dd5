"""`lockstep` as typed."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.typed import typed


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Return a function from words to the exit code, what was printed and what was told as an error."""
    return partial(typed, capsys)
