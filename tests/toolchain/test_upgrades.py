"""What sources offer today, and entries locked anew, from registries on loopback."""

import re
from pathlib import Path

import msgspec
import pytest

from lockstep.errors import ToolError
from lockstep.host.process import Completed
from lockstep.model.digests import of_bytes
from lockstep.toolchain import rewriting, upgrades
from lockstep.toolchain.sources import GoSource, NpmSource, PypiSource, ReleaseSource
from lockstep.toolchain.upgrades import Offer
from tests.toolchain.servers import sha256
from tests.toolchain.wheels import wheel
from tests.toolchain.yards import NPM_FILES, Yard, entry, said


def _offers(yard: Yard, *names: str) -> tuple[Offer, ...]:
    return upgrades.offers(yard.host, yard.lock, names or ("lamp",), yard.hear)


def _wheel(yard: Yard, version: str, requires: tuple[str, ...] = ()) -> None:
    yard.server.wheel(wheel(yard.root.parent / "wheels", "lamp", version, requires, program="lamp"))


def test_every_source_of_a_tool_says_what_is_newest(yard: Yard) -> None:
    sources = (yard.wheels(), yard.npm(), yard.go(), yard.vendor())
    _wheel(yard, "1.10.0")
    yard.server.npm("@lamps/cli", "1.2.0", NPM_FILES)
    yard.server.go("lamps.example/lamp", "v1.3.0", {})
    yard.write(entry('[[lamp.sources]]\nkind = "machine"\nprogram = "no-lamp"\n', *sources))
    assert [(offer.source, offer.locked, offer.newest, offer.outdated) for offer in _offers(yard)] == [
        ("the Python package index", "1.0.0", "1.10.0", True),
        ("the npm registry", "1.0.0", "1.2.0", True),
        ("the Go module proxy", "1.0.0", "1.3.0", True),
        ("the vendor's release", "1.0.0", "", False),
    ]
    assert "no list of versions" in _offers(yard)[3].problem
    assert not any(name.startswith(".tmp") for name in yard.left())


@pytest.mark.parametrize("newest", ["1.0.0", "0.9.0"])
def test_what_is_the_same_or_older_is_no_newer_version(yard: Yard, newest: str) -> None:
    yard.write(entry(yard.npm()))
    yard.server.npm("@lamps/cli", newest, NPM_FILES)
    (offer,) = _offers(yard)
    assert (offer.newest, offer.outdated) == (newest, False)


def test_a_source_that_cannot_be_asked_says_so_and_the_others_answer(yard: Yard) -> None:
    yard.write(entry(yard.wheels(), yard.go()))
    yard.environ["UV_DEFAULT_INDEX"] = "http://127.0.0.1:9/simple"
    first, second = _offers(yard)
    assert (first.newest, second.newest) == ("", "1.0.0")
    assert first.problem.startswith("uv: ")


def test_an_index_that_has_no_version_at_all_offers_none(yard: Yard) -> None:
    yard.write(entry(yard.wheels()))
    yard.processes.answers["uv"] = lambda _: Completed(0, b"\n", b"")
    (offer,) = _offers(yard)
    assert (offer.newest, offer.outdated, offer.problem) == ("", False, "")


def test_a_maker_that_cannot_be_had_is_the_offers_problem(yard: Yard) -> None:
    fan = '[[npm.sources]]\nkind = "machine"\nprogram = "no-such-npm"\n'
    yard.write(entry(yard.npm()), entry(fan, name="npm"))
    (offer,) = _offers(yard)
    assert "needs npm, but npm 1.0.0 cannot be had" in offer.problem


# Locking anew.


def _relocked(yard: Yard, version: str = "", package: str = "") -> upgrades.Relocked:
    return upgrades.relock(yard.host, yard.lock, "lamp", version, yard.hear, package=package)


