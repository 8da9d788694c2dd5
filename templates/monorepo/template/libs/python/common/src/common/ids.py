"""Identifiers that say what they name and sort by the time they were made."""

import re

ENTROPY_BYTES = 10
_SEPARATOR = "_"
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_DIGITS = 10
_RANDOM_DIGITS = 16
_PREFIX = re.compile(r"[a-z]{2,8}")


def _encode(number: int, width: int) -> str:
    """Return `number` in Crockford's base 32, filled with zeros up to `width`."""
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


def new_id(prefix: str, *, milliseconds: int, entropy: bytes) -> str:
    """Return an identifier such as `ord_01k9...`.

    Args:
        prefix: what it names, two to eight lower-case letters.
        milliseconds: the time since 1970, of which 48 bits are kept.
        entropy: `ENTROPY_BYTES` random bytes.

    Raises:
        ValueError: the prefix or the number of random bytes is not as above.
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"{prefix!r} is not two to eight lower-case letters")
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"{len(entropy)} random bytes, not {ENTROPY_BYTES}")
    time = _encode(milliseconds % 2**48, _TIME_DIGITS)
    return prefix + _SEPARATOR + time + _encode(int.from_bytes(entropy), _RANDOM_DIGITS)


def is_id(prefix: str, text: str) -> bool:
    """Return whether `text` is an identifier that `new_id` could have made for `prefix`."""
    head, separator, tail = text.partition(_SEPARATOR)
    named = head == prefix and separator == _SEPARATOR
    return named and len(tail) == _TIME_DIGITS + _RANDOM_DIGITS and set(tail) <= set(_DIGITS)
