"""coverage.xml: Cobertura's shape as coverage.py writes it, over all components, with repository-relative file names."""

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from lockstep.model.finding import FileCoverage
from lockstep.model.record import RunRecord
from lockstep.report.xml import document, element


def render(record: RunRecord) -> bytes:
    """Return a `coverage` document; a package is a folder, rates are 0 to 1, the timestamp is in milliseconds."""
    files = merged(record.coverage)
    folders: dict[str, list[FileCoverage]] = {}
    for file in files:
        folders.setdefault(str(PurePosixPath(file.path).parent), []).append(file)
    attributes: dict[str, object] = {
        "version": record.lockstep,
        "timestamp": _milliseconds(record.started),
        "lines-valid": sum(file.lines_valid for file in files),
        "lines-covered": sum(file.lines_covered for file in files),
        "branches-valid": sum(file.branches_valid for file in files),
        "branches-covered": sum(file.branches_covered for file in files),
        **_rates(files),
    }
    packages = [_package(name, files) for name, files in folders.items()]
    content = (element("sources", {}, ["<source>.</source>\n"]), element("packages", {}, packages))
    return document(element("coverage", attributes, content))


def merged(coverage: Iterable[FileCoverage]) -> tuple[FileCoverage, ...]:
    """Return one entry a file, by path: what ran in any of several runs (one for each Python version) has run."""
    files: dict[str, FileCoverage] = {}
    for file in coverage:
        known = files.get(file.path)
        files[file.path] = file if known is None else _union(known, file)
    return tuple(files[path] for path in sorted(files))


def _union(one: FileCoverage, other: FileCoverage) -> FileCoverage:
    covered = {*one.covered, *other.covered}
    missing = tuple(sorted({*one.missing, *other.missing} - covered - _ran_in_one(one, other)))
    branches: dict[int, tuple[int, int, int]] = {}
    for branch in (*one.branches, *other.branches):
        branches[branch[0]] = max(branch, branches.get(branch[0], branch))
    lines_valid = max(one.lines_valid, other.lines_valid)
    return FileCoverage(
        path=one.path,
        lines_valid=lines_valid,
        lines_covered=max(one.lines_covered, other.lines_covered, len(covered)),
        branches_valid=max(one.branches_valid, other.branches_valid),
        branches_covered=max(one.branches_covered, other.branches_covered),
        missing=missing,
        covered=tuple(sorted(covered)),
        branches=tuple(branches[line] for line in sorted(branches)),
    )


def _ran_in_one(one: FileCoverage, other: FileCoverage) -> set[int]:
    """Lines that only one of two measured as missing: the other, with the same lines, ran them."""
    return set(one.missing) ^ set(other.missing) if one.lines_valid == other.lines_valid else set()


def _milliseconds(started: str) -> int:
    try:
        return int(dt.datetime.fromisoformat(started).timestamp() * 1000)
    except ValueError:
        return 0


def _rates(files: Sequence[FileCoverage]) -> dict[str, object]:
    return {
        "line-rate": _rate(sum(file.lines_covered for file in files), sum(file.lines_valid for file in files)),
        "branch-rate": _rate(sum(file.branches_covered for file in files), sum(file.branches_valid for file in files)),
        "complexity": 0,
    }


def _rate(covered: int, valid: int) -> str:
    return f"{covered / valid:.4g}" if valid else "1"


def _package(name: str, files: Sequence[FileCoverage]) -> str:
    classes = element("classes", {}, [_class(file) for file in files])
    return element("package", {"name": name.replace("/", "."), **_rates(files)}, [classes])


def _class(file: FileCoverage) -> str:
    attributes = {"name": PurePosixPath(file.path).name, "filename": file.path, **_rates([file])}
    branches = {line: (covered, valid) for line, covered, valid in file.branches}
    lines = sorted({(number, 1) for number in file.covered} | {(number, 0) for number in file.missing})
    content = [_line(number, hits, branches.get(number)) for number, hits in lines]
    return element("class", attributes, ["<methods/>\n", element("lines", {}, content)])


def _line(number: int, hits: int, branch: tuple[int, int] | None) -> str:
    if branch is None:
        return f'<line number="{number}" hits="{hits}"/>\n'
    covered, valid = branch
    share = f"{100 * covered // valid if valid else 100}% ({covered}/{valid})"
    return f'<line number="{number}" hits="{hits}" branch="true" condition-coverage="{share}"/>\n'
