"""A place to install tools in: a store of its own, registries on loopback, and a tool lock written by the test."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec

from lockstep import toolchain
from lockstep.config import Config
from lockstep.config import parse as parse_config
from lockstep.host import Host, system
from lockstep.host.process import Completed, Process, SystemProcesses
from lockstep.model.event import Event, Preparing
from lockstep.toolchain.lock import ToolLock, on_path, platform
from tests.toolchain.servers import Server, sha256
from tests.toolchain.wheels import wheel

# Nothing listens there.
NOWHERE = "http://127.0.0.1:9"
CONFIG = '[tools]\nlock = "lock.toml"\n'


class Recording:
    """Real processes, and what they were asked to do; `answers` replaces those of a program of that name."""

    def __init__(self) -> None:
        self._inner = SystemProcesses()
        self.asked: list[Process] = []
        self.answers: dict[str, Callable[[Process], Completed]] = {}

    def run(self, process: Process) -> Completed:
        self.asked.append(process)
        answer = self.answers.get(Path(process.argv[0]).name)
        return answer(process) if answer else self._inner.run(process)

    def cancel(self) -> None:
        self._inner.cancel()


_GO = """
[go]
version = "1.0.0"
licence = "BSD-3-Clause"
program = "go"

[[go.sources]]
kind = "machine"
program = "go"
"""


@cache
def _maker(name: str) -> tuple[str, ...]:
    """Return the machine's own program, or the one that the shipped lock has."""
    return toolchain.provide(system(), toolchain.load(None, Config()), [name], lambda _: None)[name]


def _makers(folder: Path) -> Path:
    """Make a folder with `go` and `npm` in it."""
    folder.mkdir()
    for name in ("go", "npm"):
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec {shlex.join(_maker(name))} "$@"\n')
        program.chmod(0o755)
    return folder


