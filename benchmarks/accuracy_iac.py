"""How many problems of public test suites the gates iac-scan and lint find: `python -m benchmarks.accuracy_iac FOLDER`.

FOLDER holds clones (bare or not) that are not part of this repository, each in a folder named as its repository
(owner+name): aquasecurity+trivy-checks (Terraform, CloudFormation, Kubernetes, Dockerfiles),
aws-cloudformation+aws-guard-rules-registry (CloudFormation), kubescape+regolibrary (Kubernetes). What is not there is left
out. Counted are all of their cases about what the gates promise (`PROBLEMS`), each in a folder of one repository beside
this one, in which the checks run as `nox -s iac-scan lint` runs them; `terraform validate` and tflint, which are about the
language, are left out. checkov by itself reads the same files. `--verbose` names every case that is judged differently.
"""

import argparse
import json
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import yaml

import lockstep
from benchmarks.corpora import Clone, Rate, judged, measured, program, repository
from lockstep.gates import iac_scan, lint
from lockstep.model.finding import Finding, Severity

_SEVERITIES = Path(lockstep.__file__).parent / "rules" / "severities" / "checkov.toml"
_CLONES = ("aquasecurity+trivy-checks", "aws-cloudformation+aws-guard-rules-registry", "kubescape+regolibrary")
_CHECKS = frozenset({"checkov", "policies", "cloudformation", "hadolint", "dockerfiles"})


class Problem(NamedTuple):
    """What the gates promise to find, and who says so: checks of trivy, rules of Guard and of Kubescape.

    rules: names of Lockstep's and hadolint's rules that are about it. titles: what checkov's rules about it are called.
    stricter: the suites ask for less than the gates do, so that what they call good tells nothing. So it is with single
    checks whose name ends with `~`: what they call good has another fault of the same kind.
    """

    name: str
    rules: str
    titles: str
    trivy: str = ""
    guard: str = ""
    kubescape: str = ""
    stricter: bool = False


