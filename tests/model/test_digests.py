"""Digests are those of the standard, and of one form for equal values."""

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.digests import file_name, of_bytes, of_value, printable


def test_bytes_have_the_digest_of_the_standard() -> None:
    assert of_bytes(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(st.dictionaries(st.text(), st.integers(min_value=-(2**53), max_value=2**53)))
def test_the_order_of_keys_and_the_kind_of_mapping_do_not_count(value: dict[str, int]) -> None:
    turned = dict(reversed(value.items()))
    assert of_value(value) == of_value(turned) == of_value(MappingProxyType(turned))


def test_what_has_no_canonical_form_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="object has no canonical form"):
        of_value({"a": object()})


@pytest.mark.parametrize(
    ("name", "shown"), [(b"plain.txt", "plain.txt"), ("kärna".encode(), "kärna"), (b"caf\xe9", "caf\\xe9")]
)
def test_names_can_be_shown_whatever_their_bytes(name: bytes, shown: str) -> None:
    assert printable(name.decode("utf-8", "surrogateescape")) == shown


@given(st.text(), st.text())
def test_names_of_files_are_as_many_as_the_texts_and_fit_everywhere(one: str, other: str) -> None:
    name = file_name(one)
    assert (name == file_name(other)) == (one == other)
    assert name.isascii()
    assert "/" not in name
    assert 0 < len(name) <= 120


def test_names_of_files_are_readable() -> None:
    assert file_name("lint:ruff:libs/a").startswith("lint_ruff_libs_a-")
    assert file_name("a" * 300).startswith("a" * 103 + "-")
    assert file_name(b"caf\xe9".decode("utf-8", "surrogateescape")).startswith("caf_-")
