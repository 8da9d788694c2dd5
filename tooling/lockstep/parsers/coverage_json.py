"""coverage.py's JSON report (format 2 and 3)."""

import posixpath
from collections import Counter

import msgspec

from lockstep.model.finding import FileCoverage
from lockstep.parsers.reading import UnreadableError, json, relative

_TOOL = "coverage"


class _Summary(msgspec.Struct, frozen=True):
    num_statements: int
    covered_lines: int
    num_branches: int = 0
    covered_branches: int = 0


class _File(msgspec.Struct, frozen=True):
    summary: _Summary
    missing_lines: list[int]
    executed_lines: list[int]
    executed_branches: list[tuple[int, int]] = []
    missing_branches: list[tuple[int, int]] = []


class _Meta(msgspec.Struct, frozen=True):
    branch_coverage: bool


class _Report(msgspec.Struct, frozen=True):
    meta: _Meta
    files: dict[str, _File]


def files(data: bytes, root: str, base: str) -> tuple[FileCoverage, ...]:
    """Return the coverage of every file inside `root`, by path; relative ones start at `base`, the component's folder.

    Raises:
        UnreadableError: it is not whole, has another shape, counts no branches, or its numbers are impossible.
    """
    report = json(data, _Report, _TOOL)
    if not report.meta.branch_coverage:
        raise UnreadableError("coverage counted no branches")
    found = {relative(path.replace("\\", "/"), root, base): file for path, file in report.files.items()}
    return tuple(_coverage(path, found[path]) for path in sorted(found) if not posixpath.isabs(path))


def _coverage(path: str, file: _File) -> FileCoverage:
    summary = file.summary
    lines = summary.num_statements, summary.covered_lines
    branches = summary.num_branches, summary.covered_branches
    if not all(0 <= covered <= valid for valid, covered in (lines, branches)):
        raise UnreadableError(f"coverage counted more of {path} than there is")
    missing, covered = tuple(sorted(file.missing_lines)), tuple(sorted(file.executed_lines))
    return FileCoverage(path, *lines, *branches, missing=missing, covered=covered, branches=_branches(file))


def _branches(file: _File) -> tuple[tuple[int, int, int], ...]:
    """Return line, branches taken and branches there are, for each line that branches."""
    taken = Counter(line for line, _ in file.executed_branches)
    known = taken + Counter(line for line, _ in file.missing_branches)
    return tuple((line, taken[line], known[line]) for line in sorted(known))
