"""The reports of Lockstep's own builds: what was made, why two builds differ, which rules an image breaks."""

from collections.abc import Iterator

import msgspec

from lockstep.model.artifact import Artifact, ArtifactDigest, ArtifactKind, ArtifactName, Sbom
from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers.reading import guarded, json

TOOL = "build"
REPORT = "built.json"
_SHOWN = 10


class _Made(msgspec.Struct, frozen=True):
    kind: ArtifactKind
    name: ArtifactName
    digest: ArtifactDigest
    size: int
    platform: str
    parts: tuple[ArtifactDigest, ...] = ()


class _Sbom(msgspec.Struct, frozen=True):
    name: ArtifactName
    digest: ArtifactDigest
    size: int
    subject: str = ""


class _Difference(msgspec.Struct, frozen=True):
    artifact: str
    member: str
    how: str


class _Broken(msgspec.Struct, frozen=True):
    rule: str
    what: str
    message: str
    path: str = ""
    line: int = 0


class _Built(msgspec.Struct, frozen=True):
    artifacts: tuple[_Made, ...] = ()
    sboms: tuple[_Sbom, ...] = ()
    differences: tuple[_Difference, ...] = ()
    broken: tuple[_Broken, ...] = ()
    failure: str = ""
    lacking: str = ""


def read(data: bytes, *, component: str, place: str, tool: str = TOOL) -> Report:
    """Return the report of a component's build. `place` is the file, relative to the root, that says how it is built."""

    def built() -> Report:
        report = json(data, _Built, tool)
        made = tuple(
            Artifact(component, each.kind, each.name, each.digest, each.size, each.platform, each.parts)
            for each in report.artifacts
        )
        sboms = tuple(Sbom(component, each.name, each.digest, each.size, each.subject) for each in report.sboms)
        return Report(
            findings=tuple(msgspec.structs.replace(each, tool=tool) for each in _findings(report, place)),
            artifacts=made,
            sboms=sboms,
            lacking=report.lacking,
        )

    return guarded(built)


def _findings(report: _Built, place: str) -> Iterator[Finding]:
    if report.failure:
        yield _finding("build-fails", f"it does not build: {report.failure}", place, "")
    for difference in report.differences[:_SHOWN]:
        where = f"{difference.artifact}: {difference.member}" if difference.member else difference.artifact
        yield _finding("not-reproducible", f"a second build differs: {where}: {difference.how}", place, where)
    left = len(report.differences) - _SHOWN
    if left > 0:
        yield _finding("not-reproducible", f"a second build differs in {left} more places", place, "more")
    for broken in report.broken:
        found = _finding(broken.rule, broken.message, broken.path or place, broken.what)
        yield msgspec.structs.replace(found, location=msgspec.structs.replace(found.location, line=broken.line))


def _finding(rule: str, message: str, place: str, anchor: str) -> Finding:
    return Finding(tool=TOOL, rule=rule, message=message, location=Location(place), anchor=anchor)
