import json

import pytest

from lockstep.gates.licenses import GATE
from lockstep.model.component import Component, Kind
from lockstep.model.gate import Invocation, LicencePolicy, Settings
from tests.gates.invoking import LIBRARY, WHOLE, invocation, output, selects

PYTHON, NODE, OTHERS = GATE.checks
WEB = Component("web", "web", Kind.NODE_PACKAGE)
POLICY = LicencePolicy(allow=("MIT",), development=("ISC",), packages=(("bulb", "MIT"),))


def given(*files: str, component: Component = LIBRARY, policy: LicencePolicy = POLICY) -> Invocation:
    return invocation(*files, component=component, settings=Settings(licenses=policy), tools=("lockstep",))


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("libs/lamps/pyproject.toml", True),
        ("libs/lamps/uv.lock", True),
        ("libs/lamps/requirements-dev.txt", True),
        ("libs/lamps/src/lamps/price.py", False),
        ("libs/lamps/notes.txt", False),
    ],
)
def test_manifests_and_locks_are_inputs(path: str, selected: bool) -> None:  # noqa: FBT001 - a table
    assert selects(PYTHON, LIBRARY, path) is selected


def test_every_python_component_has_an_environment_to_look_into() -> None:
    assert PYTHON.applies(LIBRARY)
    assert not PYTHON.applies(WHOLE)


@pytest.mark.parametrize(
    ("name", "checks"),
    [
        ("package-lock.json", {"node"}),
        ("npm-shrinkwrap.json", {"node"}),
        ("pnpm-lock.yaml", {"node"}),
        ("yarn.lock", {"node"}),
        ("go.mod", {"others"}),
        ("Cargo.lock", {"others"}),
        ("pom.xml", {"others"}),
        ("package.json", set()),
    ],
)
def test_locks_of_other_ecosystems_are_found_wherever_they_lie(name: str, checks: set[str]) -> None:
    assert {check.id for check in (NODE, OTHERS) if selects(check, LIBRARY, f"libs/lamps/web/{name}")} == checks


def test_the_components_interpreter_looks_into_its_environment() -> None:
    python, script, report, policy, above = PYTHON.argv(given())
    assert (python, script) == ("/env/bin/python", "/data/plugin/lockstep_licenses.py")
    assert (report, above) == ("--report=/scratch/licenses.json", "--above=libs/lamps")
    said = json.loads(policy.removeprefix("--policy="))
    assert said == {"allow": ["MIT"], "development": ["ISC"], "packages": [["bulb", "MIT"]]}


@pytest.mark.parametrize(
    "other",
    [
        LicencePolicy(allow=("MIT", "ISC"), development=("ISC",), packages=(("bulb", "MIT"),)),
        LicencePolicy(allow=("MIT",), packages=(("bulb", "MIT"),)),
        LicencePolicy(allow=("MIT",), development=("ISC",), packages=(("bulb", "ISC"),)),
    ],
)
def test_another_policy_is_another_command(other: LicencePolicy) -> None:
    for check in GATE.checks:
        assert check.argv(given("web/yarn.lock")) != check.argv(given("web/yarn.lock", policy=other))


def test_lock_files_are_handed_over() -> None:
    argv = NODE.argv(given("web/package-lock.json", "web/yarn.lock", component=WEB))
    assert argv[0] == "/store/lockstep"
    assert argv[-2:] == ("--lock=web/package-lock.json", "--lock=web/yarn.lock")


@pytest.mark.parametrize("check", GATE.checks, ids=lambda check: check.id)
def test_without_a_report_nothing_is_believed(check: object) -> None:
    assert isinstance(check, type(PYTHON))
    assert check.parse(output(), given()).problem == "lockstep wrote no report"
