"""The record of a run: the one value that every report is made from. `schema` is published as JSON Schema."""

import msgspec

from lockstep.model.artifact import Artifact, Sbom
from lockstep.model.finding import FileCoverage, Finding, TestCase
from lockstep.model.verdict import Verdict

SCHEMA_VERSION = 1


class Waived(msgspec.Struct, frozen=True):
    """A finding that a waiver accepts."""

    finding: Finding
    owner: str
    reason: str
    expires: str


class Threshold(msgspec.Struct, frozen=True):
    """One coverage judgement. `component` is `*` for the repository as a whole; ratios are percent, 0 to 100."""

    component: str
    lines: float
    branches: float
    lines_required: float
    branches_required: float
    lines_valid: int
    branches_valid: int
    met: bool


class ActionRecord(msgspec.Struct, frozen=True):
    """One action as it ran or was found. `started` and `seconds` count from the run's start; `reason` says why it ran.

    cached: the result came from the cache. exit_code: the tool's own, -1 where it did not end by itself.
    command: argv with temporary paths replaced. log: path of the captured output relative to the run's folder.
    """

    id: str
    gate: str
    check: str
    component: str
    tool: str
    verdict: Verdict
    key: str
    cached: bool
    started: float
    seconds: float
    exit_code: int = 0
    reason: str = ""
    command: tuple[str, ...] = ()
    log: str = ""
    findings: int = 0
    python: str = ""


class GateRecord(msgspec.Struct, frozen=True):
    """One gate's judgement. `alone` is the exact command that runs it by itself."""

    id: str
    title: str
    stage: str
    verdict: Verdict
    remedy: str
    alone: str
    reason: str = ""
    started: float = 0.0
    seconds: float = 0.0
    blocking: bool = True
    findings: tuple[Finding, ...] = ()
    waived: tuple[Waived, ...] = ()
    quarantined: tuple[Finding, ...] = ()
    thresholds: tuple[Threshold, ...] = ()


class ToolRecord(msgspec.Struct, frozen=True):
    """A tool that the plan named: lock name, version and the digest that the key holds."""

    name: str
    version: str
    digest: str


class ComponentRecord(msgspec.Struct, frozen=True):
    """A component as the workspace had it: its name, its folder relative to the root (or `.`) and its kind."""

    name: str
    path: str
    kind: str


class RepositoryRecord(msgspec.Struct, frozen=True):
    """What was checked. `commit` and `tree` are "" without a commit; `dirty`: the tree differs from the commit."""

    name: str
    commit: str
    tree: str
    branch: str
    dirty: bool
    mode: str


class RunRecord(msgspec.Struct, frozen=True):
    """One run, whole. `started` is ISO 8601 in UTC. `outcome` is passed, failed, incomplete or interrupted.

    complete: whether it covered every component, the whole history and the working tree. components: those of the workspace; reports group files and tests by them. artifacts, sboms: what was built, and what things
    consist of; the bytes lie beside the record, in `artifacts/COMPONENT/NAME` and `sbom/COMPONENT/NAME`. What is signed about
    the run and about artifacts lies in `evidence/`, as a Sigstore bundle each; verdicts there name the record by its SHA-256,
    so the record cannot name them.
    """

    schema_version: int
    id: str
    lockstep: str
    started: str
    seconds: float
    outcome: str
    exit_code: int
    strict: bool
    repository: RepositoryRecord
    python: str
    platform: str
    cpus: int
    gates: tuple[GateRecord, ...]
    actions: tuple[ActionRecord, ...]
    tools: tuple[ToolRecord, ...] = ()
    coverage: tuple[FileCoverage, ...] = ()
    tests: tuple[TestCase, ...] = ()
    policy: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    components: tuple[ComponentRecord, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    sboms: tuple[Sbom, ...] = ()
    complete: bool = False
