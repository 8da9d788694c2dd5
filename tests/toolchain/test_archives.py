"""Digests in three notations, and archives that are damaged or mean harm."""

import contextlib
import gzip
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.toolchain import archives
from lockstep.toolchain.site import SourceError
from tests.toolchain.servers import module_sum, tar, zipped

MODULE = {"m.example/a@v1.0.0/go.mod": b"module m.example/a\n", "m.example/a@v1.0.0/sub/a.go": b"package a\n"}
PREFIX = "m.example/a@v1.0.0/"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def test_digests_are_those_that_the_registries_publish(file: Path) -> None:
    file.write_bytes(b"abc")
    sha256 = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    sha512 = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="
    for expected in (sha256, sha512):
        assert archives.digest(file, expected) == expected
        archives.check(file, expected, "it")


def test_the_sum_of_a_module_is_gos_own(file: Path) -> None:
    # go mod download -json said this of a module with these two files.
    file.write_bytes(zipped(MODULE))
    assert archives.digest(file, "h1:") == module_sum(MODULE)


def test_another_digest_is_refused_and_both_are_named(file: Path) -> None:
    file.write_bytes(b"abc")
    with pytest.raises(SourceError, match=r"lamp has the wrong digest: expected sha256:00, got sha256:ba78") as caught:
        archives.check(file, "sha256:00", "lamp")
    assert caught.value.refused


