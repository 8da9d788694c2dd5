import pytest
from msgspec.structs import replace

from lockstep.gates.types import GATE
from lockstep.model.component import Component, Kind
from lockstep.model.gate import Invocation
from tests.gates.invoking import LIBRARY, WHOLE, invocation, output, selects

MYPY, TSC = GATE.checks
SERVICE = Component("services/shop", "services/shop", Kind.SERVICE, python=True, source_roots=("services/shop/src",))
WRONG = (
    b'{"file": "%s", "line": 2, "column": 0, "message": "bad", "hint": null, "code": "arg-type", "severity": "error"}\n'
)


def mypy(*files: str, component: Component = LIBRARY, others: tuple[Component, ...] = ()) -> Invocation:
    return invocation(*files, component=component, others=others, tools=("mypy",))


@pytest.mark.parametrize(
    ("path", "selected"),
    [("libs/lamps/src/lamps/price.py", True), ("libs/lamps/src/lamps/price.pyi", True), ("libs/lamps/a.md", False)],
)
def test_sources_and_stubs_are_selected(path: str, selected: bool) -> None:  # noqa: FBT001 - a table
    assert selects(MYPY, LIBRARY, path) is selected


def test_the_components_interpreter_starts_mypy_with_its_configuration_and_import_paths() -> None:
    configured = replace(LIBRARY, configured=(("mypy", "mypy.ini"),))
    given = mypy("libs/lamps/src/lamps/price.py", component=configured)
    assert MYPY.argv(given) == (
        "/env/bin/python",
        "/data/plugin/lockstep_mypy.py",
        "--component=libs/lamps",
        "--config=mypy.ini",
        "--cache=/cache",
        "--fallback=/store/mypy",
        "--",
        "libs/lamps/src/lamps/price.py",
    )
    assert MYPY.env(given) == {"MYPYPATH": "/tree/libs/lamps/src"}


def test_a_stub_stands_for_its_source_and_drivers_are_left_out() -> None:
    files = ("libs/lamps/noxfile.py", "libs/lamps/src/lamps/price.py", "libs/lamps/src/lamps/price.pyi")
    assert MYPY.argv(mypy(*files))[-2:] == ("--", "libs/lamps/src/lamps/price.pyi")


def test_where_there_are_only_drivers_they_are_checked() -> None:
    assert MYPY.argv(mypy("libs/lamps/setup.py"))[-1] == "libs/lamps/setup.py"


def test_more_files_than_a_command_line_takes_are_handed_over_as_folders() -> None:
    files = tuple(f"libs/lamps/src/lamps/{'long' * 50}_{number}.py" for number in range(2000))
    assert MYPY.argv(mypy(*files))[-2:] == ("--", "libs/lamps/src")


def test_errors_in_other_components_are_theirs() -> None:
    stdout = WRONG % b"src/shop/till.py" + WRONG % b"../../libs/lamps/src/lamps/price.py"
    given = mypy(component=SERVICE, others=(LIBRARY, WHOLE))
    report = MYPY.parse(output(1, stdout=stdout), given)
    assert [str(each.location) for each in report.findings] == ["services/shop/src/shop/till.py:2:1"]
    only = MYPY.parse(output(1, stdout=WRONG % b"../../libs/lamps/src/lamps/price.py"), given)
    assert (only.findings, only.problem) == ((), "")


def test_a_mistake_in_a_shared_configuration_is_everybodys() -> None:
    configured = replace(SERVICE, configured=(("mypy", "mypy.ini"),))
    stderr = b"/tree/mypy.ini: [mypy]: Unrecognized option: strickt = True\n"
    report = MYPY.parse(output(0, stderr=stderr), mypy(component=configured, others=(WHOLE,)))
    assert [each.location.path for each in report.findings] == ["mypy.ini"]


def test_what_stops_mypy_is_reported_wherever_it_is() -> None:
    stdout = WRONG % b"../../libs/lamps/src/lamps/price.py"
    report = MYPY.parse(output(2, stdout=stdout), mypy(component=SERVICE, others=(LIBRARY, WHOLE)))
    assert [each.location.path for each in report.findings] == ["libs/lamps/src/lamps/price.py"]


def test_paths_start_where_the_configuration_lies() -> None:
    configured = replace(SERVICE, configured=(("mypy", "mypy.ini"),))
    report = MYPY.parse(output(1, stdout=WRONG % b"services/shop/a.py"), mypy(component=configured, others=(WHOLE,)))
    assert [each.location.path for each in report.findings] == ["services/shop/a.py"]


def test_projects_of_typescript_are_selected_wherever_they_lie() -> None:
    assert selects(TSC, SERVICE, "services/shop/web/tsconfig.json")
    assert not selects(TSC, SERVICE, "services/shop/web/app.ts")


def test_every_project_is_handed_to_the_driver() -> None:
    given = invocation("services/shop/web/tsconfig.json", component=SERVICE, tools=("lockstep", "npm"))
    assert TSC.argv(given) == (
        "/store/lockstep",
        "/data/plugin/lockstep_tsc.py",
        "--scratch=/scratch",
        "--",
        "services/shop/web/tsconfig.json",
    )


def test_without_installed_packages_typescript_is_unavailable() -> None:
    report = TSC.parse(output(86, stderr=b"what a/package-lock.json names is not installed (npm ci)\n"), invocation())
    assert report.lacking == "what a/package-lock.json names is not installed (npm ci)"
    assert (report.findings, report.problem) == ((), "")
