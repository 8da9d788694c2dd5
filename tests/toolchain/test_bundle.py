"""One archive from which a machine without a network installs everything, and which is refused when it was tampered with."""

import ensurepip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lockstep.errors import RunError, ToolError
from lockstep.host.files import CACHEDIR_TAG
from lockstep.model.digests import Digest
from lockstep.toolchain import bundle
from lockstep.toolchain.bundle import Index
from tests.toolchain.servers import sha256, tar
from tests.toolchain.yards import NOWHERE, Yard, entry, release, said

# Where Python keeps the pip that it brings along; Debian has it elsewhere.
PIPS = (Path(ensurepip.__file__).parent / "_bundled", Path("/usr/share/python-wheels"))


def _pip(yard: Yard) -> str:
    """Serve the pip that Python brings along, and return its entry."""
    wheel = next(wheel for folder in PIPS for wheel in folder.glob("pip-*.whl"))
    text = yard.server.wheel(wheel)
    (yard.root / "pip.txt").write_text(text)
    return entry(
        f'[[pip.sources]]\nkind = "pypi"\npackage = "{text.split()[0]}"\n'
        f'requirements = "pip.txt"\ndigest = "{sha256(text.encode())}"\n',
        name="pip",
    )


def _named(source: str, name: str) -> str:
    return source.replace("lamp.sources", f"{name}.sources")


def _shop(yard: Yard) -> tuple[str, ...]:
    """Write a lock with a tool of each kind of source and return their names."""
    names = ("lamp", "npmlamp", "golamp", "filelamp")
    sources = (yard.wheels(), yard.npm(), yard.go(), yard.vendor())
    entries = [
        entry(_named(source, name), name=name) if name != "lamp" else entry(source)
        for name, source in zip(names, sources, strict=True)
    ]
    yard.write(_pip(yard), *entries)
    return names


def _make(yard: Yard, *names: str) -> Path:
    target = yard.root / "out" / "tools.tar"
    bundle.make(yard.host, yard.lock, bundle.names(yard.lock, names), target, yard.hear)
    return target


def _moved(yard: Yard) -> None:
    """Go on on a machine with a new store and no network."""
    yard.store = yard.store.with_name("other")
    yard.cut_off()
    yard.server.answers.clear()


def _install(yard: Yard, path: Path, digest: str = "") -> dict[str, tuple[str, ...]]:
    with bundle.opened(yard.host, path, digest) as (index, folder):
        return yard.provide(*bundle.fitting(index, yard.lock), bundle=folder)


def test_a_machine_without_a_network_installs_every_kind_of_tool_from_a_bundle(yard: Yard) -> None:
    names = _shop(yard)
    path = _make(yard, *names)
    _moved(yard)
    made = _install(yard, path, sha256(path.read_bytes()))
    assert [said(made[name]) for name in names] == ["lamp 1.0.0", "npm lamp", "go lamp 1.0.0", "lamp"]
    assert (yard.store / "tools" / CACHEDIR_TAG).is_file()
    assert not any(name.startswith(".tmp") for name in yard.left())


def test_the_same_tools_make_the_same_bundle(yard: Yard) -> None:
    _shop(yard)
    first = _make(yard, "lamp", "filelamp").read_bytes()
    assert _make(yard, "lamp", "filelamp").read_bytes() == first


