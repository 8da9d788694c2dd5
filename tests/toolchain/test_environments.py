import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from lockstep.errors import LockstepError, RunError, ToolError, WorkspaceError
from lockstep.host import Host
from lockstep.host.process import Completed, Process, SystemProcesses
from lockstep.model.event import Event, Preparing
from lockstep.toolchain import environments, uv
from lockstep.toolchain.environments import Environment, InterpreterMissing
from tests.toolchain.servers import serving, sha256
from tests.toolchain.wheels import wheel
from tests.toolchain.yards import entry, release
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
    """Real processes, counted by what they were asked to do; `answer` replaces them."""

    def __init__(self) -> None:
        self.answer: Completed | None = None
        self.inner = SystemProcesses()
        self.argvs: list[tuple[str, ...]] = []
        self.locks: list[int] = []

    def run(self, process: Process) -> Completed:
        self.argvs.append(process.argv)
        self.locks += process.locks
        return self.answer or self.inner.run(process)

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
        own = msgspec.structs.replace(self.repo.host, store=self.repo.root.parent / "store")
        return msgspec.structs.replace(own, processes=self.processes, environ=self.environ)

    def provide(self, name: str = ".", version: str = "", config: str = "") -> Environment:
        found, settings = self.repo.read(config), self.repo.config(config)
        return environments.provide(self.host, found, settings, found.by_name(name), version, self.hear)

    def identity(self, name: str = ".", version: str = "", config: str = "") -> str:
        found, settings = self.repo.read(config), self.repo.config(config)
        return environments.identity(self.host, found, settings, found.by_name(name), version)

    def provide_with_poetry(self, script: str) -> Environment:
        """Make the environment of `services/orders` with a Poetry that is that script."""
        with serving() as server:
            server.answers["/poetry"] = script.encode()
            source = release(f"{server.url}/poetry", sha256(script.encode())).replace("lamp.", "poetry.")
            self.repo.write({"tools.toml": entry(source, name="poetry")})
            return self.provide("services/orders", config='[tools]\nlock = "tools.toml"\n')

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


def test_what_installs_holds_the_lock_too_should_it_outlive_us(bench: Bench) -> None:
    _workspace(bench)
    bench.provide("services/orders")
    assert len(bench.processes.locks) == len([argv for argv in bench.processes.argvs if argv[0] == uv.program()]) > 0


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


def test_a_lock_that_is_out_of_step_is_refused_with_the_command_that_mends_it(bench: Bench) -> None:
    _workspace(bench)
    manifest = SERVICE.replace('["common"]', '["common", "kiwi"]')
    bench.repo.write({"services/orders/pyproject.toml": manifest})
    with pytest.raises(WorkspaceError) as caught:
        bench.provide("services/orders")
    error = caught.value
    assert error.what == "uv.lock is out of step with services/orders/pyproject.toml"
    assert (error.where, error.why, error.remedy) == ("uv.lock", "kiwi: not locked", "uv lock")
    assert not (bench.repo.root / ".lockstep/envs").exists()


def test_an_environment_that_is_there_does_not_hide_that_the_lock_is_out_of_step(bench: Bench) -> None:
    _workspace(bench)
    bench.provide("services/orders")
    bench.repo.write({"services/orders/pyproject.toml": SERVICE.replace('"fig>=1.0"', '"fig>=2"')})
    with pytest.raises(WorkspaceError, match="fig: locked for another version"):
        bench.provide("services/orders")


def test_a_manifest_that_changed_in_other_things_needs_no_new_environment(bench: Bench) -> None:
    _workspace(bench)
    first = bench.provide("services/orders")
    bench.repo.write({"services/orders/pyproject.toml": SERVICE + "# more\n"})
    heard = len(bench.heard)
    assert bench.provide("services/orders") == first
    assert len(bench.heard) == heard


def test_a_lock_of_an_inner_folder_is_mended_there(bench: Bench) -> None:
    shelf = bench.repo.root.parent / "shelf"
    wheel(shelf, "plum")
    project = '[project]\nname = "orders"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["plum"]\n'
    bench.repo.write({"services/orders/pyproject.toml": project + INDEX.format(shelf=shelf)})
    bench.lock("services/orders")
    assert _modules(bench.provide("services/orders")) == {"plum"}
    changed = project.replace('["plum"]', "[]") + INDEX.format(shelf=shelf)
    bench.repo.write({"services/orders/pyproject.toml": changed})
    with pytest.raises(WorkspaceError, match="plum: locked but no longer wanted") as caught:
        bench.provide("services/orders")
    assert caught.value.remedy == "uv lock --project services/orders"


def test_groups_that_exclude_each_other_leave_the_default_ones(bench: Bench) -> None:
    shelf = bench.repo.root.parent / "shelf"
    for version in ("1.0.0", "2.0.0"):
        wheel(shelf, "plum", version)
    wheel(shelf, "pear")
    manifest = (
        '[project]\nname = "orders"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["pear"]\n'
        '[project.optional-dependencies]\nold = ["plum<2"]\nnew = ["plum>=2"]\n'
        '[tool.uv]\nconflicts = [[{ extra = "old" }, { extra = "new" }]]\n'
    )
    bench.repo.write({"services/orders/pyproject.toml": manifest + INDEX.format(shelf=shelf)})
    bench.lock("services/orders")
    assert _modules(bench.provide("services/orders")) == {"pear"}


