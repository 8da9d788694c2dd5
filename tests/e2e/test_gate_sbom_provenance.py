"""sbom-provenance through the real Syft, on environments, on lock files, and on what a build leaves."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lockstep.engine.plan import REPOSITORY
from lockstep.gates.sbom_provenance import GATE
from lockstep.model.finding import Level, Report
from lockstep.model.gate import LicencePolicy, Settings
from tests.e2e.gating import Done, copied, python_component, run
from tests.evidence import forms

pytestmark = pytest.mark.e2e

SOURCES, LOCK_FILES = GATE.checks
FOLDER = "libs/lamps"
Tool = Callable[[str], tuple[str, ...]]
TOLD = LicencePolicy(
    packages=(
        ("coins.example/coins", "BSD-3-Clause"),
        ("dimmer", "ISC"),
        ("glass", "ISC"),
        ("registry.example/acme/lanterns", "MPL-2.0"),
        ("weights", "MIT"),
    )
)


def own(tool: Tool) -> Tool:
    return lambda name: (sys.executable,) if name == "lockstep" else tool(name)


def installed(tmp_path: Path, site: Path) -> str:
    """Return the interpreter of an environment that holds what is in the folder `site`."""
    subprocess.run((sys.executable, "-m", "uv", "venv", "--quiet", "--no-project", str(tmp_path / "env")), check=True)
    (packages,) = (tmp_path / "env").glob("lib/python*/site-packages")
    shutil.copytree(site, packages, dirs_exist_ok=True)
    return str(tmp_path / "env/bin/python")


def ran(tool: Tool, tmp_path: Path, case: str, policy: LicencePolicy | None = None) -> Done:
    """Run the check on a case whose folder `site` is what is installed in the component's environment."""
    root = tmp_path / "tree"
    copied(f"sbom-provenance/{case}", root, FOLDER)
    return run(
        SOURCES,
        root,
        python_component(FOLDER),
        tmp_path / "scratch",
        tool=own(tool),
        python=installed(tmp_path, root / FOLDER / "site"),
        settings=Settings(licenses=policy or LicencePolicy(), cyclonedx=True),
        places={"epoch": "1700000000"},
    )


def listed(tool: Tool, tmp_path: Path, case: str, policy: LicencePolicy, environments: str = "{}") -> Done:
    """Run the check on the lock files of a case."""
    copied(f"sbom-provenance/{case}", tmp_path / "tree")
    return run(
        LOCK_FILES,
        tmp_path / "tree",
        REPOSITORY,
        tmp_path / "scratch",
        tool=own(tool),
        settings=Settings(licenses=policy, cyclonedx=True),
        places={"epoch": "1700000000", "environments": environments},
    )


