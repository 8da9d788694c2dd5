"""Who owns what, and what reaches what."""

import pytest

from lockstep.errors import WorkspaceError
from lockstep.workspace.tree import above, owner, reach
from tests.workspace.repositories import Repository


@pytest.fixture
def shop(repo: Repository) -> Repository:
    repo.write({"services/a/x.py": "", "libs/python/b/y.py": "", "README.md": ""})
    return repo


def test_components_are_known_by_name_and_a_wrong_one_is_told_the_right_ones(shop: Repository) -> None:
    read = shop.read()
    assert read.by_name("services/a").path == "services/a"
    with pytest.raises(WorkspaceError, match="no component is called services/z") as caught:
        read.by_name("services/z")
    assert caught.value.remedy == "components: ., libs/python/b, services/a"


def test_every_file_is_owned_once_by_the_innermost(shop: Repository) -> None:
    read = shop.read()
    owned = [entry.path for component in read.components for entry in read.files_of(component)]
    assert sorted(owned) == sorted(read.files)
    assert read.owner("services/a/deep/new.py").name == "services/a"
    assert read.owner("services/new.py").name == "."


def test_reach_is_breadth_first_each_once_and_ends_in_cycles() -> None:
    edges = {"a": ["b", "c"], "b": ["d", "a"], "c": ["d"], "d": ["a", "a"]}
    assert list(reach(["a"], edges)) == ["a", "b", "c", "d"]
    assert list(reach(["c", "c"], edges)) == ["c", "d", "a", "b"]
    assert list(reach([], edges)) == []


def test_what_is_around_a_path() -> None:
    assert list(above("a/b/c")) == ["a/b", "a", "."]
    assert list(above("a")) == ["."]
    assert list(above(".")) == []
    assert owner({"a", "."}, "a") == "a"
    assert owner({"a"}, "ab/c") == "."
