"""What `terraform validate -json` says in several folders, recorded from Terraform 1.11.4 and OpenTofu 1.12.6."""

import json

from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Level, Location, Report, Severity
from lockstep.parsers import terraform

UNDECLARED = {
    "severity": "error",
    "summary": "Reference to undeclared input variable",
    "detail": 'An input variable with the name "missing" has not been declared.',
    "range": {
        "filename": "main.tf",
        "start": {"line": 8, "column": 11, "byte": 121},
        "end": {"line": 8, "column": 22, "byte": 132},
    },
    "snippet": {"context": 'resource "terraform_data" "a"', "code": "  input = var.missing", "start_line": 8},
}
NO_PROVIDER = "Could not retrieve the list of available versions for provider hashicorp/aws"


def folder(*diagnostics: object, name: str = "iac/net", lacking: tuple[str, ...] = ()) -> object:
    return {"folder": name, "diagnostics": diagnostics, "lacking": lacking}


def read(*folders: object) -> Report:
    return terraform.read(json.dumps({"folders": folders}).encode(), tree="/scratch/tree", remedy="mirror them")


def test_a_diagnostic_becomes_a_finding_in_its_folder() -> None:
    (finding,) = read(folder(UNDECLARED)).findings
    assert (finding.tool, finding.rule) == ("terraform", "validate")
    assert finding.location == Location("iac/net/main.tf", 8, 11, 8, 22)
    assert (finding.level, finding.severity) == (Level.ERROR, Severity.HIGH)
    assert finding.message.startswith("Reference to undeclared input variable: An input variable")


def test_a_module_beside_it_is_named_from_the_root() -> None:
    there = {**UNDECLARED, "range": {**UNDECLARED["range"], "filename": "../tags/main.tf"}}  # type: ignore[dict-item]
    (finding,) = read(folder(there)).findings
    assert finding.location.path == "iac/tags/main.tf"


def test_the_repositorys_own_folder_is_no_part_of_a_path() -> None:
    (finding,) = read(folder(UNDECLARED, name=".")).findings
    assert finding.location.path == "main.tf"


def test_a_warning_does_not_block() -> None:
    (finding,) = read(folder({**UNDECLARED, "severity": "warning"})).findings
    assert (finding.level, finding.severity) == (Level.NOTE, Severity.LOW)


def test_what_is_said_of_a_folder_stands_at_the_folder() -> None:
    (finding,) = read(folder({"severity": "error", "summary": "No configuration files"})).findings
    assert (finding.location, finding.anchor) == (Location("iac/net"), "iac/net")
    assert finding.message == "No configuration files"


def test_folders_of_this_machine_are_not_told() -> None:
    detail = "Terraform tried to remove /scratch/data/iac/net/modules/a.a."
    (finding,) = read(folder({"severity": "error", "summary": "Failed to remove", "detail": detail})).findings
    assert finding.message == "Failed to remove: Terraform tried to remove data/iac/net/modules/a.a."


def test_what_two_callers_of_a_module_hear_of_it_is_one_finding() -> None:
    there = {**UNDECLARED, "range": {**UNDECLARED["range"], "filename": "../tags/main.tf"}}  # type: ignore[dict-item]
    assert len(read(folder(there), folder(there, name="iac/app")).findings) == 1


def test_without_providers_the_report_lacks_a_folder_and_says_what_helps() -> None:
    report = read(folder(lacking=(NO_PROVIDER,)), folder(UNDECLARED, name="iac/app"))
    assert report.lacking == f"terraform validate lacks what it needs: iac/net: {NO_PROVIDER}\nmirror them"
    assert len(report.findings) == 1


def test_of_many_folders_some_are_named() -> None:
    report = read(*(folder(name=f"iac/{number}", lacking=(NO_PROVIDER,)) for number in range(5)))
    assert "iac/2: " in report.lacking
    assert "iac/3: " not in report.lacking
    assert "(and 2 more)" in report.lacking


@given(st.binary())
def test_any_bytes_are_a_report_with_a_problem_or_findings(data: bytes) -> None:
    assert isinstance(terraform.read(data, tree="/tree", remedy=""), Report)
