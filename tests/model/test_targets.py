"""What tools are handed: never an option, never more than fits, never somebody else's folder."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model import targets
from lockstep.model.component import Component, FileEntry, Kind
from lockstep.model.digests import of_bytes
from tests.gates.invoking import LIBRARY, WHOLE, invocation

INNER = Component("libs/lamps/src/web", "libs/lamps/src/web", Kind.NODE_PACKAGE)


@pytest.mark.parametrize(
    ("path", "handed"),
    [("a/b.py", "a/b.py"), ("-rf.py", "./-rf.py"), ("@list.py", "./@list.py"), ("a/-b.py", "a/-b.py")],
)
def test_no_file_looks_like_an_option(path: str, handed: str) -> None:
    assert targets.files(invocation(path)) == (handed,)


def test_a_files_place_within_the_component_does_not_look_like_one_either() -> None:
    given_ = invocation("libs/lamps/-a.js", "libs/lamps/src/b.js")
    assert targets.local(given_, targets.files(given_)) == ("./-a.js", "src/b.js")
    assert targets.local(invocation("-a.js", component=WHOLE), ("./-a.js",)) == ("./-a.js",)


def test_files_that_fit_are_named_and_others_are_reached_by_their_folders() -> None:
    few = invocation("libs/lamps/src/a.py", "libs/lamps/src/b.py")
    assert targets.files_or_folders(few) == few.files
    many = invocation(*(f"libs/lamps/src/{'x' * 100}{number:05}.py" for number in range(5000)))
    assert targets.files_or_folders(many) == ("libs/lamps/src",)


def test_folders_are_the_highest_below_the_component() -> None:
    given_ = invocation(
        "libs/lamps/src/lamps/a.py", "libs/lamps/tests/b.py", "libs/lamps/-c/d.py", "libs/lamps/setup.py"
    )
    assert targets.folders(given_) == ("libs/lamps/src", "libs/lamps/tests", "libs/lamps/-c", "libs/lamps/setup.py")
    whole = invocation("src/a.py", "-x/b.py", "setup.py", component=WHOLE)
    assert targets.folders(whole) == ("src", "./-x", "setup.py")


def test_a_folder_that_holds_another_component_is_not_handed_over() -> None:
    given_ = invocation("libs/lamps/src/lamps/a.py", "libs/lamps/src/b.py", others=(INNER,))
    assert targets.folders(given_) == ("libs/lamps/src/lamps", "libs/lamps/src/b.py")


def test_names_that_are_not_utf8_can_be_left_out() -> None:
    given_ = invocation("a/naïve.js", "a/caf\udce9.js")
    assert targets.utf8(given_) == msgspec.structs.replace(given_, files=("a/naïve.js",))


@pytest.mark.parametrize(("mode", "expected"), [("100644", True), ("100755", True), ("120000", False)])
def test_a_link_is_never_handed_over(mode: str, expected: bool) -> None:  # noqa: FBT001 - a table
    entry = FileEntry("a.py", mode, of_bytes(b""), 1)
    assert targets.ends(entry, (".py", ".pyi")) is expected
    assert not targets.ends(entry, ".sh")


NAMES = st.text("ab-@.", min_size=1, max_size=3).filter(lambda name: name not in {".", ".."})
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@given(st.lists(PATHS, min_size=1, max_size=6, unique=True))
def test_every_file_is_reached_and_nothing_looks_like_an_option(paths: list[str]) -> None:
    given_ = invocation(*(f"{LIBRARY.path}/{path}" for path in paths), others=(INNER,))
    handed = targets.folders(given_)
    assert all(any(path == each or path.startswith(f"{each}/") for each in handed) for path in given_.files)
    assert not any(each.startswith(("-", "@")) for each in handed)
    assert LIBRARY.path not in handed
