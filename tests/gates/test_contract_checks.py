import msgspec
import pytest

from lockstep.gates.contract_checks import GATE
from lockstep.model.component import Component, FileEntry, Kind
from lockstep.model.digests import of_bytes
from lockstep.model.gate import Check, Settings
from tests.gates.invoking import LIBRARY, invocation, output, selects

SPECTRAL, APIS, EVENTS, PACTS = GATE.checks
API = Component("schemas/openapi", "schemas/openapi", Kind.OPENAPI)
EVENT = Component("schemas/events/made", "schemas/events/made", Kind.EVENT_SCHEMA)
OTHER = Component("schemas/events/lost", "schemas/events/lost", Kind.EVENT_SCHEMA)


@pytest.mark.parametrize(
    ("check", "component", "path", "selected"),
    [
        (SPECTRAL, API, "schemas/openapi/shop.yaml", True),
        (APIS, API, "schemas/openapi/shop.json", True),
        (APIS, API, "schemas/openapi/.spectral.yaml", False),
        (APIS, API, "schemas/openapi/README.md", False),
        (APIS, LIBRARY, "libs/lamps/shop.yaml", False),
        (EVENTS, EVENT, "schemas/events/made/1.json", True),
        (EVENTS, EVENT, "schemas/events/made/1.avsc", True),
        (EVENTS, EVENT, "schemas/events/made/1.proto", True),
        (EVENTS, API, "schemas/openapi/shop.yaml", False),
        (PACTS, LIBRARY, "libs/lamps/tests/pacts/lamps-shop.json", True),
        (PACTS, LIBRARY, "libs/lamps/tests/lamps-shop.json", False),
        (PACTS, API, "schemas/openapi/pacts/web-shop.json", True),
        (APIS, API, "schemas/openapi/pacts/web-shop.json", False),
    ],
)
def test_contracts_and_schemas_are_selected(check: Check, component: Component, path: str, selected: bool) -> None:  # noqa: FBT001 - a table
    assert selects(check, component, path) is selected


def test_spectral_is_started_behind_the_door_with_lockstep_s_rules() -> None:
    argv = SPECTRAL.argv(invocation("schemas/openapi/shop.yaml", component=API, tools=("spectral", "lockstep")))
    door = argv.index("/store/spectral")
    assert argv[:door] == (
        *("/store/lockstep", "-P", "-m", "lockstep.contracts.lint"),
        *("/scratch/refused.json", "/scratch/spectral.json"),
    )
    assert argv[argv.index("--ruleset") + 1] == "/data/rules/spectral/contracts.yaml"
    assert argv[-2:] == ("--", "schemas/openapi/shop.yaml")


def test_contracts_are_compared_with_the_base() -> None:
    given = msgspec.structs.replace(
        invocation("schemas/openapi/shop.yaml", component=API, tools=("lockstep",)), places={"base": "/trees/1"}
    )
    assert APIS.argv(given) == (
        *("/store/lockstep", "-P", "-m", "lockstep.contracts.check", "--kind=apis"),
        *("--base=/trees/1", "--top=schemas", "--folder=schemas/openapi", "--component=schemas/openapi"),
        *("--", "schemas/openapi/shop.yaml"),
    )


def test_the_mode_and_the_folders_beside_are_part_of_the_command() -> None:
    settings = Settings(modes=(("schemas/events/made", "FULL"),))
    argv = EVENTS.argv(
        invocation("x.json", component=EVENT, others=(OTHER, API), settings=settings, tools=("lockstep",))
    )
    assert "--mode=FULL" in argv
    assert [word for word in argv if word.startswith("--component")] == [
        "--component=schemas/events/lost",
        "--component=schemas/events/made",
    ]
    assert "--mode=BACKWARD" in EVENTS.argv(
        invocation("x.json", component=OTHER, settings=settings, tools=("lockstep",))
    )


def test_pacts_are_verified_in_copies_against_all_contracts_that_a_component_rests_on() -> None:
    settings = Settings(providers=(("Shop = API", "services/shop/api.yaml"),))
    given = invocation("libs/lamps/pacts/x.json", others=(API, EVENT), settings=settings, tools=("lockstep",))
    assert PACTS.argv(given) == (
        *("/store/lockstep", "-P", "-m", "lockstep.contracts.pacts", "--tree=/scratch/tree", "--own="),
        *("--folder=schemas/openapi", "--provider=Shop = API\tservices/shop/api.yaml", "--", "libs/lamps/pacts/x.json"),
    )
    assert "--own=schemas/openapi" in PACTS.argv(invocation("x.json", component=API, tools=("lockstep",)))


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("schemas/openapi/shop.yaml", True),
        ("schemas/openapi/pacts/a.json", False),
        ("schemas/openapi/README.md", False),
    ],
)
def test_contracts_are_inputs_of_pacts(path: str, read: bool) -> None:  # noqa: FBT001 - a table
    assert PACTS.reads is not None
    assert PACTS.reads(API, FileEntry(path, "100644", of_bytes(b""), 1)) is read


def test_a_report_that_was_not_written_is_a_problem() -> None:
    assert SPECTRAL.parse(output(1), invocation(component=API)).problem == "spectral wrote no report"
    assert APIS.parse(output(0), invocation(component=API)).problem == "lockstep wrote no report"
    assert PACTS.parse(output(0), invocation(component=API)).problem == "lockstep wrote no report"


def test_breaking_changes_can_be_approved_and_nothing_else() -> None:
    assert set(GATE.approvable) == {check.id for check in GATE.checks} - {SPECTRAL.id, PACTS.id}
    assert GATE.lenient == (PACTS.id,)
