"""`lockstep` as a process of its own for the price of a fork: one that has loaded it waits, and forks for each command.

As a program it is the one that waits: a line of JSON for each command in, one with the fork's id and one with its exit
code out.
"""

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from tests.e2e.releasing import CREDENTIALS

# What the verbs of releases load when they are called.
_LATE = ("boto3", "botocore.httpsession", "packaging.utils", "pypi_simple", "tomlkit", "xml.etree.ElementTree")
_ROOMS = ("lockstep.evidence", "lockstep.gates", "lockstep.releases", "lockstep.tasks")


class Ended(NamedTuple):
    """How a command ended: exit code, negative for a signal, and what was printed."""

    exit_code: int
    printed: str


class Fork(NamedTuple):
    """A command that runs."""

    pid: int
    output: Path
    answers: IO[str]

    def wait(self) -> Ended:
        """Wait for its end."""
        code = int(self.answers.readline())
        return Ended(code, self.output.read_text(encoding="utf-8"))


class Parent:
    """The process that waits; one command at a time."""

    def __init__(self, process: "subprocess.Popen[str]", output: Path) -> None:
        assert process.stdin
        assert process.stdout
        self._questions, self._answers, self._output = process.stdin, process.stdout, output

    def start(self, folder: Path, *words: str) -> Fork:
        """Start `lockstep` in a folder."""
        self._questions.write(json.dumps([str(folder), str(self._output), ["lockstep", *words]]) + "\n")
        self._questions.flush()
        return Fork(int(self._answers.readline()), self._output, self._answers)


@contextlib.contextmanager
def parent(folder: Path) -> Iterator[Parent]:
    """Yield a process that has loaded what the verbs of releases need; it has ended afterwards."""
    spared = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    argv = (sys.executable, "-m", "tests.e2e.forking")
    with subprocess.Popen(
        argv, env={**spared, **CREDENTIALS}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Parent(process, folder / "printed")


def _load() -> None:
    for name in _LATE:
        importlib.import_module(name)
    for room in _ROOMS:
        for module in pkgutil.iter_modules(importlib.import_module(room).__path__, f"{room}."):
            importlib.import_module(module.name)
    gc.freeze()  # no fork looks for garbage among what is loaded


def _serve() -> None:
    _load()
    while line := sys.stdin.readline():
        folder, output, words = json.loads(line)
        pid = os.fork()
        if not pid:
            _become(folder, output, words)
        _say(pid)
        _say(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _become(folder: str, output: str, words: list[str]) -> None:
    from lockstep import cli  # noqa: PLC0415 - loaded long ago

    code = 1
    try:
        os.chdir(folder)
        written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for stream in (1, 2):
            os.dup2(written, stream)
        cli.main(words)
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
