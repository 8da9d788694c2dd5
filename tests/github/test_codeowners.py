"""CODEOWNERS by GitHub's rules: the documented examples, and every form of a pattern."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.github.codeowners import LARGEST, PLACES, find, parse

# The forms that GitHub's documentation shows, in its order.
DOCUMENTED = b"""\
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@shop.example
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@shop.example
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("README.md", "@global-owner1 @global-owner2"),
        ("src/app.js", "@js-owner"),
        ("src/app.go", "docs@shop.example"),
        ("notes.txt", "@octo-org/octocats"),
        ("build/logs/a.md", "@octocat"),
        ("build/logs/deep/a.md", "@octocat"),
        ("src/docs/a.md", "@global-owner1 @global-owner2"),
        ("docs/a.md", "@doctocat"),
        ("docs/deep/a.md", "@doctocat"),
        ("scripts/run.sh", "@doctocat @octocat"),
        ("src/apps/x", "@octocat"),
        ("deeply/nested/logs/x", "@octocat"),
        ("apps/x", "@octocat"),
        ("apps/github", ""),
        ("apps/github/x", ""),
    ],
)
def test_the_documented_examples(path: str, owners: str) -> None:
    assert " ".join(parse("CODEOWNERS", DOCUMENTED).of(path)) == owners


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("*", "a a/b a/b/c", ""),
        ("/*", "a a.md", "a/b"),
        ("foo", "foo foo/a x/foo x/foo/a/b", "foo.txt xfoo"),
        ("/foo", "foo foo/a", "x/foo"),
        ("foo/", "foo/a x/foo/a foo/a/b", "foo x/foo"),
        ("/foo/", "foo/a foo/a/b", "foo x/foo/a"),
        ("foo/bar", "foo/bar foo/bar/a", "x/foo/bar"),
        ("foo/*", "foo/a foo/b.c", "foo foo/a/b x/foo/a"),
        ("foo/*/bar", "foo/a/bar foo/a/bar/b", "foo/bar foo/a/b/bar"),
        ("foo/**", "foo/a foo/a/b", "foo x/foo/a"),
        ("**/foo", "foo x/foo x/y/foo/a", "xfoo"),
        ("foo/**/bar", "foo/bar foo/a/bar foo/a/b/bar/c", "bar foo"),
        ("*.md", "a.md x/a.md a.md/b", "a.mdx"),
        ("/a*c", "ac abc a.c/d", "x/abc abd"),
        ("a?c", "abc x/abc", "ac abbc"),
        (r"with\ space", "with\u0020space", "with"),
        ("[param]/x", "[param]/x", "p/x a/x"),
    ],
)
def test_a_pattern_matches_these_and_not_those(pattern: str, matching: str, others: str) -> None:
    owners = parse("CODEOWNERS", f"{pattern} @a\n".encode())
    words = [matching] if "\\" in pattern else matching.split(" ")
    assert [path for path in words if owners.of(path) != ("@a",)] == []
    assert [path for path in others.split() if owners.of(path)] == []


def test_case_counts() -> None:
    assert parse("CODEOWNERS", b"/Docs/ @a").of("docs/a") == ()


def test_the_last_match_decides_and_may_take_owners_away() -> None:
    owners = parse("CODEOWNERS", b"* @a\n/x/ @b\n/x/free\n")
    assert (owners.of("y"), owners.of("x/y"), owners.of("x/free")) == (("@a",), ("@b",), ())
    line = owners.line("x/free")
    assert line is not None
    assert (line.number, line.pattern) == (3, "/x/free")
    assert parse("CODEOWNERS", b"/x @a").line("y") is None


@pytest.mark.parametrize("line", ["!foo @a", "foo nobody", "foo @", r"\#foo @a", "[Section]", "^[Section][2]", "/ @a"])
def test_a_line_that_github_does_not_understand_is_skipped(line: str) -> None:
    owners = parse("CODEOWNERS", f"* @all\n{line}\n".encode())
    assert owners.skipped == (2,)
    assert owners.of("foo") == ("@all",)


def test_the_first_place_that_is_there_counts_alone() -> None:
    files = {"docs/CODEOWNERS": b"* @docs", "CODEOWNERS": b"/x @root"}
    found = find(files.get)
    assert (found.place, found.of("x"), found.of("y")) == ("CODEOWNERS", ("@root",), ())
    assert find({**files, PLACES[0]: b""}.get).of("x") == ()
    assert find(lambda _: None).place == ""


def test_a_file_that_is_too_large_counts_as_empty() -> None:
    assert parse("CODEOWNERS", b"* @a\n" + b"#" * LARGEST).of("x") == ()


def test_the_files_that_an_editor_of_another_system_writes_are_read() -> None:
    assert parse("CODEOWNERS", b"\xef\xbb\xbf* @a\r\n").of("x") == ("@a",)


@given(st.binary(max_size=40), st.text(max_size=30))
def test_any_bytes_are_read_and_any_path_is_answered(data: bytes, path: str) -> None:
    owners = parse("CODEOWNERS", data)
    assert all("@" in owner for owner in owners.of(path))


@given(st.lists(st.sampled_from(["a", "b", "*", "**", "?"]), min_size=1, max_size=4), st.booleans())
def test_a_pattern_that_names_its_own_folder_holds_all_that_is_in_it(parts: list[str], slash: bool) -> None:  # noqa: FBT001 - drawn
    plain = [part.replace("**", "x").replace("*", "y").replace("?", "z") for part in parts]
    pattern = "/" + "/".join(parts) + ("/" if slash else "")
    held = "/".join((*plain, "deep", "file"))
    expected = slash or parts[-1] != "*"
    assert bool(parse("CODEOWNERS", f"{pattern} @a".encode()).of(held)) == expected or "**" in parts


def test_this_is_read_from_a_repository(tmp_path: Path) -> None:
    (tmp_path / "CODEOWNERS").write_text("* @a\n")

    def content(name: str) -> bytes | None:
        return (tmp_path / name).read_bytes() if (tmp_path / name).is_file() else None

    assert find(content).of("x") == ("@a",)
