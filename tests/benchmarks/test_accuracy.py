"""What the tables of accuracy rest on: labels as suites write them, and how they are counted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import accuracy_contracts, accuracy_iac, accuracy_secrets
from benchmarks.accuracy_iac import Case, Promised
from benchmarks.accuracy_secrets import Label
from benchmarks.corpora import Clone, Rate, repository, spread
from lockstep.model.finding import Finding, Location, Severity

ROW = {"FileID": "1", "LineStart": "3", "LineEnd": "4", "GroundTruth": "T", "Category": "Password"}
BUCKET, KEY = (
    next(each for each in accuracy_iac.PROBLEMS if each.name == name)
    for name in ("public bucket", "no KMS key of one's own")
)


def test_rows_become_labels_and_what_nobody_knows_is_left_out() -> None:
    rows = [
        ROW,
        ROW | {"GroundTruth": "F", "LineStart": "9", "LineEnd": "9", "Category": "Key:Token"},
        ROW | {"GroundTruth": "X", "LineStart": "7", "LineEnd": "7"},
        ROW | {"Category": "UUID", "LineStart": "8", "LineEnd": "8"},
        ROW | {"FileID": "2"},
    ]
    assert list(accuracy_secrets.cred_labels(rows, {"1": "a/b.py"})) == [
        Label("a/b.py", (3, 4), secret=True, kind="Password"),
        Label("a/b.py", (9, 9), secret=False, kind="Key"),
    ]


def test_what_is_no_secret_of_one_class_where_one_of_another_stands_is_left_out() -> None:
    rows = [ROW, ROW | {"GroundTruth": "F", "LineStart": "4", "Category": "Key"}]
    assert [label.kind for label in accuracy_secrets.cred_labels(rows, {"1": "a.py"})] == ["Password"]


def test_examples_of_rules_are_secrets_and_counterexamples_are_none() -> None:
    rules = b"""
rules:
- {categories: [api, secret], examples: [one], negative_examples: [two]}
- {categories: [secret], examples: [three]}
- {categories: [hashed, secret], examples: [four]}
- {categories: [api, identifier], examples: [five]}
"""
    assert list(accuracy_secrets.rule_examples("netrc", rules)) == [
        ("one", True, "of a service"),
        ("two", False, "of a service"),
        ("three", True, "netrc"),
    ]


def test_only_pairs_that_are_written_as_they_are_are_taken_from_tests() -> None:
    source = b"""