PROBLEMS = (
    Problem(
        name="public bucket",
        rules="s3-public-acl s3-public-access-block",
        titles=r"S3 .*(public|block|ACL|authenticated users)",
        trivy="AWS-0086~ AWS-0087~ AWS-0091~ AWS-0092~ AWS-0093~ AWS-0094~",
        guard="S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED S3_BUCKET_PUBLIC_READ_ACL~ S3_BUCKET_PUBLIC_READ_PROHIBITED "
        "S3_BUCKET_PUBLIC_RW_ACL~ S3_BUCKET_PUBLIC_WRITE_PROHIBITED",
    ),
    Problem(
        name="open security group",
        rules="open-network",
        titles=r"ingress from 0\.0\.0\.0",
        trivy="AWS-0107",
        guard="EC2_SECURITY_GROUP_INGRESS_OPEN_TO_WORLD_RULE INCOMING_SSH_DISABLED",
    ),
    Problem(
        name="service open to the internet",
        rules="public-service open-policy",
        titles=r"public|internet",
        trivy="AWS-0032 AWS-0040 AWS-0041 AWS-0072 AWS-0180",
        guard="RDS_INSTANCE_PUBLIC_ACCESS_CHECK REDSHIFT_CLUSTER_PUBLIC_ACCESS_CHECK DMS_REPLICATION_NOT_PUBLIC "
        "EKS_ENDPOINT_NO_PUBLIC_ACCESS LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED",
    ),
    Problem(
        name="plain HTTP, old TLS",
        rules="tls-listener tls-distribution tls-service tls-bucket tls-ingress",
        titles=r"TLS|HTTPS|SSL|modern security policy|in[- ]transit|at transit|in rest and transit|node-to-node|SecureTransport",
        trivy="AWS-0005 AWS-0012~ AWS-0013 AWS-0043~ AWS-0046~ AWS-0047 AWS-0051 AWS-0054~ AWS-0073 AWS-0126~",
        guard="S3_BUCKET_SSL_REQUESTS_ONLY CLOUDFRONT_VIEWER_POLICY_HTTPS~ CLOUDFRONT_MINIMUM_PROTOCOL_VERSION_RULE "
        "ELB_TLS_HTTPS_LISTENERS_ONLY~ ELB_PREDEFINED_SECURITY_POLICY_SSL_CHECK ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK "
        "ELBV2_LISTENER_PROTOCOL_RULE~ ELBV2_LISTENER_SSL_POLICY_RULE ELASTICSEARCH_HTTPS_REQUIRED~ OPENSEARCH_HTTPS_REQUIRED~ "
        "ELASTICSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK~ OPENSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK~ "
        "ELASTICACHE_REPLICATION_GROUP_TRANSIT_ENCRYPTION",
        kubescape="ingress-no-tls",
    ),
    Problem(
        name="not encrypted at rest",
        rules="kms-key",
        titles=r"encrypt|KMS|CMK|CMEK|customer[- ]managed",
        trivy="AWS-0008 AWS-0021 AWS-0023 AWS-0026 AWS-0037 AWS-0045 AWS-0048 AWS-0064 AWS-0076 AWS-0079 AWS-0080 "
        "AWS-0084 AWS-0088 AWS-0095 AWS-0096 AWS-0131 AWS-0179",
        guard="ENCRYPTED_VOLUMES EFS_ENCRYPTED_CHECK RDS_STORAGE_ENCRYPTED S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED "
        "KINESIS_STREAM_ENCRYPTION_RULE DYNAMODB_TABLE_MUST_BE_ENCRYPTED DAX_ENCRYPTION_ENABLED "
        "ELASTICSEARCH_ENCRYPTED_AT_REST OPENSEARCH_ENCRYPTED_AT_REST ELASTICACHE_REPLICATION_GROUP_ENCRYPTION_AT_REST",
        stricter=True,
    ),
    Problem(
        name="no KMS key of one's own",
        rules="kms-key",
        titles=r"encrypt|KMS|CMK|CMEK|customer[- ]managed",
        trivy="AWS-0015 AWS-0017 AWS-0025 AWS-0027 AWS-0033 AWS-0098 AWS-0132 AWS-0135 AWS-0136",
        guard="S3_DEFAULT_ENCRYPTION_KMS SNS_ENCRYPTED_KMS CLOUDWATCH_LOG_GROUP_ENCRYPTED DYNAMODB_TABLE_ENCRYPTED_KMS "
        "SQS_QUEUE_KMS_MASTER_KEY_ID_RULE EBS_VOLUME_ENCRYPTION_KEY_RULE SECRETSMANAGER_USING_CMK "
        "CLOUD_TRAIL_ENCRYPTION_ENABLED",
    ),
    Problem(
        name="logs kept for ever",
        rules="log-retention",
        titles=r"retention",
        guard="CW_LOGGROUP_RETENTION_PERIOD_CHECK",
    ),
    Problem(
        name="anyone, or everything, allowed",
        rules="open-policy",
        titles=r"\*|wildcard|principal|administrative|full|permissions|AdministratorAccess",
        trivy="AWS-0057 AWS-0097",
        guard="IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS S3_BUCKET_POLICY_NO_WILDCARD_PRINCIPAL "
        "SQS_QUEUEPOLICY_NO_WILDCARD_PRINCIPAL SNS_TOPICPOLICY_NO_WILDCARD_PRINCIPAL KMS_NO_WILDCARD_PRINCIPAL",
    ),
    Problem(
        name="privileged container",
        rules="privileged-container container-power",
        titles=r"privileged containers?$|CAP_SYS_ADMIN",
        trivy="KSV-0017",
        kubescape="rule-privileged-container",
    ),
    Problem(
        name="privilege escalation",
        rules="",
        titles=r"allowPrivilegeEscalation|privilege escalation",
        trivy="KSV-0001",
        kubescape="rule-allow-privilege-escalation",
    ),
    Problem(
        name="the host's namespaces",
        rules="",
        titles=r"host (IPC|network|process ID|PID)|hostNetwork|hostPID|hostIPC",
        trivy="KSV-0008 KSV-0009 KSV-0010",
        kubescape="host-pid-ipc-privileges host-network-access host-ipc-privileges host-pid-privileges",
    ),
    Problem(
        name="the runtime's socket",
        rules="runtime-socket",
        titles=r"docker daemon socket",
        trivy="KSV-0006",
        kubescape="containers-mounting-docker-socket",
    ),
    Problem(
        name="root in a container",
        rules="root-user",
        titles=r"root|user for the container|last USER",
        trivy="KSV-0012 DS-0002",
        kubescape="non-root-containers",
        stricter=True,
    ),
    Problem(
        name="capabilities",
        rules="container-power",
        titles=r"capabilit",
        trivy="KSV-0005 KSV-0022",
        kubescape="insecure-capabilities",
        stricter=True,
    ),
    Problem(
        name="image by tag or latest",
        rules="image-latest image-digest DL3006 DL3007",
        titles=r"image tag|image should use digest|latest",
        trivy="KSV-0013 DS-0001",
        kubescape="image-not-pinned-to-digest",
        stricter=True,
    ),
)


