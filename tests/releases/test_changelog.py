"""Changelogs: what people wrote stays, the release goes where it belongs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.errors import RefusedError
from lockstep.model.change import Change
from lockstep.releases import changelog
from lockstep.releases.changelog import Entry, inserted

FEAT = Change("a" * 40, "feat", "till opens")
FIX = Change("b" * 40, "fix", "till shuts", scope="till")
DOCS = Change("c" * 40, "docs", "words")
PLAIN = Entry("1.1.0", "2026-11-24", "v1.1.0", "v1.0.0", "")
LINKED = Entry("1.1.0", "2026-11-24", "v1.1.0", "v1.0.0", "https://forge.example/shop")


def test_a_new_changelog_begins_with_the_release() -> None:
    text = inserted("", PLAIN, [FEAT, FIX, DOCS])
    assert text.startswith("# Changelog\n")
    assert text.endswith(
        "## [Unreleased]\n\n## 1.1.0 - 2026-11-24\n\n"
        "### Added\n\n- till opens (aaaaaaaa)\n\n### Fixed\n\n- till: till shuts (bbbbbbbb)\n"
    )


def test_what_people_wrote_moves_into_the_release_and_stays_as_it_was() -> None:
    before = """\
# Changelog

Our own words.

## [Unreleased]

A release for *everybody*.

### Fixed

- By hand,
  over two lines.

### Notes

- Of no section that we know.

## [1.0.0] - 2026-01-01

### Added

- Everything.
"""
    after = inserted(before, PLAIN, [FEAT, FIX])
    assert (
        after
        == """\
# Changelog

Our own words.

## [Unreleased]

## 1.1.0 - 2026-11-24

A release for *everybody*.

### Fixed

- By hand,
  over two lines.
- till: till shuts (bbbbbbbb)

### Notes

- Of no section that we know.

### Added

- till opens (aaaaaaaa)

## [1.0.0] - 2026-01-01

### Added

- Everything.
"""
    )


def test_links_lead_to_the_comparison_and_to_commits() -> None:
    first = inserted("", Entry("1.0.0", "2026-01-01", "v1.0.0", "", LINKED.url), [FEAT])
    second = inserted(first, LINKED, [FIX])
    assert f"([bbbbbbbb]({LINKED.url}/commit/{'b' * 40}))" in second
    assert second.endswith(
        f"\n\n[Unreleased]: {LINKED.url}/compare/v1.1.0...HEAD\n[1.1.0]: {LINKED.url}/compare/v1.0.0...v1.1.0\n"
        f"[1.0.0]: {LINKED.url}/releases/tag/v1.0.0\n"
    )
    assert second.count("[Unreleased]:") == 1


def test_a_changelog_without_the_heading_gets_one() -> None:
    assert inserted("# News\n\n## 1.0.0\n\n- Old.\n", PLAIN, [FEAT]) == (
        "# News\n\n## [Unreleased]\n\n## 1.1.0 - 2026-11-24\n\n### Added\n\n- till opens (aaaaaaaa)\n\n## 1.0.0\n\n- Old.\n"
    )
    assert "## [Unreleased]\n\n## 1.1.0" in inserted("# News\n", PLAIN, [FEAT])


def test_headings_in_code_and_in_comments_are_none() -> None:
    before = "# News\n\n```\n## [Unreleased]\n```\n\n<!--\n## [1.1.0]\n-->\n\n## [Unreleased]\n\n- Mine.\n"
    after = inserted(before, PLAIN, [])
    assert after == before.replace("- Mine.", "## 1.1.0 - 2026-11-24\n\n- Mine.")


def test_line_ends_stay_as_they_are() -> None:
    after = inserted("# News\r\n\r\n## [Unreleased]\r\n\r\n- Mine.\r\n", PLAIN, [FEAT])
    assert "\r\n" in after
    assert "\n" not in after.replace("\r\n", "")


@pytest.mark.parametrize("heading", ["## [1.1.0] - 2026-01-01", "## 1.1.0", "## v1.1.0"])
def test_a_release_is_not_entered_twice(heading: str) -> None:
    with pytest.raises(RefusedError, match=r"has a heading for 1\.1\.0"):
        inserted(f"# News\n\n{heading}\n", PLAIN, [FEAT])


def test_what_breaks_stands_out_with_what_it_says() -> None:
    same = Change("a" * 40, "feat", "no more cash", breaking="no more cash")
    more = Change("b" * 40, "refactor", "tidy", breaking="cards only")
    text = inserted("", PLAIN, [same, more])
    assert "- **Breaking:** no more cash (aaaaaaaa)" in text
    assert "### Changed\n\n- **Breaking:** tidy. cards only (bbbbbbbb)" in text


def test_security_has_a_section_of_its_own() -> None:
    text = inserted("", PLAIN, [Change("a" * 40, "fix", "a hole", scope="security")])
    assert "### Security\n\n- security: a hole" in text


def test_markup_of_a_commit_is_text() -> None:
    text = inserted("", PLAIN, [Change("a" * 40, "fix", "<b> [x](y) *z* `code` snake_case")])
    assert r"- \<b> \[x\](y) \*z\* `code` snake_case" in text


def test_the_notes_of_a_release_are_what_stands_under_its_heading() -> None:
    text = inserted(inserted("", LINKED, [FEAT]), Entry("1.2.0", "2026-12-01", "v1.2.0", "v1.1.0", LINKED.url), [FIX])
    assert changelog.notes(text, "1.2.0").startswith("### Fixed\n\n- till: till shuts")
    assert changelog.notes(text, "1.1.0").endswith(f"{'a' * 40}))")
    assert changelog.notes(text, "9.9.9") == ""


LINES = st.lists(
    st.sampled_from(["- One.", "Words.", "", "### Added", "### Mine", "```", "<!-- a -->", "* Two."]), max_size=8
)


@given(LINES, LINES, st.lists(st.sampled_from([FEAT, FIX, DOCS])))
def test_no_line_that_people_wrote_is_lost(unreleased: list[str], older: list[str], changes: list[Change]) -> None:
    closed = [*unreleased, "```"] if unreleased.count("```") % 2 else unreleased
    before = "\n".join(["# News", "", "## [Unreleased]", *closed, "## 1.0.0", *older]) + "\n"
    after = inserted(before, PLAIN, changes)
    kept = [line for line in before.split("\n") if line.strip()]
    found = iter(after.split("\n"))
    assert all(line in found for line in kept if line != "### Added" and not line.startswith("## "))
    assert after.index("## [Unreleased]") < after.index("## 1.1.0") < after.index("## 1.0.0")
