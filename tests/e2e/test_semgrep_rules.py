"""Lockstep's own Semgrep rules: every annotated case is found, and nothing else is.

A case names what is expected of the next line of code: `ruleid: a, b` (found by a and by b) or `ok: a` (not found by a).
One run of the real Semgrep covers all cases; a finding that no `ruleid` announces is a failure as well.
"""

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
RULES = ROOT / "tooling" / "lockstep" / "rules" / "semgrep"
CASES = ROOT / "tests" / "gates" / "data" / "codeql" / "semgrep"
LANGUAGES = ("python", "javascript", "bash", "dockerfile", "workflows")
ANNOTATION = re.compile(r"(?:#|//|\{/\*)\s*(ruleid|ok):\s*([a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)")
# The classes that code scanning derives from a security-severity, and Semgrep's own word for each.
SEVERITIES = ((7.0, "ERROR"), (4.0, "WARNING"), (0.0, "INFO"))


class Expectation(NamedTuple):
    """`kind` is ruleid or ok; `line` is the line of code, from 1, that the annotation speaks of."""

    case: str
    line: int
    kind: str
    rule: str


class Scan(NamedTuple):
    """What one run over all cases found, and what it complained of."""

    found: Counter[tuple[str, int, str]]
    errors: list[dict[str, Any]]
    scanned: frozenset[str]


def rules() -> list[tuple[Path, dict[str, Any]]]:
    """Return every rule with the file that holds it."""
    return [
        (path, rule)
        for path in sorted(RULES.rglob("*.yaml"))
        for rule in msgspec.yaml.decode(path.read_bytes())["rules"]
    ]


def cases() -> list[Path]:
    """Return every case file, in a stable order."""
    return sorted(path for path in CASES.rglob("*") if path.is_file())


def staged_name(case: Path) -> str:
    """Return where a case lies in the staged repository: workflows where GitHub reads them, the rest by language."""
    relative = case.relative_to(CASES)
    if relative.parts[0] == "workflows":
        return Path(".github", *relative.parts).as_posix()
    return Path("src", *relative.parts).as_posix()


def expectations(case: Path) -> Iterator[Expectation]:
    """Yield what the annotations of a case announce; annotations above each other speak of the same line."""
    pending: list[tuple[str, str]] = []
    for number, line in enumerate(case.read_text("utf-8").splitlines(), start=1):
        if match := ANNOTATION.search(line):
            pending += [(match[1], rule.strip()) for rule in match[2].split(",")]
        elif pending:
            yield from (Expectation(staged_name(case), number, kind, rule) for kind, rule in pending)
            pending = []
    assert not pending, f"{case} ends with an annotation"


def all_expectations() -> list[Expectation]:
    return [expectation for case in cases() for expectation in expectations(case)]


