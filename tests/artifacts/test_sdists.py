"""Source distributions written anew."""

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.artifacts.sdists import needs_help, normal
from tests.artifacts.packing import tar

EPOCH = 1_700_000_000


@pytest.mark.parametrize(
    ("backend", "wanted"),
    [
        ("setuptools.build_meta", True),
        ("setuptools.build_meta:__legacy__", True),
        ("", True),
        ("pdm.backend", True),
        ("hatchling.build", False),
        ("poetry.core.masonry.api", False),
    ],
)
def test_setuptools_and_pdm_need_help(backend: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert needs_help(backend) is wanted


def test_times_owners_and_order_are_gone() -> None:
    files = {"lamps/b.py": b"B\n", "lamps/a.py": b"A\n"}
    one = tar(files, packed=True, mtime=5, uid=1000, uname="ada", mode=0o600)
    other = tar(dict(reversed(files.items())), mtime=9, gid=7, gname="lab", mode=0o664)
    assert normal(one, EPOCH) == normal(other, EPOCH)


def test_times_that_are_no_whole_seconds_are_gone_too() -> None:
    assert members(normal(tar({"a": b""}, mtime=5.5, pax_headers={"mtime": "5.5"}), EPOCH)) == [("a", 0o644, EPOCH, "")]


def test_another_moment_is_another_archive() -> None:
    assert normal(tar({"a": b""}), EPOCH) != normal(tar({"a": b""}), EPOCH + 1)


def test_programs_stay_programs_and_links_stay_links() -> None:
    data = normal(tar({"run.sh": b"#!/bin/sh\n"}, mode=0o775), EPOCH)
    link = normal(tar({"here": b""}, type=tarfile.SYMTYPE, linkname="run.sh"), EPOCH)
    assert members(data) == [("run.sh", 0o755, EPOCH, "")]
    assert members(link)[0][3] == "run.sh"


def members(data: bytes) -> list[tuple[str, int, float, str]]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return [(each.name, each.mode, each.mtime, each.linkname) for each in archive]


names = st.from_regex(r"[a-z]{1,9}/[a-z]{1,120}", fullmatch=True)


@given(st.dictionaries(names, st.binary(max_size=30), max_size=5))
def test_every_member_keeps_its_name_and_content(files: dict[str, bytes]) -> None:
    with tarfile.open(fileobj=io.BytesIO(normal(tar(files, packed=True), EPOCH))) as archive:
        found = {each.name: stream.read() for each in archive if (stream := archive.extractfile(each))}
    assert found == files
