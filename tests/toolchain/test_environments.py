import subprocess
from pathlib import Path

import msgspec
import pytest

from lockstep.host import Host
from lockstep.host.process import Completed, Process, SystemProcesses
from lockstep.model.event import Event
from lockstep.toolchain import environments, uv
from lockstep.toolchain.environments import Environment
from tests.toolchain.wheels import wheel
from tests.workspace.repositories import Repository

INDEX = '[[tool.uv.index]]\nname = "shelf"\nurl = "{shelf}"\nformat = "flat"\ndefault = true\n'
LIB = """[project]
name = "common"
version = "1"
requires-python = ">=3.11"
dependencies = ["plum>=1"]
"""
SERVICE = """[project]
name = "orders"
version = "1"
requires-python = ">=3.11"
dependencies = ["common"]
[project.optional-dependencies]
fast = ["quince"]
[dependency-groups]
dev = ["pear", {include-group = "more"}]
more = ["fig>=1.0"]
[tool.uv.sources]
common = { workspace = true }
"""


class Counting:
    """Real processes, counted by what they were asked to do."""

    def __init__(self) -> None:
        self.inner = SystemProcesses()
        self.argvs: list[tuple[str, ...]] = []

    def run(self, process: Process) -> Completed:
        self.argvs.append(process.argv)
        return self.inner.run(process)

    def cancel(self) -> None:
        self.inner.cancel()


class Bench:
    """A repository, and a host that counts."""

    def __init__(self, repo: Repository) -> None:
        self.repo = repo
        self.processes = Counting()
        home = repo.root.parent / "home"
        home.mkdir(exist_ok=True)
        self.heard: list[Event] = []
        self.environ = {**repo.host.environ, "HOME": str(home), "UV_OFFLINE": "1", "UV_PYTHON": "none"}

    @property
    def host(self) -> Host:
        return msgspec.structs.replace(self.repo.host, processes=self.processes, environ=self.environ)

    def provide(self, name: str = ".", version: str = "", config: str = "") -> Environment:
        found, settings = self.repo.read(config), self.repo.config(config)
        return environments.provide(self.host, found, settings, found.by_name(name), version, self.hear)

    def identity(self, name: str = ".", version: str = "", config: str = "") -> str:
        found, settings = self.repo.read(config), self.repo.config(config)
        return environments.identity(self.host, found, settings, found.by_name(name), version)

    def hear(self, event: Event) -> None:
        self.heard.append(event)

    def lock(self, folder: str = ".") -> None:
        argv = (uv.program(), "lock", "--quiet", "--project", str(self.repo.root / folder))
        subprocess.run(argv, check=True, env={**self.environ, "UV_PYTHON": self.host.python}, cwd=self.repo.root)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(Repository.new(tmp_path / "repo"))


def _modules(environment: Environment) -> set[str]:
    found = Path(environment.folder).glob("lib/python*/site-packages/*.py")
    return {path.stem for path in found} - {"_virtualenv"}


def _workspace(bench: Bench) -> None:
    shelf = bench.repo.root.parent / "shelf"
    for name in ("plum", "pear", "fig", "quince"):
        wheel(shelf, name)
    bench.repo.write(
        {
            "pyproject.toml": '[tool.uv.workspace]\nmembers = ["services/*", "libs/python/*"]\n'
            + INDEX.format(shelf=shelf),
            "services/orders/pyproject.toml": SERVICE,
            "libs/python/common/pyproject.toml": LIB,
        }
    )
    bench.lock()


def test_a_member_has_its_third_parties_of_all_groups_and_extras_and_no_local_code(bench: Bench) -> None:
    _workspace(bench)
    made = bench.provide("services/orders")
    assert _modules(made) == {"plum", "pear", "fig", "quince"}
    assert _modules(bench.provide("libs/python/common")) == {"plum"}
    assert made.folder.startswith(f"{bench.repo.root}/.lockstep/envs/")
    assert (Path(made.folder) / "CACHEDIR.TAG").is_file()


def test_an_environment_is_made_once(bench: Bench) -> None:
    _workspace(bench)
    first = bench.provide("services/orders")
    ran = len(bench.processes.argvs)
    assert (bench.provide("services/orders"), len(bench.processes.argvs)) == (first, ran)
    assert first.digest == bench.identity("services/orders")


def test_the_repository_is_left_as_it_was(bench: Bench) -> None:
    _workspace(bench)
    bench.repo.commit()
    bench.provide("services/orders")
    assert bench.repo.git("status", "--porcelain").replace("?? .lockstep/", "") == ""


def test_an_interrupted_environment_is_made_again(bench: Bench) -> None:
    made = Path(bench.provide().folder)
    (made / environments.MANIFEST).unlink()
    (made / "half").write_text("x")
    assert bench.provide().folder == str(made)
    assert not (made / "half").exists()


def test_an_environment_whose_interpreter_went_away_is_made_again(bench: Bench) -> None:
    made = Path(bench.provide().python)
    made.unlink()
    bench.provide()
    assert made.exists()
