"""sbom-provenance through the real Syft, on environments and on what a build leaves."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lockstep.gates.sbom_provenance import GATE
from lockstep.model.finding import Report
from lockstep.model.gate import LicencePolicy, Settings
from tests.e2e.gating import Done, copied, python_component, run

pytestmark = pytest.mark.e2e

(SOURCES,) = GATE.checks
FOLDER = "libs/lamps"
Tool = Callable[[str], tuple[str, ...]]


def ran(tool: Tool, tmp_path: Path, case: str, policy: LicencePolicy | None = None) -> Done:
    """Run the check on a case whose folder `site` is what is installed in the component's environment."""
    root = tmp_path / "tree"
    copied(f"sbom-provenance/{case}", root, FOLDER)
    subprocess.run((sys.executable, "-m", "uv", "venv", "--quiet", "--no-project", str(tmp_path / "env")), check=True)
    (site,) = (tmp_path / "env").glob("lib/python*/site-packages")
    shutil.copytree(root / FOLDER / "site", site, dirs_exist_ok=True)
    return run(
        SOURCES,
        root,
        python_component(FOLDER),
        tmp_path / "scratch",
        tool=lambda name: (sys.executable,) if name == "lockstep" else tool(name),
        python=str(tmp_path / "env/bin/python"),
        settings=Settings(licenses=policy or LicencePolicy()),
        places={"epoch": "1700000000"},
    )


def document(tmp_path: Path, done: Done) -> dict[str, Any]:
    (sbom,) = done.report.sboms
    found: dict[str, Any] = json.loads((tmp_path / "scratch/artifacts" / sbom.blob).read_bytes())
    return found


def licences(found: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["licenseDeclared"] for each in found["packages"] if each["name"] != found["name"]}


def test_every_package_is_listed_with_its_licence_wherever_it_says_it(tool: Tool, tmp_path: Path) -> None:
    done = ran(tool, tmp_path, "clean")
    assert msgspec.structs.replace(done.report, sboms=()) == Report()
    assert licences(document(tmp_path, done)) == {"bulb": "MIT", "glass": "ISC", "shade": "Apache-2.0"}


def test_a_package_without_a_licence_is_a_gap_until_the_policy_says_it(tool: Tool, tmp_path: Path) -> None:
    done = ran(tool, tmp_path, "dirty", LicencePolicy(packages=(("shade", "Zlib"),)))
    assert done.places == {(f"{FOLDER}/uv.lock", 10, "no-licence")}
    assert licences(document(tmp_path, done))["shade"] == "Zlib"


def test_a_package_that_syft_passes_over_is_a_gap(tool: Tool, tmp_path: Path) -> None:
    def blind(name: str) -> tuple[str, ...]:
        if name != "syft":
            return tool(name)
        program = tmp_path / "blind"
        program.write_text('#!/bin/sh\nprintf \'{"spdxVersion": "SPDX-2.3", "packages": []}\'\n')
        program.chmod(0o755)
        return (str(program),)

    done = ran(blind, tmp_path, "clean")
    assert {rule for _, _, rule in done.places} == {"not-listed"}
    assert {path for path, _, _ in done.places} == {f"{FOLDER}/uv.lock"}


def test_an_environment_that_is_gone_cannot_be_believed(tool: Tool, tmp_path: Path) -> None:
    def gone(name: str) -> tuple[str, ...]:
        shutil.rmtree(tmp_path / "env", ignore_errors=True)
        return tool(name)

    assert ran(gone, tmp_path, "clean").report.problem
