"""A folder that is one process's own, and is emptied of what a killed one left."""

from pathlib import Path

import pytest

from lockstep.errors import RefusedError, RunError
from lockstep.host.files import exclusive_folder


def test_it_is_new_and_gone_afterwards_unless_it_was_renamed(tmp_path: Path) -> None:
    with exclusive_folder(tmp_path / "a/b") as folder:
        (folder / "x").write_text("x")
    assert not (tmp_path / "a/b").exists()
    with exclusive_folder(tmp_path / "a/b") as folder:
        (folder / "x").write_text("x")
        folder.rename(tmp_path / "c")
    assert (tmp_path / "c/x").read_text() == "x"


def test_what_was_left_there_is_deleted_and_links_are_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "x").write_text("x")
    left = tmp_path / "left"
    (left / "deep").mkdir(parents=True)
    (left / "file").write_text("")
    (left / "link").symlink_to(kept)
    with exclusive_folder(left) as folder:
        assert list(folder.iterdir()) == []
    left.symlink_to(kept)
    with pytest.raises(RunError, match="cannot make a folder"), exclusive_folder(left):
        pass
    assert (kept / "x").exists()


def test_it_is_refused_while_another_has_it(tmp_path: Path) -> None:
    with (
        exclusive_folder(tmp_path / "a"),
        pytest.raises(RefusedError, match="another process is writing there"),
        exclusive_folder(tmp_path / "a"),
    ):
        pass
    assert not (tmp_path / "a").exists()
