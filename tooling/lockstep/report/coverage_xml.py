"""coverage.xml: Cobertura's shape as coverage.py writes it, over all components, with repository-relative file names."""

import datetime as dt
from collections.abc import Sequence
from pathlib import PurePosixPath

from lockstep.model.finding import FileCoverage
from lockstep.model.record import RunRecord
from lockstep.report.xml import document, element


def render(record: RunRecord) -> bytes:
    """Return a `coverage` document; a package is a folder, rates are 0 to 1, the timestamp is in milliseconds."""
    folders: dict[str, list[FileCoverage]] = {}
    for file in sorted(record.coverage, key=lambda file: file.path):
        folders.setdefault(str(PurePosixPath(file.path).parent), []).append(file)
    attributes: dict[str, object] = {
        "version": record.lockstep,
        "timestamp": _milliseconds(record.started),
        "lines-valid": sum(file.lines_valid for file in record.coverage),
        "lines-covered": sum(file.lines_covered for file in record.coverage),
        "branches-valid": sum(file.branches_valid for file in record.coverage),
        "branches-covered": sum(file.branches_covered for file in record.coverage),
        **_rates(record.coverage),
    }
    packages = [_package(name, files) for name, files in folders.items()]
    content = (element("sources", {}, ["<source>.</source>\n"]), element("packages", {}, packages))
    return document(element("coverage", attributes, content))


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
