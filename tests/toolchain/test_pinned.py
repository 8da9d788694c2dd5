"""Requirements files as pip writes them down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.toolchain.pinned import Pinned, flatten


def _flat(files: dict[str, str | bytes], *paths: str) -> Pinned:
    def read(path: str) -> bytes | None:
        found = files.get(path)
        return found.encode() if isinstance(found, str) else found

    return flatten(paths or ("requirements.txt",), read)


def test_comments_blank_lines_and_continued_lines() -> None:
    text = "# ours\n\nplum==1 \\\n    --hash=sha256:aa \\\r\n    --hash=sha256:bb  # why\n  pear == 2\nfig#1\n"
    assert _flat({"requirements.txt": text}).lines == (
        "plum==1      --hash=sha256:aa      --hash=sha256:bb",
        "pear == 2",
        "fig#1",
    )


def test_a_byte_order_mark_and_bytes_that_are_no_utf_8() -> None:
    assert _flat({"requirements.txt": b"\xef\xbb\xbfplum==1\n# caf\xe9\n"}).lines == ("plum==1",)


@pytest.mark.parametrize("word", ["-r other.txt", "-rother.txt", "--requirement other.txt", "--requirement=other.txt"])
def test_includes_are_relative_to_the_file_that_names_them(word: str) -> None:
    found = _flat({"a/requirements.txt": f"{word}\nplum\n", "a/other.txt": "pear\n"}, "a/requirements.txt")
    assert found.lines == ("plum", "pear")
    assert found.files == ("a/requirements.txt", "a/other.txt")


def test_constraints_are_kept_apart_with_what_they_include() -> None:
    found = _flat(
        {"requirements.txt": "-c bounds.txt\nplum\n", "bounds.txt": "-r more.txt\npear<2\n", "more.txt": "fig<3\n"}
    )
    assert (found.lines, found.constraints) == (("plum",), ("pear<2", "fig<3"))


def test_files_that_include_each_other_are_read_once() -> None:
    found = _flat({"requirements.txt": "-r b.txt\nplum\n", "b.txt": "-r requirements.txt\npear\n"})
    assert (found.lines, found.files) == (("plum", "pear"), ("requirements.txt", "b.txt"))


def test_a_file_that_is_named_and_not_there_is_missing() -> None:
    found = _flat({"requirements.txt": "-r sub/none.txt\n"})
    assert (found.missing, found.files) == (("sub/none.txt",), ("requirements.txt",))


@pytest.mark.parametrize("line", ["-r https://index.example/r.txt", "-r ../../outside.txt", "-r /etc/r.txt"])
def test_an_include_from_elsewhere_stays_as_it_is_written(line: str) -> None:
    assert _flat({"requirements.txt": line}) == Pinned(lines=(line,), files=("requirements.txt",))


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("-e ../libs/common", "libs/common"),
        ("--editable=../libs/common[fast]", "libs/common"),
        ("-e file:../libs/common#egg=common", "libs/common"),
        ("../libs/common", "libs/common"),
        ("../libs/common ; python_version > '3'", "libs/common"),
        ("common @ file:../libs/common", "libs/common"),
        ("common[fast]@file:../libs/common", "libs/common"),
        ("-e '../libs/common'", "libs/common"),
        (".", "svc"),
        (".[dev]", "svc"),
        ("-e .", "svc"),
    ],
)
def test_a_project_of_the_repository_is_no_requirement_but_has_some(line: str, path: str) -> None:
    found = _flat({"svc/requirements.txt": line}, "svc/requirements.txt")
    assert (found.projects, found.lines, found.archives) == ((path,), (), ())


def test_the_extras_of_projects_are_wanted_too() -> None:
    lines = "-e .[cli, http2]\n../common[fast,cli]\nplum[not-ours]\ncommon [more] @ file:../common\n"
    found = _flat({"svc/requirements.txt": lines}, "svc/requirements.txt")
    assert found.extras == ("cli", "http2", "fast", "more")
    assert found.lines == ("plum[not-ours]",)


@pytest.mark.parametrize(
    "line", ["./wheels/plum-1-py3-none-any.whl", "wheels/plum-1.tar.gz", "plum @ file:wheels/plum-1.zip"]
)
def test_a_distribution_that_lies_in_the_repository(line: str) -> None:
    found = _flat({"requirements.txt": line})
    assert (len(found.archives), found.lines, found.projects) == (1, (), ())
    assert found.archives[0].startswith("wheels/plum-1")


@pytest.mark.parametrize(
    "line",
    [
        "plum==1; python_version < '3.12'",
        "plum @ https://files.example/plum-1.whl",
        "-e git+https://git.example/plum.git#egg=plum",
        "https://files.example/plum-1.tar.gz",
        "-e /opt/plum",
        "-e ../../outside",
        "file:///opt/plum-1.whl",
        "--find-links ./wheels",
        "--index-url https://index.example/simple",
        "--extra-index-url https://index.example/simple",
        "--require-hashes",
        "-i https://index.example/simple",
    ],
)
def test_what_comes_from_elsewhere_stays_as_it_is_written(line: str) -> None:
    assert _flat({"requirements.txt": line}) == Pinned(lines=(line,), files=("requirements.txt",))


def test_what_is_said_twice_counts_once() -> None:
    assert _flat({"requirements.txt": "plum\nplum\n"}).lines == ("plum",)


LINES = st.lists(
    st.sampled_from(
        [
            "plum==1",
            "-r",
            "-c",
            "-e",
            " ",
            "#",
            "..",
            "/",
            ".",
            "a.txt",
            "b/c.txt",
            "@",
            "file:",
            "\\\n",
            "[x]",
            ";",
            ".whl",
        ]
    )
    | st.text(max_size=4),
    max_size=8,
).map("".join)


@given(texts=st.dictionaries(st.sampled_from(["a.txt", "b/c.txt", "b/a.txt"]), st.lists(LINES).map("\n".join)))
def test_whatever_is_written_the_reading_ends_and_stays_in_the_repository(texts: dict[str, str]) -> None:
    found = _flat({name: text.encode("utf-8", "replace") for name, text in texts.items()}, "a.txt")
    paths = (*found.files, *found.missing, *found.projects, *found.archives)
    assert not any(path.startswith(("/", "..")) for path in paths)
    assert set(found.files) <= set(texts)
