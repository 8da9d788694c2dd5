"""The tool lock as data: what it may say, what it may not, and what a tool's identity hangs on."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from license_expression import get_spdx_licensing  # type: ignore[import-untyped]

from lockstep import toolchain
from lockstep.config import Config, ToolsConfig
from lockstep.errors import ConfigError, ToolError
from lockstep.toolchain import lock
from lockstep.toolchain.lock import SHIPPED, platform
from lockstep.toolchain.sources import (
    GoSource,
    MachineSource,
    NpmSource,
    NpmTreeSource,
    PypiSource,
    ReleaseSource,
    ToolSource,
)
from tests.toolchain.yards import Yard, entry, release

OWN = Config(tools=ToolsConfig(lock="lock.toml"))
SHA = "sha256:" + "0" * 64
LAMP = entry(release("https://vendor.example/lamp", SHA))
PLATFORMS = ("linux-x86_64", "linux-arm64", "macos-x86_64", "macos-arm64")


def _refused(root: Path, text: str | bytes) -> ConfigError:
    (root / "lock.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        toolchain.load(root, OWN)
    return caught.value


def test_the_repositorys_entries_replace_the_shipped_ones_by_name(tmp_path: Path) -> None:
    (tmp_path / "lock.toml").write_text(LAMP.replace("[lamp]", "[ruff]").replace("lamp.s", "ruff.s"))
    found = toolchain.load(tmp_path, OWN)
    assert (found.entry("ruff").program, found.entry("ruff").folder) == ("lamp", str(tmp_path))
    assert found.entry("mypy") == toolchain.load(tmp_path, Config()).entry("mypy")
    assert toolchain.load(None, OWN) == toolchain.load(tmp_path, Config())


def test_every_kind_of_source_has_what_it_needs(yard: Yard) -> None:
    machine = '[[lamp.sources]]\nkind = "machine"\nprogram = "lamp"\n[[lamp.sources]]\nkind = "tool"\ntool = "ruff"\n'
    yard.write(entry(machine, yard.wheels(), yard.npm(), yard.vendor(), yard.go()))
    kinds = [type(source) for source in yard.lock.entry("lamp").sources]
    assert kinds == [MachineSource, ToolSource, PypiSource, NpmSource, ReleaseSource, GoSource]


def test_a_tool_that_is_not_in_the_lock_is_named_with_those_that_are() -> None:
    with pytest.raises(ToolError) as caught:
        toolchain.load(None, Config()).entry("lamp")
    assert "no tool called lamp" in caught.value.what
    assert "actionlint, " in caught.value.why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[lamp", "Expected ']'"),
        (b"\xff", "codec can't decode"),
        ("lamp = 1", "[lamp] Expected `object`, got `int`"),
        ("[Lamp]", "`Lamp` is no name for a tool"),
        ('["lamp\\n"]', "is no name for a tool"),
        ("[lamp]", "[lamp] Object missing required field `version`"),
        (LAMP.replace('licence = "MIT"', "licence = 1"), "[lamp] Expected `str`"),
        (LAMP.replace("licence", "license"), "[lamp] Object contains unknown field `license`"),
        (LAMP.replace('"1.0.0"', '"../../x"'), "`$.version`"),
        (LAMP.replace('"1.0.0"', '"1.0.0\\n"'), "`$.version`"),
        (LAMP.replace('program = "lamp"', 'program = "../lamp"'), "`$.program`"),
        (LAMP.replace('"release"', '"torrent"'), "Invalid value 'torrent' - at `$.sources[0].kind`"),
        (LAMP.replace("https:", "ftp:"), "`$.sources[0].url`"),
        (LAMP.replace(SHA, SHA[:-1]), "digest"),
        (LAMP.replace(SHA, f"{SHA}\\n"), "digest"),
        (LAMP.replace(platform(), "windows-x86_64"), "platforms"),
        (LAMP[: LAMP.index("[[")] + "sources = []", "[lamp] has no sources"),
        (LAMP + '[[lamp.sources]]\nkind = "machine"\nprogram = "lamp"', "machine and tool come first"),
        ("a = " + "[" * 5000, "recursion"),
    ],
)
def test_a_lock_that_says_what_cannot_be_meant_is_refused_with_its_place(
    tmp_path: Path, text: str | bytes, why: str
) -> None:
    error = _refused(tmp_path, text)
    assert error.where == str(tmp_path / "lock.toml")
    assert why in error.why


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("requirements", "../other.txt"),
        ("requirements", "/etc/passwd"),
        ("requirements", "a/../../b"),
        ("run = [", "/usr/bin/env"),
        ("package", "--index-url=https://index.example"),
        ("package", "lamp other"),
    ],
)
def test_what_becomes_a_path_or_a_word_of_a_command_is_neither_elsewhere_nor_an_option(
    tmp_path: Path, field: str, value: str
) -> None:
    source = {"package": "lamp==1", "requirements": "lamp.txt"} | ({field: value} if "[" not in field else {})
    lines = [f"{key} = {word!r}" for key, word in source.items()]
    lines += [f"{field}{value!r}]"] if "[" in field else []
    text = entry('[[lamp.sources]]\nkind = "pypi"\n' + "\n".join((*lines, f'digest = "{SHA}"')))
    assert "Expected `str` matching regex" in _refused(tmp_path, text).why


@pytest.mark.parametrize(
    "sources",
    ['[[{}.sources]]\nkind = "go"\nmodule = "m.example/x@v{{version}}"\ndigest = "h1:' + "A" * 43 + '="\n'],
)
@pytest.mark.parametrize("name", ["go", "npm"])
def test_what_fetches_the_others_cannot_be_fetched_by_itself(tmp_path: Path, name: str, sources: str) -> None:
    direct = entry(sources.format(name), name=name)
    assert f"[{name}] cannot come from a Go module" in _refused(tmp_path, direct).what
    by_another = entry(f'[[{name}.sources]]\nkind = "tool"\ntool = "lamp"\n', name=name)
    assert f"[{name}] cannot come from" in _refused(tmp_path, by_another + entry(sources.format("lamp"))).what


@pytest.mark.parametrize("wanted", ["torch", "terraform"])
def test_an_entry_refers_to_one_that_is_there_and_refers_to_none(tmp_path: Path, wanted: str) -> None:
    error = _refused(tmp_path, entry(f'[[lamp.sources]]\nkind = "tool"\ntool = "{wanted}"\n'))
    assert error.what == f"[lamp] refers to `{wanted}`, which is no entry of its own"
    assert error.where == "lock.toml"


def test_a_lock_that_is_not_there_or_not_to_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        toolchain.load(tmp_path, OWN)
    (tmp_path / "lock.toml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        toolchain.load(tmp_path, OWN)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('version = "1.0.0"', 'version = "1.0.1"'),
        ('program = "lamp"', 'program = "lamps"'),
        (SHA, SHA.replace("0", "1")),
        ('member = ""', 'member = "bin/lamp"'),
    ],
)
def test_an_identity_hangs_on_all_that_decides_what_is_installed(tmp_path: Path, before: str, after: str) -> None:
    was = lock.parse(LAMP, "")["lamp"].identity(platform())
    assert lock.parse(LAMP.replace(before, after), "")["lamp"].identity(platform()) != was


@pytest.mark.parametrize(("before", "after"), [('"MIT"', '"ISC"'), ("vendor.example", "mirror.example")])
def test_an_identity_does_not_hang_on_what_decides_nothing(before: str, after: str) -> None:
    was = lock.parse(LAMP, "")["lamp"].identity(platform())
    assert lock.parse(LAMP.replace(before, after), "")["lamp"].identity(platform()) == was
    other = next(each for each in PLATFORMS if each != platform())
    assert lock.parse(LAMP, "")["lamp"].identity(other) != was


def test_an_entry_that_stands_for_another_has_an_identity_of_its_own(yard: Yard) -> None:
    yard.write(entry(yard.vendor()), entry('[[torch.sources]]\nkind = "tool"\ntool = "lamp"\n', name="torch"))
    assert yard.lock.entry("torch").identity(platform()) != yard.lock.entry("lamp").identity(platform())


def test_the_machines_own_program_is_part_of_a_tools_identity_where_it_is_used(yard: Yard, tmp_path: Path) -> None:
    yard.write(entry('[[lamp.sources]]\nkind = "machine"\nprogram = "lamp"\n', yard.vendor()))
    seen = [toolchain.identity(yard.host, yard.lock, "lamp")]
    own = tmp_path / "bin" / "lamp"
    own.parent.mkdir()
    yard.environ["PATH"] = f"{own.parent}:{yard.environ['PATH']}"
    for text in ("#!/bin/sh\n", "#!/bin/sh\necho\n"):
        own.write_text(text)
        own.chmod(0o755)
        seen.append(toolchain.identity(yard.host, yard.lock, "lamp"))
    assert len(set(seen)) == 3
    assert toolchain.identity(yard.host, yard.lock, "lamp") == seen[-1]


VALUES = st.recursive(
    st.text(max_size=8) | st.integers(-5, 5) | st.booleans() | st.just(SHA) | st.just("lamp"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["version", "licence", "program", "kind", "url", "member", "platforms", "package", "requirements", "digest"]
)


@given(
    text=st.text(max_size=60)
    | st.builds("{} = {!r}\n[[lamp.sources]]\n{} = {!r}".format, FIELDS, VALUES, FIELDS, VALUES)
)
def test_any_text_is_entries_or_an_error_that_says_why(text: str) -> None:
    try:
        found = lock.parse(f'[lamp]\nversion = "1"\n{text}', "")
    except ValueError as error:
        found, why = {}, str(error)
    else:
        why = "none"
    assert why
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", name) and each.sources for name, each in found.items())


# The lock that is shipped.

TABLES = tomllib.loads(SHIPPED.read_text())


@pytest.mark.parametrize("name", sorted(toolchain.load(None, Config()).entries))
def test_a_shipped_entry_can_be_had_here_and_its_requirements_are_those_that_it_pins(name: str) -> None:
    found = toolchain.load(None, Config()).entry(name)
    for source in found.sources:
        if isinstance(source, PypiSource):
            data = (SHIPPED.parent / source.requirements).read_bytes()
            assert source.digest == f"sha256:{hashlib.sha256(data).hexdigest()}"
            assert f"{source.package} \\\n" in data.decode()
            assert b"://" not in data
        if isinstance(source, NpmTreeSource):
            data = (SHIPPED.parent / source.tree).read_bytes()
            assert source.digest == f"sha256:{hashlib.sha256(data).hexdigest()}"
            assert b"://" not in data
        if isinstance(source, NpmSource | ReleaseSource):
            assert {"linux-x86_64", "linux-arm64"} <= set(source.platforms)
    assert not get_spdx_licensing().validate(found.licence).errors


def test_every_requirement_of_the_shipped_lock_has_digests() -> None:
    for path in (*SHIPPED.parent.glob("requirements/*.txt"), SHIPPED.parents[2] / "bootstrap.txt"):
        if not path.exists():
            continue
        logical = path.read_text().replace("\\\n", " ").splitlines()
        assert logical
        for line in logical:
            assert re.fullmatch(r"[A-Za-z0-9._-]+==[^ ]+( ; .*?)?( +--hash=sha256:[0-9a-f]{64})+", line), line


def test_no_requirement_file_of_the_shipped_lock_is_left_over() -> None:
    named = {
        source["requirements"] for each in TABLES.values() for source in each["sources"] if source["kind"] == "pypi"
    }
    assert named == {f"requirements/{path.name}" for path in SHIPPED.parent.glob("requirements/*")}


def test_the_environment_is_made_with_the_uv_that_the_lock_has() -> None:
    bootstrap = Path(__file__).parents[2] / "tooling" / "bootstrap.txt"
    pinned = SHIPPED.parent / "requirements" / "uv.txt"
    assert bootstrap.read_bytes() == pinned.read_bytes()