@pytest.mark.parametrize("line,should_flag", [("a", True), ("b".format(X), True), ("c", False)])
@pytest.mark.parametrize("other", ["d"])
def test_it(): ...
"""
    assert list(accuracy_secrets.plugin_cases("aws_key", source)) == [("a", True, "aws_key"), ("c", False, "aws_key")]


def test_counts_of_risks_are_read_without_comments() -> None:
    assert list(accuracy_secrets.leaky_counts("# name\n\na/.env,6,4\nb.pub,0,1")) == [("a/.env", 6), ("b.pub", 0)]


def test_a_secret_counts_as_found_where_lines_overlap() -> None:
    labels = [
        Label("a", (3, 4), secret=True, kind="x"),
        Label("a", (6, 6), secret=True, kind="x"),
        Label("a", (9, 9), secret=False, kind="x"),
        Label("b", (3, 3), secret=False, kind="x"),
    ]
    engine = accuracy_secrets.Engine("any", {"a": [(4, 5), (9, 9)]})
    assert accuracy_secrets.score(labels, engine) == (Rate(1, 2), Rate(1, 2))


@pytest.mark.parametrize(
    ("tool", "rule", "severity", "expected"),
    [
        ("gitleaks", "any", Severity.NONE, True),
        ("semgrep", "lockstep-python-hardcoded-token", Severity.HIGH, True),
        ("semgrep", "lockstep-python-hardcoded-token", Severity.MEDIUM, False),
        ("semgrep", "lockstep-python-sql-injection", Severity.CRITICAL, False),
    ],
)
def test_of_semgrep_s_rules_those_about_secrets_count(
    tool: str,
    rule: str,
    severity: Severity,
    expected: bool,  # noqa: FBT001 - a table
) -> None:
    finding = Finding(tool, rule, "", Location("a.py", 1), severity=severity)
    assert accuracy_secrets.matters(finding) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a+b/tests/login.py", True),
        ("a+b/login_test.go", True),
        ("a+b/LoginTests.cs", True),
        ("a+b/docs/use.html", True),
        ("a+b/use.md", True),
        ("a+b/.env.example", True),
        ("tests+b/src/latest.py", False),
        ("a+b/contest/main.py", False),
    ],
)
def test_tests_examples_and_documents_are_known_by_their_path(path: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert accuracy_secrets.is_made_up(path) is expected


def test_a_rate_of_nothing_is_no_number() -> None:
    assert (str(Rate(1, 3)), str(Rate(0, 0))) == ("1 of 3 (33.3 %)", "0 of 0 (-)")


def test_examples_become_cases_in_every_format() -> None:
    examples = {"terraform": {"good": ["a"], "bad": ["b"]}, "dockerfile": {"bad": ["c"]}, "links": []}
    cases = list(accuracy_iac.examples_of("AWS-1", Promised(BUCKET, good_tells=True), examples))
    assert {(case.format, case.bad, case.files) for case in cases} == {
        ("Terraform", False, (("main.tf", "a\n"),)),
        ("Terraform", True, (("main.tf", "b\n"),)),
        ("Dockerfile", True, (("Dockerfile", "c\n"),)),
    }
    partly = list(accuracy_iac.examples_of("AWS-1", Promised(BUCKET, good_tells=False), examples))
    assert [case.bad for case in partly] == [True] * len(partly)


def test_checks_whose_good_examples_have_another_fault_are_marked() -> None:
    known = accuracy_iac.checks(lambda problem: problem.trivy)
    assert (known["AWS-0086"].good_tells, known["AWS-0132"].good_tells) == (False, True)
    assert known["AWS-0088"] == Promised(
        next(each for each in accuracy_iac.PROBLEMS if each.name == "not encrypted at rest"), good_tells=False
    )


def test_short_forms_of_templates_are_read_as_functions() -> None:
    tests = b"""
- name: none
  input: {}
  expectations: {rules: {S3_DEFAULT_ENCRYPTION_KMS: SKIP}}
- name: a key
  input: {Resources: {One: {Type: "AWS::S3::Bucket", Properties: {Key: !Ref Key, Name: !Sub "${A}"}}}}
  expectations: {rules: {S3_DEFAULT_ENCRYPTION_KMS: PASS, ANOTHER: FAIL}}
