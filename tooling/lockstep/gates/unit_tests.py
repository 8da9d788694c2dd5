"""unit-tests: every component's tests, on every Python version of the matrix, measured for coverage."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from posixpath import basename, relpath

from lockstep.model.component import ROOT, Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import MINUTE, Check, Gate, Invocation, Judge, Output, Stage
from lockstep.parsers import pytest_run

_TESTS = ("test_*.py", "*_test.py")
_SUPPORT = frozenset({"tests", "test"})
_DRIVERS = frozenset({"setup.py", "noxfile.py", "tasks.py", "conftest.py"})


def _is_test(path: str) -> bool:
    return any(fnmatchcase(basename(path), pattern) for pattern in _TESTS)


def _selected(component: Component, entry: FileEntry) -> bool:
    """Tests and sources: sources without a test must count as uncovered."""
    path = component.relative(entry.path)
    if not path.endswith(".py"):
        return False
    return _is_test(path) or (_is_source(component, entry.path) and _SUPPORT.isdisjoint(path.split("/")))


def _is_source(component: Component, path: str) -> bool:
    inside = any(root == ROOT or path.startswith(f"{root}/") for root in component.source_roots)
    return inside and component.relative(path) not in _DRIVERS


def _argv(invocation: Invocation) -> tuple[str, ...]:
    own = invocation.component.path
    sources = (f"--source={relpath(root, own)}" for root in invocation.component.source_roots)
    prefix = "" if own == ROOT else f"{own}/"
    inside = sorted(
        each.path
        for each in invocation.components.values()
        if each.path not in {own, ROOT} and each.path.startswith(prefix)
    )
    ignored = (f"--ignore={relpath(path, own)}" for path in inside)
    driver = f"{invocation.data}/plugin/lockstep_tests.py"
    return (invocation.python, driver, f"--scratch={invocation.scratch}", *sources, *ignored)


def _env(invocation: Invocation) -> Mapping[str, str]:
    """The sources of the component and of what it depends on; what tests remember goes where it can be thrown away.

    Where a component asks for `-n auto`, pytest-xdist starts as many workers as the action was given processors.
    """
    return {
        "PYTHONPATH": ":".join(invocation.import_paths),
        "HYPOTHESIS_STORAGE_DIRECTORY": f"{invocation.scratch}/hypothesis",
        "PYTEST_XDIST_AUTO_NUM_WORKERS": str(invocation.cpus),
    }


def _parse(output: Output, invocation: Invocation) -> Report:
    return pytest_run.read(output, invocation, filter(_is_test, invocation.files))


GATE = Gate(
    id="unit-tests",
    stage=Stage.TEST,
    title="Unit tests",
    remedy="make the failing tests pass; a test that fails now and then goes into quarantine with "
    '`@pytest.mark.flaky(ticket="...", since="YYYY-MM-DD")` for 14 days at most',
    timeout=10 * MINUTE,
    judge=Judge.TESTS,
    checks=(
        Check(
            id="pytest",
            title="every test of the component passes",
            remedy="run the test alone: `python -m pytest PATH::NAME` in the component's folder",
            tools=(),
            select=_selected,
            argv=_argv,
            env=_env,
            parse=_parse,
            exits=(0, 1, 2, 3, 4, 5, pytest_run.LACKING),
            reports=(pytest_run.JUNIT, pytest_run.COLLECTION, pytest_run.COVERAGE),
            context=("pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", "conftest.py"),
            python=True,
            closure=True,
            whole=True,
            in_component=True,
            per_version=True,
        ),
    ),
)