def test_a_bundle_says_what_it_is_for_and_names_every_file(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    with tarfile.open(_make(yard, "lamp")) as archive:
        first, member = archive.getmembers()
        index: dict[str, Any] = json.load(archive.extractfile(first))  # type: ignore[arg-type]
    assert first.name == "index.json"
    assert index["tools"] == {"lamp": "1.0.0"}
    assert index["python"] == bundle.python_version()
    (named,) = index["members"]
    data = b"#!/bin/sh\necho lamp\n"
    assert named == {"path": member.name, "size": len(data), "digest": hashlib.sha256(data).hexdigest()}


def test_all_tools_but_those_that_only_make_others_are_bundled(yard: Yard) -> None:
    names = bundle.names(yard.lock)
    assert not {"go", "npm", "pip", "terraform"} & set(names)
    assert {"tofu", "ruff", "biome"} <= set(names)
    assert bundle.names(yard.lock, ["terraform", "tofu", "go"]) == ("tofu", "go")
    with pytest.raises(ToolError, match="no tool called torch"):
        bundle.names(yard.lock, ["torch"])


def test_what_the_machine_has_of_its_own_is_not_bundled(yard: Yard, tmp_path: Path) -> None:
    own = tmp_path / "bin" / "lamp"
    own.parent.mkdir()
    own.write_text("#!/bin/sh\necho unchecked\n")
    own.chmod(0o755)
    yard.environ["PATH"] = f"{own.parent}:{yard.environ['PATH']}"
    machine = '[[lamp.sources]]\nkind = "machine"\nprogram = "lamp"\n'
    yard.write(entry(machine, yard.go()))
    path = _make(yard, "lamp")
    _moved(yard)
    own.unlink()
    assert said(_install(yard, path)["lamp"]) == "go lamp 1.0.0"


def test_a_source_that_no_longer_serves_is_an_error_and_nothing_is_written(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    yard.provide("lamp")
    yard.server.answers.clear()
    with pytest.raises(ToolError) as caught:
        _make(yard, "lamp")
    assert caught.value.what == "lamp 1.0.0 cannot be bundled"
    assert caught.value.why.startswith("the vendor's release: ")
    assert not (yard.root / "out").exists()
    assert yard.left() == [yard.folder("lamp").name]


def test_the_next_source_serves_what_the_first_does_not(yard: Yard) -> None:
    yard.write(entry(release(f"{NOWHERE}/lamp", sha256(b"")), yard.vendor()))
    path = _make(yard, "lamp")
    _moved(yard)
    assert said(_install(yard, path)["lamp"]) == "lamp"


@pytest.mark.parametrize("setting", ["PIP_INDEX_URL", "UV_INDEX_URL"])
def test_wheels_are_fetched_from_the_index_that_uv_uses_or_pips_own(yard: Yard, setting: str) -> None:
    yard.write(_pip(yard), entry(yard.wheels()))
    yard.provide("lamp", "pip")
    yard.environ[setting] = yard.environ.pop("UV_DEFAULT_INDEX")
    yard.server.asked.clear()
    _make(yard, "lamp")
    assert yard.server.asked_for("/simple/lamp/") == 1


def test_a_wheel_that_became_another_is_not_bundled(yard: Yard) -> None:
    yard.write(_pip(yard), entry(yard.wheels()))
    yard.provide("lamp", "pip")
    yard.server.answers["/files/lamp-1.0.0-py3-none-any.whl"] = b"evil"
    with pytest.raises(ToolError, match="cannot be bundled"):
        _make(yard, "lamp")


def test_a_place_that_cannot_be_written_is_one_clear_error(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    (yard.root / "out").write_text("a file")
    with pytest.raises(RunError, match="cannot make a temporary folder"):
        _make(yard, "lamp")


def test_a_place_where_a_folder_stands_is_one_clear_error_and_no_draft_stays(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    (yard.root / "out" / "tools.tar").mkdir(parents=True)
    with pytest.raises(RunError, match="cannot write the bundle"):
        _make(yard, "lamp")
    assert [path.name for path in (yard.root / "out").iterdir()] == ["tools.tar"]


# What is refused.


def _members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {info.name: archive.extractfile(info).read() for info in archive}  # type: ignore[union-attr]


def _index(members: dict[str, bytes], /, **fields: object) -> dict[str, bytes]:
    changed = {**json.loads(members["index.json"]), **fields}
    return {**members, "index.json": json.dumps(changed).encode()}


def _file(members: dict[str, bytes]) -> str:
    return next(name for name in members if name != "index.json")


def _renamed(members: dict[str, bytes], name: str) -> dict[str, bytes]:
    """Return a bundle whose file, and its entry in the index, has that name."""
    (member,) = json.loads(members["index.json"])["members"]
    made = _index(members, members=[{**member, "path": name}])
    return {"index.json": made["index.json"], name: members[_file(members)]}


TAMPERED: dict[str, tuple[Callable[[dict[str, bytes]], dict[str, bytes]], str]] = {
    "changed": (lambda m: {**m, _file(m): m[_file(m)].replace(b"lamp", b"evil")}, "has the wrong digest: expected"),
    "longer": (lambda m: {**m, _file(m): m[_file(m)] + b"more"}, "with another size"),
    "added": (lambda m: {**m, "files/evil": b"evil"}, "it holds files/evil, which its index does not name"),
    "missing": (lambda m: {"index.json": m["index.json"]}, "is missing from it"),
    "no-index": (lambda m: {_file(m): m[_file(m)]}, "it does not begin with index.json"),
    "index-last": (lambda m: {_file(m): b"", "index.json": m["index.json"]}, "it does not begin with index.json"),
    "empty": (lambda _: {}, "it does not begin with index.json"),
    "no-json": (lambda m: {**m, "index.json": b"{"}, "it cannot be read"),
    "other-json": (lambda m: {**m, "index.json": b"[]"}, "it cannot be read"),
    "no-utf-8": (lambda m: {**m, "index.json": b'{"schema": 1, "platform": "\xff"}'}, "it cannot be read"),
    "deep": (lambda m: {**m, "index.json": b'{"x": ' + b"[" * 90_000}, "it cannot be read"),
    "upwards": (lambda m: _renamed(m, "../evil"), "leads out of its folder"),
    "absolute": (lambda m: _renamed(m, "/tmp/evil"), "leads out of its folder"),  # noqa: S108 - refused
    "schema": (lambda m: _index(m, schema=9), "it is of schema 9, and this Lockstep reads 1"),
    "platform": (lambda m: _index(m, platform="plan9-mips"), "it was made for plan9-mips, and this machine is"),
    "python": (lambda m: _index(m, python="2.7"), "its wheels are for Python 2.7"),
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_a_bundle_that_was_tampered_with_is_refused_and_nothing_of_it_stays(yard: Yard, kind: str) -> None:
    tamper, why = TAMPERED[kind]
    yard.write(entry(yard.vendor()))
    path = _make(yard, "lamp")
    path.write_bytes(tar(tamper(_members(path))))
    _moved(yard)
    with pytest.raises(ToolError) as caught:
        _install(yard, path)
    assert (caught.value.what, caught.value.where) == ("the bundle cannot be used", str(path))
    assert why in caught.value.why
    assert yard.left() == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_a_link_or_device_in_a_bundle_is_refused(yard: Yard, kind: bytes) -> None:
    path = yard.root / "tools.tar"
    index = Index(1, "", "", {}, (bundle.Member("link", 0, Digest("0")),))
    data = msgspec.json.encode(index)
    with tarfile.open(path, "w") as archive:
        first, info = tarfile.TarInfo("index.json"), tarfile.TarInfo("link")
        first.size, info.type, info.linkname = len(data), kind, "/etc/passwd"
        archive.addfile(first, io.BytesIO(data))
        archive.addfile(info)
    with pytest.raises(ToolError, match="link is no plain file"):
        _install(yard, path)


@pytest.mark.parametrize("data", [b"", b"no tar", tar({"index.json": b"{}"}, "w:gz")])
def test_what_is_no_plain_tar_is_refused(yard: Yard, data: bytes) -> None:
    path = yard.root / "tools.tar"
    path.write_bytes(data)
    with pytest.raises(ToolError, match="it cannot be read"):
        _install(yard, path)
    path.unlink()
    with pytest.raises(ToolError, match="No such file"):
        _install(yard, path)


def test_a_bundle_that_is_cut_short_is_refused(yard: Yard) -> None:
    yard.write(entry(yard.vendor(b"x" * 5000)))
    path = _make(yard, "lamp")
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(ToolError, match="the bundle cannot be used"):
        _install(yard, path)


def test_a_bundle_is_refused_by_its_own_digest(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    path = _make(yard, "lamp")
    with pytest.raises(ToolError, match=r"tools\.tar has the wrong digest: expected sha256:00"):
        _install(yard, path, "sha256:00")


def test_a_bundle_whose_files_are_not_those_that_the_lock_pins_gives_no_tool(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    path = _make(yard, "lamp")
    members = _members(path)
    name, evil = _file(members), b"#!/bin/sh\necho evil\n"
    member = {"path": name, "size": len(evil), "digest": hashlib.sha256(evil).hexdigest()}
    path.write_bytes(tar({**_index(members, members=[member]), name: evil}))
    _moved(yard)
    with pytest.raises(ToolError, match="has the wrong digest") as caught:
        _install(yard, path)
    assert "do not use" in caught.value.remedy
    assert yard.left() == []


def test_a_bundle_of_another_tool_lock_says_how_they_differ(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    path = _make(yard, "lamp")
    yard.write(entry(yard.vendor(), version="1.1.0"))
    with pytest.raises(ToolError, match="made from another tool lock") as caught:
        _install(yard, path)
    assert caught.value.why == "lamp: the bundle holds 1.0.0, the tool lock wants 1.1.0"
    with bundle.opened(yard.host, path) as (index, _), pytest.raises(ToolError, match="the bundle holds none"):
        bundle.fitting(index, yard.lock, ["ruff"])


def test_a_bundle_that_lacks_what_the_lock_pins_says_how_to_make_one(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    path = _make(yard, "lamp")
    yard.write(entry(yard.vendor(b"another")))
    with pytest.raises(ToolError, match="the bundle does not hold it") as caught:
        _install(yard, path)
    assert "lockstep tools.bundle --tool lamp" in caught.value.remedy


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(at=st.integers(0, 4000), byte=st.integers(0, 255), cut=st.booleans())
def test_no_byte_of_a_bundle_can_change_what_is_installed(yard: Yard, at: int, byte: int, *, cut: bool) -> None:
    yard.write(entry(yard.vendor()))
    path = yard.root / "out" / "tools.tar"
    whole = path if path.exists() else _make(yard, "lamp")
    data = whole.read_bytes()
    other = path.with_name("other.tar")
    other.write_bytes(data[:at] if cut else data[:at] + bytes([byte]) + data[at + 1 :])
    try:
        with bundle.opened(yard.host, other) as (_, folder):
            files = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    except ToolError as error:
        files = [b"#!/bin/sh\necho lamp\n"] if error.where == str(other) else []
    assert files == [b"#!/bin/sh\necho lamp\n"]
