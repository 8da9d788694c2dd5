"""Patterns of ECMA 262 (`pattern`, `patternProperties`) tried on texts, in a time that does not explode.

RE2 takes time in proportion to the text. What it does not know (looking ahead, escapes of Unicode) Python's re tries, which goes
back and tries again: only where the pattern, by how it is written, cannot keep it busy.
"""

import re
import warnings
from functools import cache, lru_cache
from typing import Any

# A group that is repeated, a reference back: each may double the work with every character.
_RISKY = re.compile(r"\)[*+{]|\\[1-9k]")
_QUANTIFIER = re.compile(r"(?<![\\(])[*+?{]")
_MOST_QUANTIFIERS = 4
_LONGEST_TEXT = 200
_NAMED = re.compile(r"\(\?<(?![=!])")


@lru_cache(maxsize=4096)
def matches(pattern: str, text: str) -> bool | None:
    """Whether the pattern is found in the text; None where it is not understood, or might take for ever."""
    linear = _linear(pattern)
    if linear is not None:
        try:
            return linear.search(text) is not None
        except UnicodeEncodeError:
            return None
    known = _simple(pattern)
    return None if known is None or len(text) > _LONGEST_TEXT else known.search(text) is not None


def is_bounded(pattern: str, length: int) -> bool:
    """Whether somebody else may hand Python's re the pattern as it is, and a text of that many characters."""
    return length <= _LONGEST_TEXT and _simple(pattern) is not None and not _NAMED.search(pattern)


@cache
def _linear(pattern: str) -> Any:  # noqa: ANN401 - re2 has no types
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415 - only where patterns are tried

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except (re2.error, UnicodeEncodeError):
        return None


@cache
def _simple(pattern: str) -> re.Pattern[str] | None:
    if _RISKY.search(pattern) or len(_QUANTIFIER.findall(pattern)) > _MOST_QUANTIFIERS:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        try:
            return re.compile(_NAMED.sub("(?P<", pattern), re.ASCII)
        except (re.error, OverflowError, RecursionError):
            return None
