"""iac-scan: which files each scanner is handed, how it is called, and what is read from it."""

import json

import msgspec
import pytest

from lockstep.gates.iac_scan import GATE
from lockstep.model.component import Component, FileEntry, Kind
from lockstep.model.digests import of_bytes
from lockstep.model.finding import Report
from lockstep.model.gate import Check, Invocation, Judge
from tests.gates.invoking import LIBRARY, invocation, output, selects

CHECKS = {check.id: check for check in GATE.checks}
STACK = Component("iac/net", "iac/net", Kind.IAC)
TOLD = msgspec.structs.replace(LIBRARY, manifests=frozenset({"libs/lamps/run/lamps.yaml"}))
LANGUAGE = {"validate", "tflint", "checkov", "policies"}
VALUES = {"tflint", "checkov", "policies"}
DOCUMENT = {"checkov", "policies", "cloudformation", "guard"}
NOBODY: set[str] = set()

every_check = pytest.mark.parametrize("check", GATE.checks, ids=lambda check: check.id)


@pytest.mark.parametrize(
    ("component", "path", "checks"),
    [
        (STACK, "iac/net/main.tf", LANGUAGE),
        (STACK, "iac/net/main.tf.json", LANGUAGE),
        (STACK, "iac/net/main.tofu", LANGUAGE),
        (STACK, "iac/net/dev.tfvars", VALUES),
        (STACK, "iac/net/tests/net.tftest.hcl", VALUES),
        (STACK, "iac/net/anything.yaml", DOCUMENT),
        (STACK, "iac/net/plan.json", DOCUMENT),
        (STACK, "iac/net/README.md", NOBODY),
        (LIBRARY, "libs/lamps/infra/main.tf", LANGUAGE),
        (LIBRARY, "libs/lamps/k8s/lamps.yaml", DOCUMENT),
        (LIBRARY, "libs/lamps/Kubernetes/lamps.yml", DOCUMENT),
        (LIBRARY, "libs/lamps/lamps.k8s.yaml", DOCUMENT),
        (LIBRARY, "libs/lamps/cdk.out/Lamps.template.json", DOCUMENT),
        (LIBRARY, "libs/lamps/template.yaml", DOCUMENT),
        (LIBRARY, "libs/lamps/lamps.tfplan.json", DOCUMENT),
        (LIBRARY, "libs/lamps/compose.yaml", DOCUMENT),
        (LIBRARY, "libs/lamps/docker-compose.dev.yml", DOCUMENT),
        (TOLD, "libs/lamps/run/lamps.yaml", DOCUMENT),
        (TOLD, "libs/lamps/run/other.yaml", NOBODY),
        (LIBRARY, "libs/lamps/settings.yaml", NOBODY),
        (LIBRARY, "libs/lamps/package.json", NOBODY),
        (LIBRARY, "libs/lamps/k8s", NOBODY),
        (LIBRARY, "libs/lamps/Dockerfile", NOBODY),
    ],
)
def test_files_are_handed_to_the_scanners_that_know_them(component: Component, path: str, checks: set[str]) -> None:
    assert {name for name, check in CHECKS.items() if selects(check, component, path)} == checks


@every_check
def test_links_are_handed_to_nobody(check: Check) -> None:
    for name in ("main.tf", "a.template.json"):
        assert not check.select(STACK, FileEntry(f"iac/net/{name}", "120000", of_bytes(b""), 1))


def given(*files: str) -> Invocation:
    tools = ("terraform", "tflint", "checkov", "conftest", "cfn-lint", "cfn-guard", "lockstep")
    made = invocation(*files, component=STACK, tools=tools)
    return msgspec.structs.replace(made, places={"providers": "/mirror"})


@every_check
def test_a_scanner_sees_copies_alone(check: Check) -> None:
    argv = check.argv(given("iac/net/main.tf"))
    assert check.materialise
    assert argv[:3] == ("/store/lockstep", "-P", "-m")
    assert argv[3].startswith("lockstep.plugin.iac.")
    assert f"--program=/store/{check.tools[0]}" in argv
    assert "--tree=/scratch/tree" in argv
    assert not [word for word in argv if word.startswith("/tree") or "=/tree" in word]


def test_terraform_runs_in_every_folder_once_with_the_machines_providers() -> None:
    argv = CHECKS["validate"].argv(given("iac/net/b.tf", "iac/net/a.tf", "iac/net/deep/c.tf", "d.tf"))
    folders = [word for word in argv if word.startswith("--folder=")]
    assert folders == ["--folder=.", "--folder=iac/net", "--folder=iac/net/deep"]
    assert "--providers=/mirror" in argv


def test_terraform_sees_the_whole_component_and_what_it_depends_on() -> None:
    check = CHECKS["validate"]
    assert (check.whole, check.closure, check.freshness) == (True, True, ("providers",))


EMPTY: dict[str, dict[str, object]] = {
    "validate": {"folders": []},
    "tflint": {"tflint": {"issues": []}, "severities": {}},
    "checkov": {"checkov": [], "severities": {}},
    "policies": {"findings": []},
    "cloudformation": {"cfn_lint": []},
    "guard": {"findings": []},
}


@every_check
def test_a_report_without_findings_is_clean(check: Check) -> None:
    whole = output(files={"report.json": json.dumps(EMPTY[check.id]).encode()})
    assert check.parse(whole, given()) == Report()


@every_check
def test_without_a_report_nothing_is_believed(check: Check) -> None:
    assert check.parse(output(), given()).problem
    assert check.exits == (0,)


@every_check
def test_files_that_nobody_was_given_are_the_same_finding_from_every_check(check: Check) -> None:
    unread = [{"path": "iac/net/a.tf", "line": 3, "message": "this file is not UTF-8", "grave": True}]
    report = check.parse(
        output(files={"report.json": json.dumps({**EMPTY[check.id], "unread": unread}).encode()}), given()
    )
    (finding,) = report.findings
    assert (finding.tool, finding.rule, str(finding.location)) == ("lockstep", "unread-file", "iac/net/a.tf:3")


def test_what_is_high_or_critical_blocks() -> None:
    assert GATE.judge is Judge.SECURITY


def test_a_scanner_that_hostile_input_stalls_is_ended_soon() -> None:
    assert all(0 < CHECKS[name].timeout < GATE.timeout for name in {"tflint", *DOCUMENT})
