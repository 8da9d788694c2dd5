"""Prices of lamps."""

from lamps.tables import PRICES


def price(lamp: str) -> int:
    return PRICES[lamp]