# Labels that are the contrary of what the files say, or of the suite's own purpose. They are counted in the first rows.
DISPUTED = {
    "AWS-0013 good 3": "TLS 1.0",
    "AWS-0015 good 0": "a property that the service does not know",
    "AWS-0027 good 0": "a key without the switch that uses it",
    "AWS-0027 good 1": "a key without the switch that uses it",
    "AWS-0097 good 0": "anyone may send",
    "AWS-0132 good 1": "a key of the cloud's, for logs",
    "AWS-0132 good 3": "a key of the cloud's, for logs",
    "AWS-0132 good 4": "a key of the cloud's, for logs",
    "CLOUDFRONT_MINIMUM_PROTOCOL_VERSION_RULE 2": "no version that there is",
    "CW_LOGGROUP_RETENTION_PERIOD_CHECK 3": "kept for a time, but for another than the rule's",
    "ELBV2_LISTENER_PROTOCOL_RULE 4": "redirects to HTTPS",
    "ELBV2_LISTENER_SSL_POLICY_RULE 3": "redirects to HTTPS",
    "ELBV2_LISTENER_SSL_POLICY_RULE 4": "redirects to HTTPS",
    "INCOMING_SSH_DISABLED 3": "all ports are open to everybody",
    "S3_BUCKET_PUBLIC_READ_ACL 3": "everybody may write",
    "S3_DEFAULT_ENCRYPTION_KMS 2": "a key of the cloud's",
}


class Case(NamedTuple):
    """A problem of a suite in one format, and the files that show it.

    bad: whether the problem is there. name: the check's and which of its cases it is.
    """

    suite: str
    format: str
    problem: Problem
    bad: bool
    name: str
    files: tuple[tuple[str, str], ...]


class Promised(NamedTuple):
    """What a check of a suite is about, and whether what it calls good is free of the problem."""

    problem: Problem
    good_tells: bool


def checks(named: Callable[[Problem], str]) -> dict[str, Promised]:
    """Return what each check of a suite is about; named: those of a problem."""
    return {
        name.rstrip("~"): Promised(problem, good_tells=not (problem.stricter or name.endswith("~")))
        for problem in PROBLEMS
        for name in named(problem).split()
    }


_GUARD = checks(lambda problem: problem.guard)


class Engine(NamedTuple):
    """A name, and by folder the rules that fail there."""

    name: str
    failing: Mapping[str, frozenset[str]]


def score(cases: Iterable[tuple[str, Case]], engine: Engine, titles: Mapping[str, str]) -> tuple[Rate, Rate]:
    """Return how many problems are found, and how many false alarms are raised where there is none, by folder."""
    bad = good = found = alarms = 0
    for folder, case in cases:
        says = not about(case.problem, titles).isdisjoint(engine.failing.get(folder, ()))
        bad += case.bad
        found += case.bad and says
        good += not case.bad
        alarms += not case.bad and says
    return Rate(found, bad), Rate(alarms, good)


def about(problem: Problem, titles: Mapping[str, str]) -> frozenset[str]:
    """Return the rules of all scanners that are about a problem; titles: of checkov's rules."""
    matching = re.compile(problem.titles, re.IGNORECASE)
    return frozenset(problem.rules.split()) | {rule for rule, title in titles.items() if matching.search(title)}


