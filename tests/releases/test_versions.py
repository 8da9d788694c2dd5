"""Which version comes next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.change import Change
from lockstep.releases import refs, versions
from lockstep.releases.versions import Level, Version

NUMBERS = st.integers(0, 10**6)
VERSIONS = st.builds(Version, NUMBERS, NUMBERS, NUMBERS)


@given(VERSIONS, st.sampled_from([Level.PATCH, Level.MINOR, Level.MAJOR]))
def test_the_next_version_is_after_and_nothing_lower_is_kept(version: Version, level: Level) -> None:
    following = version.raised(level)
    assert following > version
    assert versions.parse(str(following)) == following
    if level is not Level.PATCH:
        assert following.patch == 0


@given(VERSIONS, VERSIONS)
def test_versions_are_in_the_order_of_their_numbers(one: Version, other: Version) -> None:
    assert (one < other) == ((one.major, one.minor, one.patch) < (other.major, other.minor, other.patch))


@given(st.sampled_from(["", "till", "services/till"]), VERSIONS)
def test_a_tag_is_read_as_it_was_written(component: str, version: Version) -> None:
    assert refs.parsed_tag(refs.tag(component, version)) == (component, version)
    assert refs.released(component, [refs.tag(component, version)]) == {version: refs.tag(component, version)}
    assert refs.line_of(component, refs.branch(component, version)) == (version.major, version.minor)


def test_the_versions_of_one_are_not_those_of_another() -> None:
    tags = ("v1.0.0", "till/v2.0.0", "services/till/v3.0.0", "v1.0", "v01.0.0", "v1.0.0-rc.1", "1.0.0", "latest")
    assert list(refs.released("", tags).values()) == ["v1.0.0"]
    assert list(refs.released("till", tags).values()) == ["till/v2.0.0"]
    assert refs.line_of("", "release/till/v1.0") is None
    assert refs.parsed_tag("latest") is None


@pytest.mark.parametrize("name", ["../v1.0.0", "/v1.0.0", "till/../v1.0.0", "./v1.0.0", "till//v1.0.0", ".till/v1.0.0"])
def test_a_tag_that_leads_elsewhere_is_no_releases(name: str) -> None:
    assert refs.parsed_tag(name) is None


def test_digits_of_other_scripts_are_none() -> None:
    assert versions.parse("1.\N{ARABIC-INDIC DIGIT TWO}.0") is None


def test_what_breaks_raises_the_minor_version_before_one() -> None:
    assert Version(0, 3, 7).raised(Level.MAJOR) == Version(0, 4, 0)
    assert Version(1, 3, 7).raised(Level.MAJOR) == Version(2, 0, 0)
    assert Version(0, 3, 7).raised(Level.NONE) == Version(0, 3, 7)


@pytest.mark.parametrize(
    ("kind", "breaking", "expected"),
    [
        ("feat", "", Level.MINOR),
        ("fix", "", Level.PATCH),
        ("perf", "", Level.PATCH),
        ("revert", "", Level.PATCH),
        ("docs", "", Level.NONE),
        ("", "", Level.NONE),
        ("chore", "it is gone", Level.MAJOR),
        ("fix", "it is gone", Level.MAJOR),
    ],
)
def test_a_change_moves_the_version_by_its_type_and_by_what_it_breaks(
    kind: str, breaking: str, expected: Level
) -> None:
    assert versions.level(Change("c" * 40, kind, "words", breaking=breaking)) is expected


def test_the_largest_change_decides() -> None:
    changes = [Change("a", "fix", "x"), Change("b", "feat", "y"), Change("c", "docs", "z")]
    assert versions.highest(changes) is Level.MINOR
    assert versions.highest(()) is Level.NONE
