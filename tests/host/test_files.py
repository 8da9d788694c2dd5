"""Files: whole or not at all, private, and deleted only where they are ours."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lockstep.errors import RunError
from lockstep.host.files import (
    CACHEDIR_TAG,
    locked,
    private_folder,
    remove_tree,
    tag_cache,
    user_cache,
    wait_until,
    write_atomic,
)


def test_a_file_is_written_whole_with_its_mode_and_no_other_stays(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.txt"
    write_atomic(path, b"one")
    write_atomic(path, b"two", mode=0o755)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o755)
    assert list(path.parent.iterdir()) == [path]


def test_what_cannot_be_written_is_an_error_with_its_place_and_nothing_stays(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "inner").write_text("x")
    with pytest.raises(RunError, match="cannot write a file") as caught:
        write_atomic(tmp_path / "taken", b"x")
    assert caught.value.where == str(tmp_path / "taken")
    assert [each.name for each in tmp_path.iterdir()] == ["taken"]


def test_a_cache_is_tagged_as_the_specification_says_and_once(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    tag_cache(folder)
    tag = folder / CACHEDIR_TAG
    assert tag.read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55\n")
    before = tag.stat()
    tag_cache(folder)
    assert tag.stat().st_ino == before.st_ino


def test_read_only_folders_go_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept").write_text("x")
    folder = tmp_path / "folder"
    (folder / "locked" / "inner").mkdir(parents=True)
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "locked" / "inner").chmod(0o500)
    (folder / "locked").chmod(0o500)
    remove_tree(folder)
    assert not folder.exists()
    (tmp_path / "alias").symlink_to(tmp_path / "elsewhere")
    remove_tree(tmp_path / "alias")
    assert (tmp_path / "elsewhere" / "kept").exists()


def test_a_private_folder_is_ours_alone_and_goes_also_after_an_error(tmp_path: Path) -> None:
    with private_folder(tmp_path / "tmp", "x-") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
    with pytest.raises(ValueError, match="mine"), private_folder(tmp_path / "tmp", "x-"):
        raise ValueError("mine")
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_cache_of_the_user_is_the_systems(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_cache().name == "lockstep"
    assert user_cache().is_relative_to(tmp_path)


def test_a_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def hold() -> None:
        with locked(tmp_path / "locks" / "one"):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=hold) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8


_CHILD = """
import pathlib, sys, time
pathlib.Path(sys.argv[1], "began").touch()
while not pathlib.Path(sys.argv[1], "end").exists():
    time.sleep(0.01)
"""
_PARENT = """
import pathlib, sys
from lockstep.host import files, process
with files.locked(pathlib.Path(sys.argv[1], "lock")) as lock:
    process.SystemProcesses().run(process.Process((sys.executable, "-c", *sys.argv[2:0:-1]), "/", {}, locks=(lock,)))
"""


def test_a_lock_outlives_who_took_it_until_what_was_started_with_it_has_ended(tmp_path: Path) -> None:
    with subprocess.Popen((sys.executable, "-c", _PARENT, str(tmp_path), _CHILD)) as parent:
        while not (tmp_path / "began").exists():
            time.sleep(0.01)
        parent.kill()
    told: list[str] = []

    def wait() -> None:
        told.append("waits")
        (tmp_path / "end").touch()

    with locked(tmp_path / "lock", wait):
        told.append("has it")
    assert told == ["waits", "has it"]


def test_a_thread_that_has_given_up_waits_for_no_lock(tmp_path: Path) -> None:
    given_up = threading.Event()
    told: list[str] = []

    def wait() -> None:
        wait_until(given_up)
        try:
            with locked(tmp_path / "one"):
                told.append("held")
        except RunError as error:
            told.append(error.what)

    with locked(tmp_path / "one"):
        thread = threading.Thread(target=wait)
        thread.start()
        given_up.set()
        thread.join(20)
    assert told == ["interrupted"]


def test_a_lock_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="cannot take a lock"), locked(tmp_path / "file" / "lock"):
        pass


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="cannot make a temporary folder"), private_folder(tmp_path / "file", "x-"):
        pass
