"""One finding a problem: what several scanners say of one resource is one finding, which names them all.

The table is reviewed: two rules stand together only where mending what one of them says mends what the other says.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from lockstep.model.finding import Finding, Severity

Rule = tuple[str, str]

# Problem -> rules, the one that is shown first.
_IN_PLACE: Mapping[str, tuple[Rule, ...]] = {
    "s3-public-acl": (
        ("conftest", "s3-public-acl"),
        ("cfn-guard", "s3-public-acl"),
        *(("checkov", rule) for rule in ("CKV_AWS_20", "CKV_AWS_57", "CKV_AWS_375", "CKV2_AWS_43")),
    ),
    "s3-public-access-block": (
        ("conftest", "s3-public-access-block"),
        ("cfn-guard", "s3-public-access-block"),
        *(("checkov", rule) for rule in ("CKV2_AWS_6", "CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56")),
    ),
    "open-network": (
        ("conftest", "open-network"),
        ("cfn-guard", "open-network"),
        *(("checkov", rule) for rule in ("CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260", "CKV_AWS_277")),
    ),
    "tls-listener": (
        ("conftest", "tls-listener"),
        ("cfn-guard", "tls-listener"),
        *(("checkov", rule) for rule in ("CKV_AWS_2", "CKV_AWS_103", "CKV_AWS_376", "CKV2_AWS_20", "CKV2_AWS_74")),
    ),
    "tls-distribution": (
        ("conftest", "tls-distribution"),
        ("cfn-guard", "tls-distribution"),
        ("checkov", "CKV_AWS_34"),
    ),
    "tls-service": (
        ("conftest", "tls-service"),
        ("cfn-guard", "tls-service"),
        *(("checkov", rule) for rule in ("CKV_AWS_6", "CKV_AWS_30", "CKV_AWS_83")),
    ),
    "open-policy": (
        ("conftest", "open-policy"),
        ("cfn-guard", "open-policy"),
        *(("checkov", rule) for rule in ("CKV_AWS_32", "CKV_AWS_70", "CKV_AWS_168", "CKV_AWS_169")),
    ),
    "public-service": (
        ("conftest", "public-service"),
        ("cfn-guard", "public-service"),
        ("checkov", "CKV_AWS_38"),
        ("checkov", "CKV_AWS_39"),
    ),
    "tls-bucket": (("conftest", "tls-bucket"), ("checkov", "CKV_AWS_379")),
    "kms-key": (
        ("conftest", "kms-key"),
        ("cfn-guard", "kms-key"),
        *(
            ("checkov", f"CKV_AWS_{number}")
            for number in (3, 5, 16, 19, 26, 27, 29, 35, 42, 43, 44, 64, 74, 96, 119, 136, 142, 145, 149, 158, 166)
        ),
        *(("checkov", f"CKV_AWS_{number}") for number in (182, 184, 185, 189, 191, 247, 327, 347)),
        *(("checkov", rule) for rule in ("CKV2_AWS_73",)),
    ),
    "log-retention": (("conftest", "log-retention"), ("cfn-guard", "log-retention"), ("checkov", "CKV_AWS_66")),
    "required-tags": (("conftest", "required-tags"), ("cfn-guard", "required-tags")),
    "image": (
        ("conftest", "image-latest"),
        ("conftest", "image-digest"),
        ("hadolint", "DL3006"),
        ("hadolint", "DL3007"),
        ("checkov", "CKV_K8S_14"),
        ("checkov", "CKV_K8S_43"),
    ),
    "root-user": (("conftest", "root-user"), ("hadolint", "DL3002")),
    "secret-variable": (("conftest", "secret-variable"), ("hadolint", "DL3064")),
    "privileged-container": (
        ("conftest", "privileged-container"),
        *(("checkov", rule) for rule in ("CKV_K8S_2", "CKV_K8S_16", "CKV_K8S_159")),
    ),
    "container-power": (("conftest", "container-power"), ("checkov", "CKV_K8S_39")),
    "runtime-socket": (("conftest", "runtime-socket"), ("checkov", "CKV_K8S_27")),
    "module-pin": (
        ("tflint", "terraform_module_pinned_source"),
        ("tflint", "terraform_module_version"),
        ("checkov", "CKV_TF_1"),
        ("checkov", "CKV_TF_2"),
    ),
}
# What is said of a file as a whole: that it cannot be read. Terraform says at which line.
_OF_FILE: tuple[Rule, ...] = (
    ("terraform", "validate"),
    ("tflint", "syntax"),
    ("cfn-lint", "E0000"),
    ("hadolint", "DL1000"),
    ("conftest", "syntax"),
    ("cfn-guard", "syntax"),
    ("checkov", "syntax"),
)
_FILE = "file"
_SEVERITIES = tuple(Severity)
_RANKS: Mapping[Rule, tuple[str, int]] = {
    rule: (problem, rank) for problem, rules in _IN_PLACE.items() for rank, rule in enumerate(rules)
} | {rule: (_FILE, rank) for rank, rule in enumerate(_OF_FILE)}


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings with those of one problem and one place as one, with the gravest severity of them.

    A place is an overlap of lines in a file; unreadable files are one place each. What is shown does not depend on the
    order of `findings`.
    """
    everything = tuple(findings)
    known = sorted((each for each in everything if _rule(each) in _RANKS), key=_order)
    groups: list[list[Finding]] = []
    # The groups that begin at a finding on a line of a file, by problem; where files are wrong as a whole, on line 0.
    at: dict[tuple[str, str, int], list[int]] = {}
    for finding in known:
        problem, rank = _RANKS[_rule(finding)]
        lines = _lines(problem, finding)
        near = {number for line in lines for number in at.get((problem, finding.location.path, line), ())}
        if near and (rank > 0 or problem != _FILE):
            groups[min(near)].append(finding)
            continue
        for line in lines:
            at.setdefault((problem, finding.location.path, line), []).append(len(groups))
        groups.append([finding])
    return (*(each for each in everything if _rule(each) not in _RANKS), *(_one(group) for group in groups))


def _lines(problem: str, finding: Finding) -> range:
    where = finding.location
    return range(1) if problem == _FILE else range(where.line, max(where.line, where.end_line) + 1)


def _rule(finding: Finding) -> Rule:
    return finding.tool, finding.rule


def _order(finding: Finding) -> tuple[object, ...]:
    problem, rank = _RANKS[_rule(finding)]
    where = finding.location
    return problem, where.path, rank, where.line, where.column, finding.message


def _one(group: Sequence[Finding]) -> Finding:
    """Return the first finding with the names of the others, as grave as the gravest."""
    first = group[0]
    others = dict.fromkeys(f"{each.rule} of {each.tool}" for each in group if _rule(each) != _rule(first))
    gravest = min(group, key=lambda each: _SEVERITIES.index(each.severity))
    return msgspec.structs.replace(
        first,
        message=f"{first.message} (also {', '.join(others)})" if others else first.message,
        severity=gravest.severity,
        level=gravest.level,
    )
