"""Interpreters are found where machines have them, asked once, and named when they are missing."""

import os
import sys
from pathlib import Path

import msgspec
import pytest

from lockstep.host import Host, system
from lockstep.host.process import Completed
from lockstep.toolchain import interpreters
from lockstep.toolchain.interpreters import Interpreter, InterpreterMissing
from tests.toolchain.yards import Recording

# No real Python has this version.
VERSION = "3.99"


class Machine:
    """A machine whose interpreters are scripts that say what they are told to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.processes = Recording()
        self.environ = {"PATH": f"{root}/bin:{root}/shims", "HOME": str(root / "home")}
        self.python = str(root / "own")

    @property
    def host(self) -> Host:
        machine = msgspec.structs.replace(system(), processes=self.processes, environ=self.environ)
        return msgspec.structs.replace(machine, python=self.python)

    def add(self, path: str, version: str = "3.99.1", text: str = "") -> str:
        full = self.root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text or f"#!/bin/sh\necho cpython {version}\n")
        full.chmod(0o755)
        return str(full)

    def find(self, version: str = VERSION) -> Interpreter:
        return interpreters.find(self.host, self.root / "state", version)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_a_version_it_is_the_one_that_runs_lockstep(machine: Machine) -> None:
    machine.python = sys.executable
    found = machine.find("")
    assert (found.path, found.implementation) == (sys.executable, sys.implementation.name)
    assert found.version.startswith(".".join(map(str, sys.version_info[:3])))
    assert machine.processes.asked == []


@pytest.mark.parametrize(("info", "text"), [((3, 15, 0, "beta", 2), "3.15.0b2"), ((3, 14, 1, "final", 0), "3.14.1")])
def test_a_version_before_its_release_says_so(
    monkeypatch: pytest.MonkeyPatch, info: tuple[object, ...], text: str
) -> None:
    monkeypatch.setattr(sys, "version_info", info)
    assert interpreters.running().version == text


def test_another_host_is_asked_what_it_is(machine: Machine) -> None:
    machine.python = machine.add("own", "3.98.7")
    assert machine.find("") == Interpreter(machine.python, "3.98.7", "cpython")
    assert machine.find("3.98").path == machine.python


@pytest.mark.parametrize(
    "path",
    [
        f"bin/python{VERSION}",
        "bin/python3",
        f"home/.pyenv/versions/{VERSION}.1/bin/python{VERSION}",
        f"home/.local/share/uv/python/cpython-{VERSION}.1-linux/bin/python{VERSION}",
        f"pyenv/versions/{VERSION}.0/bin/python{VERSION}",
    ],
)
def test_interpreters_are_found_where_machines_have_them(machine: Machine, path: str) -> None:
    machine.environ["PYENV_ROOT"] = str(machine.root / "pyenv")
    expected = machine.add(path)
    assert machine.find() == Interpreter(expected, "3.99.1", "cpython")


def test_the_newest_of_several_is_taken(machine: Machine) -> None:
    for patch in ("1", "2"):
        machine.add(f"home/.pyenv/versions/{VERSION}.{patch}/bin/python{VERSION}", f"{VERSION}.{patch}")
    assert machine.find().version == "3.99.2"


def test_a_shim_that_answers_for_whatever_it_is_set_to_is_not_taken_for_a_versions_own(machine: Machine) -> None:
    machine.add(f"shims/python{VERSION}", text="#!/bin/sh\nexit 127\n")
    expected = machine.add(f"home/.pyenv/versions/{VERSION}.1/bin/python{VERSION}")
    assert machine.find().path == expected
    assert all("shims" not in process.argv[0] for process in machine.processes.asked)


@pytest.mark.parametrize(
    "text",
    ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho 3.99.1\n", "#!/bin/sh\necho cpython 3.98.0\n", "no program\n"],
    ids=["fails", "says-too-little", "another-version", "does-not-start"],
)
def test_what_is_no_interpreter_of_the_version_is_passed_over(machine: Machine, text: str) -> None:
    machine.add(f"bin/python{VERSION}", text=text)
    with pytest.raises(InterpreterMissing) as caught:
        machine.find()
    assert caught.value.what == "Python 3.99 is not on this machine"
    assert "pyenv install 3.99" in caught.value.remedy


def test_a_host_whose_own_interpreter_cannot_be_asked_is_named(machine: Machine) -> None:
    with pytest.raises(InterpreterMissing, match="own is not an interpreter that runs"):
        machine.find("")


def test_an_interpreter_is_asked_once_until_it_changes(machine: Machine) -> None:
    path = machine.add(f"bin/python{VERSION}")
    first = machine.find()
    asked = len(machine.processes.asked)
    assert (machine.find(), len(machine.processes.asked)) == (first, asked)
    machine.add(f"bin/python{VERSION}", "3.99.22")
    assert machine.find() == Interpreter(path, "3.99.22", "cpython")


def test_one_that_did_not_run_is_not_asked_again_either(machine: Machine) -> None:
    machine.add(f"bin/python{VERSION}", text="#!/bin/sh\nexit 1\n")
    for _ in range(2):
        with pytest.raises(InterpreterMissing):
            machine.find()
    assert sum(process.argv[0].endswith(f"bin/python{VERSION}") for process in machine.processes.asked) == 1


def test_a_damaged_memory_is_forgotten(machine: Machine) -> None:
    machine.add(f"bin/python{VERSION}")
    first = machine.find()
    for data in (b"", b"\xff\xff", b"\x81\xa1\xff\x94\x01\x01\xa1a\xa1b"):
        (machine.root / "state" / "cache" / "interpreters.msgpack").write_bytes(data)
        assert machine.find() == first


def test_a_memory_that_cannot_be_kept_is_no_error(machine: Machine) -> None:
    machine.add(f"bin/python{VERSION}")
    (machine.root / "state").write_text("a file")
    assert machine.find().version == "3.99.1"


def test_a_path_that_is_no_utf_8_is_no_error(machine: Machine) -> None:
    folder = os.fsdecode(os.fsencode(machine.root) + b"/caf\xe9")
    machine.environ["PATH"] = f"{folder}:relative:{machine.environ['PATH']}"
    Path(folder).mkdir()
    machine.processes.answers[f"python{VERSION}"] = lambda _: Completed(0, b"cpython 3.99.1\n", b"")
    program = Path(folder, f"python{VERSION}")
    program.touch()
    assert machine.find().path == str(program)