class Yard:
    """A repository folder with a tool lock, a store, and a server that stands for every registry."""

    def __init__(self, root: Path, server: Server) -> None:
        self.root = root / "repo"
        self.root.mkdir()
        self.server = server
        self.store = root / "store"
        self.heard: list[Preparing] = []
        self.processes = Recording()
        home = root / "home"
        home.mkdir()
        self.environ = {
            "PATH": f"{_makers(root / 'makers')}:{os.environ['PATH']}",
            "HOME": str(home),
            "LOCKSTEP_STORE": str(self.store),
            "UV_CACHE_DIR": str(root / "uv"),
            "UV_HTTP_RETRIES": "0",
            "UV_DEFAULT_INDEX": f"{server.url}/simple",
            "NPM_CONFIG_REGISTRY": f"{server.url}/npm/",
            "NPM_CONFIG_CACHE": str(root / "npm"),
            "GOPROXY": f"{server.url}/go",
            "GONOSUMDB": "*",
            "GOMODCACHE": str(root / "gomod"),
            "GOENV": "off",
        }
        # Compiling Go's own library anew for every test would take minutes.
        cache = os.environ.get("GOCACHE") or str(Path("~/.cache/go-build").expanduser())
        self.environ["GOCACHE"] = cache
        (self.root / ".git").mkdir()
        (self.root / "lockstep.toml").write_text(CONFIG)
        self.write("")

    @property
    def host(self) -> Host:
        machine = system()
        return msgspec.structs.replace(machine, store=self.store, environ=self.environ, processes=self.processes)

    def write(self, *entries: str) -> None:
        """Write the repository's own tool lock; what is built with Go is built with the one on PATH."""
        text = "\n".join(entries)
        makes = 'kind = "go"' in text and "[go]" not in text
        (self.root / "lock.toml").write_text(text + (_GO if makes else ""))

    @property
    def lock(self) -> ToolLock:
        return toolchain.load(self.root, parse_config(CONFIG.encode()))

    def hear(self, event: Event) -> None:
        assert isinstance(event, Preparing)
        self.heard.append(event)

    @property
    def details(self) -> list[str]:
        return [event.detail for event in self.heard]

    def provide(self, *names: str, bundle: Path | None = None) -> dict[str, tuple[str, ...]]:
        return toolchain.provide(self.host, self.lock, names, self.hear, bundle)

    def program(self, name: str) -> str:
        """Return the path of a program that is on this machine's PATH."""
        return on_path(name, self.environ)

    def folder(self, name: str) -> Path:
        """Return the one folder of the tool in the store."""
        (found,) = (self.store / "tools").glob(f"{name}-*")
        return found

    def left(self) -> list[str]:
        """Return the names of what the store holds beside tags and locks."""
        tools = self.store / "tools"
        found = (path.name for path in tools.iterdir()) if tools.is_dir() else ()
        return sorted(name for name in found if name not in {"CACHEDIR.TAG", ".locks"})

    def cut_off(self) -> None:
        """Let every registry be out of reach, and forget what was fetched before."""
        for name in ("UV_DEFAULT_INDEX", "NPM_CONFIG_REGISTRY", "GOPROXY"):
            self.environ[name] = NOWHERE
        for name, value in {"UV_CACHE_DIR": "uv2", "NPM_CONFIG_CACHE": "npm2", "GOMODCACHE": "gomod2"}.items():
            self.environ[name] = str(self.root.parent / value)
        self.environ["LOCKSTEP_RELEASE_MIRROR"] = NOWHERE

    def process(self, *words: str, limit: int = 0) -> "subprocess.Popen[str]":
        """Start `lockstep` in the repository, as a program; no file may be larger than `limit` blocks of 512 bytes."""
        bounded = ("/bin/sh", "-c", f'ulimit -f {limit}; exec "$0" "$@"') if limit else ()
        return subprocess.Popen(
            (*bounded, sys.executable, "-c", "from lockstep.cli import main; main()", *words),
            cwd=self.root,
            env={**os.environ, **self.environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    # Entries of the tool lock, with what they need in the registries.

    def vendor(self, data: bytes = b"#!/bin/sh\necho lamp\n", *, path: str = "/vendor/lamp", member: str = "") -> str:
        """Serve a vendor's file and return its source."""
        self.server.answers[path] = data
        return release(self.server.url + path, sha256(data), member)

    def wheels(self, name: str = "lamp", version: str = "1.0.0") -> str:
        """Serve a wheel with a program of its name, write its requirements and return its source."""
        made = wheel(self.root.parent / "wheels", name, version, program=name)
        text = self.server.wheel(made)
        (self.root / f"{name}.txt").write_text(text)
        return (
            f'[[{name}.sources]]\nkind = "pypi"\npackage = "{name}=={version}"\n'
            f'requirements = "{name}.txt"\ndigest = "{sha256(text.encode())}"\n'
        )

    def npm(self, version: str = "1.0.0", member: str = "package/bin/lamp") -> str:
        """Serve an npm package with the program and return its source."""
        digest = self.server.npm("@lamps/cli", version, NPM_FILES)
        return (
            '[[lamp.sources]]\nkind = "npm"\npackage = "@lamps/{name}@{version}"\n'
            f'member = "{member}"\n[lamp.sources.platforms]\n{platform()} = {{ name = "cli", digest = "{digest}" }}\n'
        )

    def go(self, version: str = "1.0.0", files: Mapping[str, str] | None = None) -> str:
        """Serve a Go module with the program in `cmd/lamp` and return its source."""
        digest = self.server.go("lamps.example/lamp", f"v{version}", files or {"cmd/lamp/main.go": GO_MAIN})
        return (
            '[[lamp.sources]]\nkind = "go"\nmodule = "lamps.example/lamp@v{version}"\n'
            f'digest = "{digest}"\npackage = "./cmd/lamp"\nldflags = "-s -w -X main.version={{version}}"\n'
        )


NPM_FILES = {
    "package.json": b'{"name": "@lamps/cli", "version": "1.0.0"}',
    "bin/lamp": b"#!/bin/sh\necho npm lamp\n",
    "bin/cli/lamp": b"#!/bin/sh\necho npm lamp of cli\n",
}
GO_MAIN = 'package main\n\nvar version = "none"\n\nfunc main() { println("go lamp", version) }\n'


def release(url: str, digest: str, member: str = "") -> str:
    """Return a source of the kind release for this platform."""
    return (
        f'[[lamp.sources]]\nkind = "release"\nurl = "{url}"\nmember = "{member}"\n'
        f'[lamp.sources.platforms]\n{platform()} = {{ name = "x", digest = "{digest}" }}\n'
    )


def entry(*sources: str, name: str = "lamp", version: str = "1.0.0") -> str:
    """Return an entry of the tool lock."""
    head = f'[{name}]\nversion = "{version}"\nlicence = "MIT"\nprogram = "{name}"\n'
    return "\n".join((head, *sources))


def said(argv: Iterable[str]) -> str:
    """Return everything that a program prints."""
    done = subprocess.run(tuple(argv), check=True, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip()


def decoded(text: str) -> list[dict[str, object]]:
    """Return JSON that is a list of tables."""
    found: list[dict[str, object]] = json.loads(text)
    return found