def _write(yard: Yard, made: upgrades.Relocked) -> None:
    """Write what was locked, as the verb does."""
    path = yard.root / "lock.toml"
    path.write_text(rewriting.rewritten(path.read_text(), yard.lock.entry("lamp"), made.entry, ""))
    for name, text in made.files.items():
        (yard.root / name).write_text(text)


def test_a_python_tool_is_locked_with_its_whole_closure(yard: Yard) -> None:
    yard.write(entry(yard.wheels()))
    yard.server.wheel(wheel(yard.root.parent / "wheels", "bulb", "3.0"))
    yard.server.wheel(wheel(yard.root.parent / "wheels", "fuse", "4.0", tag="py3-none-win_amd64"))
    _wheel(yard, "2.0.0", ("bulb>=2", "fuse; sys_platform == 'win32'"))
    made = _relocked(yard, "2.0.0")
    assert made.entry.version == "2.0.0"
    (source,) = made.entry.sources
    assert isinstance(source, PypiSource)
    text = made.files["lamp.txt"]
    assert (source.package, source.digest) == ("lamp==2.0.0", f"sha256:{of_bytes(text.encode())}")
    assert re.findall(r"^([a-z]+)==(\S+)", text, re.MULTILINE) == [("bulb", "3.0"), ("fuse", "4.0"), ("lamp", "2.0.0")]
    assert text.count("--hash=sha256:") == 3
    assert yard.server.url not in text


def test_a_python_package_that_is_numbered_otherwise_than_its_tool(yard: Yard) -> None:
    source = yard.vendor(path="/v/2.0").replace("/v/2.0", "/v/{version}")
    yard.write(entry(yard.wheels(version="7.1"), source, version="1.0"))
    _wheel(yard, "7.2")
    with pytest.raises(ToolError, match=r"the package of 1\.0 is 7\.1"):
        _relocked(yard, "2.0")
    made = _relocked(yard, "2.0", "7.2")
    assert (made.entry.version, "lamp==7.2 " in made.files["lamp.txt"]) == ("2.0", True)


def test_overrides_replace_requirements_within_the_closure(yard: Yard) -> None:
    yard.write(entry(yard.wheels() + 'overrides = ["bulb>=2"]\n'))
    for version in ("1.0", "3.0"):
        yard.server.wheel(wheel(yard.root.parent / "wheels", "bulb", version))
    _wheel(yard, "2.0.0", ("bulb<2",))
    assert "bulb==3.0" in _relocked(yard, "2.0.0").files["lamp.txt"]


@pytest.mark.parametrize("kind", ["npm", "go", "release"])
def test_a_tool_that_is_locked_anew_installs(yard: Yard, kind: str) -> None:
    if kind == "npm":
        source = yard.npm()
        yard.npm("2.0.0")
    elif kind == "go":
        source = yard.go()
        yard.go("1.9.0")
    else:
        source = yard.vendor(path="/v/1.0.0/lamp").replace("/v/1.0.0/", "/v/{version}/")
        yard.server.answers["/v/2.0.0/lamp"] = b"#!/bin/sh\necho newer\n"
    yard.write(entry(source))
    made = _relocked(yard, "1.9.0" if kind == "go" else "2.0.0")
    _write(yard, made)
    printed = said(yard.provide("lamp")["lamp"])
    assert printed == {"npm": "npm lamp", "go": "go lamp 1.9.0", "release": "newer"}[kind]


def test_without_a_version_the_one_it_has_is_locked_as_it_is_served_today(yard: Yard) -> None:
    yard.write(entry(yard.wheels(), yard.npm(), yard.go(), yard.vendor()))
    assert _relocked(yard).entry == yard.lock.entry("lamp")
    yard.server.answers["/vendor/lamp"] = b"other"
    made = _relocked(yard).entry.sources[3]
    assert isinstance(made, ReleaseSource)
    assert [pin.digest for pin in made.platforms.values()] == [sha256(b"other")]


