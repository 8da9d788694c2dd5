"""The generated workflow runs for real under act: its verdicts and its SARIF are those of a local run."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lockstep import gates
from tests.e2e.acting import Acted, act
from tests.e2e.defects import DEFECTS
from tests.e2e.hooked import prepare
from tests.e2e.monorepo import Monorepo, Outcome
from tests.e2e.planting import Commit, perform, plant

pytestmark = pytest.mark.e2e

_PLANTED = ("tests-assertion", "lint-unused-import", "types-wrong-argument")
_GREEN = {"passed", "not-applicable"}
# What two runs of the same thing may differ in.
_OF_A_RUN = {"startTimeUtc", "endTimeUtc", "cached"}


class Compared(msgspec.Struct, frozen=True):
    """The same commit judged by the workflow and by `nox -s gates`."""

    workflow: Acted
    local: Outcome
    root: Path


def compared(monorepo: Monorepo, program: str, scratch: Path) -> Compared:
    """Run the workflow of what is committed in `monorepo`, from nothing, and its gates here, with what is known here."""
    acted = pushed(monorepo, program, scratch)
    return Compared(acted, monorepo.nox("-s", "gates"), monorepo.root)


def pushed(monorepo: Monorepo, program: str, scratch: Path, *, restored: bool = False) -> Acted:
    """Run the workflow of what is committed in `monorepo`; `restored`: with the cache of earlier runs."""
    prepared = _prepared(monorepo, scratch / "prepared")
    if restored:
        shutil.copytree(monorepo.root / ".lockstep/cache", prepared / "cache", symlinks=True)
    return act(program, monorepo.root, prepared, scratch, {"BUILDKIT_HOST": monorepo.builder})


def _prepared(monorepo: Monorepo, folder: Path) -> Path:
    """Make a state folder with the environments in it, and nothing that was ever judged."""
    prepare(folder)
    (folder / "envs").symlink_to((monorepo.root / ".lockstep" / "envs").resolve())
    return folder


def sarif(folder: Path, gate: str, checkout: str) -> list[Any]:
    """Return the gate's runs without what two runs of the same thing may differ in; `checkout` matches its folder."""
    text = (folder / "results.sarif").read_text(encoding="utf-8")
    runs = json.loads(re.sub(checkout, "{root}", text))["runs"]
    return [_normal(run) for run in runs if run["automationDetails"]["id"] == f"lockstep/{gate}/"]


def _normal(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {name: _normal(each) for name, each in value.items() if name not in _OF_A_RUN}
    return [_normal(each) for each in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def program(tool: Callable[[str], tuple[str, ...]]) -> str:
    [path] = tool("act")
    return path


@pytest.fixture(scope="module")
def defective(green: Monorepo, program: str, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    base = tmp_path_factory.mktemp("defective")
    monorepo = green.copy(base / "shop")
    for defect in DEFECTS:
        if defect.id in _PLANTED:
            plant(defect, monorepo.root)
    perform(Commit("feat: three defects"), monorepo.root)
    return compared(monorepo, program, base)


def test_a_clean_repository_is_green_in_every_job(green: Monorepo, program: str, tmp_path: Path) -> None:
    clean = pushed(green.copy(tmp_path / "shop"), program, tmp_path, restored=True)
    assert clean.results == dict.fromkeys((*gates.discover(), "gates"), "success"), clean.printed
    assert clean.exit_code == 0


def test_every_job_ends_as_its_gate_does_locally_and_one_red_job_makes_the_aggregate_red(defective: Compared) -> None:
    assert defective.local.failing() == {"lint", "types", "unit-tests"}
    expected = {gate: "success" if end in _GREEN else "failure" for gate, end in defective.local.verdicts.items()}
    assert defective.workflow.results == {**expected, "gates": "failure"}, defective.workflow.printed
    assert defective.workflow.exit_code != 0


@pytest.mark.parametrize("gate", gates.discover())
def test_every_jobs_sarif_is_the_local_one(defective: Compared, gate: str) -> None:
    there = sarif(defective.workflow.run_of(gate), gate, defective.workflow.checkout)
    assert there == sarif(defective.root / ".lockstep/latest", gate, re.escape(str(defective.root)))
    assert json.dumps(there).count(str(defective.root.parent)) == 0
