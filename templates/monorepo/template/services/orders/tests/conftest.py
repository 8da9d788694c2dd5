from collections.abc import Callable
from itertools import count

import pytest

from orders.clock import Source

Body = dict[str, object]


@pytest.fixture
def source() -> Source:
    """A clock that starts on 2026-01-05 and ticks a millisecond a look; chance counts up."""
    ticks = count(1_767_600_000_000)
    chance = count(1)
    return Source(lambda: next(ticks), lambda size: next(chance).to_bytes(size))


@pytest.fixture
def draft_body() -> Callable[..., Body]:
    """A valid body of POST /v1/orders, with parts replaced by name."""

    def make(**parts: object) -> Body:
        price = {"amount": "12.50", "currency": "CAD"}
        body: Body = {
            "customer": {"name": "Ida Example", "email": "ida@customer.example"},
            "lines": [
                {"sku": "LAMP-7", "quantity": 2, "unit_price": price},
                {"sku": "BULB-60", "quantity": 1, "unit_price": {**price, "amount": "3.05"}},
            ],
        }
        return {**body, **parts}

    return make
