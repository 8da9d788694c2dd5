"""`lockstep` as typed."""

from collections.abc import Callable

import pytest

from lockstep import cli


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Return a function from words to the exit code, what was printed and what was told as an error."""

    def typed(*words: str) -> tuple[int, str, str]:
        code = 0
        try:
            cli.main(["lockstep", *words])
        except SystemExit as ended:
            code = int(ended.code or 0)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return typed
