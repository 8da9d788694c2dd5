"""lockstep.toml: what it means, and every mistake at its line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep import config
from lockstep.config import Config
from lockstep.errors import ConfigError
from lockstep.model.component import Kind


def test_absent_and_empty_files_mean_the_defaults(tmp_path: Path) -> None:
    assert config.load(tmp_path) == Config()
    (tmp_path / "lockstep.toml").write_bytes(b"")
    assert config.load(tmp_path) == Config()


def test_values_are_read() -> None:
    read = config.parse(
        b"""
[repository]
name = "shop"
[[rules]]
path = "apps/*"
kind = "service"
[component."apps/web"]
thresholds = { lines = 90 }
install = "wheel"
[gates.lint]
timeout = 30
cpus = 4
unavailable = { reason = "no mirror yet", expires = 2027-01-31 }
"""
    )
    assert read.repository.name == "shop"
    assert read.rules[0].kind is Kind.SERVICE
    own = read.component["apps/web"].thresholds
    assert own is not None
    assert (own.lines, own.branches) == (90, 80)
    assert (read.gates["lint"].timeout, read.gates["lint"].cpus) == (30, 4)


def test_all_mistakes_are_shown_with_their_lines() -> None:
    data = b'[repositry]\nx = 1\n[thresholds]\nlines = 101\n[[rules]]\npath = "a"\n[[rules]]\npath = "b"\nkind = "zz"\n'
    with pytest.raises(ConfigError) as caught:
        config.parse(data)
    text = str(caught.value)
    assert "4 mistakes" in text
    assert "lockstep.toml:1: unknown key repositry (did you mean `repository`?)" in text
    assert "lockstep.toml:4: thresholds.lines" in text
    assert "lockstep.toml:5: rules.0 lacks `kind`" in text
    assert "lockstep.toml:9: rules.1.kind" in text
    assert caught.value.exit_code == 2


def test_a_key_with_no_near_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"unknown key python\.zzz \(known: versions\)"):
        config.parse(b"[python]\nzzz = 1\n")


def test_not_toml_and_not_utf8_name_the_line() -> None:
    with pytest.raises(ConfigError) as not_toml:
        config.parse(b"a = 1\nb = \n")
    assert not_toml.value.where == "lockstep.toml:2"
    with pytest.raises(ConfigError) as not_utf8:
        config.parse(b'a = 1\nb = "\xff"\n')
    assert not_utf8.value.where == "lockstep.toml:2"


def test_a_folder_in_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "lockstep.toml").mkdir()
    with pytest.raises(ConfigError, match=r"cannot read lockstep\.toml"):
        config.load(tmp_path)


def test_inline_tables_and_single_mistakes_find_their_line() -> None:
    with pytest.raises(ConfigError) as caught:
        config.parse(b"[gates.lint]\ntimeout = 5\nunavailable = { reason = 1, expires = 2027-01-31 }\n")
    assert caught.value.where == "lockstep.toml:3"
    assert "1 mistake" in str(caught.value)


@given(st.text())
def test_any_text_is_a_configuration_or_one_clear_error(text: str) -> None:
    try:
        assert isinstance(config.parse(text.encode("utf-8", "surrogatepass")), Config)
    except ConfigError as error:
        assert error.where.startswith("lockstep.toml")  # noqa: PT017 - either is right


@pytest.mark.parametrize("limit", ["timeout = 0", "cpus = 0", "cpus = -1", "cpus = 1.5"])
def test_a_limit_that_lets_nothing_run_is_refused(limit: str) -> None:
    with pytest.raises(ConfigError, match=rf"lockstep\.toml:2: gates\.lint\.{limit.partition(' ')[0]}"):
        config.parse(f"[gates.lint]\n{limit}\n".encode())
