import os
import subprocess
import sys

import pytest

import lamps


def test_one() -> None:
    assert lamps.price(1, 5) == 5


class TestMany:
    @pytest.mark.parametrize("count", [10, 20])
    def test_discount(self, count: int) -> None:
        # A process of its own: only its coverage has the branch of the discount.
        code = f"import lamps; assert lamps.price({count}, 10) == {count} * 9"
        subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)


@pytest.mark.flaky(ticket="LAMP-7", since="2026-11-20")
def test_in_quarantine() -> None:
    assert lamps.price(0, 5) == 0


@pytest.mark.skip(reason="not today")
def test_skipped() -> None:
    raise AssertionError