@pytest.fixture(scope="module")
def scan(semgrep: str, tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """Run Semgrep once, with the real rules, over a repository that is made of the cases."""
    repository = tmp_path_factory.mktemp("cases")
    for case in cases():
        target = repository / staged_name(case)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(case, target)
    argv = [semgrep, "scan", "--experimental", "--metrics=off", "--disable-version-check", "--oss-only", "--json"]
    argv += ["--no-rewrite-rule-ids", "--no-git-ignore", "--config", str(RULES), "."]
    done = subprocess.run(argv, cwd=repository, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    report = json.loads(done.stdout)
    found = Counter(
        (hit["path"].removeprefix("./"), hit["start"]["line"], hit["check_id"]) for hit in report["results"]
    )
    return Scan(found, report["errors"], frozenset(path.removeprefix("./") for path in report["paths"]["scanned"]))


def test_every_rule_and_case_parses(scan: Scan) -> None:
    assert scan.errors == []


def test_every_case_is_scanned(scan: Scan) -> None:
    assert {staged_name(case) for case in cases()} - scan.scanned == set()


def test_everything_announced_is_found(scan: Scan) -> None:
    announced = {(entry.case, entry.line, entry.rule) for entry in all_expectations() if entry.kind == "ruleid"}
    assert sorted(announced - scan.found.keys()) == []


def test_nothing_else_is_found(scan: Scan) -> None:
    announced = {(entry.case, entry.line, entry.rule) for entry in all_expectations() if entry.kind == "ruleid"}
    assert sorted(scan.found.keys() - announced) == []


def test_there_are_enough_rules_for_every_language() -> None:
    per_language = Counter(path.parent.name for path, _ in rules())
    assert sum(per_language.values()) >= 40
    wanted = {"python": 18, "javascript": 9, "bash": 8, "dockerfile": 7, "workflows": 8}
    assert {name: per_language[name] for name in wanted if per_language[name] < wanted[name]} == {}


def test_rule_ids_are_unique_and_name_their_language() -> None:
    ids = [rule["id"] for _, rule in rules()]
    assert sorted(set(ids)) == sorted(ids)
    pattern = {path: re.compile(rf"lockstep-{path.parent.name}-[a-z0-9]+(-[a-z0-9]+)*") for path, _ in rules()}
    assert [rule["id"] for path, rule in rules() if not pattern[path].fullmatch(rule["id"])] == []


@pytest.mark.parametrize("kind", ["ruleid", "ok"])
def test_every_rule_has_two_cases_of_each_kind(kind: str) -> None:
    counts = Counter(entry.rule for entry in all_expectations() if entry.kind == kind)
    assert [rule["id"] for _, rule in rules() if counts[rule["id"]] < 2] == []


def test_the_cases_of_a_rule_lie_beside_its_topic() -> None:
    home = {rule["id"]: (path.parent.name, path.stem) for path, rule in rules()}
    strayed = [
        (case.relative_to(CASES).as_posix(), entry.rule)
        for case in cases()
        for entry in expectations(case)
        if entry.rule not in home or (entry.kind == "ok" and home[entry.rule] != topic(case))
    ]
    assert strayed == []


def topic(case: Path) -> tuple[str, str]:
    """Return language and topic of a case; `users.dockerfile` and `users-root.dockerfile` both belong to `users`."""
    stems = [path.stem for path in (RULES / case.parent.name).glob("*.yaml")]
    fitting = [stem for stem in stems if case.stem == stem or case.stem.startswith(f"{stem}-")]
    return case.parent.name, max(fitting, key=len, default="")


@pytest.mark.parametrize(("path", "rule"), rules(), ids=[rule["id"] for _, rule in rules()])
def test_a_rule_says_what_it_means(path: Path, rule: dict[str, Any]) -> None:
    metadata = rule["metadata"]
    assert re.fullmatch(r"CWE-\d+: \S.*", metadata["cwe"])
    assert re.fullmatch(r"(A\d\d:2021|CICD-SEC-\d+) - \S.*", metadata["owasp"])
    assert metadata["category"] == "security"
    assert metadata["confidence"] in {"HIGH", "MEDIUM", "LOW"}
    assert metadata["references"]
    assert all(url.startswith("https://") for url in metadata["references"])
    sentences = re.findall(r"[^.!?]\.(?=\s|$)", rule["message"].strip())
    assert len(sentences) >= 2, "one sentence says what, one says how to mend it"


@pytest.mark.parametrize(("path", "rule"), rules(), ids=[rule["id"] for _, rule in rules()])
def test_the_severity_is_the_class_of_the_score(path: Path, rule: dict[str, Any]) -> None:
    text = rule["metadata"]["security-severity"]
    assert isinstance(text, str)
    assert re.fullmatch(r"(10|[0-9])\.[0-9]", text)
    assert rule["severity"] == next(word for floor, word in SEVERITIES if float(text) >= floor)


def test_copies_of_the_request_sources_do_not_drift() -> None:
    for language in LANGUAGES:
        copies = [
            rule["pattern-sources"]
            for path, rule in rules()
            if path.parent.name == language and path.stem == "injection" and rule.get("mode") == "taint"
        ]
        assert all(copy == copies[0] for copy in copies)
