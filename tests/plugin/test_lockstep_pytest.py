"""The pytest plugin alone, in a pytest of its own; what the gate makes of it is shown end to end (test_gate_unit_tests)."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

_CASES = Path(__file__).parents[1] / "gates/data/unit-tests"


class Ran(msgspec.Struct, frozen=True):
    """What the plugin left: properties by test, and what could not be collected by path."""

    properties: dict[str, dict[str, str]]
    lost: dict[str, dict[str, Any]]


def ran(case: str, folder: Path, *words: str) -> Ran:
    shutil.copytree(_CASES / case, folder / "lamps")
    subprocess.run(
        (
            *(sys.executable, "-m", "pytest", "-q", "-p", "lockstep.plugin.lockstep_pytest", "-p", "no:cacheprovider"),
            *("--continue-on-collection-errors", "-o", "pythonpath=src", "-o", "junit_family=xunit2"),
            *(f"--lockstep-report={folder}/lost.json", f"--junitxml={folder}/junit.xml", *words),
        ),
        cwd=folder / "lamps",
        capture_output=True,
        check=False,
    )
    cases = ET.parse(folder / "junit.xml").iter("testcase")  # noqa: S314 - pytest has just written it
    lost = json.loads((folder / "lost.json").read_text(encoding="utf-8"))
    return Ran(
        {
            case.get("name", ""): {each.get("name", ""): each.get("value", "") for each in case.iter("property")}
            for case in cases
        },
        {each["path"]: each for each in lost},
    )


@pytest.fixture(scope="module", params=[(), ("-n2",)], ids=["alone", "workers"])
def dirty(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran("dirty", tmp_path_factory.mktemp("dirty"), *request.param)


def test_a_test_tells_its_head_and_where_it_failed(dirty: Ran) -> None:
    assert dirty.properties["test_assertion"] == {
        "lockstep.path": "tests/test_price.py",
        "lockstep.line": "7",
        "lockstep.failed": "9",
    }


def test_a_failure_in_the_sources_tells_both_places(dirty: Ran) -> None:
    found = dirty.properties["test_in_the_sources"]
    assert (found["lockstep.failed"], found["lockstep.origin"]) == ("14", "src/lamps/broken.py:2")


def test_what_breaks_before_and_after_a_test_is_told_too(dirty: Ran) -> None:
    assert dirty.properties["test_fixture"]["lockstep.failed"] == "19"
    assert dirty.properties["test_teardown"]["lockstep.failed"]


def test_a_mark_without_words_is_one(dirty: Ran) -> None:
    assert dirty.properties["test_without_ticket"]["lockstep.flaky"] == "{}"


def test_what_cannot_be_collected_is_told_with_its_line_and_reason(dirty: Ran) -> None:
    assert {path: each["line"] for path, each in dirty.lost.items()} == {
        "tests/test_syntax.py": 4,
        "tests/test_import.py": 3,
        "tests/test_module_level.py": 2,
    }
    assert dirty.lost["tests/test_module_level.py"]["message"] == "RuntimeError: not here"


def test_marks_are_told_with_their_words_and_nothing_is_lost_where_nothing_is(tmp_path: Path) -> None:
    clean = ran("clean", tmp_path)
    assert json.loads(clean.properties["test_in_quarantine"]["lockstep.flaky"]) == {
        "ticket": "LAMP-7",
        "since": "2026-11-20",
    }
    assert clean.lost == {}
