"""Python interpreters of this machine, by version.

What an interpreter says of itself is kept by its path, size and time of change, so that a warm run starts none.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from lockstep.errors import LockstepError, ToolError
from lockstep.host import Host
from lockstep.host.files import write_atomic
from lockstep.host.process import Process

_ASK = (
    "import sys; v = sys.version_info; "
    "print(sys.implementation.name, '%d.%d.%d%s' % (*v[:3], '' if v[3] == 'final' else v[3][0] + str(v[4])))"
)
_LIMIT = 20.0


class InterpreterMissing(ToolError):  # noqa: N818 - named for what it says, not for what it is
    """No interpreter of the wanted version is on this machine; what needs it is unavailable here."""


class Interpreter(msgspec.Struct, frozen=True):
    """An interpreter: absolute path, full version (3.12.1), and implementation (cpython)."""

    path: str
    version: str
    implementation: str

    @property
    def named(self) -> str:
        """Return what it is, wherever it lies."""
        return f"{self.implementation} {self.version}"


class _Probe(msgspec.Struct, frozen=True, array_like=True):
    """What was learnt of a file; an empty version means that it is no interpreter that runs."""

    size: int
    modified: int
    version: str
    implementation: str


_Probes = dict[str, _Probe]
_DECODER = msgspec.msgpack.Decoder(_Probes)


def find(host: Host, state: Path, version: str) -> Interpreter:
    """Return an interpreter of `version` (3.12); of the one that runs Lockstep where it is "".

    It is looked for where Lockstep itself runs, in PATH, among pyenv's and uv's versions, and in the system's folders.
    Installing one is left to the machine's owner. `state` is where what was learnt is kept.

    Raises:
        InterpreterMissing: there is none, or the one that runs Lockstep cannot be asked.
    """
    if not version and host.python == sys.executable:
        return running()
    path = state / "cache" / "interpreters.msgpack"
    known = _load(path)
    learnt = dict(known)
    try:
        for candidate in _candidates(host, version):
            found = _asked(host, candidate, learnt)
            if found and (not version or _minor(found.version) == version):
                return found
    finally:
        if learnt != known:
            _save(path, learnt)
    raise InterpreterMissing(
        f"Python {version} is not on this machine" if version else f"{host.python} is not an interpreter that runs",
        why="looked in PATH, pyenv's versions, uv's versions and the system's folders" if version else "",
        remedy=f"install it (pyenv install {version}, or the system's packages)" if version else "",
    )


def running() -> Interpreter:
    """Return the interpreter that runs Lockstep."""
    major, minor, micro, level, serial = sys.version_info
    text = f"{major}.{minor}.{micro}" + ("" if level == "final" else f"{level[0]}{serial}")
    return Interpreter(sys.executable, text, sys.implementation.name)


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _candidates(host: Host, version: str) -> Iterator[str]:
    """Yield paths that may be what is wanted, likely ones first; shims answer for whatever they are set to, so they are left out."""
    yield host.python
    if not version:
        return
    home = host.environ.get("HOME", "")
    folders = [folder for folder in host.environ.get("PATH", "").split(":") if folder.startswith("/")]
    for folder in folders:
        if not folder.endswith("/shims"):
            yield f"{folder}/python{version}"
    for versions in filter(
        None, (host.environ.get("PYENV_ROOT", ""), f"{home}/.pyenv", f"{home}/.local/share/uv/python")
    ):
        inner = Path(versions) if versions.endswith("/uv/python") else Path(versions) / "versions"
        yield from (str(path) for path in sorted(inner.glob(f"*{version}*/bin/python{version}"), reverse=True))
    for folder in (*folders, "/usr/local/bin", "/usr/bin"):
        yield f"{folder}/python{version}"
        yield f"{folder}/python3"


def _asked(host: Host, path: str, learnt: _Probes) -> Interpreter | None:
    """Return what the file says of itself, from what was learnt before where it has not changed since."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a dozen on every warm run
    except OSError:
        return None
    probe = learnt.get(path)
    if probe is None or (probe.size, probe.modified) != (status.st_size, status.st_mtime_ns):
        implementation, version = _ask(host, path)
        probe = learnt[path] = _Probe(status.st_size, status.st_mtime_ns, version, implementation)
    return Interpreter(path, probe.version, probe.implementation) if probe.version else None


def _ask(host: Host, path: str) -> tuple[str, str]:
    env = {name: host.environ[name] for name in ("PATH", "HOME") if name in host.environ}
    done = host.processes.run(Process((path, "-I", "-c", _ASK), "/", env, _LIMIT))
    words = done.stdout.decode("utf-8", "replace").split()
    return (words[0], words[1]) if done.exit_code == 0 and len(words) == len(("name", "version")) else ("", "")


def _load(path: Path) -> _Probes:
    try:
        return _DECODER.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}


def _save(path: Path, probes: _Probes) -> None:
    with contextlib.suppress(LockstepError, UnicodeEncodeError):
        write_atomic(path, msgspec.msgpack.encode(probes))
