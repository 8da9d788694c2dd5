import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.engine.mentions import line_of

LOCK = [
    "[[package]]",
    'name = "lamps"',
    'version = "1.0"',
    'dependencies = ["lamp"]',
    "",
    "[[package]]",
    'name = "lamp"',
    'version = "2.1"',
]


@pytest.mark.parametrize(
    ("anchor", "line"),
    [
        ("lamp@2.1", 7),
        ("lamps@1.0", 2),
        ("Lamp@2.1", 7),
        ("lamp@9.9", 4),
        ("shade@1.0", 0),
        ("example.shop:lamp@2.1", 7),
        ("lamp", 0),
        ("", 0),
    ],
)
def test_the_line_that_names_the_package(anchor: str, line: int) -> None:
    assert line_of(LOCK, anchor) == line


def test_the_line_that_also_has_the_version_is_preferred() -> None:
    assert line_of(["lamp:", "  version: 1.0", "", "", "lamp@1.0:"], "lamp@1.0") == 5
    assert line_of(["require (", "\tshop.example/lamp v1.0.0", ")"], "shop.example/lamp@v1.0.0") == 2


def test_the_packages_own_table_is_preferred_to_a_need_of_exactly_that_version() -> None:
    needed = ["[package.metadata]", 'requires-dist = [{ name = "lamp", specifier = "==2.1" }]', "", *LOCK]
    assert line_of(needed, "lamp@2.1") == 10


@pytest.mark.parametrize(("start", "line"), [(6, 7), (8, 8)])
def test_near_a_known_start_only_the_entry_is_looked_at(start: int, line: int) -> None:
    assert line_of(LOCK, "lamp@2.1", start) == line


def test_a_start_beyond_the_end_stays() -> None:
    assert line_of(LOCK, "lamp@2.1", 400) == 400


@given(st.lists(st.text(max_size=12), max_size=6), st.text(max_size=8), st.integers(0, 8))
def test_whatever_the_file_holds_the_line_is_in_it_or_the_start(lines: list[str], anchor: str, start: int) -> None:
    found = line_of(lines, anchor, start)
    assert found == start or 1 <= found <= len(lines)
