"""unit-tests through the real pytest and coverage."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from lockstep.gates.unit_tests import GATE
from lockstep.model.finding import FileCoverage, Flaky, TestCase
from tests.e2e.gating import Done, copied, python_component, run

pytestmark = pytest.mark.e2e

CHECK = GATE.checks[0]


def ran(
    case: str,
    tmp_path: Path,
    folder: str = "libs/lamps",
    edits: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
) -> Done:
    """Run a case that lies in `folder`, after `edits` (path in the folder -> text), with `more` in the environment."""
    root = tmp_path / "repository"
    root.mkdir()
    copied(f"unit-tests/{case}", root, folder)
    for path, text in (edits or {}).items():
        (root / folder / path).parent.mkdir(parents=True, exist_ok=True)
        (root / folder / path).write_text(text, encoding="utf-8")
    return run(CHECK, root, python_component(folder), tmp_path / "scratch", more=more)


def by_name(done: Done) -> dict[str, TestCase]:
    assert done.report.problem == "", done.output
    return {test.name: test for test in done.report.tests}


def by_path(done: Done) -> dict[str, FileCoverage]:
    assert done.report.problem == "", done.output
    return {file.path: file for file in done.report.coverage}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return ran("clean", tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return ran("dirty", tmp_path_factory.mktemp("dirty"))


def test_what_passes_passes_with_its_place(clean: Done) -> None:
    tests = by_name(clean)
    assert {name: test.outcome for name, test in tests.items()} == {
        "test_one": "passed",
        "test_discount[10]": "passed",
        "test_discount[20]": "passed",
        "test_in_quarantine": "passed",
        "test_skipped": "skipped",
    }
    assert tests["test_one"].path == "libs/lamps/tests/test_price.py"
    assert tests["test_one"].line == 10
    assert tests["test_discount[10]"].classname == "tests.test_price.TestMany"


def test_a_quarantine_mark_is_recorded(clean: Done) -> None:
    tests = by_name(clean)
    assert tests["test_in_quarantine"].flaky == Flaky("LAMP-7", "2026-11-20")
    assert tests["test_one"].flaky is None


def test_coverage_counts_subprocesses_and_what_nobody_imports(clean: Done) -> None:
    coverage = by_path(clean)
    assert set(coverage) == {"libs/lamps/src/lamps/__init__.py", "libs/lamps/src/lamps/never_imported.py"}
    assert coverage["libs/lamps/src/lamps/__init__.py"] == FileCoverage(
        "libs/lamps/src/lamps/__init__.py", 5, 5, 2, 2, covered=(4, 6, 7, 8, 9), branches=((7, 2, 2),)
    )
    assert coverage["libs/lamps/src/lamps/never_imported.py"].missing == (1, 2)


def test_nothing_is_left_in_the_tree(tmp_path: Path) -> None:
    ran("clean", tmp_path)
    found = {path.name for path in (tmp_path / "repository").rglob("*")}
    assert found.isdisjoint({"__pycache__", ".pytest_cache", ".coverage", ".hypothesis", "junit.xml"})


@pytest.mark.parametrize(
    ("name", "outcome", "path", "line", "message"),
    [
        ("test_assertion", "failed", "test_price.py", 9, "assert 5 == 6"),
        (
            "test_in_the_sources",
            "failed",
            "test_price.py",
            14,
            "ValueError: no current (at libs/lamps/src/lamps/broken.py:2)",
        ),
        ("test_fixture", "error", "test_price.py", 19, 'failed on setup with "RuntimeError: closed"'),
        ("test_syntax.py", "error", "test_syntax.py", 4, "SyntaxError: "),
        ("test_import.py", "error", "test_import.py", 3, "ImportError: cannot import name 'chandelier'"),
        ("test_module_level.py", "error", "test_module_level.py", 2, "RuntimeError: not here"),
    ],
)
def test_a_failure_has_its_place_and_reason(
    dirty: Done, name: str, outcome: str, path: str, line: int, message: str
) -> None:
    test = by_name(dirty)[name]
    assert (test.outcome, test.path, test.line) == (outcome, f"libs/lamps/tests/{path}", line)
    assert test.message.startswith(message)


def test_a_teardown_that_breaks_after_a_failure_hides_neither(dirty: Done) -> None:
    found = [test for test in dirty.report.tests if test.name == "test_teardown"]
    assert {(test.outcome, test.path) for test in found} == {
        ("failed", "libs/lamps/tests/test_price.py"),
        ("error", "libs/lamps/tests/test_price.py"),
    }


def test_a_mark_without_ticket_is_recorded_as_such(dirty: Done) -> None:
    assert by_name(dirty)["test_without_ticket"].flaky == Flaky()


def test_sources_without_tests_count_as_uncovered(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    (root / "src" / "shop").mkdir(parents=True)
    (root / "src" / "shop" / "till.py").write_text("def ring(loud):\n    if loud:\n        print()\n", encoding="utf-8")
    done = run(CHECK, root, python_component("."), tmp_path / "scratch")
    assert done.report.tests == ()
    assert done.report.coverage == (FileCoverage("src/shop/till.py", 3, 0, 2, 0, (1, 2, 3), branches=((2, 0, 2),)),)


def test_a_flat_component_counts_its_packages_and_not_its_tests_or_inner_components(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    for path in ("shop/till.py", "shop/__init__.py", "tests/test_till.py", "inner/test_inner.py", "noxfile.py"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("def test_it():\n    assert True\n", encoding="utf-8")
    component = python_component(".", source=".")
    others = (python_component("inner"),)
    done = run(CHECK, root, component, tmp_path / "scratch", others=others)
    assert {file.path for file in done.report.coverage} == {"shop/__init__.py", "shop/till.py"}
    assert [test.path for test in done.report.tests] == ["tests/test_till.py"]


def test_a_components_own_coverage_configuration_is_followed(tmp_path: Path) -> None:
    config = '[tool.coverage.run]\nsource = ["src"]\nomit = ["src/lamps/never_imported.py"]\nbranch = false\n'
    done = ran("clean", tmp_path, edits={"pyproject.toml": config})
    assert set(by_path(done)) == {"libs/lamps/src/lamps/__init__.py"}
    assert by_path(done)["libs/lamps/src/lamps/__init__.py"].branches_valid == 2


def test_workers_of_xdist_are_measured_and_heard(tmp_path: Path) -> None:
    config = '[tool.pytest.ini_options]\naddopts = ["-n2"]\n'
    done = ran("dirty", tmp_path, edits={"pyproject.toml": config})
    tests = by_name(done)
    assert tests["test_assertion"].line == 9
    assert tests["test_import.py"].line == 3
    assert by_path(done)["libs/lamps/src/lamps/broken.py"].lines_covered == 2


@pytest.mark.parametrize(("processors", "spread"), [("1", False), ("2", True)])
def test_more_than_one_processor_spreads_the_tests(tmp_path: Path, processors: str, *, spread: bool) -> None:
    text = "import os\n\ndef test_it():\n    assert 'PYTEST_XDIST_WORKER' in os.environ\n"
    more = {"PYTEST_XDIST_AUTO_NUM_WORKERS": processors}
    done = ran("clean", tmp_path, edits={"tests/test_spread.py": text}, more=more)
    assert (by_name(done)["test_it"].outcome == "passed") is spread


def test_test_files_without_a_test_fail(tmp_path: Path) -> None:
    done = ran("clean", tmp_path, edits={"tests/test_price.py": "import lamps\n"})
    assert [(test.outcome, test.message) for test in done.report.tests] == [
        ("error", "pytest collected no test from 1 test files")
    ]


@pytest.mark.parametrize(
    ("edits", "problem"),
    [
        ({"tests/conftest.py": "import nowhere\n"}, "could not load a conftest.py"),
        ({"tests/test_exit.py": "import pytest\n\ndef test_it():\n    pytest.exit('enough')\n"}, "was interrupted"),
        ({"tests/test_gone.py": "import os\n\ndef test_it():\n    os._exit(0)\n"}, "wrote no JUnit report"),
    ],
)
def test_a_run_that_did_not_end_well_is_never_green(tmp_path: Path, edits: Mapping[str, str], problem: str) -> None:
    assert problem in ran("clean", tmp_path, edits=edits).report.problem


def test_a_killed_run_ends_by_the_same_signal(tmp_path: Path) -> None:
    text = "import os, signal\n\ndef test_it():\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    done = ran("clean", tmp_path, edits={"tests/test_killed.py": text})
    assert done.output.exit_code == -9
    assert b"pytest was killed by SIGKILL" in done.output.stderr
    assert done.report.problem


def test_an_environment_without_pytest_says_what_is_missing(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    copied("unit-tests/clean", root)
    bare = tmp_path / "python"
    bare.write_text('#!/bin/sh\nexec /usr/bin/env python3 -S -I "$@"\n', encoding="utf-8")
    bare.chmod(0o755)
    done = run(CHECK, root, python_component("."), tmp_path / "scratch", python=str(bare))
    assert (
        done.report.problem
        == "the component's environment has no pytest and no coverage (uv add --dev pytest coverage)"
    )
