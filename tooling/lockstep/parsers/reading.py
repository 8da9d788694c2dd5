"""What every parser needs: text of any bytes, JSON of a known shape, paths relative to the repository's root."""

import posixpath
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from lockstep.model.digests import printable
from lockstep.model.finding import Finding, Location, Report

Shape = TypeVar("Shape")
_MESSAGE = 300
# What stands for a byte that is no UTF-8: replacement characters, or a surrogate's escape as Python prints it.
_UNKNOWN = re.compile(r"(?:\ufffd|\\udc[0-9a-f]{2})+")


class UnreadableError(ValueError):
    """Output that cannot be believed; its text is the sentence for `Report.problem`. Never leaves a parser."""


def text(data: bytes) -> str:
    """Return bytes as text: without a byte order mark, anything that is not UTF-8 replaced."""
    return data.decode("utf-8-sig", "replace")


def lines(data: bytes) -> list[str]:
    """Return lines of text in which bytes that are not UTF-8 survive as surrogates, as file names need it.

    Only a line feed ends a line: a form feed or a carriage return is part of the line that a tool quotes.
    """
    return data.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n") if data else []


def json(data: bytes, shape: type[Shape], tool: str) -> Shape:
    """Return JSON of the given shape; unknown fields are ignored.

    Raises:
        UnreadableError: nothing was written, it is cut off, it is no JSON, or it has another shape.
    """
    if not data.strip():
        raise UnreadableError(f"{tool} wrote no report")
    try:
        return msgspec.json.decode(text(data), type=shape)
    except msgspec.ValidationError as error:
        raise UnreadableError(f"{tool}'s report has another shape than expected: {error}") from error
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise UnreadableError(f"{tool}'s report is not whole JSON: {error}") from error


def guarded(read: Callable[[], Report]) -> Report:
    """Return what `read` returns, or a report with its problem where it finds the output unreadable."""
    try:
        return read()
    except UnreadableError as error:
        return Report(problem=" ".join(str(error).split()))


def relative(path: str, root: str, base: str = "") -> str:
    """Return a path that a tool printed relative to `root` (absolute), with `/`.

    A relative one starts at `base`, a folder relative to the root. What lies outside of the root stays absolute.
    """
    folder = root.rstrip("/")
    absolute = posixpath.normpath(posixpath.join(folder or "/", base, path))
    return absolute.removeprefix(folder + "/") if absolute != folder else "."


def named(report: Report, files: Sequence[str]) -> Report:
    """Return the report with the names of `files` that are not UTF-8, which many tools print as replacement characters.

    A finding whose path can only mean one of `files` (relative to the root) gets that path.
    """
    odd = [path for path in files if printable(path) != path]
    if not odd:
        return report
    return msgspec.structs.replace(report, findings=tuple(_named(each, odd) for each in report.findings))


def _named(finding: Finding, odd: Sequence[str]) -> Finding:
    path = finding.location.path
    if not _UNKNOWN.search(path):
        return finding
    meant = re.compile(".+".join(map(re.escape, _UNKNOWN.split(path))), re.DOTALL)
    found = [each for each in odd if meant.fullmatch(each)]
    if len(found) != 1:
        return finding
    return msgspec.structs.replace(finding, location=msgspec.structs.replace(finding.location, path=found[0]))


def misnamed(tool: str, files: Sequence[str]) -> tuple[Finding, ...]:
    """Return a finding for each of `files` that the tool cannot be handed, because its name is not UTF-8."""
    return tuple(
        Finding(
            tool=tool,
            rule="file-name",
            message=f"{tool} cannot read a file whose name is not UTF-8, so it was not checked; rename it",
            location=Location(path, 1),
        )
        for path in files
        if printable(path) != path
    )


def excerpt(data: bytes) -> str:
    """Return the first lines of a tool's complaint as one line, of bounded length."""
    return " ".join(text(data).split())[:_MESSAGE]


def agreed(report: Report, exit_code: int, tool: str, complaint: bytes = b"") -> Report:
    """Return the report where it says what the exit code says: 0 nothing found, anything else something.

    complaint: what the tool wrote beside its report; it explains an exit code without findings.
    """
    if report.problem or bool(report.findings) == bool(exit_code):
        return report
    if report.findings:
        return Report(problem=f"{tool} ended with exit code 0 but reported {len(report.findings)} findings")
    said = excerpt(complaint)
    why = f"{tool} ended with exit code {exit_code} but reported no finding"
    return Report(problem=f"{why}: {said}" if said else why)
