"""A lock file changed by machine keeps everything that people wrote, byte for byte."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep import toolchain
from lockstep.config import Config
from lockstep.errors import ConfigError
from lockstep.toolchain import lock
from lockstep.toolchain.lock import SHIPPED, ToolEntry
from lockstep.toolchain.rewriting import rewritten
from lockstep.toolchain.sources import GoSource, NpmSource, Pin, PypiSource, ReleaseSource, Source

TEXT = SHIPPED.read_text()
ENTRIES = toolchain.load(None, Config()).entries
SHA = "sha256:" + "a" * 64
WORDS = st.text(alphabet="abcdef[]\"'=#.{} ", max_size=20)
HEX = st.text("0123456789abcdef", min_size=64, max_size=64).map(lambda text: f"sha256:{text}")
VERSIONS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){1,3}", fullmatch=True)


def _renewed(entry: ToolEntry, version: str, digest: str) -> ToolEntry:
    sources = tuple(_source(source, version, digest) for source in entry.sources)
    return msgspec.structs.replace(entry, version=version, sources=sources)


def _source(source: Source, version: str, digest: str) -> Source:
    match source:
        case PypiSource():
            package = f"{source.package.partition('==')[0]}=={version}"
            return msgspec.structs.replace(source, package=package, digest=digest)
        case GoSource():
            return msgspec.structs.replace(source, digest=digest)
        case NpmSource() | ReleaseSource():
            known = list(dict.fromkeys(pin.digest for pin in source.platforms.values()))
            pins = {
                name: Pin(_nth(digest, known.index(pin.digest)), pin.name) for name, pin in source.platforms.items()
            }
            return msgspec.structs.replace(source, platforms=pins)
        case _:
            return source


def _nth(digest: str, at: int) -> str:
    """Return another digest for each that there was: some packages hold the programs of several platforms."""
    return digest[:-1] + "0123456789abcdef"[(int(digest[-1], 16) + at) % 16]


@given(name=st.sampled_from(sorted(ENTRIES)), version=VERSIONS, digest=HEX)
def test_there_and_back_again_is_the_same_file(name: str, version: str, digest: str) -> None:
    old = ENTRIES[name]
    new = _renewed(old, version, digest)
    changed = rewritten(TEXT, old, new, TEXT)
    assert lock.parse(changed, "")[name] == msgspec.structs.replace(new, folder="")
    assert len(changed.splitlines()) == len(TEXT.splitlines())
    assert rewritten(changed, new, old, TEXT) == TEXT


@given(
    comments=st.lists(WORDS, min_size=4, max_size=4),
    end=st.sampled_from(["\n", "\r\n"]),
    quote=st.sampled_from("\"'"),
    version=VERSIONS,
    digest=HEX,
    space=st.sampled_from(["", " ", "\t"]),
)
def test_comments_line_ends_and_quotes_stay(
    comments: list[str], end: str, quote: str, version: str, digest: str, space: str
) -> None:
    def text(version: str, digest: str) -> str:
        first, second, third, fourth = comments
        lines = [
            f"#{first}",
            "[before]",
            'version = "1.0.0"',
            'licence = "MIT"',
            'program = "before"',
            "sources = [{ kind = 'machine', program = 'before' }]",
            "",
            f"#{second}",
            f"[{space}lamp{space}]{space}#{third}",
            f'version{space}={space}{quote}{version}{quote} # once "1.0.0"',
            f'# version = "1.0.0" {fourth}',
            'licence = "MIT"',
            'program = "lamp"',
            "[[lamp.sources]]",
            'kind = "release"',
            'url = "https://vendor.example/1.0.0"',
            "[lamp.sources.platforms]",
            f'linux-x86_64 = {{ digest = {quote}{digest}{quote}, name = "1.0.0" }}',
            f'linux-arm64 = {{name="1.0.0",digest={quote}{digest}{quote}}}',
            f"# {fourth}",
            "[later]",
            'version = "1.0.0"',
            'licence = "MIT"',
            'program = "later"',
            "sources = [{ kind = 'machine', program = 'later' }]",
        ]
        return end.join((*lines, ""))

    before = text("1.0.0", SHA)
    old = lock.parse(before, "")["lamp"]
    pins = {name: Pin(digest, pin.name) for name, pin in old.sources[0].platforms.items()}  # type: ignore[union-attr]
    source = msgspec.structs.replace(old.sources[0], platforms=pins)
    new = msgspec.structs.replace(old, version=version, sources=(source,))
    assert rewritten(before, old, new, TEXT) == text(version, digest)


@pytest.mark.parametrize(
    "text",
    ["", "# ours", '# ours\n\n[own]\nversion="1"\nlicence=""\nprogram="x"\nsources=[{kind="machine",program="x"}]\n'],
)
def test_an_entry_that_the_file_has_not_yet_is_added(text: str) -> None:
    old = ENTRIES["biome"]
    new = _renewed(old, "9.9.9", SHA)
    changed = rewritten(text, old, new, TEXT)
    assert changed.startswith(text)
    assert lock.parse(changed, "")["biome"] == msgspec.structs.replace(new, folder="")
    assert "[black]" not in changed
    assert changed.endswith("\n")


@pytest.mark.parametrize(
    "text",
    [
        'lamp = { version = "1.0.0", licence = "MIT", program = "lamp", sources = [{ kind = "machine", program = "x" }] }\n',
        '["lamp"]\nversion = "1.0.0"\nlicence = "MIT"\nprogram = "lamp"\nsources = [{ kind = "machine", program = "x" }]\n',
        '[lamp]\n"version" = "1.0.0"\nlicence = "MIT"\nprogram = "lamp"\nsources = [{ kind = "machine", program = "x" }]\n',
        '[lamp]\nversion = """1.0.0"""\nlicence = "MIT"\nprogram = "lamp"\nsources = [{ kind = "machine", program = "x" }]\n',
    ],
    ids=["inline", "quoted-table", "quoted-key", "long-string"],
)
def test_a_file_that_is_written_in_another_way_is_refused_and_never_half_changed(text: str) -> None:
    old = lock.parse(text, "")["lamp"]
    with pytest.raises(ConfigError, match=r"\[lamp\] of the tool lock cannot be rewritten"):
        rewritten(text, old, msgspec.structs.replace(old, version="2.0.0"), text)


def test_an_entry_is_never_written_a_second_time_beside_one_that_is_not_understood() -> None:
    text = TEXT.replace("[ruff]", '["ruff"]')
    with pytest.raises(ConfigError, match=r"\[ruff\] of the tool lock cannot be rewritten"):
        rewritten(text, ENTRIES["ruff"], _renewed(ENTRIES["ruff"], "9.9.9", SHA), TEXT)
