"""Every planted defect makes exactly its gate fail, with the right file and line; without one everything is green."""

import pytest

from tests.e2e.defects import DEFECTS
from tests.e2e.monorepo import Monorepo
from tests.e2e.planting import Defect, lines, plant

pytestmark = pytest.mark.e2e


def test_the_rendered_monorepo_is_green_and_a_second_run_is_all_cached(green: Monorepo) -> None:
    outcome = green.nox("-s", "gates")
    assert outcome.exit_code == 0, outcome.printed
    assert outcome.failing() == set()
    assert all(action["cached"] for action in outcome.record["actions"])


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.id)
def test_a_defect_fails_exactly_its_gate_at_its_place(monorepo: Monorepo, defect: Defect) -> None:
    plant(defect, monorepo.root)
    right = lines(defect, monorepo.root)
    outcome = monorepo.nox("-s", "gates")
    assert outcome.failing() == {defect.gate}, outcome.printed
    assert outcome.verdicts[defect.gate] == "failed"
    assert outcome.exit_code == 1
    found = [
        finding["location"].get("line", 0)
        for finding in outcome.findings(defect.gate)
        if finding["location"]["path"].startswith(defect.path) and defect.rule.lower() in finding["rule"].lower()
    ]
    assert found, outcome.printed
    assert not right or right & set(found), (right, found)
