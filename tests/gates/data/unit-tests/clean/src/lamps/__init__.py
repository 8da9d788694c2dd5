"""What a lamp costs."""


def price(lamps: int, each: int) -> int:
    """Return the price, with a discount from ten on."""
    total = lamps * each
    if lamps >= 10:
        total -= total // 10
    return total