def test_the_root_of_a_workspace_that_is_no_project_has_what_all_members_need(bench: Bench) -> None:
    _workspace(bench)
    assert _modules(bench.provide(".")) == {"plum", "pear", "fig", "quince"}


def test_a_project_at_the_root(bench: Bench) -> None:
    shelf = bench.repo.root.parent / "shelf"
    wheel(shelf, "plum")
    manifest = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["plum"]\n'
    bench.repo.write({"pyproject.toml": manifest + INDEX.format(shelf=shelf)})
    bench.lock()
    assert _modules(bench.provide(".")) == {"plum"}


def test_requirements_with_their_constraints_archives_and_local_projects(bench: Bench) -> None:
    shelf = bench.repo.root.parent / "shelf"
    for version in ("1.0.0", "2.0.0"):
        wheel(shelf, "plum", version)
    wheel(shelf, "fig")
    wheel(shelf, "quince")
    own = wheel(bench.repo.root / "services/orders/wheels", "pear")
    extra = '[project.optional-dependencies]\nfast = ["quince"]\nunwanted = ["nowhere"]\n'
    wanted = ("-c bounds.txt", "plum", f"./wheels/{own.name}", "-e ../../libs/python/common[fast]")
    bench.environ |= {"UV_FIND_LINKS": str(shelf), "UV_NO_INDEX": "1"}
    bench.repo.write(
        {
            "services/orders/pyproject.toml": '[project]\nname = "orders"\nversion = "1"\n',
            "services/orders/requirements.txt": "\n".join(wanted),
            "services/orders/bounds.txt": "plum<2\n",
            "libs/python/common/pyproject.toml": LIB.replace("plum>=1", "fig") + extra,
        }
    )
    made = bench.provide("services/orders")
    assert _modules(made) == {"plum", "pear", "fig", "quince"}
    (plum,) = Path(made.folder).glob("lib/python*/site-packages/plum.py")
    assert "1.0.0" in plum.read_text()


def test_requirements_that_include_what_is_not_there_are_refused(bench: Bench) -> None:
    bench.repo.write(
        {"services/orders/pyproject.toml": "", "services/orders/requirements.txt": "-r none.txt\n"},
    )
    with pytest.raises(WorkspaceError, match=r"services/orders/none\.txt is not there"):
        bench.provide("services/orders")


POETRY = r"""#!/bin/sh
for site in "$VIRTUAL_ENV"/lib/python*/site-packages; do touch "$site/plum.py"; done
echo "$@" > "$VIRTUAL_ENV/argv"
"""


def test_a_poetry_lock_is_installed_by_poetry_into_an_environment_of_its_own(bench: Bench) -> None:
    bench.repo.write({"services/orders/pyproject.toml": "", "services/orders/poetry.lock": ""})
    made = bench.provide_with_poetry(POETRY)
    assert _modules(made) == {"plum"}
    argv = (Path(made.folder) / "argv").read_text().split()
    assert argv == ["install", "--no-interaction", "--no-root", "--no-directory", "--all-groups", "--all-extras"]


def test_a_poetry_lock_that_is_out_of_step_is_refused_with_the_command_that_mends_it(bench: Bench) -> None:
    bench.repo.write({"services/orders/pyproject.toml": "", "services/orders/poetry.lock": ""})
    said = "pyproject.toml changed significantly since poetry.lock was last generated. Run `poetry lock` to fix"
    with pytest.raises(WorkspaceError, match="changed significantly") as caught:
        bench.provide_with_poetry(f"#!/bin/sh\necho '{said}'\nexit 1\n")
    assert (caught.value.where, caught.value.remedy) == ("services/orders/poetry.lock", "poetry lock")
    assert not list((bench.repo.root / ".lockstep/envs").glob("*/bin"))


BACKEND = """
import zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "orders-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as archive:
        archive.write("orders.py")
        info = "orders-1.dist-info"
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: orders\\nVersion: 1\\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(f"{info}/RECORD", "")
    return name
"""
AS_WHEEL = '[component."services/orders"]\ninstall = "wheel"\n'


def _built(bench: Bench, backend: str = BACKEND) -> None:
    system = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    bench.repo.write(
        {
            "services/orders/pyproject.toml": system + '[project]\nname = "orders"\nversion = "1"\n',
            "services/orders/backend.py": backend,
            "services/orders/orders.py": "PRICE = 1\n",
        }
    )


def test_a_component_that_is_installed_as_its_wheel_has_its_own_code_in_its_environment(bench: Bench) -> None:
    _built(bench)
    first = bench.provide("services/orders", config=AS_WHEEL)
    assert _modules(first) == {"orders"}
    bench.repo.write({"services/orders/orders.py": "PRICE = 2\n"})
    second = bench.provide("services/orders", config=AS_WHEEL)
    assert second.digest != first.digest
    (code,) = Path(second.folder).glob("lib/python*/site-packages/orders.py")
    assert code.read_text() == "PRICE = 2\n"
    assert not (bench.repo.root / "services/orders/dist").exists()


