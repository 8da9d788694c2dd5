"""types through the real mypy and TypeScript."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from lockstep import host
from lockstep.gates.types import GATE
from lockstep.model.component import Component, Kind
from lockstep.model.finding import Report
from lockstep.model.record import RunRecord
from tests.e2e.gating import Done, copied, python_component, run
from tests.engine import running

pytestmark = pytest.mark.e2e

MYPY, TSC = GATE.checks
FOLDER = "libs/lamps"
LIBRARY = python_component(FOLDER)
Tool = Callable[[str], tuple[str, ...]]


def made(root: Path, case: str = "", files: Mapping[str, str] | None = None) -> Path:
    """Make a repository in `root` with a case in `FOLDER` and `files`."""
    root.mkdir()
    if case:
        copied(f"types/{case}", root, FOLDER)
    running.write(root, dict(files or {}))
    return root


def checked(
    root: Path, component: Component = LIBRARY, *, config: str = "", others: tuple[Component, ...] = (), **more: str
) -> Done:
    configured = replace(component, configured=(("mypy", config),) if config else ())
    return run(MYPY, root, configured, root.parent / "scratch", others=others, **more)  # type: ignore[arg-type]


def places(report: Report) -> set[tuple[str, int, str]]:
    assert report.problem == ""
    return {(each.location.path, each.location.line, each.rule) for each in report.findings}


def test_a_clean_component_without_configuration_is_clean(tmp_path: Path) -> None:
    """Folders of equal files without `__init__.py`, a stub beside its source, a noxfile: none of it is in the way."""
    assert checked(made(tmp_path / "tree", "clean")).report == Report()


def test_without_configuration_all_bodies_are_checked_and_imports_must_exist(tmp_path: Path) -> None:
    assert places(checked(made(tmp_path / "tree", "dirty")).report) == {
        (f"{FOLDER}/src/lamps/__init__.py", 3, "import-not-found"),
        (f"{FOLDER}/src/lamps/__init__.py", 7, "return-value"),
        (f"{FOLDER}/src/lamps/__init__.py", 11, "arg-type"),
        (f"{FOLDER}/tests/test_price.py", 5, "arg-type"),
    }


def test_a_configuration_of_the_components_own_says_what_is_checked_and_how(tmp_path: Path) -> None:
    config = '[tool.mypy]\nfiles = ["src"]\npretty = true\nshow_error_context = true\nignore_missing_imports = true\n'
    root = made(tmp_path / "tree", "dirty", {f"{FOLDER}/pyproject.toml": config})
    assert places(checked(root, config=f"{FOLDER}/pyproject.toml").report) == {
        (f"{FOLDER}/src/lamps/__init__.py", 7, "return-value")
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mypy.ini", "[mypy]\nexclude = (?x)(^libs/lamps/tests/|src/lamps/$)\nfiles = elsewhere\n"),
        ("pyproject.toml", "[tool.mypy]\nexclude = ['/tests/', 'lamps/__init__']\n"),
        ("setup.cfg", "[mypy]\nexclude = libs/\n"),
    ],
)
def test_what_an_outer_configuration_excludes_is_left_out(tmp_path: Path, name: str, text: str) -> None:
    assert checked(made(tmp_path / "tree", "dirty", {name: text}), config=name).report == Report()


def test_an_outer_configuration_counts_from_its_own_folder(tmp_path: Path) -> None:
    config = "[mypy]\nmypy_path = stubs\nstrict = True\n"
    root = made(tmp_path / "tree", "dirty", {"mypy.ini": config, "stubs/lanterns.pyi": "LIGHT: int\n"})
    found = places(checked(root, config="mypy.ini").report)
    assert (f"{FOLDER}/src/lamps/__init__.py", 10, "no-untyped-def") in found
    assert not {rule for _, _, rule in found} & {"import-not-found"}


def test_a_change_in_a_library_shows_in_its_users_and_its_own_errors_do_not(tmp_path: Path) -> None:
    user = Component("shop", "shop", Kind.SERVICE, python=True, source_roots=("shop/src", f"{FOLDER}/src"))
    files = {
        "shop/src/shop.py": "from lamps import price\n\nprice(3)\n",
        f"{FOLDER}/src/lamps/util.py": "x: int = ''\n",
    }
    root = made(tmp_path / "tree", "clean", files)
    assert places(checked(root, user, others=(LIBRARY,)).report) == {("shop/src/shop.py", 3, "arg-type")}


def test_what_cannot_be_parsed_in_a_library_stops_its_users(tmp_path: Path) -> None:
    user = Component("shop", "shop", Kind.SERVICE, python=True, source_roots=("shop/src", f"{FOLDER}/src"))
    files = {"shop/src/shop.py": "import lamps\n", f"{FOLDER}/src/lamps/__init__.py": "def price(:\n"}
    root = made(tmp_path / "tree", "clean", files)
    found = {(path, rule) for path, _, rule in places(checked(root, user, others=(LIBRARY,)).report)}
    assert found == {(f"{FOLDER}/src/lamps/__init__.py", "syntax")}


def test_modules_of_one_name_in_two_components_do_not_meet(tmp_path: Path) -> None:
    other = python_component("libs/lanterns")
    files = {
        f"{FOLDER}/src/util.py": "SIZE: int = 1\n",
        f"{FOLDER}/src/lamp.py": "import util\n\nsize: int = util.SIZE\n",
        "libs/lanterns/src/util.py": "SIZE: str = ''\n",
    }
    user = replace(LIBRARY, source_roots=(*LIBRARY.source_roots, "libs/lanterns/src"))
    assert checked(made(tmp_path / "tree", files=files), user, others=(other,)).report == Report()


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("pyproject.toml", "[tool.mypy\nstrict = true\n", "Expected ']'"),
        ("mypy.ini", "strict = True\n", "no section headers"),
        ("pyproject.toml", "[tool.mypy]\nexclude = ['(']\n", "exclude is no regular expression"),
        ("pyproject.toml", "[tool.mypy]\nfiles = ['src']\npackages = ['lamps']\n", "May only specify one of"),
    ],
)
def test_a_configuration_that_mypy_cannot_follow_is_never_green(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    root = made(tmp_path / "tree", "clean", {f"{FOLDER}/{name}": text})
    assert words in checked(root, config=f"{FOLDER}/{name}").report.problem


def test_an_option_that_mypy_leaves_out_is_a_finding(tmp_path: Path) -> None:
    root = made(
        tmp_path / "tree", "clean", {f"{FOLDER}/pyproject.toml": "[tool.mypy]\nfiles = ['src']\nstrickt = true\n"}
    )
    (finding,) = checked(root, config=f"{FOLDER}/pyproject.toml").report.findings
    assert (finding.location.path, finding.rule) == (f"{FOLDER}/pyproject.toml", "configuration")
    assert "Unrecognized option: strickt" in finding.message


def test_a_plugin_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    root = made(tmp_path / "tree", "clean", {f"{FOLDER}/pyproject.toml": "[tool.mypy]\nplugins = ['gone']\n"})
    assert places(checked(root, config=f"{FOLDER}/pyproject.toml").report) == {(f"{FOLDER}/pyproject.toml", 1, "misc")}


def test_a_plugin_that_crashes_is_a_problem(tmp_path: Path) -> None:
    plugin = (
        "from mypy.plugin import Plugin\n\n\nclass Boom(Plugin):\n    def get_function_hook(self, _):\n        1 / 0\n\n\n"
        "def plugin(_):\n    return Boom\n"
    )
    config = "[tool.mypy]\nfiles = ['src']\nplugins = ['boom.py']\n"
    root = made(tmp_path / "tree", "clean", {f"{FOLDER}/pyproject.toml": config, f"{FOLDER}/boom.py": plugin})
    running.write(root, {f"{FOLDER}/src/lamps/more.py": "print(len([]))\n"})
    assert "crashed: " in checked(root, config=f"{FOLDER}/pyproject.toml").report.problem


def bare(folder: Path, **modules: str) -> str:
    """Make a Python environment without mypy that holds typed third parties; return its interpreter."""
    subprocess.run((sys.executable, "-m", "uv", "venv", "--quiet", "--no-project", str(folder)), check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name, text in modules.items():
        running.write(site, {f"{name}/__init__.py": text, f"{name}/py.typed": ""})
    return str(folder / "bin" / "python")


def test_where_the_environment_has_no_mypy_locksteps_own_looks_into_it(tmp_path: Path, tool: Tool) -> None:
    python = bare(tmp_path / "env", lanterns="LIGHT: int = 1\n")
    files = {f"{FOLDER}/src/shop.py": "import lanterns\n\nlight: str = lanterns.LIGHT\n"}
    root = made(tmp_path / "tree", files=files)
    done = run(MYPY, root, LIBRARY, tmp_path / "scratch", tool=tool, python=python)
    assert done.places == {(f"{FOLDER}/src/shop.py", 3, "assignment")}


def test_a_mypy_that_is_too_old_is_named(tmp_path: Path, tool: Tool) -> None:
    python = bare(tmp_path / "env")
    (site,) = (tmp_path / "env").glob("lib/python*/site-packages")
    metadata = "Metadata-Version: 2.1\nName: mypy\nVersion: 1.4.1\n"
    running.write(tmp_path, {"env/bin/mypy": "", str(site / "mypy-1.4.1.dist-info" / "METADATA"): metadata})
    done = run(MYPY, made(tmp_path / "tree", "clean"), LIBRARY, tmp_path / "scratch", tool=tool, python=python)
    assert "has mypy 1.4.1; 1.11 or newer is needed" in done.report.problem


def through_the_engine(root: Path, *, staged: bool = False, fresh: bool = False) -> RunRecord:
    return running.run(root, GATE, host=host.system(), staged=staged, fresh=fresh)


def test_the_incremental_cache_is_right_when_files_move_and_in_a_snapshot(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n',
        "src/shop/__init__.py": "",
        "src/shop/lamp.py": "def price() -> int:\n    return 1\n",
        "src/shop/till.py": "from shop.lamp import price\n\ntotal: int = price()\n",
    }
    root = running.repository(tmp_path / "shop", files)
    assert running.verdicts(through_the_engine(root)) == {"types": "passed"}
    running.git(root, "mv", "src/shop/lamp.py", "src/shop/lantern.py")
    assert running.places(through_the_engine(root)) == ["src/shop/till.py:1:1"]
    running.write(root, {"src/shop/till.py": "from shop.lantern import price\n\ntotal: str = price()\n"})
    assert running.places(through_the_engine(root)) == ["src/shop/till.py:3:14"]
    assert running.places(through_the_engine(root, staged=True)) == ["src/shop/till.py:1:1"]
    assert running.places(through_the_engine(root, fresh=True)) == ["src/shop/till.py:3:14"]


@pytest.fixture(scope="module")
def node_modules(tmp_path_factory: pytest.TempPathFactory, tool: Tool) -> Path:
    """Return the installed packages of the web cases, whose locks are the same."""
    folder = tmp_path_factory.mktemp("web")
    copied("types/web-clean", folder)
    subprocess.run((*tool("npm"), "ci", "--silent", "--no-audit", "--no-fund"), cwd=folder, check=True)
    return folder / "node_modules"


WEB = Component("web", "web", Kind.NODE_PACKAGE)


def web(root: Path, case: str, modules: Path | None, tool: Tool, *, without: str = "") -> Done:
    """Check a case with `modules` installed and one of its files removed; nothing may be left in the tree."""
    root.mkdir()
    copied(f"types/{case}", root, "web")
    if without:
        (root / "web" / without).unlink()
    before = set(root.rglob("*"))
    if modules is not None:
        (root / "web/node_modules").symlink_to(modules)
    tools = {"lockstep": (sys.executable,), "npm": tool("npm")}
    path = {"PATH": f"{Path(tools['npm'][0]).parent}:/usr/bin:/bin"}
    done = run(TSC, root, WEB, root.parent / "scratch", tool=lambda name: tools[name], more=path)
    assert set(root.rglob("*")) - {root / "web/node_modules"} == before
    return done


def test_typescript_without_an_error_is_clean(tmp_path: Path, node_modules: Path, tool: Tool) -> None:
    assert web(tmp_path / "tree", "web-clean", node_modules, tool).report == Report()


def test_projects_that_a_solution_refers_to_are_checked(tmp_path: Path, node_modules: Path, tool: Tool) -> None:
    done = web(tmp_path / "tree", "web-dirty", node_modules, tool)
    assert done.places == {("web/app/src/lamp.ts", 1, "TS2322"), ("web/app/src/lamp.ts", 3, "TS2322")}
    assert "Types of property 'colour' are incompatible" in done.report.findings[1].message


def test_a_project_that_typescript_cannot_read_is_a_problem(tmp_path: Path, node_modules: Path, tool: Tool) -> None:
    done = web(tmp_path / "tree", "web-clean", node_modules, tool, without="src/lamp.ts")
    assert "No inputs were found" in done.report.problem


def test_what_is_not_installed_is_unavailable(tmp_path: Path, tool: Tool) -> None:
    done = web(tmp_path / "tree", "web-dirty", None, tool)
    assert done.report.lacking == "what web/package-lock.json names is not installed (npm ci)"


def test_other_packages_than_those_of_the_lock_vouch_for_nothing(
    tmp_path: Path, node_modules: Path, tool: Tool
) -> None:
    modules = shutil.copytree(node_modules, tmp_path / "modules")
    kept = modules / ".package-lock.json"
    kept.write_text(kept.read_text(encoding="utf-8").replace('"5.9.3"', '"5.9.2"'), encoding="utf-8")
    done = web(tmp_path / "tree", "web-clean", modules, tool)
    assert done.report.lacking == "web/node_modules holds another typescript than web/package-lock.json names (npm ci)"
