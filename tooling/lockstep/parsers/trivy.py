"""Trivy's JSON report, schema version 2, of a file system, a repository or an image.

Unknown fields are ignored; a report that is cut off, of another schema or of something else is a problem. Lines are
Trivy's own where it gives them; elsewhere the anchor (`package@version`) lets the engine find the line.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping

import msgspec

from lockstep.model.finding import Finding, Level, Location, Report, Severity
from lockstep.parsers.reading import UnreadableError, excerpt, guarded, json, lines, relative, text

TOOL = "trivy"
_SCHEMA = 2
_LEVELS = {Severity.CRITICAL: Level.ERROR, Severity.HIGH: Level.ERROR, Severity.MEDIUM: Level.WARNING}
_OWN = frozenset({"root", "workspace"})
_FILES = frozenset({"filesystem", "repository"})
_UNPINNED = re.compile(r"^unpinned\t(?P<path>[^\t]+)\t(?P<line>\d+)\t(?P<name>[^\t]+)$")
_CRASH = re.compile(r"^(?:panic|fatal error): (?P<why>.+)$", re.MULTILINE)
_STEP = re.compile(r"^ {2}- (?P<what>.+?):?$", re.MULTILINE)
_CHAIN = re.compile(r".*\bvulnerability DB: ", re.DOTALL)
_SKIPPED = re.compile(r"(?:Walk error|Analysis error|Failed to parse uv lockfile)\s*(?P<why>.*)")


class _Struct(msgspec.Struct, frozen=True, rename="pascal"):
    """A node of the report. Go writes null for what is not there, so every field may be null."""


class _Identifier(msgspec.Struct, frozen=True):
    uid: str | None = msgspec.field(name="UID", default=None)


class _Lines(_Struct, frozen=True):
    start_line: int | None = None
    end_line: int | None = None


class _Package(msgspec.Struct, frozen=True):
    name: str | None = msgspec.field(name="Name", default=None)
    version: str | None = msgspec.field(name="Version", default=None)
    relationship: str | None = msgspec.field(name="Relationship", default=None)
    id: str | None = msgspec.field(name="ID", default=None)
    identifier: _Identifier | None = msgspec.field(name="Identifier", default=None)
    locations: list[_Lines] | None = msgspec.field(name="Locations", default=None)


class _Vulnerability(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="VulnerabilityID")
    package: str = msgspec.field(name="PkgName")
    package_id: str | None = msgspec.field(name="PkgID", default=None)
    identifier: _Identifier | None = msgspec.field(name="PkgIdentifier", default=None)
    path: str | None = msgspec.field(name="PkgPath", default=None)
    installed: str | None = msgspec.field(name="InstalledVersion", default=None)
    fixed: str | None = msgspec.field(name="FixedVersion", default=None)
    status: str | None = msgspec.field(name="Status", default=None)
    severity: str | None = msgspec.field(name="Severity", default=None)
    title: str | None = msgspec.field(name="Title", default=None)
    url: str | None = msgspec.field(name="PrimaryURL", default=None)


class _Misconfiguration(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="ID")
    title: str | None = msgspec.field(name="Title", default=None)
    message: str | None = msgspec.field(name="Message", default=None)
    resolution: str | None = msgspec.field(name="Resolution", default=None)
    status: str | None = msgspec.field(name="Status", default=None)
    severity: str | None = msgspec.field(name="Severity", default=None)
    url: str | None = msgspec.field(name="PrimaryURL", default=None)
    cause: _Lines | None = msgspec.field(name="CauseMetadata", default=None)


class _Secret(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="RuleID")
    title: str | None = msgspec.field(name="Title", default=None)
    severity: str | None = msgspec.field(name="Severity", default=None)
    line: int | None = msgspec.field(name="StartLine", default=None)


class _Result(_Struct, frozen=True):
    target: str
    packages: list[_Package] | None = None
    vulnerabilities: list[_Vulnerability] | None = None
    misconfigurations: list[_Misconfiguration] | None = None
    secrets: list[_Secret] | None = None


class _System(_Struct, frozen=True):
    family: str | None = None
    name: str | None = None
    eosl: bool | None = msgspec.field(name="EOSL", default=None)


class _Metadata(msgspec.Struct, frozen=True):
    os: _System | None = msgspec.field(name="OS", default=None)


class _Report(_Struct, frozen=True):
    schema_version: int
    artifact_name: str
    artifact_type: str
    metadata: _Metadata | None = None
    results: list[_Result] | None = None


def read(data: bytes, *, root: str, place: str) -> Report:
    """Return the findings of a report.

    root: absolute path of what was scanned, to which places are relative. place: the file, relative to the root, in
    which findings of an image are shown; what is in an image has no line in the tree.
    """

    def findings() -> Report:
        report = json(data, _Report, TOOL)
        if report.schema_version != _SCHEMA:
            raise UnreadableError(f"{TOOL}'s report is of schema {report.schema_version}, and this reads {_SCHEMA}")
        return Report(findings=tuple(_findings(report, root, place)))

    return guarded(findings)


def skipped(log: bytes) -> str:
    """Return what Trivy could not read and left out without a word in its report, in a sentence; "" for nothing."""
    found = [match["why"] for match in map(_SKIPPED.search, text(log).splitlines()) if match]
    return (
        f"{TOOL} could not read what it was to scan: {'; '.join(' '.join(why.split()) for why in found)}"
        if found
        else ""
    )


def unpinned(log: bytes) -> tuple[Finding, ...]:
    """Return what `lockstep_trivy.py` says of requirements without a version, which Trivy passes over."""
    found = (match for match in map(_UNPINNED.match, lines(log)) if match)
    return tuple(_unknown(match["name"], Location(match["path"], int(match["line"]))) for match in found)


def failure(log: bytes) -> str:
    """Return why Trivy gave up, in a sentence, from what it wrote on standard error (with or without `--debug`)."""
    said = text(log)
    crash = _CRASH.search(said)
    if crash:
        return f"{TOOL} crashed: {crash['why']}"
    fatal = said.rpartition("FATAL\tFatal error")[2]
    steps = [match["what"] for match in _STEP.finditer(fatal)]
    return (
        excerpt(": ".join(steps[-2:]).encode() or _CHAIN.sub("", fatal).encode())
        or f"{TOOL} does not say why it failed"
    )


def _findings(report: _Report, root: str, place: str) -> Iterator[Finding]:
    in_files = report.artifact_type in _FILES
    system = (report.metadata or _Metadata()).os
    if system and system.eosl:
        yield _forsaken(system, place)
    for result in report.results or ():
        path = _path(report.artifact_name, result.target, root) if in_files else place
        where = "" if in_files else result.target.removeprefix(report.artifact_name).strip(" ()")
        starts = _starts(result.packages or []) if in_files else {}
        for package in (result.packages or ()) if in_files else ():
            if package.name and not package.version and package.relationship not in _OWN:
                yield _unknown(package.name, Location(path, _start(package)))
        for vulnerability in result.vulnerabilities or ():
            yield _vulnerability(vulnerability, path, where, starts)
        for misconfiguration in result.misconfigurations or ():
            if misconfiguration.status != "PASS":
                yield _misconfiguration(misconfiguration, path, where)
        for secret in result.secrets or ():
            yield _secret(secret, path, where)


def _unknown(package: str, location: Location) -> Finding:
    """Return the finding that a package was not looked up, because nothing in the tree says which version it has."""
    return Finding(
        tool=TOOL,
        rule="unknown-version",
        message=f"nothing here says which version of {package} is used, so it was not looked up; pin it",
        location=location,
        level=Level.WARNING,
        anchor=f"{package}@",
    )


def _forsaken(system: _System, place: str) -> Finding:
    """Return the finding that nobody looks for vulnerabilities in a distribution any more."""
    name = " ".join(part for part in (system.family, system.name) if part)
    return Finding(
        tool=TOOL,
        rule="end-of-life",
        message=f"{name} gets no security updates any more, and nobody publishes what is wrong with it",
        location=Location(place),
        severity=Severity.HIGH,
        anchor=name,
    )


def _path(artifact: str, target: str, root: str) -> str:
    """Return a target's path relative to the root; Trivy's is relative to what it was told to scan, or that itself."""
    whole = artifact if posixpath.basename(artifact) == target else posixpath.join(artifact, target)
    path = relative(whole, root)
    return target if path.startswith("/") else path


def _starts(packages: list[_Package]) -> Mapping[str, int]:
    """Return the first line of each package that Trivy gives one for, by its unique id and by its name and version."""
    found: dict[str, int] = {}
    for package in packages:
        line = _start(package)
        for name in (package.id, package.identifier and package.identifier.uid):
            if name and line > 0:
                found.setdefault(name, line)
    return found


def _start(package: _Package) -> int:
    return max(next((each.start_line or 0 for each in package.locations or ()), 0), 0)


def _vulnerability(found: _Vulnerability, path: str, where: str, starts: Mapping[str, int]) -> Finding:
    severity = _severity(found.severity)
    unique = (found.identifier and found.identifier.uid) or ""
    line = starts.get(unique) or starts.get(found.package_id or "", 0)
    installed, fixed = found.installed or "", found.fixed or ""
    inside = f" in {found.path or where}" if where else ""
    mend = f"fixed in {fixed}" if fixed else f"no fixed version ({found.status or 'unknown'})"
    title = f": {found.title}" if found.title else ""
    return Finding(
        tool=TOOL,
        rule=found.id,
        message=f"{found.package} {installed}{inside}{title}; {mend}",
        location=Location(path, line),
        level=_LEVELS.get(severity, Level.NOTE),
        severity=severity,
        anchor=f"{found.package}@{installed}",
        help_url=found.url or "",
        fixed=fixed,
    )


def _misconfiguration(found: _Misconfiguration, path: str, where: str) -> Finding:
    severity = _severity(found.severity)
    cause = found.cause or _Lines()
    said = (found.message or found.title, found.resolution, where)
    return Finding(
        tool=TOOL,
        rule=found.id,
        message="; ".join(part for part in said if part) or found.id,
        location=Location(path, 0 if where else max(cause.start_line or 0, 0)),
        level=_LEVELS.get(severity, Level.NOTE),
        severity=severity,
        help_url=found.url or "",
    )


def _secret(found: _Secret, path: str, where: str) -> Finding:
    severity = _severity(found.severity)
    return Finding(
        tool=TOOL,
        rule=found.id,
        message=f"{found.title or 'a secret'}{' in ' + where if where else ''}",
        location=Location(path, 0 if where else max(found.line or 0, 0)),
        level=_LEVELS.get(severity, Level.NOTE),
        severity=severity,
        anchor=where,
    )


def _severity(name: str | None) -> Severity:
    """Return Trivy's severity; one that nobody has assessed yet (UNKNOWN) is none."""
    try:
        return Severity((name or "").lower())
    except ValueError:
        return Severity.NONE
