"""contract-checks through a whole run, with the real Spectral, on a repository whose contracts have changed."""

from pathlib import Path

import msgspec
import pytest

from lockstep.gates.contract_checks import GATE
from lockstep.host import Host, system
from lockstep.model.record import RunRecord
from tests.e2e.gating import copied
from tests.engine.running import machine, repository, run, verdicts, write

pytestmark = pytest.mark.e2e

PACTS = "services/window/pacts"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    """Return a host that shares this machine's store and reaches its registries."""
    here = system()
    return msgspec.structs.replace(machine(here.store), environ={**here.environ, "CI": ""})


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    copied("contract-checks/clean", root)
    return repository(root, {})


def cached(record: RunRecord, action: str) -> bool:
    return next(each.cached for each in record.actions if each.id == action)


def places(record: RunRecord) -> set[tuple[str, str, int, str]]:
    return {
        (each.check, each.location.path, each.location.line, each.rule)
        for gate in record.gates
        for each in gate.findings
    }


def test_what_is_well_made_and_unchanged_passes(shop: Path, host: Host) -> None:
    record = run(shop, GATE, host=host)
    assert (verdicts(record), places(record)) == ({"contract-checks": "passed"}, set())


def test_what_is_badly_made_or_breaks_is_found_in_its_place(shop: Path, host: Host) -> None:
    copied("contract-checks/dirty", shop)
    record = run(shop, GATE, host=host)
    assert verdicts(record) == {"contract-checks": "failed"}
    assert record.gates[0].reason.startswith("needs approval: ")
    lamps, folder = "schemas/openapi/lamps.yaml", "schemas/openapi"
    assert places(record) == {
        ("spectral", lamps, 4, "lockstep-versions-are-semantic"),
        ("spectral", lamps, 34, "oas3-valid-media-example"),
        ("spectral", lamps, 38, "lockstep-operations-have-a-summary"),
        ("spectral", lamps, 53, "oas3-valid-media-example"),
        ("spectral", f"{folder}/sales.yaml", 9, "lockstep-schemes-use-tls"),
        ("api-compatibility", lamps, 67, "property-became-required"),
        ("api-compatibility", lamps, 70, "enum-value-refused"),
        ("api-compatibility", f"{folder}/parts.yaml", 3, "property-became-required"),
        ("api-compatibility", f"{folder}/messages.yaml", 20, "property-became-required"),
        ("event-compatibility", "schemas/events/lamp-sold/1.json", 5, "required-property-added"),
        ("pacts", f"{PACTS}/window-bulbs.json", 3, "provider-unknown"),
        ("pacts", f"{PACTS}/window-lamps.json", 6, "response-undeclared"),
        ("pacts", f"{PACTS}/window-lamps.json", 16, "operation-unknown"),
    }


def test_a_pact_is_verified_anew_when_its_contract_or_what_that_refers_to_changes(shop: Path, host: Host) -> None:
    gate = msgspec.structs.replace(GATE, checks=tuple(each for each in GATE.checks if each.id == "pacts"))
    pacts = "contract-checks:pacts:services/window"
    adding = """\
{
  "consumer": {"name": "window"}, "provider": {"name": "lamps"}, "interactions": [{
    "description": "a request to add a lamp",
    "request": {"method": "POST", "path": "/v1/lamps", "body": {"name": "desk"},
                "headers": {"Content-Type": "application/json", "X-Key": "of the window"}},
    "response": {"status": 201}
  }]
}
"""
    write(shop, {f"{PACTS}/window-adds.json": adding})
    assert verdicts(run(shop, gate, host=host)) == {"contract-checks": "passed"}
    assert cached(run(shop, gate, host=host), pacts)
    parts = shop / "schemas/openapi/parts.yaml"
    parts.write_text(parts.read_text("utf-8").replace("required: [name]", "required: [name, watts]"), "utf-8")
    record = run(shop, gate, host=host)
    assert not cached(record, pacts)
    assert ("pacts", f"{PACTS}/window-adds.json", 3, "body-refused") in places(record)


def test_a_change_that_only_may_break_somebody_is_named_and_passes(shop: Path, host: Host) -> None:
    lamps = shop / "schemas/openapi/lamps.yaml"
    text = lamps.read_text(encoding="utf-8")
    lamps.write_text(text.replace("operationId: getLamp", "operationId: findLamp"), encoding="utf-8")
    record = run(shop, GATE, host=host)
    assert (verdicts(record), record.gates[0].reason) == (
        {"contract-checks": "passed"},
        "1 finding that does not block",
    )
    assert places(record) == {("api-compatibility", "schemas/openapi/lamps.yaml", 38, "operation-id-changed")}


def test_a_contract_that_is_made_to_exhaust_its_reader_fails_at_once(shop: Path, host: Host) -> None:
    rows = ["openapi: 3.1.0", "a: &a [x, x, x, x, x, x, x, x, x]"]
    rows += [f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]" for n in range(9)]
    write(shop, {"schemas/openapi/bomb.yaml": "\n".join(rows)})
    record = run(shop, GATE, host=host)
    assert verdicts(record) == {"contract-checks": "failed"}
    assert places(record) == {("spectral", "schemas/openapi/bomb.yaml", 7, "unreadable")}
