"""One finding a problem, whoever reports it."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Level, Location, Severity
from lockstep.policy import problems

PATH = "iac/store/main.tf"


def found(tool: str, rule: str, line: int = 5, end_line: int = 10, severity: Severity = Severity.HIGH) -> Finding:
    return Finding(tool, rule, f"{rule} is wrong", Location(PATH, line, 0, end_line), severity=severity)


OWN = found("conftest", "s3-public-acl")
SAME = found("checkov", "CKV_AWS_20", severity=Severity.CRITICAL)


def test_the_same_problem_of_the_same_resource_is_one_finding_that_names_both() -> None:
    (one,) = problems.merged((OWN, SAME))
    assert (one.tool, one.rule) == ("conftest", "s3-public-acl")
    assert one.message == "s3-public-acl is wrong (also CKV_AWS_20 of checkov)"


def test_it_is_as_grave_as_the_gravest() -> None:
    low = found("conftest", "s3-public-acl", severity=Severity.LOW)
    assert [each.severity for each in problems.merged((low, SAME))] == [Severity.CRITICAL]
    note = Finding("checkov", "CKV_AWS_20", "", Location(PATH, 5), level=Level.NOTE, severity=Severity.LOW)
    assert [each.level for each in problems.merged((OWN, note))] == [Level.ERROR]


def test_other_resources_are_problems_of_their_own() -> None:
    assert len(problems.merged((OWN, found("checkov", "CKV_AWS_20", 11, 20)))) == 2


def test_other_files_are_problems_of_their_own() -> None:
    elsewhere = Finding("checkov", "CKV_AWS_20", "", Location("iac/other/main.tf", 5, 0, 10))
    assert len(problems.merged((OWN, elsewhere))) == 2


def test_other_problems_of_the_resource_stay() -> None:
    assert len(problems.merged((OWN, found("checkov", "CKV_AWS_145")))) == 2


def test_a_line_within_the_resource_is_the_resource() -> None:
    source = found("tflint", "terraform_module_pinned_source", 6, 6)
    (one,) = problems.merged((found("checkov", "CKV_TF_1"), source))
    assert (one.tool, one.location.line) == ("tflint", 6)


@pytest.mark.parametrize(
    ("own", "other"),
    [("image-latest", "DL3007"), ("image-latest", "DL3006"), ("root-user", "DL3002"), ("secret-variable", "DL3064")],
)
def test_what_hadolint_says_of_a_dockerfile_as_well_is_one_finding(own: str, other: str) -> None:
    (one,) = problems.merged((found("hadolint", other, 5, 0), found("conftest", own, 5, 5)))
    assert (one.tool, one.rule) == ("conftest", own)
    assert one.message.endswith(f"(also {other} of hadolint)")


def test_several_rules_of_one_tool_are_one_problem() -> None:
    rules = [found("checkov", f"CKV_AWS_{number}") for number in (53, 54, 55, 56)]
    (one,) = problems.merged(rules)
    assert one.rule == "CKV_AWS_53"
    assert one.message.endswith("(also CKV_AWS_54 of checkov, CKV_AWS_55 of checkov, CKV_AWS_56 of checkov)")


def test_a_rule_that_no_other_tool_has_stays_as_it_is() -> None:
    alone = found("checkov", "CKV_AWS_18")
    assert problems.merged((alone,)) == (alone,)


def test_a_file_that_nobody_can_read_is_one_finding_at_terraforms_line() -> None:
    syntax = [found(tool, "syntax", 1, 1) for tool in ("checkov", "conftest", "tflint")]
    (one,) = problems.merged((*syntax, found("terraform", "validate", 7, 7)))
    assert (one.tool, one.location.line) == ("terraform", 7)
    assert one.message.endswith("(also syntax of tflint, syntax of conftest, syntax of checkov)")


def test_what_terraform_says_itself_is_never_merged_away() -> None:
    two = (found("terraform", "validate", 3, 3), found("terraform", "validate", 7, 7))
    assert len(problems.merged(two)) == 2


def test_the_order_of_findings_does_not_matter() -> None:
    several = (OWN, SAME, found("checkov", "CKV2_AWS_43"), found("checkov", "CKV_AWS_57"))
    assert len({frozenset(problems.merged(order)) for order in permutations(several)}) == 1


@pytest.mark.parametrize("tool", ["ruff", "semgrep", "trivy"])
def test_tools_of_other_gates_are_not_touched(tool: str) -> None:
    both = (found(tool, "syntax"), found(tool, "syntax"))
    assert problems.merged(both) == both


RULES = st.sampled_from(
    [("conftest", "kms-key"), ("checkov", "CKV_AWS_19"), ("checkov", "CKV_AWS_18"), ("terraform", "validate")]
)
FINDINGS = st.lists(
    st.builds(
        lambda rule, line, size: found(rule[0], rule[1], line, line + size), RULES, st.integers(1, 9), st.integers(0, 3)
    )
)


@given(FINDINGS)
def test_nothing_is_lost(given: list[Finding]) -> None:
    kept = problems.merged(given)
    assert bool(kept) == bool(given)
    assert {each.location.path for each in kept} == {each.location.path for each in given}
    assert all(any(each.rule in one.message for one in kept) for each in given)
    assert problems.merged(kept) == kept
