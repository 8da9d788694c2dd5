"""Other task runners, each told to run the very commands that Lockstep's gates run: nox, tox, pre-commit, prek."""

import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from benchmarks.measuring import Ratio, in_turn, timed
from benchmarks.recording import Command, ready, record
from benchmarks.shop import Shop

# The newest when the benchmark was written; nothing here is used by Lockstep itself.
PINNED = ("nox==2026.10.20", "pre-commit==4.6.2", "prek==0.5.11", "tox==4.67.15")


class Peer(msgspec.Struct, frozen=True):
    """A runner: its name, what it is told, and its command line. `environ` is added to a small environment."""

    name: str
    files: Mapping[str, str]
    argv: tuple[str, ...]
    environ: Mapping[str, str] = {}


def ratios(made: Shop, rounds: int, say: Callable[[str], None]) -> list[Ratio]:
    """Return Lockstep against each peer, where nothing changed and where one Python file did."""
    say("installing the peers")
    programs = _install(made.aside / "peers")
    made.forget()
    commands = record(made.root, made.aside / "all")
    made.gates()
    found = []
    for peer in (_nox(commands), _tox(commands), _pre_commit(commands), _prek(commands)):
        for path, text in peer.files.items():
            (made.aside / path).write_text(text, encoding="utf-8")
        found += _against(made, peer, programs, commands, rounds, say)
    return found


def _against(
    made: Shop,
    peer: Peer,
    programs: Path,
    commands: Sequence[Command],
    rounds: int,
    say: Callable[[str], None],
) -> list[Ratio]:
    numbers = iter(range(1000, 10_000))
    environ = {"PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin", "HOME": str(made.aside), **peer.environ}

    def theirs() -> float:
        with ready(commands):
            return timed(peer.argv, made.root, environ)

    def changed(measured: Callable[[], float]) -> Callable[[], float]:
        def run() -> float:
            made.change(next(numbers))
            return measured()

        return run

    theirs()  # environments of its own are made now, and not measured
    say(f"against {peer.name}")
    return [
        in_turn(f"nothing changed / {peer.name}", made.gates, theirs, rounds=rounds),
        in_turn(f"one changed Python file / {peer.name}", changed(made.gates), changed(theirs), rounds=rounds),
    ]


def _install(folder: Path) -> Path:
    """Return the folder of the peers' programs."""
    uv = (sys.executable, "-m", "uv")
    subprocess.run((*uv, "venv", "--quiet", "--python", sys.executable, str(folder)), check=True)
    subprocess.run((*uv, "pip", "install", "--quiet", "--python", f"{folder}/bin/python", *PINNED), check=True)
    return folder / "bin"


def _line(command: Command) -> str:
    """Return the command with its folder and environment as one line, for runners that take lines."""
    process = command.process
    variables = (f"{name}={value}" for name, value in process.env.items())
    return shlex.join(("env", "-i", "-C", process.cwd, *variables, *process.argv))


def _nox(commands: Sequence[Command]) -> Peer:
    text = "import nox\n"
    for number, command in enumerate(commands):
        text += (
            f'\n\n@nox.session(name="c{number}", venv_backend="none")\ndef c{number}(session):\n'
            f"    session.run(*{shlex.split(_line(command))!r}, external=True)\n"
        )
    return Peer("nox, the same commands", {"peer_noxfile.py": text}, ("nox", "-f", "../aside/peer_noxfile.py"))


def _tox(commands: Sequence[Command]) -> Peer:
    names = ",".join(f"c{number}" for number in range(len(commands)))
    text = f"[tox]\nenv_list = {names}\nno_package = true\n"
    text += "".join(
        f"\n[testenv:c{number}]\nskip_install = true\nallowlist_externals = env\ncommands = {_line(command)}\n"
        for number, command in enumerate(commands)
    )
    argv = ("tox", "-q", "-c", "../aside/tox.ini", "--workdir", "../aside/tox", "--root", ".", "-p", "auto")
    return Peer("tox -p, the same commands", {"tox.ini": text}, argv)


def _hooks(commands: Sequence[Command]) -> str:
    hooks = (
        f"      - {{id: c{number}, name: c{number}, entry: {_quoted(_line(command))}, language: system, "
        "pass_filenames: false, always_run: true}\n"
        for number, command in enumerate(commands)
    )
    return "repos:\n  - repo: local\n    hooks:\n" + "".join(hooks)


def _quoted(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def _pre_commit(commands: Sequence[Command]) -> Peer:
    argv = ("pre-commit", "run", "--all-files", "--config", "../aside/pre-commit.yaml")
    return Peer("pre-commit, the same commands", {"pre-commit.yaml": _hooks(commands)}, argv)


def _prek(commands: Sequence[Command]) -> Peer:
    argv = ("prek", "run", "--all-files", "--config", "../aside/prek.yaml")
    return Peer("prek, the same commands", {"prek.yaml": _hooks(commands)}, argv)