def test_sources_that_pin_nothing_stay(yard: Yard) -> None:
    yard.write(entry('[[lamp.sources]]\nkind = "machine"\nprogram = "no-lamp"\n', yard.npm()))
    kinds = [type(source).__name__ for source in _relocked(yard).entry.sources]
    assert kinds == ["MachineSource", "NpmSource"]


def test_a_mirror_stands_for_the_vendor_here_too(yard: Yard) -> None:
    yard.write(entry(yard.vendor().replace(yard.server.url, "https://vendor.example")))
    yard.environ["LOCKSTEP_RELEASE_MIRROR"] = f"{yard.server.url}/mirror"
    yard.server.answers["/mirror/vendor.example/vendor/lamp"] = b"mirrored"
    made = _relocked(yard).entry.sources[0]
    assert isinstance(made, ReleaseSource)
    assert [pin.digest for pin in made.platforms.values()] == [sha256(b"mirrored")]


@pytest.mark.parametrize("kind", ["wheels", "npm", "go", "vendor"])
def test_a_version_that_no_source_has_is_one_clear_error(yard: Yard, kind: str) -> None:
    source: str = getattr(yard, kind)()
    yard.write(entry(source.replace("/vendor/lamp", "/vendor/{version}")))
    with pytest.raises(ToolError) as caught:
        _relocked(yard, "7.7.7")
    assert caught.value.what == "lamp cannot be locked at 7.7.7"
    assert "7.7.7" in caught.value.why
    assert caught.value.remedy == "lockstep tools.outdated --tool lamp"


def test_a_package_whose_digest_the_registry_does_not_say(yard: Yard) -> None:
    yard.write(entry(yard.npm()))
    yard.processes.answers["npm"] = lambda _: Completed(0, b"\n", b"")
    with pytest.raises(ToolError, match=r"the npm registry has no @lamps/cli@1\.0\.0"):
        _relocked(yard)


@pytest.mark.parametrize(("kind", "before"), [("npm", "@{version}"), ("go", "@v{version}"), ("vendor", "/vendor/lamp")])
def test_a_source_that_says_its_version_itself_is_not_relabelled(yard: Yard, kind: str, before: str) -> None:
    source: str = getattr(yard, kind)()
    yard.write(entry(source.replace(before, before.replace("{version}", "1.0.0"))))
    with pytest.raises(ToolError, match=r"does not hold \{version\}"):
        _relocked(yard, "2.0.0")
    assert _relocked(yard).entry == yard.lock.entry("lamp")


def test_every_platform_has_its_own_digest(yard: Yard) -> None:
    source = yard.npm()
    line = source.splitlines()[-1]
    other = line.replace("linux", "macos") if "linux" in line else line.replace("macos", "linux")
    yard.write(entry(source + other.replace('"cli"', '"mac"') + "\n"))
    mac = yard.server.npm("@lamps/mac", "1.0.0", {"package.json": b"{}", "bin/lamp": b"mac"})
    made = _relocked(yard).entry.sources[0]
    assert isinstance(made, NpmSource)
    assert [pin.digest for pin in made.platforms.values()][1] == mac
    assert len({pin.digest for pin in made.platforms.values()}) == 2


def test_a_tool_that_the_lock_does_not_have(yard: Yard) -> None:
    with pytest.raises(ToolError, match="no tool called torch"):
        upgrades.relock(yard.host, yard.lock, "torch", "", yard.hear)
    with pytest.raises(ToolError, match="no tool called torch"):
        _offers(yard, "torch")


def test_a_sum_is_computed_from_the_bytes_and_not_believed(yard: Yard) -> None:
    yard.write(entry(yard.go()))
    was = yard.lock.entry("lamp").sources[0]
    made = _relocked(yard).entry.sources[0]
    assert isinstance(was, GoSource)
    assert msgspec.structs.asdict(made) == msgspec.structs.asdict(was)
    assert Path(yard.environ["GOMODCACHE"], "cache/download/lamps.example/lamp/@v/v1.0.0.zip").exists()
