import json

import pytest
from msgspec.structs import replace

from lockstep.gates.sbom_provenance import GATE
from lockstep.model.component import Component, Kind
from lockstep.model.finding import Location
from lockstep.model.gate import Invocation, LicencePolicy, Settings
from tests.gates.invoking import LIBRARY, WHOLE, invocation, output, selects

(SOURCES,) = GATE.checks
POLICY = LicencePolicy(packages=(("bulb", "MIT"),))
MANIFEST = "libs/lamps/pyproject.toml"


def given(component: Component = LIBRARY) -> Invocation:
    settings = Settings(licenses=POLICY)
    made = invocation(MANIFEST, component=component, settings=settings, tools=("lockstep", "syft"))
    return replace(made, places={"epoch": "1700000000"})


def test_it_rests_on_what_is_built() -> None:
    assert GATE.requires == ("build",)


@pytest.mark.parametrize(
    ("path", "selected"),
    [(MANIFEST, True), ("libs/lamps/requirements.txt", True), ("libs/lamps/src/lamps/a.py", False)],
)
def test_manifests_and_locks_are_inputs(path: str, selected: bool) -> None:  # noqa: FBT001 - a table
    assert selects(SOURCES, LIBRARY, path) is selected


def test_every_python_component_brings_something_in() -> None:
    assert SOURCES.applies(LIBRARY)
    assert not SOURCES.applies(WHOLE)


def test_the_policy_about_licences_is_part_of_the_command() -> None:
    argv = SOURCES.argv(given())
    (policy,) = (word for word in argv if word.startswith("--policy="))
    assert json.loads(policy.removeprefix("--policy=")) == {
        "allow": [],
        "development": [],
        "packages": [["bulb", "MIT"]],
    }
    assert {"--component=libs/lamps", "--name=sources-libs-lamps", "--epoch=1700000000"} < set(argv)


def test_the_repositorys_own_document_has_a_name() -> None:
    own = Component(".", ".", Kind.PYTHON_LIBRARY, python=True, source_roots=("src",))
    assert "--name=sources" in SOURCES.argv(given(own))


def test_a_gap_stands_where_the_lock_names_the_package() -> None:
    gap = {"rule": "no-licence", "what": "glass", "message": "nobody knows", "path": "uv.lock", "line": 7}
    report = SOURCES.parse(output(files={"built.json": json.dumps({"broken": [gap]}).encode()}), given())
    assert [(each.tool, each.location) for each in report.findings] == [("syft", Location("uv.lock", 7))]


def test_an_environment_that_cannot_be_looked_into_is_no_clean_one() -> None:
    assert SOURCES.parse(output(2), given()).problem
