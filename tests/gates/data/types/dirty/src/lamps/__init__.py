"""Prices of lamps."""

import lanterns


def price(lamp: str) -> int:
    return lamp


def untyped(lamp):
    return price(len(lamp))