@pytest.mark.parametrize("data", [b"", b"no zip", zipped(MODULE)[:-30], zipped(MODULE)[:60] + b"\0" * 200])
def test_a_module_that_is_no_whole_zip(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    for work in (archives.module_sum, lambda path: archives.unpack(path, path.with_name("out"), PREFIX)):
        with pytest.raises(SourceError, match="zip"):
            work(file)


def test_a_module_whose_content_is_damaged(file: Path) -> None:
    data = bytearray(zipped({f"{PREFIX}a.go": bytes(range(256)) * 40}))
    data[80:90] = b"\xff" * 10
    file.write_bytes(data)
    with pytest.raises(SourceError, match="cannot read the module's zip"):
        archives.module_sum(file)


def test_a_module_is_unpacked_without_its_prefix(file: Path, tmp_path: Path) -> None:
    file.write_bytes(zipped({**MODULE, f"{PREFIX}empty/": b""}))
    archives.unpack(file, tmp_path / "out", PREFIX)
    found = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert found == {"go.mod", "sub/a.go"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("other/a.go", "outside of its module"),
        (f"{PREFIX}../a.go", "leads out of its folder"),
        (f"{PREFIX}/etc/a.go", "leads out of its folder"),
        (f"{PREFIX}a/../../../b", "leads out of its folder"),
        (f"{PREFIX}.", "leads out of its folder"),
        (f"{PREFIX}a\nb", "names that no module has"),
    ],
)
def test_a_module_with_a_hostile_name(file: Path, tmp_path: Path, name: str, why: str) -> None:
    file.write_bytes(zipped({name: b"x"}))
    with pytest.raises(SourceError, match=why):
        archives.unpack(file, tmp_path / "deep" / "out", PREFIX)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_module_that_holds_a_name_twice_is_refused(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{PREFIX}a.go", b"good")
        archive.writestr(f"{PREFIX}a.go", b"evil")
    with pytest.raises(SourceError, match="names that no module has"):
        archives.module_sum(file)


def test_a_module_that_would_fill_the_disk_is_refused_by_its_own_word(file: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(f"{PREFIX}bomb", "w") as stream:
        for _ in range(501):
            stream.write(b"\0" * (1 << 20))
    assert file.stat().st_size < 1 << 20
    for work in (archives.module_sum, lambda path: archives.unpack(path, tmp_path / "out", PREFIX)):
        with pytest.raises(SourceError, match="larger than"):
            work(file)
    assert not (tmp_path / "out").exists()


PROGRAM = {"lamp/README": b"read", "lamp/lamp": b"#!/bin/sh\n"}


@pytest.mark.parametrize(
    "data",
    [tar(PROGRAM, "w:gz"), tar(PROGRAM, "w:xz"), tar(PROGRAM, "w:bz2"), tar(PROGRAM), zipped(PROGRAM)],
    ids=["gzip", "xz", "bzip2", "tar", "zip"],
)
def test_a_program_is_taken_out_of_an_archive(file: Path, tmp_path: Path, data: bytes) -> None:
    file.write_bytes(data)
    archives.extract(file, "lamp/lamp", tmp_path / "out" / "lamp")
    assert (tmp_path / "out" / "lamp").read_bytes() == b"#!/bin/sh\n"
    assert (tmp_path / "out" / "lamp").stat().st_mode & 0o777 == 0o755


def test_a_file_without_an_archive_is_the_program(file: Path, tmp_path: Path) -> None:
    file.write_bytes(b"#!/bin/sh\n")
    archives.extract(file, "", tmp_path / "out" / "lamp")
    assert (tmp_path / "out" / "lamp").read_bytes() == file.read_bytes()


def _kinds() -> Iterator[tarfile.TarInfo]:
    for kind, target in (
        (tarfile.SYMTYPE, "/etc/passwd"),
        (tarfile.SYMTYPE, "../../../etc/passwd"),
        (tarfile.SYMTYPE, "lamp"),
        (tarfile.LNKTYPE, "/etc/passwd"),
        (tarfile.CHRTYPE, ""),
        (tarfile.BLKTYPE, ""),
        (tarfile.FIFOTYPE, ""),
        (tarfile.DIRTYPE, ""),
        (tarfile.GNUTYPE_SPARSE, ""),
    ):
        info = tarfile.TarInfo("lamp")
        info.type, info.linkname, info.devmajor, info.devminor = kind, target, 1, 3
        yield info


@pytest.mark.parametrize("info", tuple(_kinds()), ids=lambda info: f"{info.type!r} {info.linkname}")
def test_links_devices_and_folders_are_no_program(file: Path, tmp_path: Path, info: tarfile.TarInfo) -> None:
    with tarfile.open(file, "w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(info)
    with pytest.raises(SourceError):
        archives.extract(file, "lamp", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_program_that_would_fill_the_disk_is_refused(file: Path, tmp_path: Path, kind: str) -> None:
    info = tarfile.TarInfo("lamp")
    info.size = archives.LARGEST_FILE + 1
    if kind == "tar":
        file.write_bytes(gzip.compress(info.tobuf()))
    else:
        data = bytearray(zipped({"lamp": b"x"}))
        start = data.index(b"PK\x01\x02")
        data[start + 24 : start + 28] = (archives.LARGEST_FILE + 1).to_bytes(4, "little")
        file.write_bytes(data)
    with pytest.raises(SourceError, match="larger than"):
        archives.extract(file, "lamp", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"neither tar nor zip",
        tar({"lamp": b"x" * 5000}, "w:gz")[:60],
        tar({"lamp": bytes(range(256)) * 40}, "w:xz")[:150],
        tar({"lamp": b"x" * 5000})[:1000],
        tar({"torch": b"x"}, "w:gz"),
        zipped({"torch": b"x"}),
    ],
    ids=["empty", "text", "cut-gzip", "cut-xz", "cut-tar", "not-in-tar", "not-in-zip"],
)
def test_a_damaged_archive_or_one_without_the_program(file: Path, tmp_path: Path, data: bytes) -> None:
    file.write_bytes(data)
    with pytest.raises(SourceError, match=r"cannot take lamp out of the archive|does not hold lamp"):
        archives.extract(file, "lamp", tmp_path / "out")


def test_a_zip_that_is_encrypted_is_a_source_that_fails(file: Path, tmp_path: Path) -> None:
    data = bytearray(zipped({"lamp": b"x"}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1
    file.write_bytes(data)
    with pytest.raises(SourceError, match="encrypted"):
        archives.extract(file, "lamp", tmp_path / "out")


def test_a_fault_of_the_machine_is_not_taken_for_a_bad_archive(file: Path, tmp_path: Path) -> None:
    file.write_bytes(zipped({"lamp": b"x"}))
    (tmp_path / "out").mkdir()
    with pytest.raises(IsADirectoryError):
        archives.extract(file, "lamp", tmp_path / "out")


def test_what_a_bundle_keeps_is_found_by_its_digest_alone(file: Path, tmp_path: Path) -> None:
    file.write_bytes(b"abc")
    archives.keep(file, tmp_path / "content", "sha256:abc")
    assert archives.bundled(tmp_path / "content", "sha256:abc").read_bytes() == b"abc"
    with pytest.raises(SourceError, match="the bundle does not hold it"):
        archives.bundled(tmp_path / "content", "sha256:abd")


PARTS = st.sampled_from(["a", "b", "..", ".", "", "/", "~", "\\", "c:", "é", "\x00", "x" * 300]) | st.text(max_size=5)


@given(parts=st.lists(PARTS, max_size=6))
def test_no_name_whatever_leads_out_of_its_folder(parts: list[str]) -> None:
    folder = Path("/no/such/folder")
    name = "/".join(parts)
    try:
        found = archives.below(folder, name)
    except SourceError:
        return
    assert folder in found.parents
    assert ".." not in found.parts


@given(name=st.text(alphabet="ab./\n", min_size=1, max_size=12), data=st.binary(max_size=30))
def test_any_member_name_is_written_below_or_refused(
    name: str, data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("names")
    (root / "archive").write_bytes(zipped({PREFIX + name: data}))
    with contextlib.suppress(SourceError):
        archives.unpack(root / "archive", root / "deep" / "out", PREFIX)
    written = [path for path in root.rglob("*") if path.is_file() and path.name != "archive"]
    assert all((root / "deep" / "out") in path.parents for path in written)
    assert all(path.read_bytes() == data for path in written)


@given(data=st.binary(max_size=200) | st.integers(0, 600).map(lambda at: tar({"lamp": b"x" * 300}, "w:gz")[:at]))
def test_any_bytes_are_a_program_or_a_clear_error(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("bytes")
    (root / "archive").write_bytes(data)
    for member in ("lamp", "a/b"):
        assert _reason(partial(archives.extract, root / "archive", member, root / "out"), member)
    assert _reason(lambda: archives.module_sum(root / "archive"), "zip")


def _reason(work: Callable[[], object], named: str) -> bool:
    """Tell whether the work succeeds, or fails with a reason that names what it was about."""
    try:
        work()
    except SourceError as error:
        return named in error.reason
    return True
