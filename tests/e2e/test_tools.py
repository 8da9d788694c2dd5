"""The tool lock that is shipped, from the registries themselves: a fresh store, a bundle, and a machine without a network."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

pytestmark = pytest.mark.e2e

TOOLS = {"ruff": ("--version", "0."), "shfmt": ("--version", "v3."), "actionlint": ("-version", "1.")}
NAMES = tuple(word for name in TOOLS for word in ("--tool", name))
# Nothing listens there.
NOWHERE = "http://127.0.0.1:9"
_LIMIT = 900


class Machine(msgspec.Struct, frozen=True):
    """A machine with a home, a store and a working folder of its own."""

    root: Path
    environ: Mapping[str, str]

    def lockstep(self, *words: str) -> str:
        """Run Lockstep and return what it printed."""
        argv = (sys.executable, "-c", "from lockstep.cli import main; main()", *words)
        done = subprocess.run(
            argv, cwd=self.root, env=self.environ, capture_output=True, text=True, timeout=_LIMIT, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _machine(root: Path, **more: str) -> Machine:
    root.mkdir()
    return Machine(root, {**os.environ, "LOCKSTEP_STORE": str(root / "store"), **more})


def _without_network(root: Path) -> Machine:
    """Return a machine that reaches no registry and has fetched nothing before."""
    empty = {name: str(root / name.lower()) for name in ("UV_CACHE_DIR", "NPM_CONFIG_CACHE", "GOMODCACHE")}
    nowhere = dict.fromkeys(("UV_DEFAULT_INDEX", "PIP_INDEX_URL", "NPM_CONFIG_REGISTRY", "GOPROXY"), NOWHERE)
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), NOWHERE)
    return _machine(root, **empty, **nowhere, **proxies)


def _programs(printed: str) -> Iterator[tuple[str, str]]:
    for line in printed.splitlines():
        name, _, program = line.partition(": ")
        yield name, program


def _assert_runs(machine: Machine, printed: str) -> None:
    found = dict(_programs(printed))
    assert set(found) == set(TOOLS)
    for name, (word, version) in TOOLS.items():
        assert found[name].startswith(f"{machine.root}/store/tools/{name}-")
        said = subprocess.run((found[name], word), check=True, capture_output=True, text=True).stdout
        assert version in said


def test_tools_are_installed_verified_bundled_and_installed_where_there_is_no_network(tmp_path: Path) -> None:
    here = _machine(tmp_path / "here")
    _assert_runs(here, here.lockstep("tools.install", *NAMES))
    assert "4 tools are as they were installed" in here.lockstep("tools.verify")

    printed = here.lockstep("tools.bundle", *NAMES, "--output", str(tmp_path / "tools.tar"))
    found = re.search(r"--digest (sha256:[0-9a-f]{64})", printed)
    assert found

    there = _without_network(tmp_path / "there")
    words = ("--bundle", str(tmp_path / "tools.tar"), "--digest", found[1])
    _assert_runs(there, there.lockstep("tools.install", *words))
    assert "3 tools are as they were installed" in there.lockstep("tools.verify")
    assert there.lockstep("tools.install", *NAMES) == there.lockstep("tools.install", *words)
