"""The verbs of the tool lock through Lockstep's own program, against registries on loopback."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lockstep.host.files import CACHEDIR_TAG
from tests.report.screens import Pty, Screen
from tests.toolchain.servers import serving, sha256
from tests.toolchain.yards import NOWHERE, Yard, entry, release
from tests.typed import typed


class Said(msgspec.Struct, frozen=True):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def value(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.out)


class Terminal:
    """A shell in a yard's repository."""

    def __init__(self, yard: Yard, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.yard = yard
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def say(self, *words: str) -> Said:
        for name in set(os.environ) - set(self.yard.environ):
            if name.startswith(("UV_", "PIP_", "GO", "NPM_CONFIG_", "LOCKSTEP_")):
                self._monkeypatch.delenv(name)
        for name, value in self.yard.environ.items():
            self._monkeypatch.setenv(name, value)
        said = Said(*typed(self._capsys, *words))
        assert "Traceback" not in said.err
        return said


@pytest.fixture
def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yard]:
    with serving() as server:
        made = Yard(tmp_path, server)
        monkeypatch.chdir(made.root)
        yield made


@pytest.fixture
def terminal(yard: Yard, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(yard, monkeypatch, capsys)


def _row(said: Said, name: str) -> str:
    (found,) = (line for line in said.lines if line.startswith(f"{name} "))
    return re.sub(" {2,}", " | ", found)


# list


def test_the_list_says_of_every_tool_what_it_is_and_whether_it_is_here(terminal: Terminal) -> None:
    terminal.yard.write(
        entry(terminal.yard.vendor()),
        entry('[[shell.sources]]\nkind = "machine"\nprogram = "sh"\n', name="shell"),
        entry('[[torch.sources]]\nkind = "tool"\ntool = "lamp"\n', name="torch"),
    )
    said = terminal.say("tools.list")
    assert said.code == 0
    assert re.sub(" {2,}", " | ", said.lines[0]) == "tool | version | licence | state | where"
    assert _row(said, "lamp") == "lamp | 1.0.0 | MIT | missing"
    assert _row(said, "shell").startswith("shell | 1.0.0 | MIT | machine | this machine: /")
    assert _row(said, "torch") == "torch | 1.0.0 | MIT | entry | another entry: lamp"
    assert re.fullmatch(rf"0 of \d+ installed, 0 B, in {terminal.yard.store}/tools", said.lines[-1])
    terminal.say("tools.install", "--tool", "lamp")
    assert (
        _row(terminal.say("tools.list"), "lamp") == "lamp | 1.0.0 | MIT | installed | from the vendor's release, 20 B"
    )
    os.utime(terminal.yard.folder("lamp") / "bin" / "lamp", (1, 1))
    assert _row(terminal.say("tools.list"), "lamp") == "lamp | 1.0.0 | MIT | damaged | bin/lamp has changed"


def test_the_list_as_json(terminal: Terminal) -> None:
    terminal.yard.write(entry(terminal.yard.vendor()))
    terminal.say("tools.install", "--tool", "lamp")
    (lamp,) = (row for row in terminal.say("tools.list", "--json").value if row["name"] == "lamp")
    assert lamp == {
        "name": "lamp",
        "version": "1.0.0",
        "licence": "MIT",
        "state": "installed",
        "source": "the vendor's release",
        "where": str(terminal.yard.folder("lamp")),
        "size": 20,
        "problem": "",
    }


def test_outside_of_a_repository_the_shipped_lock_counts(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    terminal.yard.write(entry(terminal.yard.vendor()))
    monkeypatch.chdir(tmp_path)
    names = {row["name"] for row in terminal.say("tools.list", "--json").value}
    assert "ruff" in names
    assert "lamp" not in names


@pytest.mark.parametrize("verb", ["list", "install", "verify", "outdated", "bundle", "clean", "lock --tool lamp"])
def test_a_lock_that_cannot_be_read_is_one_clear_error_for_every_verb(terminal: Terminal, verb: str) -> None:
    terminal.yard.write("[lamp")
    said = terminal.say(*f"tools.{verb}".split())
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: the tool lock says what cannot be meant\n  at: ")
    assert str(terminal.yard.root / "lock.toml") in said.err


# install


def test_tools_are_installed_and_each_step_is_told_once(terminal: Terminal) -> None:
    terminal.yard.write(entry(terminal.yard.vendor()))
    said = terminal.say("tools.install", "--tool", "lamp")
    assert (said.code, said.out) == (0, f"lamp: {terminal.yard.folder('lamp')}/bin/lamp\n")
    assert said.err == "lamp 1.0.0: from the vendor's release\nlamp 1.0.0: ready\n"
    assert terminal.say("tools.install", "--tool", "lamp").err == ""


def test_in_a_terminal_bars_show_what_is_made_ready_and_nothing_of_them_stays(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.yard.write(entry(terminal.yard.vendor()))
    monkeypatch.setenv("TERM", "xterm")
    pty = Pty()
    with monkeypatch.context() as here:
        here.setattr("sys.stderr", pty.stream)
        assert terminal.say("tools.install", "--tool", "lamp").code == 0
    text = pty.close()
    assert "preparing lamp 1.0.0" in text
    assert [line for line in Screen().feed(text).lines if line] == []


def test_a_tool_that_cannot_be_had_is_one_clear_error(terminal: Terminal) -> None:
    terminal.yard.write(entry(release(f"{NOWHERE}/lamp", sha256(b""))))
    said = terminal.say("tools.install", "--tool", "lamp")
    assert (said.code, said.out) == (4, "")
    assert (
        "error: lamp 1.0.0 cannot be had\n  at: [lamp] in the tool lock\n  because: the vendor's release: " in said.err
    )
    assert "  mend: set LOCKSTEP_RELEASE_MIRROR" in said.err


def test_a_tool_that_the_lock_does_not_have(terminal: Terminal) -> None:
    said = terminal.say("tools.install", "--tool", "torch")
    assert said.code == 4
    assert said.err.startswith("error: no tool called torch in the tool lock\n")


def _everything(yard: Yard) -> list[str]:
    """Replace every entry by one that the server serves, and return their names."""
    names = sorted(yard.lock.entries)
    source = yard.vendor()
    yard.write(*(entry(source.replace("lamp.s", f"{name}.s"), name=name) for name in names))
    return names


def test_without_a_name_the_tools_of_the_gates_are_installed(terminal: Terminal) -> None:
    known = set(_everything(terminal.yard))
    said = terminal.say("tools.install")
    names = {line.split(":")[0] for line in said.lines}
    assert said.code == 0
    assert {"ruff", "mypy"} <= names < known
    assert "lockstep" not in names


def test_every_tool_may_be_asked_for(terminal: Terminal) -> None:
    names = _everything(terminal.yard)
    said = terminal.say("tools.install", "--everything")
    assert [line.split(":")[0] for line in said.lines] == [name for name in names if name not in {"go", "npm", "pip"}]


# bundle


def test_a_bundle_is_written_and_installed_from_without_a_network(terminal: Terminal) -> None:
    terminal.yard.write(entry(terminal.yard.vendor()))
    said = terminal.say("tools.bundle", "--tool", "lamp", "--output", "out/tools.tar")
    path = terminal.yard.root / "out" / "tools.tar"
    digest = sha256(path.read_bytes())
    assert said.code == 0
    assert re.fullmatch(rf"{path}: 1 tools for \S+, Python 3\.\d+, [0-9.]+ kB", said.lines[0])
    assert said.lines[1] == f"on the other machine: lockstep tools.install --bundle tools.tar --digest {digest}"
    terminal.yard.environ["LOCKSTEP_STORE"] = str(terminal.yard.store.with_name("other"))
    terminal.yard.server.answers.clear()
    words = ("tools.install", "--bundle", "out/tools.tar", "--digest")
    refused = terminal.say(*words, digest[:-1] + "x")
    assert (refused.code, "has the wrong digest" in refused.err) == (4, True)
    said = terminal.say(*words, digest)
    assert said.code == 0
    assert said.out.startswith(f"lamp: {terminal.yard.store.with_name('other')}/tools/lamp-1.0.0-")


def test_a_bundle_that_cannot_be_used_is_one_clear_error(terminal: Terminal) -> None:
    said = terminal.say("tools.install", "--bundle", "none.tar")
    assert said.code == 4
    assert said.err.startswith("error: the bundle cannot be used\n  at: none.tar\n  because: it cannot be read: ")
    said = terminal.say("tools.install", "--digest", "sha256:00")
    assert (said.code, "--digest is that of a bundle" in said.err) == (2, True)


def test_a_bundle_that_cannot_be_made_is_one_clear_error(terminal: Terminal) -> None:
    terminal.yard.write(entry(release(f"{NOWHERE}/lamp", sha256(b""))))
    said = terminal.say("tools.bundle", "--tool", "lamp")
    assert said.code == 4
    assert not (terminal.yard.root / "lockstep-tools.tar").exists()


# verify


def test_whole_tools_are_verified_by_name(terminal: Terminal) -> None:
    assert terminal.say("tools.verify").out == "0 tools are as they were installed\n"
    terminal.yard.write(entry(terminal.yard.vendor()))
    terminal.say("tools.install", "--tool", "lamp")
    said = terminal.say("tools.verify")
    assert (said.code, said.out) == (
        0,
        "lamp 1.0.0: 1 files as installed\n1 tools are as they were installed\n",
    )


def test_a_damaged_tool_is_told_and_removed_where_that_is_asked_for(terminal: Terminal) -> None:
    terminal.yard.write(entry(terminal.yard.vendor()))
    terminal.say("tools.install", "--tool", "lamp")
    program = terminal.yard.folder("lamp") / "bin" / "lamp"
    program.chmod(0o755)
    program.write_text("evil")
    said = terminal.say("tools.verify")
    assert (said.code, said.out) == (4, "lamp 1.0.0: bin/lamp has changed\n")
    assert "error: not as installed: lamp 1.0.0" in said.err
    assert "mend: lockstep tools.verify --remove" in said.err
    said = terminal.say("tools.verify", "--remove")
    assert (said.code, said.out) == (4, "lamp 1.0.0: bin/lamp has changed; removed\n")
    assert "mend" not in said.err
    assert terminal.yard.left() == []


# outdated


def test_newer_versions_are_shown_with_how_to_take_one(terminal: Terminal) -> None:
    yard = terminal.yard
    sources = (yard.npm(), yard.vendor(), yard.go())
    yard.npm("1.5.0")
    yard.write(entry(*sources))
    said = terminal.say("tools.outdated", "--tool", "lamp")
    rows = [re.sub(" {2,}", " | ", line) for line in said.lines]
    assert said.code == 0
    assert rows == [
        "tool | locked | newest | source",
        "lamp | 1.0.0 | 1.5.0 | the npm registry",
        "lamp | 1.0.0 | a vendor's release has no list of versions that can be asked | the vendor's release",
        "1 of 1 tools have a newer version",
        "to take one: lockstep tools.lock --tool lamp --to VERSION --apply",
    ]


def test_newer_versions_as_json(terminal: Terminal) -> None:
    terminal.yard.write(entry(terminal.yard.npm()))
    assert terminal.say("tools.outdated", "--tool", "lamp", "--json").value == [
        {
            "name": "lamp",
            "source": "the npm registry",
            "locked": "1.0.0",
            "newest": "1.0.0",
            "problem": "",
            "outdated": False,
        }
    ]
    assert terminal.say("tools.outdated", "--tool", "lamp").lines[-1] == "0 of 1 tools have a newer version"


def test_versions_of_a_tool_that_the_lock_does_not_have(terminal: Terminal) -> None:
    said = terminal.say("tools.outdated", "--tool", "torch")
    assert (said.code, "no tool called torch" in said.err) == (4, True)


# lock


def test_a_new_version_is_planned_and_then_written(terminal: Terminal) -> None:
    yard = terminal.yard
    text = "# ours\n" + entry(yard.wheels())
    yard.write(text)
    requirements = (yard.root / "lamp.txt").read_text()
    yard.wheels(version="2.0.0")
    (yard.root / "lamp.txt").write_text(requirements)
    words = ("tools.lock", "--tool", "lamp", "--to", "2.0.0")
    said = terminal.say(*words)
    assert (said.code, said.lines) == (
        0,
        [
            f"lamp 1.0.0 -> 2.0.0: {yard.root}/lamp.txt would change",
            f"lamp 1.0.0 -> 2.0.0: {yard.root}/lock.toml would change",
            "nothing was changed; add --apply to write",
        ],
    )
    assert ((yard.root / "lock.toml").read_text(), (yard.root / "lamp.txt").read_text()) == (text, requirements)
    said = terminal.say(*words, "--apply")
    assert [line.rpartition(" ")[2] for line in said.lines] == ["written", "written"]
    assert (yard.root / "lock.toml").read_text().startswith('# ours\n[lamp]\nversion = "2.0.0"\n')
    assert terminal.say("tools.install", "--tool", "lamp").code == 0
    said = terminal.say("tools.lock", "--tool", "lamp", "--apply")
    assert all(line.endswith("stays as it is") for line in said.lines)


def test_a_shipped_entry_is_taken_over_into_the_repositorys_own_lock(terminal: Terminal) -> None:
    yard = terminal.yard
    yard.write("# ours\n")
    for name in ("linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"):
        yard.server.npm(f"@biomejs/cli-{name}", "9.9.9", {"package.json": b"{}", "biome": name.encode()})
    said = terminal.say("tools.lock", "--tool", "biome", "--to", "9.9.9", "--apply")
    assert said.code == 0
    text = (yard.root / "lock.toml").read_text()
    assert text.startswith("# ours\n\n[biome]\n" + 'version = "9.9.9"\n')
    assert yard.lock.entry("biome").version == "9.9.9"


def test_a_version_that_nobody_serves_is_one_clear_error(terminal: Terminal) -> None:
    terminal.yard.write(entry(terminal.yard.npm()))
    said = terminal.say("tools.lock", "--tool", "lamp", "--to", "7.7.7", "--apply")
    assert (said.code, said.out) == (4, "")
    assert "error: lamp cannot be locked at 7.7.7" in said.err
    assert "mend: lockstep tools.outdated --tool lamp" in said.err


def test_a_python_package_may_be_numbered_otherwise_than_its_tool(terminal: Terminal) -> None:
    yard = terminal.yard
    yard.write(entry(yard.wheels(version="7.1")))
    yard.wheels(version="7.2")
    words = ("tools.lock", "--tool", "lamp", "--to", "1.1.0")
    said = terminal.say(*words)
    assert (said.code, "--package VERSION-OF-THE-PACKAGE" in said.err) == (4, True)
    assert terminal.say(*words, "--package", "7.2", "--apply").code == 0
    text = (yard.root / "lock.toml").read_text()
    assert 'version = "1.1.0"' in text
    assert 'package = "lamp==7.2"' in text


def test_a_tool_must_be_named_and_the_repository_must_own_a_lock(terminal: Terminal) -> None:
    said = terminal.say("tools.lock")
    assert (said.code, "mend: lockstep tools.lock --tool NAME" in said.err) == (2, True)
    (terminal.yard.root / "lockstep.toml").write_text("")
    said = terminal.say("tools.lock", "--tool", "ruff")
    assert said.code == 2
    assert 'mend: name a file in lockstep.toml: [tools] lock = "tools/lock.toml"' in said.err


def test_a_lock_that_is_written_in_another_way_is_left_as_it_is(terminal: Terminal) -> None:
    text = entry(terminal.yard.npm()).replace("[lamp]", '["lamp"]')
    terminal.yard.write(text)
    terminal.yard.npm("2.0.0")
    said = terminal.say("tools.lock", "--tool", "lamp", "--to", "2.0.0", "--apply")
    assert (said.code, "cannot be rewritten" in said.err) == (2, True)
    assert (terminal.yard.root / "lock.toml").read_text() == text


# clean


def test_old_tools_are_planned_and_then_deleted(terminal: Terminal) -> None:
    yard = terminal.yard
    yard.write(entry(yard.vendor()))
    terminal.say("tools.install", "--tool", "lamp")
    name = yard.folder("lamp").name
    assert terminal.say("tools.clean").lines == ["0 folders, 0 B", "nothing was changed; add --apply to delete"]
    yard.write("")
    said = terminal.say("tools.clean")
    assert said.lines == [
        f"would delete {name}, 20 B: not in the tool lock",
        "1 folders, 20 B",
        "nothing was changed; add --apply to delete",
    ]
    assert yard.left() == [name]
    said = terminal.say("tools.clean", "--apply")
    assert said.lines == [f"deleted {name}, 20 B: not in the tool lock", "1 folders, 20 B"]
    assert yard.left() == []


def test_everything_is_planned_and_then_deleted(terminal: Terminal) -> None:
    yard = terminal.yard
    yard.write(entry(yard.vendor()))
    terminal.say("tools.install", "--tool", "lamp")
    said = terminal.say("tools.clean", "--everything")
    assert re.fullmatch(rf"would delete every tool in {yard.store}/tools, [0-9.]+ k?B", said.lines[0])
    assert len(yard.left()) == 1
    said = terminal.say("tools.clean", "--everything", "--apply")
    assert said.lines[0].startswith("deleted every tool in ")
    assert yard.left() == []


@pytest.mark.parametrize("words", [(), ("--everything",), ("--apply",), ("--everything", "--apply")])
def test_a_folder_without_the_tag_is_not_cleaned(terminal: Terminal, words: tuple[str, ...]) -> None:
    yard = terminal.yard
    yard.write(entry(yard.vendor()))
    terminal.say("tools.install", "--tool", "lamp")
    (yard.store / "tools" / CACHEDIR_TAG).unlink()
    yard.write("")
    said = terminal.say("tools.clean", *words)
    assert (said.code, said.out) == (6, "")
    assert "has no CACHEDIR.TAG" in said.err
    assert len(yard.left()) == 1


def test_sizes_are_told_as_people_say_them(terminal: Terminal) -> None:
    yard = terminal.yard
    yard.write(entry(yard.vendor(b"x" * 1_500_000)))
    terminal.say("tools.install", "--tool", "lamp")
    assert "1.5 MB" in _row(terminal.say("tools.list"), "lamp")
    manifest = yard.folder("lamp") / "lockstep-tool.json"
    program = yard.folder("lamp") / "bin" / "lamp"
    program.chmod(0o755)
    os.truncate(program, 3_200_000_000)
    manifest.write_text(
        manifest.read_text()
        .replace(",1500000,", ",3200000000,")
        .replace(str(re.findall(r",1500000,(\d+),", manifest.read_text())[0]), str(program.stat().st_mtime_ns))
    )
    assert "3.2 GB" in _row(terminal.say("tools.list"), "lamp")


# As a program.


def test_the_program_itself_ends_with_the_errors_code_and_no_traceback(terminal: Terminal) -> None:
    terminal.yard.write(entry(release(f"{NOWHERE}/lamp", sha256(b""))))
    process = terminal.yard.process("tools.install", "--tool", "lamp")
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 4
    assert "error: lamp 1.0.0 cannot be had" in printed
    assert "Traceback" not in printed
