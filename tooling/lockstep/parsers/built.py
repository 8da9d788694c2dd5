"""The reports of Lockstep's own builds: what was made, why two builds differ, which rules an image breaks."""

from collections.abc import Iterator
from typing import Any

import msgspec

from lockstep.model.artifact import Artifact, Sbom
from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers.reading import Shape, UnreadableError, guarded, json

TOOL = "build"
REPORT = "built.json"
_SHOWN = 10


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
    level: Level = Level.ERROR


class _Built(msgspec.Struct, frozen=True):
    artifacts: tuple[dict[str, Any], ...] = ()
    sboms: tuple[dict[str, Any], ...] = ()
    differences: tuple[_Difference, ...] = ()
    broken: tuple[_Broken, ...] = ()
    failure: str = ""
    lacking: str = ""


def read(data: bytes, *, component: str, place: str, tool: str = TOOL) -> Report:
    """Return the report of a component's build. `place` is the file, relative to the root, that says how it is built."""

    def built() -> Report:
        report = json(data, _Built, tool)
        made = tuple(_of(component, each, Artifact, tool) for each in report.artifacts)
        sboms = tuple(_of(component, each, Sbom, tool) for each in report.sboms)
        return Report(
            findings=tuple(msgspec.structs.replace(each, tool=tool) for each in _findings(report, place)),
            artifacts=made,
            sboms=sboms,
            lacking=report.lacking,
        )

    return guarded(built)


def _of(component: str, said: dict[str, Any], shape: type[Shape], tool: str) -> Shape:
    """Return what a program said of a file that it left; whose it is, only its caller knows."""
    try:
        return msgspec.convert({**said, "component": component}, shape)
    except msgspec.ValidationError as error:
        raise UnreadableError(f"{tool}'s report has another shape than expected: {error}") from error


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
        here = msgspec.structs.replace(found.location, line=broken.line)
        yield msgspec.structs.replace(found, location=here, level=broken.level)


def _finding(rule: str, message: str, place: str, anchor: str) -> Finding:
    return Finding(tool=TOOL, rule=rule, message=message, location=Location(place), anchor=anchor)
