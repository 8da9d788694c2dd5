import msgspec
import pytest

from lockstep.gates.unit_tests import GATE
from lockstep.model.component import Component, Kind
from tests.gates.invoking import LIBRARY, invocation, output, selects

CHECK = GATE.checks[0]
FLAT = Component(".", ".", Kind.REPOSITORY, python=True, source_roots=(".",))


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("libs/lamps/src/lamps/price.py", True),
        ("libs/lamps/tests/test_price.py", True),
        ("libs/lamps/src/lamps/price_test.py", True),
        ("libs/lamps/tests/making.py", False),
        ("libs/lamps/docs/conf.py", False),
        ("libs/lamps/src/lamps/py.typed", False),
    ],
)
def test_tests_and_sources_are_selected(path: str, selected: bool) -> None:  # noqa: FBT001 - a table
    assert selects(CHECK, LIBRARY, path) is selected


@pytest.mark.parametrize(
    ("path", "selected"), [("shop/till.py", True), ("noxfile.py", False), ("tests/test_till.py", True)]
)
def test_what_drives_a_flat_component_is_no_source(path: str, selected: bool) -> None:  # noqa: FBT001 - a table
    assert selects(CHECK, FLAT, path) is selected


def test_the_components_interpreter_runs_the_driver_on_its_sources() -> None:
    assert CHECK.argv(invocation()) == (
        "/env/bin/python",
        "/data/plugin/lockstep_tests.py",
        "--scratch=/scratch",
        "--source=src",
    )
    assert CHECK.env(invocation())["PYTHONPATH"] == "/tree/libs/lamps/src"


def test_parallel_tests_stay_within_the_processors_that_were_given() -> None:
    assert CHECK.env(msgspec.structs.replace(invocation(), cpus=3))["PYTEST_XDIST_AUTO_NUM_WORKERS"] == "3"


def test_components_inside_the_component_are_left_alone() -> None:
    inner = Component("libs/lamps/web", "libs/lamps/web", Kind.NODE_PACKAGE)
    argv = CHECK.argv(invocation(others=(inner, FLAT)))
    assert [part for part in argv if part.startswith("--ignore")] == ["--ignore=web"]
    argv = CHECK.argv(invocation(component=FLAT, others=(inner, LIBRARY)))
    assert argv[3:] == ("--source=.", "--ignore=libs/lamps", "--ignore=libs/lamps/web")


def test_only_test_files_have_to_hold_tests() -> None:
    nothing = output(5, files={"junit.xml": b"<testsuites/>", "collection.json": b"[]", "coverage.json": COVERAGE})
    assert CHECK.parse(nothing, invocation("libs/lamps/src/lamps/price.py")).tests == ()
    found = CHECK.parse(nothing, invocation("libs/lamps/src/lamps/price.py", "libs/lamps/tests/test_price.py")).tests
    assert [(test.path, test.outcome) for test in found] == [("libs/lamps/tests/test_price.py", "error")]


COVERAGE = b'{"meta": {"branch_coverage": true}, "files": {}}'
