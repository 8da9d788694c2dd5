"""Findings, coverage and test results: what a tool's bytes mean, in SARIF 2.1.0 terms."""

from enum import StrEnum

import msgspec

from lockstep.model.artifact import Artifact, Sbom


class Level(StrEnum):
    """SARIF 2.1.0 section 3.27.10."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Severity(StrEnum):
    """Security severity by CVSS-like score, as GitHub groups it; `none` for findings that are not about security."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"

    @classmethod
    def of_score(cls, score: float) -> "Severity":
        """Return the group of a 0.0 to 10.0 score (CVSS v3.1 section 5)."""
        for bound, severity in ((9.0, cls.CRITICAL), (7.0, cls.HIGH), (4.0, cls.MEDIUM), (0.1, cls.LOW)):
            if score >= bound:
                return severity
        return cls.NONE


class Location(msgspec.Struct, frozen=True):
    """A place: `path` relative to the repository's root with `/`; lines and columns count from 1, 0 means unknown."""

    path: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part)


class Finding(msgspec.Struct, frozen=True):
    """One problem at one place. `tool` is the lock name, `rule` the tool's own rule id.

    `snippet` is the text of the line as the tool saw it (empty where unknown), `fingerprint` is filled in by the
    engine (`policy.fingerprints`), `anchor` is what identifies the problem when there is no line to read
    (a package name, a commit and path). `component` is the component's name. `fixed` is the first version without
    the problem, "" where none is known.
    """

    tool: str
    rule: str
    message: str
    location: Location
    level: Level = Level.ERROR
    severity: Severity = Severity.NONE
    check: str = ""
    component: str = ""
    snippet: str = ""
    anchor: str = ""
    help_url: str = ""
    fixable: bool = False
    fixed: str = ""
    fingerprint: str = ""


class Flaky(msgspec.Struct, frozen=True):
    """A `@pytest.mark.flaky` quarantine mark: the ticket and the ISO date since when it is in quarantine ("" where missing)."""

    ticket: str = ""
    since: str = ""


class TestCase(msgspec.Struct, frozen=True):
    """One test. `outcome` is passed, failed, error or skipped; `path` is relative to the repository's root."""

    __test__ = False

    name: str
    classname: str
    outcome: str
    seconds: float = 0.0
    message: str = ""
    path: str = ""
    line: int = 0
    flaky: Flaky | None = None


class FileCoverage(msgspec.Struct, frozen=True):
    """Coverage of one file (path relative to the root). `missing` are line numbers never run, `covered` those that were.

    `branches` are (line, branches taken, branches there are) for each line that branches.
    """

    path: str
    lines_valid: int
    lines_covered: int
    branches_valid: int
    branches_covered: int
    missing: tuple[int, ...] = ()
    covered: tuple[int, ...] = ()
    branches: tuple[tuple[int, int, int], ...] = ()


class Report(msgspec.Struct, frozen=True):
    """What one action's output says. `problem` is not empty where the report cannot be believed (the verdict is then errored).

    lacking: what this machine lacks, so that the report is not whole (the verdict is then unavailable). artifacts, sboms: what
    was built, and what things consist of; the bytes are in the scratch folder's `artifacts/`, each file by its digest.
    """

    findings: tuple[Finding, ...] = ()
    tests: tuple[TestCase, ...] = ()
    coverage: tuple[FileCoverage, ...] = ()
    problem: str = ""
    lacking: str = ""
    artifacts: tuple[Artifact, ...] = ()
    sboms: tuple[Sbom, ...] = ()

    @property
    def blobs(self) -> tuple[str, ...]:
        """Return the digests, each once, of all files that the report rests on."""
        built = (name for artifact in self.artifacts for name in artifact.blobs)
        return tuple(dict.fromkeys((*built, *(each.blob for each in self.sboms))))
