"""`terraform validate -json` in several folders, as `lockstep.plugin.iac.validate` gathers it."""

import posixpath

import msgspec

from lockstep.model.finding import Finding, Level, Location, Report, Severity
from lockstep.parsers.iac import Unread, unread
from lockstep.parsers.reading import guarded, json, relative

TOOL = "terraform"
RULE = "validate"
_SHOWN = 3


class Position(msgspec.Struct, frozen=True):
    """Line and column, from 1."""

    line: int = 0
    column: int = 0


class Range(msgspec.Struct, frozen=True):
    """Where a diagnostic is: a file relative to the folder in which Terraform ran."""

    filename: str = ""
    start: Position = Position()
    end: Position = Position()


class Diagnostic(msgspec.Struct, frozen=True):
    """One of Terraform's. Those about the folder as a whole have no range."""

    summary: str
    severity: str = "error"
    detail: str = ""
    range: Range | None = None


class Folder(msgspec.Struct, frozen=True):
    """What was said of a folder (relative to the root), and what could not be had for it."""

    folder: str
    diagnostics: tuple[Diagnostic, ...] = ()
    lacking: tuple[str, ...] = ()


class _Notes(msgspec.Struct, frozen=True):
    folders: tuple[Folder, ...]
    unread: tuple[Unread, ...] = ()


def read(data: bytes, *, tree: str, remedy: str) -> Report:
    """Return what is wrong; errors are of high severity, warnings of low.

    tree: the absolute folder in which the copies are. remedy: what to do where providers or modules could not be had;
    then the report lacks those folders.
    """

    def report() -> Report:
        notes = json(data, _Notes, TOOL)
        found = tuple(_finding(each, folder.folder, tree) for folder in notes.folders for each in folder.diagnostics)
        lacking = [(folder.folder, why) for folder in notes.folders for why in folder.lacking]
        return Report(findings=(*unread(notes.unread), *dict.fromkeys(found)), lacking=_lacking(lacking, remedy))

    return guarded(report)


def _lacking(lacking: list[tuple[str, str]], remedy: str) -> str:
    if not lacking:
        return ""
    more = f" (and {len(lacking) - _SHOWN} more)" if len(lacking) > _SHOWN else ""
    told = "; ".join(f"{folder}: {why}" for folder, why in lacking[:_SHOWN])
    return f"terraform validate lacks what it needs: {told}{more}\n{remedy}"


def _finding(diagnostic: Diagnostic, folder: str, tree: str) -> Finding:
    place = diagnostic.range or Range()
    path = relative(posixpath.join(folder, place.filename), tree) if place.filename else folder
    is_error = diagnostic.severity == "error"
    said = f"{diagnostic.summary}: {diagnostic.detail}".replace(f"{posixpath.dirname(tree)}/", "")
    return Finding(
        tool=TOOL,
        rule=RULE,
        message=" ".join(said.split()).removesuffix(":"),
        location=Location(path, place.start.line, place.start.column, place.end.line, place.end.column),
        level=Level.ERROR if is_error else Level.NOTE,
        severity=Severity.HIGH if is_error else Severity.LOW,
        anchor="" if place.filename else folder,
    )
