"""`lockstep` as typed, in this process."""

import pytest

from lockstep import cli


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Return the exit code, what was printed and what was told as an error."""
    code = 0
    try:
        cli.main(["lockstep", *words])
    except SystemExit as ended:
        code = int(ended.code or 0)
    shown = capsys.readouterr()
    return code, shown.out, shown.err