"""
    (case,) = accuracy_iac.guard_tests(tests)
    ((name, text),) = case.files
    assert (case.problem, case.bad, case.name, name) == (
        KEY,
        False,
        "S3_DEFAULT_ENCRYPTION_KMS 1",
        "stack.template.json",
    )
    assert json.loads(text)["Resources"]["One"]["Properties"] == {"Key": {"Ref": "Key"}, "Name": {"Fn::Sub": "${A}"}}


def test_problems_count_as_found_by_the_rules_about_them() -> None:
    titles = {"CKV_1": "Ensure the S3 bucket has block public ACLS enabled", "CKV_2": "Ensure logs"}
    cases = accuracy_iac.laid_out(
        Case("suite", form, BUCKET, bad, str(number), ())
        for number, (form, bad) in enumerate([("Terraform", True), ("Terraform", True), ("Terraform", False)])
    )
    first, second, third = cases
    engine = accuracy_iac.Engine(
        "any", {first: frozenset({"CKV_1"}), second: frozenset({"CKV_2"}), third: frozenset({"s3-public-acl"})}
    )
    assert accuracy_iac.score(cases.items(), engine, titles) == (Rate(1, 2), Rate(1, 1))


def test_disputed_labels_are_counted_once_and_left_out_once() -> None:
    name = next(iter(accuracy_iac.DISPUTED))
    cases = {"iac/suites/0000": Case("suite", "Terraform", BUCKET, bad=False, name=name, files=())}
    engine = accuracy_iac.Engine("any", {"iac/suites/0000": frozenset({"s3-public-acl"})})
    shown = list(accuracy_iac.tables(cases, [engine], {}))
    assert "| suite | Terraform | any | 0 of 0 (-) | 1 of 1 (100.0 %) |" in shown
    assert "| suite, less 1 disputed | Terraform | any | 0 of 0 (-) | 0 of 0 (-) |" in shown


def test_dockerfiles_are_put_where_lint_finds_them() -> None:
    cases = [Case("suite", form, BUCKET, bad=True, name="x", files=()) for form in ("Dockerfile", "Kubernetes")]
    assert list(accuracy_iac.laid_out(cases)) == ["docker/0000", "iac/suites/0001"]


def test_any_finding_fails_lint_and_a_severe_one_iac_scan() -> None:
    low = Finding("hadolint", "DL3000", "", Location("a", 1), severity=Severity.NONE, check="hadolint")
    medium = Finding("checkov", "CKV_1", "", Location("a", 1), severity=Severity.MEDIUM, check="checkov")
    high = Finding("checkov", "CKV_1", "", Location("a", 1), severity=Severity.HIGH, check="checkov")
    assert [accuracy_iac.fails(each) for each in (low, medium, high)] == [True, False, True]


def test_a_clone_is_read_by_its_commit_and_not_by_its_work_tree(tmp_path: Path) -> None:
    root = repository(tmp_path / "one", {"a/b.txt": b"x\ny", "c.txt": b""})
    (root / "a/b.txt").write_text("changed", "utf-8")
    clone = Clone(root)
    assert (clone.exists, Clone(tmp_path / "two").exists) == (True, False)
    assert clone.paths() == ["a/b.txt", "c.txt"]
    assert clone.paths("a") == ["a/b.txt"]
    assert list(clone.files(["a/b.txt", "gone.txt", "c.txt"])) == [("a/b.txt", b"x\ny"), ("c.txt", b"")]
    assert clone.text("a/b.txt") == "x\ny"
    head = subprocess.run(("git", "rev-parse", "HEAD"), cwd=root, capture_output=True, check=True, text=True)  # noqa: S607
    assert clone.head() == head.stdout.strip()
    assert (clone.has(clone.head()), clone.has("0" * 40)) == (True, False)


def test_halves_are_by_name_alone() -> None:
    assert all(0 <= spread(name) <= 1 for name in ("a", "b", "c"))
    assert spread("a") == spread("a") != spread("b")


# As openapi-diff 0.24.1 answers: what a file says is put in place of the differences, "" where it reads nothing.
DIFFER = f"""\
#!{sys.executable}
import json, pathlib, sys
old, new = (json.loads(pathlib.Path(name).read_text())["is"] for name in sys.argv[1:])
if not new:
    sys.exit("Validation errors")
if old == new:
    print("No changes found between the two specifications")
    sys.exit(0)
breaks = new == "breaking"
print("Breaking changes found" if breaks else "Non breaking changes found", "between the two specifications:")
print(json.dumps({{"breakingDifferences": [], "breakingDifferencesFound": breaks}}, indent=4))
sys.exit(breaks)
"""


@pytest.mark.parametrize(
    ("new", "breaks"),
    [("is: breaking", True), ("is: wider", False), ("is: as it was", False), ("is: ''", None), ("is: [", None)],
)
def test_openapi_diff_is_asked_in_json(tmp_path: Path, new: str, breaks: object) -> None:
    program, old, now = (tmp_path / name for name in ("differ", "old.yaml", "new.yaml"))
    program.write_text(DIFFER, "utf-8")
    program.chmod(0o755)
    old.write_text("is: as it was\n", "utf-8")
    now.write_text(f"{new}\n", "utf-8")
    assert accuracy_contracts.said_by_npm(str(program), old, now) is breaks


def test_what_is_not_read_counts_against_who_does_not_read_it_and_is_told() -> None:
    cases = [accuracy_contracts.Case(name, None, None, name == "a") for name in "abc"]
    score = accuracy_contracts.score(cases, lambda case: None if case.name != "c" else False, verbose=False)
    assert score.row("s", "e") == "| s | e, 2 not read | 0 of 1 (0.0 %) | 1 of 2 (50.0 %) |"
