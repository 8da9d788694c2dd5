"""Why two archives differ."""

import tarfile
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.artifacts.comparing import Difference, of_archives
from tests.artifacts.packing import tar, wheel

FILES = {"lamps/a.py": b"A = 1\n", "lamps/b.py": b"B = 2\n"}
contents = st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.binary(max_size=20), min_size=1, max_size=5)


def wheels(first: bytes, second: bytes) -> tuple[Difference, ...]:
    return of_archives("lamps-1.whl", first, second)


def sdists(first: bytes, second: bytes) -> tuple[Difference, ...]:
    return of_archives("lamps-1.tar.gz", first, second)


def test_the_same_bytes_do_not_differ() -> None:
    assert wheels(wheel(FILES), wheel(FILES)) == ()


def test_content_differs_by_its_size_or_its_bytes() -> None:
    other = FILES | {"lamps/a.py": b"A = 100\n", "lamps/b.py": b"B = 3\n"}
    assert wheels(wheel(FILES), wheel(other)) == (
        Difference("lamps/a.py", "content: 6 bytes, then 8"),
        Difference("lamps/b.py", "content"),
    )


def test_times_of_a_wheels_members_differ() -> None:
    assert wheels(wheel(FILES), wheel(FILES, year=2021))[0] == Difference(
        "lamps/a.py", "modified: 2020-01-01T00:00:00, then 2021-01-01T00:00:00"
    )


def test_modes_of_a_wheels_members_differ() -> None:
    assert wheels(wheel(FILES), wheel(FILES, mode=0o755))[0] == Difference("lamps/a.py", "mode: 644, then 755")


@pytest.mark.parametrize(
    ("fields", "how"),
    [
        ({"mtime": 5}, "modified: 0, then 5"),
        ({"mode": 0o600}, "mode: 644, then 600"),
        ({"uid": 1000, "gid": 7}, "owner: 0:0, then 1000:7"),
        ({"type": tarfile.SYMTYPE, "linkname": "b.py"}, "kind: file, then link"),
    ],
)
def test_headers_of_a_tars_members_differ(fields: dict[str, Any], how: str) -> None:
    assert Difference("a.py", how) in sdists(tar({"a.py": b""}), tar({"a.py": b""}, **fields))


def test_members_are_in_one_of_them_only() -> None:
    assert sdists(tar({"a.py": b""}), tar({"b.py": b""})) == (
        Difference("a.py", "only in the first"),
        Difference("b.py", "only in the second"),
    )


def test_the_order_alone_may_differ() -> None:
    back = dict(reversed(FILES.items()))
    assert wheels(wheel(FILES), wheel(back)) == (Difference("lamps/a.py", "order: it stands at another place"),)


def test_what_is_around_the_members_may_differ() -> None:
    plain, packed = tar(FILES), tar(FILES, packed=True)
    assert sdists(plain, packed) == (Difference("", "its members are the same; it is packed otherwise"),)


def test_what_is_no_archive_is_told() -> None:
    with pytest.raises(tarfile.TarError):
        sdists(b"no", b"yes")
    with pytest.raises(zipfile.BadZipFile):
        wheels(b"no", b"yes")


@given(contents, contents)
def test_archives_differ_exactly_where_their_content_does(first: dict[str, bytes], second: dict[str, bytes]) -> None:
    unlike = {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}
    found = wheels(wheel(dict(sorted(first.items()))), wheel(dict(sorted(second.items()))))
    assert {each.member for each in found} == unlike
