"""Documents: values by YAML 1.2's core schema, lines by pointer, and nothing but one clear error for anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.contracts.change import ContractError
from lockstep.contracts.documents import parts, read, under
from lockstep.contracts.files import LARGEST

TEXT = b"""\
info:
  title: Shop
paths:
  /a/{id}:
    get: {x: [one, two]}
    put:
      - a: 1
      - b: 2
"""


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"),
        ("true", True),
        ("~", None),
        ("", None),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("-1", -1),
        ("1.50", 1.5),
        (".inf", float("inf")),
        ("2020-01-01", "2020-01-01"),
        ("'200'", "200"),
        ("!!str 3", "3"),
        ("9" * 500, "9" * 500),
    ],
)
def test_a_scalar_is_read_by_the_core_schema(written: str, value: object) -> None:
    assert read("a.yaml", f"x: {written}\n".encode()).value == {"x": value}


def test_keys_are_text_as_in_json() -> None:
    assert read("a.yaml", b"200: {true: 1}").value == {"200": {"true": 1}}


def test_json_and_its_look_alike_are_read() -> None:
    assert read("a.json", b'{"a": [1, "x"]}').value == {"a": [1, "x"]}
    assert read("a.yaml", b"{a: [1, x]}").value == {"a": [1, "x"]}
    assert read("a.json", b'{"a": %s}' % (b"9" * 5000)).value == {"a": "9" * 5000}


def test_an_alias_is_what_it_names() -> None:
    assert read("a.yaml", b"a: &x [1]\nb: *x\nc: &y 2\nd: *y").value == {"a": [1], "b": [1], "c": 2, "d": 2}


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("", 1),
        ("/info/title", 2),
        ("/paths/~1a~1{id}/get/x/1", 5),
        ("/paths/~1a~1{id}/put/1/b", 8),
        ("/paths/none/x", 3),
    ],
)
def test_a_pointer_has_the_line_of_the_innermost_part_that_is_there(pointer: str, line: int) -> None:
    assert read("a.yaml", TEXT).lines([pointer]) == {pointer: line}


def test_lines_of_json_are_found_too() -> None:
    assert read("a.json", b'{\n "a": {\n  "b": 1\n }\n}').lines(["/a/b"]) == {"/a/b": 3}


def _bomb() -> bytes:
    rows = [b"a: &a [x, x, x, x, x, x, x, x, x]"]
    rows += [b"%c: &%c [%s]" % (98 + n, 98 + n, b", ".join([b"*%c" % (97 + n)] * 9)) for n in range(9)]
    return b"\n".join(rows)


@pytest.mark.parametrize(
    ("data", "why", "line"),
    [
        (b"", "empty", 0),
        (b" \n", "empty", 0),
        (b"# nothing\n", "no documents", 0),
        (b"a: 1\n---\nb: 2\n", "2 documents", 0),
        (b"a: 1\nb: \xff\n", "not UTF-8", 2),
        (b"a: [1", "no YAML", 2),
        (b"a: 1\na: 2\n", "`a` stands twice", 2),
        (b"? [a]\n: 1\n", "no plain text", 1),
        (b"a: 1\n*x : 2\n", "no plain text", 2),
        (b"a: *b\n", "names nothing", 1),
        (b"a: &a {b: *a}\n", "names nothing", 1),
        (_bomb(), "multiply", 6),
        (b"[" * 100_000, "nested too deeply", 0),
        (b"- " * 100_000, "nested too deeply", 1),
        (b'{"a":' * 100_000, "nested too deeply", 0),
        (b'{"a":' * 600 + b"1" + b"}" * 600, "nested too deeply", 0),
        (b" " * (LARGEST + 1), "it is larger than 16 MiB", 1),
    ],
)
def test_what_cannot_be_read_says_why_and_where(data: bytes, why: str, line: int) -> None:
    with pytest.raises(ContractError) as caught:
        read("a.yaml", data)
    assert why in caught.value.why
    assert (caught.value.document, caught.value.line) == ("a.yaml", line)


@pytest.mark.parametrize(
    ("data", "line"), [(b"[" + b"{}," * 100 + b"{}]", 1), (b"a:\n" + b"- [[], b, {c: 1}]\n" * 100, 22)]
)
def test_more_values_than_memory_has_room_for_are_refused_before_they_are_there(
    monkeypatch: pytest.MonkeyPatch, data: bytes, line: int
) -> None:
    monkeypatch.setattr("lockstep.contracts.documents.MOST_VALUES", 100)
    with pytest.raises(ContractError, match="it holds more than 100 values") as caught:
        read("a.yaml", data)
    assert caught.value.line == line


@given(st.binary(max_size=200) | st.text(alphabet="{}[]:-&*!|>'\"# \n\tab1", max_size=80).map(str.encode))
def test_any_bytes_are_a_document_or_that_error(data: bytes) -> None:
    try:
        document = read("a.yaml", data)
    except ContractError:
        return
    assert document.lines(["/a/0"])["/a/0"] >= 0


@given(st.lists(st.text(max_size=5), max_size=4))
def test_a_pointer_is_the_parts_that_it_was_made_of(keys: list[str]) -> None:
    assert parts(under("", *keys)) == tuple(keys)
