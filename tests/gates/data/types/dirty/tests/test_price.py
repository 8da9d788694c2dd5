from lamps import price


def test_price() -> None:
    assert price(7) == 12
