"""Patterns of ECMA 262 on texts: found or not, and never for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.contracts.patterns import is_bounded, matches


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^(?<year>\d{4})$", "2026", True),
        (r"^\d$", "\N{ARABIC-INDIC DIGIT THREE}", False),
        ("[[a]", "a", True),
        (r"^\p{L}+$", "lamp", True),
        (r"^([a-z]+-)*[a-z]+$", "lamps-that-are-sold-in-the-shop-around-the-corner", True),
        (r"^(?=.*[a-z])(?=.*\d)[a-z\d]{8,}$", "abcdefg1", True),
        (r"^(?=.*[a-z])(?=.*\d)[a-z\d]{8,}$", "abcdefgh", False),
        (r"^(?=x)(?<rest>.*)$", "xy", True),
        (r"\u0041", "A", True),
        ("^.{1,4000}$", "ab", True),
    ],
)
def test_what_is_understood_is_tried(pattern: str, text: str, *, found: bool) -> None:
    assert matches(pattern, text) is found


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("^(a+)+$", "a" * 40 + "!"), ("^(a|a)*$", "a" * 40 + "!"), (".*.*.*.*.*.*x", "a" * 20_000)],
)
def test_what_repeats_what_repeats_takes_no_longer(pattern: str, text: str) -> None:
    assert matches(pattern, text) is False


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(a*)*\1$", "a" * 40 + "!"),
        ("^(?!(a+)+$).*$", "a" * 40 + "!"),
        ("^.{1,4000}$", "a" * 300),
        ("(?=a).*.*.*.*.*b", "a" * 40),
        ("(", "a"),
        ("(?<=a+)b", "ab"),
        ("a", "\ud800"),
        ("\ud800(?=a)", "a"),
    ],
)
def test_what_might_take_for_ever_or_is_not_understood_is_not_tried(pattern: str, text: str) -> None:
    assert matches(pattern, text) in {None, False}
    assert matches(pattern, text) is None or "\ud800" in pattern


@pytest.mark.parametrize(
    ("pattern", "length", "bounded"),
    [("^x-", 200, True), ("^x-", 201, False), ("(a+)+", 1, False), ("(?<a>b)", 1, False), ("(", 1, False)],
)
def test_what_others_may_try(pattern: str, length: int, *, bounded: bool) -> None:
    assert is_bounded(pattern, length) is bounded


@given(st.text(), st.text(max_size=300))
def test_any_pattern_gives_an_answer(pattern: str, text: str) -> None:
    assert matches(pattern, text) in {True, False, None}
