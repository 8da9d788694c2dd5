import lamps


def test_half(:
    assert lamps