def trivy_cases(folder: Path) -> Iterator[Case]:
    """Yield the examples of Trivy's checks."""
    clone = Clone(folder / "aquasecurity+trivy-checks")
    wanted = checks(lambda problem: problem.trivy)
    if not clone.exists:
        return
    held = {path: data.decode() for path, data in clone.files(clone.paths("checks"))}
    for path, text in held.items():
        named = re.search(r"^#\s+id: (\S+)$", text, re.MULTILINE)
        examples = re.search(r"^#\s+examples: (\S+)$", text, re.MULTILINE)
        if path.endswith(".rego") and named and named[1] in wanted and examples and examples[1] in held:
            yield from examples_of(named[1], wanted[named[1]], yaml.safe_load(held[examples[1]]))


def examples_of(check: str, promised: Promised, examples: Mapping[str, Any]) -> Iterator[Case]:
    """Yield the cases of a file of examples that tell."""
    names = {
        "terraform": ("Terraform", "main.tf"),
        "cloudformation": ("CloudFormation", "stack.template.yaml"),
        "kubernetes": ("Kubernetes", "objects.yaml"),
        "dockerfile": ("Dockerfile", "Dockerfile"),
    }
    for key in (each for each in names if each in examples):
        form, name = names[key]
        for side in ("good", "bad") if promised.good_tells else ("bad",):
            for number, text in enumerate(examples[key].get(side) or ()):
                case = f"{check} {side} {number}"
                yield Case("trivy-checks", form, promised.problem, side == "bad", case, ((name, f"{text}\n"),))


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""


def _function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:  # noqa: ANN401 - any YAML
    value: Any = None
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix == "Ref" else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _function)


def guard_cases(folder: Path) -> Iterator[Case]:
    """Yield the tests of the rules for CloudFormation Guard."""
    clone = Clone(folder / "aws-cloudformation+aws-guard-rules-registry")
    if not clone.exists:
        return
    tests = [path for path in clone.paths("rules/aws") if "/tests/" in path and path.endswith((".yml", ".yaml"))]
    for _, data in clone.files(tests):
        yield from guard_tests(data)


def guard_tests(data: bytes) -> Iterator[Case]:
    """Yield the cases of a file of tests that pass or fail; others are skipped by the rule itself."""
    for number, test in enumerate(yaml.load(data, _Loader) or ()):  # noqa: S506 - a safe one
        files = (("stack.template.json", json.dumps(test["input"], indent=2, default=str)),)
        for rule, expected in test["expectations"]["rules"].items():
            if rule in _GUARD and expected in {"PASS", "FAIL"}:
                promised, bad = _GUARD[rule], expected == "FAIL"
                if bad or promised.good_tells:
                    name = f"{rule} {number}"
                    yield Case("guard-rules-registry", "CloudFormation", promised.problem, bad, name, files)


def kubescape_cases(folder: Path) -> Iterator[Case]:
    """Yield the tests of Kubescape's rules: whether each raises an alert about its input."""
    clone = Clone(folder / "kubescape+regolibrary")
    if not clone.exists:
        return
    for rule, promised in checks(lambda problem: problem.kubescape).items():
        held = {path: data.decode() for path, data in clone.files(clone.paths(f"rules/{rule}/test"))}
        for path in (path for path in held if path.endswith("/expected.json")):
            inputs = path.removesuffix("expected.json") + "input/"
            files = tuple((name.removeprefix(inputs), text) for name, text in held.items() if name.startswith(inputs))
            bad = bool(json.loads(held[path] or "[]"))
            if bad or promised.good_tells:
                name = path.removeprefix("rules/").removesuffix("/expected.json")
                yield Case("kubescape", "Kubernetes", promised.problem, bad, name, files)


def laid_out(cases: Iterable[Case]) -> dict[str, Case]:
    """Return the cases by the folder in which each is put; Dockerfiles are lint's."""
    return {
        f"{'docker' if case.format == 'Dockerfile' else 'iac/suites'}/{number:04}": case
        for number, case in enumerate(cases)
    }


def by_checkov(root: Path) -> Engine:
    """Return what checkov finds by itself, however severe."""
    options = ("--skip-download", "--compact", "--soft-fail", "--quiet", "--output=json", "--directory=.")
    kinds = ("--framework", "terraform", "cloudformation", "kubernetes", "dockerfile")
    done = subprocess.run((program("checkov"), *options, *kinds), cwd=root, capture_output=True, check=True)
    said = json.loads(done.stdout)
    failed = (
        (each["file_path"].lstrip("/"), each["check_id"])
        for part in (said if isinstance(said, list) else [said])
        for each in part.get("results", {}).get("failed_checks", ())
    )
    return Engine("checkov alone", _by_folder(failed))


