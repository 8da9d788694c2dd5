import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Level, Severity
from lockstep.parsers import trivy

ROOT = "/scratch/tree"
LODASH = {
    "VulnerabilityID": "CVE-2021-23337",
    "VendorIDs": ["GHSA-35jh-r3h4-6jhm"],
    "PkgID": "lodash@4.17.20",
    "PkgName": "lodash",
    "PkgIdentifier": {"PURL": "pkg:npm/lodash@4.17.20", "UID": "5f0c1b2a3d4e5f60"},
    "InstalledVersion": "4.17.20",
    "FixedVersion": "4.17.21",
    "Status": "fixed",
    "SeveritySource": "ghsa",
    "PrimaryURL": "https://avd.aquasec.com/nvd/cve-2021-23337",
    "Title": "Command Injection in lodash",
    "Severity": "HIGH",
}
PACKAGE = {
    "ID": "lodash@4.17.20",
    "Name": "lodash",
    "Identifier": {"PURL": "pkg:npm/lodash@4.17.20", "UID": "5f0c1b2a3d4e5f60"},
    "Version": "4.17.20",
    "Locations": [{"StartLine": 12, "EndLine": 16}],
}


def report(*results: dict[str, Any], **fields: Any) -> bytes:  # noqa: ANN401 - any JSON
    whole = {"SchemaVersion": 2, "ArtifactName": ROOT, "ArtifactType": "filesystem", "Results": list(results)}
    return json.dumps({"Trivy": {"Version": "0.74.0"}, **whole, **fields}).encode()