def test_a_wheel_that_does_not_build_leaves_no_environment(bench: Bench) -> None:
    _built(bench, "def build_wheel(*args, **more):\n    raise SystemExit('no lamp oil')\n")
    with pytest.raises(ToolError, match="cannot build the wheel for services/orders") as caught:
        bench.provide("services/orders", config=AS_WHEEL)
    assert "no lamp oil" in caught.value.why
    assert not list((bench.repo.root / ".lockstep/envs").glob("*/bin"))


@pytest.mark.parametrize(
    ("done", "kind", "why", "remedy"),
    [
        (Completed(1, b"", b"error: no such index"), ToolError, "error: no such index", "see that the package index"),
        (Completed(3, b"", b""), ToolError, "exit code 3", "see that the package index"),
        (Completed(0, b"", b"", failure="timeout"), ToolError, "timeout", "see that the package index"),
        (
            Completed(
                2, b"", b"The requested interpreter is incompatible with the project's Python requirement: `>=3.13`"
            ),
            ToolError,
            "incompatible",
            '[component."services/orders"] python = ["3.x"]',
        ),
        (Completed(2, b"The lockfile needs to be updated", b""), WorkspaceError, "needs to be updated", "uv lock"),
        (
            Completed(1, b"", b"Because the current Python version (3.11.7) does not satisfy Python>=3.12 and ..."),
            ToolError,
            "does not satisfy",
            "install a Python",
        ),
        (
            Completed(1, b"", b"Unable to find installation candidates for fig (1.2)\nSolutions:\n  poetry lock"),
            ToolError,
            "Unable to find installation candidates for fig (1.2)",
            "see that the package index can be reached (index and proxy settings of Poetry",
        ),
        (
            Completed(1, b"", b"No solution found when resolving dependencies:\n plum<2 and plum>2 contradict"),
            WorkspaceError,
            "No solution found",
            "change the requirements so that they agree",
        ),
        (
            Completed(1, b"", b"No solution found when resolving:\n plum was not found in the package registry"),
            ToolError,
            "not found in",
            "see that the package index",
        ),
        (
            Completed(2, b"", b"error: Failed to parse: `pyproject.toml`\n  cause: TOML parse error at line 2"),
            WorkspaceError,
            "TOML parse error",
            "mend pyproject.toml",
        ),
        (Completed(1, b"", b"at https://me:hunter22@index.example"), ToolError, "https://***@", "see that"),
    ],
)
def test_an_installer_that_fails_is_one_clear_error(
    bench: Bench, done: Completed, kind: type[LockstepError], why: str, remedy: str
) -> None:
    _workspace(bench)
    bench.processes.answer = done
    with pytest.raises(kind) as caught:
        bench.provide("services/orders")
    assert caught.value.what == "cannot make the Python environment for services/orders"
    assert caught.value.where == "uv.lock"
    assert why in caught.value.why
    assert remedy in caught.value.remedy
    # Nothing is shown as being prepared any more.
    assert [each.fraction for each in bench.heard if isinstance(each, Preparing)][-1] == 1.0


def test_an_installer_that_leaves_no_interpreter_is_no_success(bench: Bench) -> None:
    bench.processes.answer = Completed(0, b"", b"")
    with pytest.raises(RunError, match="without an interpreter"):
        bench.provide()


def test_a_uv_that_is_not_where_its_package_says(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def nowhere() -> str:
        raise FileNotFoundError("no uv in any scheme")

    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setitem(sys.modules, "uv", SimpleNamespace(find_uv_bin=nowhere))
    with pytest.raises(ToolError, match="uv is not where its package says"):
        bench.provide()


def test_the_users_own_settings_make_no_other_environment(bench: Bench) -> None:
    _workspace(bench)
    bench.environ |= {"UV_NO_DEV": "1", "UV_PYTHON": "2.7", "UV_PROJECT": "/nowhere", "PIP_INDEX_URL": "x"}
    assert _modules(bench.provide("services/orders")) == {"plum", "pear", "fig", "quince"}


def test_environments_that_nothing_used_for_a_month_go(bench: Bench) -> None:
    old = Path(bench.provide().folder)
    os.utime(old / environments.MANIFEST, (1_000_000_000, 1_000_000_000))
    half = old.with_name("half")
    half.mkdir()
    _workspace(bench)
    new = Path(bench.provide("services/orders").folder)
    assert (old.exists(), new.exists(), half.exists()) == (False, True, True)


def test_a_version_that_is_not_on_this_machine_is_unavailable(bench: Bench) -> None:
    with pytest.raises(InterpreterMissing, match=r"Python 3\.99 is not on this machine"):
        bench.provide(version="3.99")


def test_two_that_want_the_same_environment_at_once_make_it_once(bench: Bench) -> None:
    with ThreadPoolExecutor(3) as pool:
        found = set(pool.map(lambda _: bench.provide().digest, range(3)))
    assert len(found) == 1
    assert sum("venv" in argv for argv in bench.processes.argvs) == 1
