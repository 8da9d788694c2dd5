import json

import pytest
from msgspec.structs import replace

from lockstep.gates.sbom_provenance import GATE
from lockstep.model.component import Component, Kind
from lockstep.model.finding import Level, Location
from lockstep.model.gate import Check, Invocation, LicencePolicy, Settings
from tests.gates.invoking import LIBRARY, WHOLE, invocation, output, selects

SOURCES, LOCK_FILES = GATE.checks
POLICY = LicencePolicy(packages=(("bulb", "MIT"),))
MANIFEST = "libs/lamps/pyproject.toml"


def given(component: Component = LIBRARY) -> Invocation:
    settings = Settings(licenses=POLICY)
    made = invocation(MANIFEST, component=component, settings=settings, tools=("lockstep", "syft"))
    return replace(made, places={"epoch": "1700000000", "environments": "{}"})


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


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        *((f"a/{name}", True) for name in ("uv.lock", "go.mod", "go.sum", "Cargo.toml", "package.json", "yarn.lock")),
        *((f"a/{name}", True) for name in ("Gemfile.lock", "bun.lock", ".terraform.lock.hcl", "requirements/dev.txt")),
        ("a/pyproject.toml", False),
        ("a/notes.txt", False),
    ],
)
def test_lock_files_and_what_asks_for_packages_beside_them_are_inputs(path: str, selected: bool) -> None:  # noqa: FBT001 - a table
    assert selects(LOCK_FILES, WHOLE, path) is selected


def test_lock_files_are_read_from_copies_with_the_licences_of_every_environment() -> None:
    argv = set(LOCK_FILES.argv(given(WHOLE)))
    assert {"--tree=/scratch/tree", f"--file={MANIFEST}", "--environments={}", "--name=repository"} < argv
    assert "--cyclonedx" not in argv


@pytest.mark.parametrize("check", GATE.checks, ids=lambda check: check.id)
def test_cyclonedx_is_made_where_it_is_asked_for(check: Check) -> None:
    asked = replace(given(), settings=Settings(cyclonedx=True))
    assert "--cyclonedx" in check.argv(asked)


def test_a_licence_that_no_document_can_say_is_a_remark_for_the_gate_licenses_judges_it() -> None:
    remark = {"rule": "no-licence", "what": "glass", "message": "nobody knows", "level": "note"}
    report = SOURCES.parse(output(files={"built.json": json.dumps({"broken": [remark]}).encode()}), given())
    assert [each.level for each in report.findings] == [Level.NOTE]
    assert set(GATE.lenient) == {check.id for check in GATE.checks}