def lock(*found: dict[str, Any], packages: tuple[dict[str, Any], ...] = (PACKAGE,), **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    named = {"Target": "web/package-lock.json", "Class": "lang-pkgs", "Type": "npm"}
    return {**named, "Packages": list(packages), "Vulnerabilities": list(found), **fields}


def read(data: bytes, root: str = ROOT) -> Any:  # noqa: ANN401 - a report
    return trivy.read(data, root=root, place="lockstep.toml")


def test_a_vulnerability_is_placed_where_its_package_is_locked() -> None:
    (found,) = read(report(lock(LODASH))).findings
    assert str(found.location) == "web/package-lock.json:12"
    assert (found.rule, found.severity, found.level) == ("CVE-2021-23337", Severity.HIGH, Level.ERROR)
    assert found.message == "lodash 4.17.20: Command Injection in lodash; fixed in 4.17.21"
    assert (found.anchor, found.fixed) == ("lodash@4.17.20", "4.17.21")
    assert found.help_url == "https://avd.aquasec.com/nvd/cve-2021-23337"


def test_the_line_is_found_by_the_packages_id_where_there_is_no_unique_one() -> None:
    plain = {name: value for name, value in LODASH.items() if name != "PkgIdentifier"}
    (found,) = read(report(lock(plain))).findings
    assert found.location.line == 12


@pytest.mark.parametrize("packages", [(), ({"ID": "lodash@4.17.20"},), ({"ID": "lodash@4.17.20", "Locations": None},)])
def test_without_a_line_the_place_is_the_file(packages: tuple[dict[str, Any], ...]) -> None:
    (found,) = read(report(lock(LODASH, packages=packages))).findings
    assert str(found.location) == "web/package-lock.json"


def test_a_package_without_a_version_was_not_looked_up_and_that_is_said() -> None:
    unknown = {"Name": "g:log4j-core", "Relationship": "direct", "Locations": [{"StartLine": 8, "EndLine": 8}]}
    own = ({"Name": "shop.example/till", "Relationship": "root"}, {"Name": "a", "Relationship": "workspace"})
    (found,) = read(report(lock(packages=(unknown, *own)))).findings
    assert (found.rule, found.location.line, found.anchor) == ("unknown-version", 8, "g:log4j-core@")
    assert (found.severity, found.level) == (Severity.NONE, Level.WARNING)


def test_what_nobody_has_fixed_says_so() -> None:
    (found,) = read(report(lock({**LODASH, "FixedVersion": "", "Status": "will_not_fix"}))).findings
    assert found.message.endswith("; no fixed version (will_not_fix)")
    assert found.fixed == ""


@pytest.mark.parametrize(
    ("named", "severity", "level"),
    [
        ("CRITICAL", Severity.CRITICAL, Level.ERROR),
        ("MEDIUM", Severity.MEDIUM, Level.WARNING),
        ("LOW", Severity.LOW, Level.NOTE),
        ("UNKNOWN", Severity.NONE, Level.NOTE),
        ("", Severity.NONE, Level.NOTE),
        (None, Severity.NONE, Level.NOTE),
    ],
)
def test_severities(named: str | None, severity: Severity, level: Level) -> None:
    (found,) = read(report(lock({**LODASH, "Severity": named}))).findings
    assert (found.severity, found.level) == (severity, level)


@pytest.mark.parametrize("artifact", [".", "/tree", "/tree/web/..", "./"])
def test_places_are_relative_to_what_was_scanned(artifact: str) -> None:
    (found,) = read(report(lock(LODASH), ArtifactName=artifact, ArtifactType="repository"), "/tree").findings
    assert found.location.path == "web/package-lock.json"


def test_a_folder_that_was_scanned_alone_is_part_of_the_path() -> None:
    (found,) = read(report(lock(LODASH), ArtifactName="services/till"), "/tree").findings
    assert found.location.path == "services/till/web/package-lock.json"


def test_a_file_that_was_scanned_alone_is_the_path() -> None:
    alone = lock(LODASH, Target="package-lock.json")
    (found,) = read(report(alone, ArtifactName="web/package-lock.json"), "/tree").findings
    assert found.location.path == "web/package-lock.json"


def test_a_checkout_in_another_place_keeps_its_relative_paths() -> None:
    (found,) = read(report(lock(LODASH), ArtifactName="/builds/shop"), "/tree").findings
    assert found.location.path == "web/package-lock.json"


def image(*results: dict[str, Any], **metadata: Any) -> bytes:  # noqa: ANN401 - any JSON
    return report(*results, ArtifactName="/dist/till.tar", ArtifactType="container_image", Metadata=metadata)


def test_what_is_in_an_image_is_shown_where_the_image_is_declared() -> None:
    glibc = {**LODASH, "PkgName": "libc6", "InstalledVersion": "2.36-9", "PkgID": "libc6@2.36-9"}
    system = {"Target": "/dist/till.tar (debian 12.5)", "Class": "os-pkgs", "Vulnerabilities": [glibc]}
    wheel = {"Target": "Python", "Vulnerabilities": [{**LODASH, "PkgPath": "usr/lib/x.dist-info/METADATA"}]}
    first, second = read(image(system, wheel, OS={"Family": "debian", "Name": "12.5"})).findings
    assert str(first.location) == str(second.location) == "lockstep.toml"
    assert first.message.startswith("libc6 2.36-9 in debian 12.5: ")
    assert second.message.startswith("lodash 4.17.20 in usr/lib/x.dist-info/METADATA: ")


def test_a_distribution_past_its_end_is_a_finding_of_its_own() -> None:
    (found,) = read(image(OS={"Family": "debian", "Name": "8.11", "EOSL": True})).findings
    assert (found.rule, found.severity, found.anchor) == ("end-of-life", Severity.HIGH, "debian 8.11")


def test_misconfigurations_and_secrets_of_other_scans_count() -> None:
    failed = {
        "ID": "DS-0002",
        "Title": "Image user should not be 'root'",
        "Message": "Specify at least 1 USER command",
        "Resolution": "Add 'USER <non root user name>'",
        "Severity": "HIGH",
        "Status": "FAIL",
        "PrimaryURL": "https://avd.aquasec.com/misconfig/ds-0002",
        "CauseMetadata": {"StartLine": 3, "EndLine": 3},
    }
    config = {"Target": "Dockerfile", "Misconfigurations": [failed, {**failed, "Status": "PASS"}]}
    secret = {"RuleID": "github-pat", "Title": "GitHub token", "Severity": "CRITICAL", "StartLine": 7, "Match": "***"}
    first, second = read(report(config, {"Target": "x.env", "Secrets": [secret]})).findings
    assert (str(first.location), first.rule, first.severity) == ("Dockerfile:3", "DS-0002", Severity.HIGH)
    assert first.message == "Specify at least 1 USER command; Add 'USER <non root user name>'"
    assert (str(second.location), second.rule, second.severity) == ("x.env:7", "github-pat", Severity.CRITICAL)


def test_unknown_fields_are_tolerated_everywhere() -> None:
    more = {"Novelty": {"a": [1]}}
    data = report(
        lock({**LODASH, **more}, packages=({**PACKAGE, **more},), **more), Results2=[], Metadata={**more, "OS": more}
    )
    assert len(read(data).findings) == 1


def test_nothing_found_is_an_empty_report() -> None:
    assert read(report()) == read(report(Results=None)) == read(report(lock()))
    assert (read(report()).findings, read(report()).problem) == ((), "")


FOREIGN = {
    "nothing": b"",
    "white space": b" \n",
    "another program's": b'{"version": "2.1.0", "runs": []}',
    "another schema": report(SchemaVersion=1),
    "no schema": b'{"Results": []}',
    "a schema alone": b'{"SchemaVersion": 2}',
    "a list": b"[]",
    "a vulnerability without a name": report(lock({"PkgName": "x"})),
    "no text": b"\xff\xfe\x00",
    "deep": b'{"Results": ' + b"[" * 100_000,
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_no_report_is_a_problem(kind: str) -> None:
    found = read(FOREIGN[kind])
    assert found.problem
    assert found.findings == ()


@given(st.integers(min_value=0, max_value=len(report(lock(LODASH))) - 1))
def test_a_report_that_is_cut_off_is_a_problem(length: int) -> None:
    assert read(report(lock(LODASH))[:length]).problem


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(JSON, st.sampled_from(("Results", "Metadata", "ArtifactName", "SchemaVersion")))
def test_whatever_stands_in_a_field_there_is_a_report(value: object, field: str) -> None:
    found = read(report(lock(LODASH), **{field: value}))
    assert bool(found.problem) >= (field == "SchemaVersion" and value != 2)


@given(st.binary(max_size=200))
def test_any_bytes_make_a_report(data: bytes) -> None:
    assert read(data).problem


LOG = b"""2026-11-25T08:07:40Z\tDEBUG\tParsed severities\tseverities=[LOW]
2026-11-25T08:07:40Z\tDEBUG\tWalk error\tfile_path="npm/package-lock.json" err="parse error: unexpected EOF"
2026-11-25T08:07:40Z\tDEBUG\t[analyzer] Analysis error\terr="maven/pom.xml parse error: unexpected EOF"
2026-11-25T08:07:40Z\tWARN\t[uv] Failed to parse uv lockfile\terr="failed to parse uv/uv.lock: unexpected EOF"
"""


def test_what_was_left_out_is_read_from_the_log() -> None:
    said = trivy.skipped(LOG)
    assert said.startswith("trivy could not read what it was to scan: ")
    assert all(name in said for name in ("npm/package-lock.json", "maven/pom.xml", "uv/uv.lock"))
    assert trivy.skipped(LOG.splitlines()[0]) == trivy.skipped(b"") == ""


TREE = b"""2026-11-25T08:08:59Z\tFATAL\tFatal error
  - run error:
    github.com/aquasecurity/trivy/pkg/commands/artifact.Run
        github.com/aquasecurity/trivy/pkg/commands/artifact/run.go:411
  - error in vulnerability DB initialize:
    github.com/aquasecurity/trivy/pkg/commands/artifact.(*runner).initDB
        github.com/aquasecurity/trivy/pkg/commands/artifact/run.go:346
  - Oops: failed to open db: invalid database
    Time: 2026-11-25 08:08:59.089437289 +0000 UTC
"""
CHAIN = (
    b"2026-11-25T08:09:59Z\tFATAL\tFatal error\trun error: init error: DB error: failed to download vulnerability DB: "
    b"OCI artifact error: failed to download vulnerability DB: failed to download artifact from r.example/db:2: EOF\n"
)


@pytest.mark.parametrize(
    ("log", "why"),
    [
        (TREE, "error in vulnerability DB initialize: Oops: failed to open db: invalid database"),
        (CHAIN, "failed to download artifact from r.example/db:2: EOF"),
        (b"panic: assertion failed: Page expected\n\ngoroutine 1", "trivy crashed: assertion failed: Page expected"),
        (b"", "trivy does not say why it failed"),
    ],
)
def test_why_it_gave_up(log: bytes, why: str) -> None:
    assert trivy.failure(log) == why