def by_gates(root: Path) -> Engine:
    """Return what fails the gates."""
    gates = [
        msgspec.structs.replace(gate, checks=tuple(check for check in gate.checks if check.id in _CHECKS))
        for gate in (iac_scan.GATE, lint.GATE)
    ]
    found = judged(root, *gates)
    return Engine("gates", _by_folder((each.location.path, each.rule) for each in found if fails(each)))


def fails(finding: Finding) -> bool:
    """Return whether a finding fails its gate: any does in lint, the severe ones in iac-scan."""
    return finding.check in {"hadolint", "dockerfiles"} or finding.severity in {Severity.CRITICAL, Severity.HIGH}


def _by_folder(found: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    rules: dict[str, set[str]] = {}
    for path, rule in found:
        depth = 2 if path.startswith("docker/") else 3
        rules.setdefault("/".join(path.split("/")[:depth]), set()).add(rule)
    return {folder: frozenset(some) for folder, some in rules.items()}


def checkov_titles(text: str) -> dict[str, str]:
    """Return the titles of checkov's rules by the table of severities."""
    return {rule: title for part in tomllib.loads(text).values() for rule, title in part.items()}


def tables(cases: Mapping[str, Case], engines: list[Engine], titles: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of both tables: by suite and format, and, of what is not disputed, by problem."""
    yield "| suite | format | engine | problems found | false alarms |"
    yield "|---|---|---|---|---|"
    for suite, form in dict.fromkeys((case.suite, case.format) for case in cases.values()):
        some = [(folder, case) for folder, case in cases.items() if (case.suite, case.format) == (suite, form)]
        agreed = [(folder, case) for folder, case in some if case.name not in DISPUTED]
        disputed = f", less {len(some) - len(agreed)} disputed"
        for note, counted in (("", some), (disputed, agreed)) if len(agreed) < len(some) else (("", some),):
            for engine in engines:
                found, alarms = score(counted, engine, titles)
                yield f"| {suite}{note} | {form} | {engine.name} | {found} | {alarms} |"
    yield ""
    heads = " | ".join(f"found by {each.name} | false alarms of {each.name}" for each in engines)
    yield f"| problem | format | {heads} |"
    yield f"|---|---|{'---|---|' * len(engines)}"
    kept = {folder: case for folder, case in cases.items() if case.name not in DISPUTED}
    for problem, form in dict.fromkeys((case.problem, case.format) for case in kept.values()):
        some = [(folder, case) for folder, case in kept.items() if (case.problem, case.format) == (problem, form)]
        rates = " | ".join(str(rate) for engine in engines for rate in score(some, engine, titles))
        yield f"| {problem.name} | {form} | {rates} |"


def main() -> None:
    """Print the tables."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path)
    words.add_argument("--verbose", action="store_true")
    given = words.parse_args()
    suites: tuple[Callable[[Path], Iterator[Case]], ...] = (trivy_cases, guard_cases, kubescape_cases)
    cases = laid_out(case for suite in suites for case in suite(given.folder))
    titles = checkov_titles(_SEVERITIES.read_text("utf-8"))
    with tempfile.TemporaryDirectory(prefix="lockstep-suites-") as scratch:
        files = {f"{folder}/{name}": text.encode() for folder, case in cases.items() for name, text in case.files}
        root = repository(Path(scratch) / "suites", files)
        engines = [by_checkov(root), by_gates(root)]
    print(measured(given.folder, _CLONES, ("checkov", "conftest", "cfn-lint", "hadolint")), end="\n\n")
    print("\n".join(tables(cases, engines, titles)))
    if given.verbose:
        for folder, case in cases.items():
            says = not about(case.problem, titles).isdisjoint(engines[-1].failing.get(folder, ()))
            if says is not case.bad:
                print(f"{'missed' if case.bad else 'false'}: {case.format}: {case.problem.name}: {case.name}")


if __name__ == "__main__":
    main()
