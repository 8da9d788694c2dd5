import pytest

from common.ids import ENTROPY_BYTES, is_id, new_id

_ZEROS = bytes(ENTROPY_BYTES)
_ONES = b"\xff" * ENTROPY_BYTES


def test_an_identifier_is_recognised_for_its_prefix_only() -> None:
    made = new_id("ord", milliseconds=1_760_000_000_000, entropy=_ONES)
    assert is_id("ord", made)
    assert not is_id("evt", made)


def test_later_identifiers_sort_later() -> None:
    early = new_id("ord", milliseconds=1_760_000_000_000, entropy=_ONES)
    late = new_id("ord", milliseconds=1_760_000_000_001, entropy=_ZEROS)
    assert early < late


def test_time_beyond_48_bits_wraps() -> None:
    wrapped = new_id("ord", milliseconds=2**48, entropy=_ZEROS)
    assert wrapped == new_id("ord", milliseconds=0, entropy=_ZEROS)


@pytest.mark.parametrize("prefix", ["", "o", "Order", "or-der", "overlongname"])
def test_refuses_an_odd_prefix(prefix: str) -> None:
    with pytest.raises(ValueError, match="two to eight lower-case letters"):
        new_id(prefix, milliseconds=0, entropy=_ZEROS)


def test_refuses_too_little_randomness() -> None:
    with pytest.raises(ValueError, match="9 random bytes, not 10"):
        new_id("ord", milliseconds=0, entropy=bytes(9))


@pytest.mark.parametrize("text", ["", "ord", "ord_", "ord_short", "ord_" + "!" * 26])
def test_other_text_is_no_identifier(text: str) -> None:
    assert not is_id("ord", text)
