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


@pytest.mark.parametrize(
    "image",
    ["docker://r.example/till@sha256:00", "docker-daemon:till:1", "docker-archive:dist/till.tar", "oci:dist/till", ""],
)
def test_images_are_named_by_their_transport(image: str) -> None:
    assert config.parse(f'[component.till]\nimage = "{image}"\n'.encode()).component["till"].image == image


@pytest.mark.parametrize(
    "image", ["till:1", "oci:", "oci:--input", "oci-archive:till.tar", "docker://a b", "docker-daemon:-x"]
)
def test_an_image_that_could_be_something_else_is_refused(image: str) -> None:
    with pytest.raises(ConfigError, match=r"lockstep\.toml:2: component\.till\.image"):
        config.parse(f'[component.till]\nimage = "{image}"\n'.encode())


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("advisories", 'database = "--insecure"'),
        ("advisories", "max_age = 0"),
        ("advisories", "timeout = 0"),
        ("gates.trivy", 'severities = ["grave"]'),
        ("component.till.gates.trivy", "fixed_only = 1"),
        ("component.till.gates.trivy", "timeout = 9"),
    ],
)
def test_what_cannot_be_meant_of_advisories_is_refused(table: str, line: str) -> None:
    with pytest.raises(ConfigError, match=r"lockstep\.toml:2: "):
        config.parse(f"[{table}]\n{line}\n".encode())


@pytest.mark.parametrize(
    ("table", "name", "digest"),
    [
        ("actions", "shop/pack@v4", "a" * 39),
        ("actions", f"shop/pack@{'a' * 40}", "a" * 40),
        ("actions", "shop/pack", "a" * 40),
        ("images", "python:3", "a" * 64),
        ("images", f"python@sha256:{'a' * 64}", f"sha256:{'a' * 64}"),
        ("images", "${BASE}", f"sha256:{'a' * 64}"),
    ],
)
def test_a_pin_is_a_name_that_may_change_and_a_whole_digest(table: str, name: str, digest: str) -> None:
    with pytest.raises(ConfigError, match=r"lockstep\.toml:2: pins\."):
        config.parse(f'[pins.{table}]\n"{name}" = "{digest}"\n'.encode())


def test_pins_are_read_by_name() -> None:
    text = f'[pins]\nactions = {{ "shop/pack/deep@v4" = "{"a" * 40}" }}\nimages = {{ "r.example:5000/a:1" = "sha256:{"b" * 64}" }}\n'
    found = config.parse(text.encode()).pins
    assert found == config.PinsConfig({"shop/pack/deep@v4": "a" * 40}, {"r.example:5000/a:1": f"sha256:{'b' * 64}"})


def test_contracts_of_providers_are_named_by_their_paths() -> None:
    read = config.parse(b'[pacts.providers]\n"The Till" = "services/till/openapi.yaml"\n')
    assert read.pacts.providers == {"The Till": "services/till/openapi.yaml"}


@pytest.mark.parametrize("path", ["", "/srv/openapi.yaml", "services/till", "-x.json", "https://till.example/api"])
def test_what_is_no_path_of_a_contract_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match=r"lockstep\.toml:2: pacts\.providers\.till"):
        config.parse(f"[pacts.providers]\ntill = '{path}'\n".encode())


def test_what_is_ignored_needs_a_reason_and_an_end() -> None:
    with pytest.raises(ConfigError) as caught:
        config.parse(b'[[gates.trivy.ignore]]\nrule = "CVE-1"\n')
    assert "lacks `reason`" in str(caught.value)
    assert "lacks `expires`" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('fulcio = "fulcio.example"', "evidence.keyless.fulcio: Expected `str` matching regex"),
        ("rekor_version = 3", "evidence.keyless.rekor_version: Invalid enum value 3"),
        ('audience = ""', "evidence.keyless.audience: Expected `str` of length >= 1"),
        ('timestamps = ""', "unknown key evidence.keyless.timestamps (did you mean `timestamp`?)"),
    ],
)
def test_what_cannot_be_meant_of_signing_without_a_key_is_refused(line: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.parse(f"[evidence.keyless]\n{line}\n".encode())
    assert (caught.value.where, why in caught.value.why) == ("lockstep.toml:2", True), caught.value.why


def test_a_component_has_its_own_versions_or_those_of_all() -> None:
    found = config.parse(
        b'[python]\nversions = ["3.12", "3.13"]\n[component.till]\npython = ["3.11"]\n[component.lamps]\n'
    )
    assert [found.versions_of(name) for name in ("till", "lamps", "other")] == [("3.11",), *[("3.12", "3.13")] * 2]