def documents(tmp_path: Path, done: Done) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the SPDX and the CycloneDX document, each held against its form."""
    spdx, cyclonedx = sorted(done.report.sboms, key=lambda each: each.cyclonedx)
    found = [(tmp_path / "scratch/artifacts" / each.blob).read_bytes() for each in (spdx, cyclonedx)]
    forms.check_spdx(found[0])
    forms.check_cyclonedx(found[1])
    return json.loads(found[0]), json.loads(found[1])


def licences(found: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["licenseDeclared"] for each in found["packages"] if each["name"] != found["name"]}


def licences_of_components(found: dict[str, Any]) -> dict[str, str]:
    """Return the same of a CycloneDX document."""
    return {
        each["name"]: one.get("expression") or one["license"].get("id", one["license"].get("name"))
        for each in found["components"]
        for one in each.get("licenses", ())
    }


def test_every_package_is_listed_with_its_licence_wherever_it_says_it(tool: Tool, tmp_path: Path) -> None:
    done = ran(tool, tmp_path, "clean")
    assert msgspec.structs.replace(done.report, sboms=()) == Report()
    spdx, cyclonedx = documents(tmp_path, done)
    assert licences(spdx) == licences_of_components(cyclonedx) == {"bulb": "MIT", "glass": "ISC", "shade": "Apache-2.0"}


def test_a_package_without_a_licence_is_remarked_until_the_policy_says_it(tool: Tool, tmp_path: Path) -> None:
    done = ran(tool, tmp_path, "dirty", LicencePolicy(packages=(("shade", "LicenseRef-Acme"),)))
    assert done.places == {(f"{FOLDER}/uv.lock", 10, "no-licence")}
    assert {each.level for each in done.report.findings} == {Level.NOTE}
    assert licences(documents(tmp_path, done)[0])["shade"] == "LicenseRef-Acme"


def test_a_package_that_syft_passes_over_is_a_gap(tool: Tool, tmp_path: Path) -> None:
    def blind(name: str) -> tuple[str, ...]:
        if name != "syft":
            return tool(name)
        program = tmp_path / "blind"
        program.write_text(
            '#!/bin/sh\ntest "$1" = convert && echo \'{"bomFormat": "CycloneDX"}\' && exit\n'
            'printf \'{"spdxVersion": "SPDX-2.3", "packages": []}\'\n'
        )
        program.chmod(0o755)
        return (str(program),)

    done = ran(blind, tmp_path, "clean")
    assert {(each.rule, each.level) for each in done.report.findings} == {("not-listed", Level.ERROR)}
    assert {path for path, _, _ in done.places} == {f"{FOLDER}/uv.lock"}


def test_an_environment_that_is_gone_cannot_be_believed(tool: Tool, tmp_path: Path) -> None:
    def gone(name: str) -> tuple[str, ...]:
        shutil.rmtree(tmp_path / "env", ignore_errors=True)
        return tool(name)

    assert ran(gone, tmp_path, "clean").report.problem


def test_one_document_holds_what_all_lock_files_bring_in_and_is_the_same_anywhere(tool: Tool, tmp_path: Path) -> None:
    copied("sbom-provenance/clean", tmp_path / "case")
    environments = json.dumps({".": installed(tmp_path, tmp_path / "case/site")})
    done = listed(tool, tmp_path / "one", "locks-clean", TOLD, environments)
    assert msgspec.structs.replace(done.report, sboms=()) == Report()
    spdx, cyclonedx = documents(tmp_path / "one", done)
    expected = {
        "bulb": "MIT",
        "shade": "Apache-2.0",
        "dimmer": "ISC",
        "coins.example/coins": "BSD-3-Clause",
        "weights": "MIT",
        "glass": "ISC",
        "registry.example/acme/lanterns": "MPL-2.0",
    }
    assert expected.items() <= licences(spdx).items()
    assert expected.items() <= licences_of_components(cyclonedx).items()
    purls = {ref["referenceLocator"] for each in spdx["packages"] for ref in each.get("externalRefs", ())}
    assert {"pkg:pypi/bulb@1.0", "pkg:npm/bulb@1.0.0", "pkg:cargo/weights@2.0.0"} < purls
    again = listed(tool, tmp_path / "in/another/place", "locks-clean", TOLD, environments)
    assert again.report.sboms == done.report.sboms


def test_what_no_lock_file_names_in_a_version_is_a_gap_where_it_is_asked_for(tool: Tool, tmp_path: Path) -> None:
    done = listed(tool, tmp_path, "locks-dirty", LicencePolicy())
    errors = {
        (each.location.path, each.location.line, each.rule)
        for each in done.report.findings
        if each.level is Level.ERROR
    }
    assert errors == {
        ("gems/bun.lock", 0, "not-listed"),
        ("jobs/requirements.txt", 1, "no-version"),
        ("ledger/go.mod", 5, "not-locked"),
        ("panel/package.json", 1, "no-lock"),
        ("scales/Cargo.toml", 10, "not-locked"),
        ("web/package.json", 6, "not-locked"),
    }
    remarks = {each.location.path for each in done.report.findings if each.level is Level.NOTE}
    assert remarks == {"jobs/requirements.txt", "ledger/go.mod", "scales/Cargo.lock"}
    documents(tmp_path, done)


def test_of_many_licences_that_nobody_knows_the_rest_is_counted(tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "tree/jobs").mkdir(parents=True)
    (tmp_path / "tree/jobs/requirements-all.txt").write_text("".join(f"part{number}==1\n" for number in range(13)))
    done = listed(tool, tmp_path, "locks-clean", TOLD)
    messages = [each.message for each in done.report.findings]
    assert len(messages) == 11
    assert "each of 3 more packages" in messages[-1]


def test_a_lock_file_that_is_not_whole_cannot_be_believed(tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/Cargo.lock").write_text("[[package]\n")
    assert listed(tool, tmp_path, "locks-clean/jobs", TOLD).report.problem
