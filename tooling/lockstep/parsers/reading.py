"""What every parser needs: text of any bytes, JSON of a known shape, paths relative to the repository's root."""

import posixpath
from collections.abc import Callable
from typing import TypeVar

import msgspec

from lockstep.model.finding import Report

Shape = TypeVar("Shape")
_MESSAGE = 300


class UnreadableError(ValueError):
    """Output that cannot be believed; its text is the sentence for `Report.problem`. Never leaves a parser."""


def text(data: bytes) -> str:
    """Return bytes as text: without a byte order mark, anything that is not UTF-8 replaced."""
    return data.decode("utf-8-sig", "replace")


def lines(data: bytes) -> list[str]:
    """Return lines of text in which bytes that are not UTF-8 survive as surrogates, as file names need it."""
    return data.decode("utf-8", "surrogateescape").splitlines()


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
