import errno
import hashlib
import io
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from lockstep import workspace
from lockstep.config import Config
from lockstep.errors import WorkspaceError
from lockstep.workspace import files
from tests.workspace.repositories import Repository


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Later:
    """A clock an hour ahead, for which every file is old."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=1)

    def monotonic(self) -> float:
        return 0.0


def _read_later(repo: Repository) -> workspace.Workspace:
    host = msgspec.structs.replace(repo.host, clock=Later())
    return workspace.read(host, repo.handle, Config(), repo.root)


def test_tracked_and_untracked_files_are_listed_sorted_and_ignored_ones_are_not(repo: Repository) -> None:
    repo.commit({"b.py": "b\n", ".gitignore": "*.log\n"})
    repo.write({"a/new.py": "n\n", "x.log": "x", ".lockstep/latest": "x"})
    assert list(repo.read().files) == [".gitignore", "a/new.py", "b.py"]


def test_content_is_of_the_working_tree_whatever_is_staged(repo: Repository) -> None:
    repo.commit({"a.py": "one\n"})
    repo.write({"a.py": "two\n"})
    entry = repo.read().files["a.py"]
    assert (entry.digest, entry.size, entry.mode) == (_sha(b"two\n"), 4, "100644")


def test_end_of_line_filters_do_not_stand_between(repo: Repository) -> None:
    repo.commit({".gitattributes": "* text=auto eol=lf\n", "a.txt": b"a\r\n"})
    repo.write({"a.txt": b"a\r\n"})
    assert repo.read().files["a.txt"].digest == _sha(b"a\r\n")


def test_executable_files_have_gits_mode(repo: Repository) -> None:
    repo.write({"run.sh": "#!/bin/sh\n"})
    (repo.root / "run.sh").chmod(0o755)
    assert repo.read().files["run.sh"].mode == "100755"


def test_a_link_is_digested_by_its_target_and_never_followed(repo: Repository) -> None:
    repo.write({"folder/file.txt": "x"})
    (repo.root / "link").symlink_to("folder")
    (repo.root / "loop").symlink_to("loop")
    (repo.root / "up").symlink_to("..")
    found = repo.read().files
    assert list(found) == ["folder/file.txt", "link", "loop", "up"]
    assert (found["loop"].mode, found["loop"].digest) == ("120000", _sha(b"loop"))


def test_files_below_a_folder_that_became_a_link_are_gone(repo: Repository) -> None:
    repo.commit({"a/x.py": "x\n", "b/x.py": "x\n"})
    (repo.root / "a/x.py").unlink()
    (repo.root / "a").rmdir()
    (repo.root / "a").symlink_to("b")
    assert list(repo.read().files) == ["a", "b/x.py"]


def test_deleted_files_are_not_listed(repo: Repository) -> None:
    repo.commit({"a.py": "a\n", "b/c.py": "c\n"})
    (repo.root / "a.py").unlink()
    (repo.root / "b/c.py").unlink()
    (repo.root / "b").rmdir()
    assert not repo.read().files


def test_a_file_that_a_folder_replaced_is_gone_and_the_folder_is_read(repo: Repository) -> None:
    repo.commit({"a": "a\n"})
    (repo.root / "a").unlink()
    repo.write({"a/b.py": "b\n"})
    found = repo.read()
    assert (list(found.files), found.notes) == (["a/b.py"], ())


def test_names_that_are_not_utf_8_are_read(repo: Repository) -> None:
    (Path(os.fsdecode(os.fsencode(repo.root) + b"/caf\xe9.py"))).write_text("x\n")
    for _ in range(2):
        assert [os.fsencode(path) for path in _read_later(repo).files] == [b"caf\xe9.py"]


def test_a_submodule_is_noted_and_left_out(repo: Repository) -> None:
    inner = Repository.new(repo.root.parent / "inner")
    inner.commit({"x.py": "x\n"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.root), "vendor/inner")
    found = repo.read()
    assert list(found.files) == [".gitmodules"]
    assert found.notes == ("vendor/inner is not checked: it is a repository of its own",)


def test_an_untracked_repository_inside_is_noted_and_left_out(repo: Repository) -> None:
    Repository.new(repo.root / "other").commit({"x.py": "x\n"})
    assert repo.read().notes == ("other is not checked: it is a repository of its own",)


def test_a_pipe_in_place_of_a_file_is_noted_and_never_opened(repo: Repository) -> None:
    repo.commit({"a.py": "a\n"})
    (repo.root / "a.py").unlink()
    os.mkfifo(repo.root / "a.py")
    assert repo.read().notes == ("a.py is not checked: it is neither a file, a folder nor a link",)


def test_both_sides_of_a_conflict_are_one_file(repo: Repository) -> None:
    repo.commit({"a": "one\n"})
    repo.git("checkout", "-q", "-b", "other")
    repo.commit({"a": "two\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"a": "three\n"})
    with pytest.raises(subprocess.CalledProcessError):
        repo.git("merge", "other")
    assert list(repo.read().files) == ["a"]


def test_files_are_unchanged_until_bytes_mode_or_kind_change(repo: Repository) -> None:
    repo.write({"a.txt": "a\n", "b.txt": "b\n"})
    (repo.root / "link").symlink_to("a.txt")
    entries = tuple(repo.read().files.values())
    assert files.unchanged(repo.root, entries)
    repo.age()
    assert files.unchanged(repo.root, entries)
    (repo.root / "b.txt").chmod(0o755)
    assert not files.unchanged(repo.root, entries)
    (repo.root / "b.txt").chmod(0o644)
    repo.write({"a.txt": "A\n"})
    assert not files.unchanged(repo.root, entries)
    repo.write({"a.txt": "a\n"})
    (repo.root / "link").unlink()
    assert not files.unchanged(repo.root, entries)
    (repo.root / "link").symlink_to("b.txt")
    assert not files.unchanged(repo.root, entries)


@pytest.mark.parametrize("broken", ["os.lstat", "hashlib.file_digest"])
def test_a_file_that_cannot_be_read_is_an_error_with_its_name(
    repo: Repository, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    repo.write({"a.txt": "a\n"})

    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    config, handle, now = Config(), repo.handle, repo.host
    monkeypatch.setattr(f"lockstep.workspace.files.{broken}", refuse)
    with pytest.raises(WorkspaceError, match="Input/output error") as caught:
        workspace.read(now, handle, config, repo.root)
    assert caught.value.where == "a.txt"


def test_a_file_that_goes_away_while_it_is_read_is_gone(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write({"a.txt": "a\n", "b.txt": "b\n"})
    digest = hashlib.file_digest

    def vanishing(stream: io.FileIO, name: str) -> object:
        if str(stream.name).endswith("a.txt"):
            raise FileNotFoundError(errno.ENOENT, "gone")
        return digest(stream, name)

    monkeypatch.setattr("lockstep.workspace.files.hashlib.file_digest", vanishing)
    assert list(repo.read().files) == ["b.txt"]
