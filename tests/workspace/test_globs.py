"""Globs against a plain reference of what they mean."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lockstep.workspace.globs import covering, matches

_GLOBS = st.lists(st.sampled_from(["**", *"ab*?[]!-.", "[a-b]", "[!a]", "[b-a]"]), max_size=4).map("".join)
_PATHS = st.lists(st.text("ab]-!.\n", min_size=1, max_size=3), min_size=1, max_size=4)


def reference(globs: list[str], parts: list[str]) -> bool:
    """Match segment by segment, by the standard library; `**` at the end stands for at least one segment."""
    if not globs:
        return not parts
    first, *rest = globs
    if first == "**":
        return bool(parts) if not rest else any(reference(rest, parts[n:]) for n in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], first) and reference(rest, parts[1:])


@given(st.lists(_GLOBS, min_size=1, max_size=4), _PATHS)
@example(["**", "a", "**"], ["a", "b"])
@example(["[!b-a]"], ["a"])
@example(["[]"], ["[]"])
def test_segments_match_as_the_standard_library_matches_names(globs: list[str], parts: list[str]) -> None:
    meant = [glob for glob in globs if glob not in {"", "."}]
    assert matches("/".join(globs), "/".join(parts)) == reference(meant, parts)


@pytest.mark.parametrize(
    ("glob", "path", "matched"),
    [
        ("services/*", "services/a", True),
        ("services/*", "services/a/b", False),
        ("services/", "services", True),
        ("./services", "services", True),
        ("**/test_*.py", "test_a.py", True),
        ("**/test_*.py", "a/b/test_a.py", True),
        ("a/**/b", "a/b", True),
        ("a/**", "a", False),
        ("a/**", "a/b/c", True),
        ("a[^b]c", "axc", True),
        ("a[^b]c", "abc", False),
        ("a[!b]c", "a/c", False),
        ("a[.-0]c", "a/c", False),
        ("[", "[", True),
        ("a[b", "a[b", True),
        ("[]]", "]", True),
        ("a.b", "axb", False),
    ],
)
def test_examples(glob: str, path: str, matched: bool) -> None:  # noqa: FBT001 - a table
    assert matches(glob, path) is matched


@given(st.lists(_GLOBS, max_size=3), _PATHS)
def test_what_is_covered_matches_or_lies_in_a_folder_that_does(globs: list[str], parts: list[str]) -> None:
    path = "/".join(parts)
    around = ["/".join(parts[:size]) for size in range(1, len(parts) + 1)]
    covered = covering(globs)
    assert covered(path) == any(matches(glob, each) for glob in globs for each in around)
    assert covered(path) == covering(globs)(path)
