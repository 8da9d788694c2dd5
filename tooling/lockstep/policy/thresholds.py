"""Coverage against what is required, for each component and for the repository as a whole (CI-CL-001 section 7)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from lockstep.config import Thresholds
from lockstep.model.component import ROOT, Component
from lockstep.model.finding import FileCoverage, Finding, Location
from lockstep.model.record import Threshold

OVERALL = "*"
RULE = "coverage-threshold"
_EPSILON = 1e-9
_SHOWN = 3


class Measured(msgspec.Struct, frozen=True):
    """What the tests of one component covered, in one run of them."""

    component: str
    files: tuple[FileCoverage, ...]


def judge(
    measured: Iterable[Measured],
    components: Sequence[Component],
    required: Thresholds,
    own: Mapping[str, Thresholds],
    *,
    complete: bool,
) -> tuple[tuple[Threshold, ...], tuple[Finding, ...]]:
    """Return one threshold for each measured component, by name, and a finding for each that is not met.

    own: component name -> what it requires instead of `required`. complete: every component was measured, so the
    repository as a whole is judged too, as `*` and by `required`. A component without lines, or without branches,
    is covered whole.
    """
    files = _by_owner(tuple(measured), components)
    groups = {name: (files[name], own.get(name, required)) for name in sorted(files)}
    thresholds = [_threshold(name, group, needed) for name, (group, needed) in groups.items()]
    findings = [_finding(each, groups[each.component][0]) for each in thresholds if not each.met]
    if complete and groups:
        everything = [file for group in files.values() for file in group]
        overall = _threshold(OVERALL, everything, required)
        thresholds.append(overall)
        told = len(groups) == 1 and bool(findings)
        findings += [] if overall.met or told else [_finding(overall, everything)]
    return tuple(thresholds), tuple(findings)


def merge(runs: Sequence[FileCoverage]) -> FileCoverage:
    """Return one file's coverage from its runs (one a Python version): covered is what any run covered.

    Where a run tells only numbers, not which lines or branches, the best run counts.
    """
    best = max(runs, key=lambda run: _percent(run.lines_covered, run.lines_valid))
    missing, covered, lines_valid, lines_covered = best.missing, best.covered, best.lines_valid, best.lines_covered
    if all(_tells_lines(run) for run in runs):
        reached = {line for run in runs for line in run.covered}
        lacking = {line for run in runs for line in run.missing} - reached
        missing, covered = tuple(sorted(lacking)), tuple(sorted(reached))
        lines_valid, lines_covered = len(missing) + len(covered), len(covered)
    branched = _merged_branches(runs)
    return FileCoverage(
        path=best.path,
        lines_valid=lines_valid,
        lines_covered=lines_covered,
        branches_valid=branched.branches_valid,
        branches_covered=branched.branches_covered,
        missing=missing,
        covered=covered,
        branches=branched.branches,
    )


def _tells_lines(run: FileCoverage) -> bool:
    return len(run.covered) == run.lines_covered and len(run.missing) == run.lines_valid - run.lines_covered


def _merged_branches(runs: Sequence[FileCoverage]) -> FileCoverage:
    """Return a run whose branches are those of all; of one line the most that any run took."""
    best = max(runs, key=lambda run: _percent(run.branches_covered, run.branches_valid))
    if any(sum(total for _, _, total in run.branches) != run.branches_valid for run in runs):
        return best
    lines: dict[int, tuple[int, int]] = {}
    for line, taken, total in (branch for run in runs for branch in run.branches):
        seen = lines.get(line, (0, 0))
        lines[line] = max(taken, seen[0]), max(total, seen[1])
    return msgspec.structs.replace(
        best,
        branches=tuple((line, *counts) for line, counts in sorted(lines.items())),
        branches_valid=sum(total for _, total in lines.values()),
        branches_covered=sum(taken for taken, _ in lines.values()),
    )


def _by_owner(measured: Sequence[Measured], components: Sequence[Component]) -> dict[str, list[FileCoverage]]:
    """Return each component's files. What other components' tests reach of it counts only if it has no tests itself."""
    tested = {each.component for each in measured if each.files}
    runs: dict[tuple[str, str], list[FileCoverage]] = defaultdict(list)
    for each in measured:
        for file in each.files:
            owner = _owner(file.path, components) or each.component
            if owner == each.component or owner not in tested:
                runs[owner, file.path].append(file)
    files: dict[str, list[FileCoverage]] = {each.component: [] for each in measured if each.files}
    for (owner, _), group in sorted(runs.items()):
        files.setdefault(owner, []).append(merge(group))
    return files


def _owner(path: str, components: Sequence[Component]) -> str:
    """Return the name of the component with the longest path that holds `path`, "" where none does."""
    holding = [each for each in components if each.path == ROOT or path.startswith(f"{each.path}/")]
    return max(holding, key=lambda each: (each.path != ROOT, len(each.path))).name if holding else ""


def _threshold(component: str, files: Sequence[FileCoverage], required: Thresholds) -> Threshold:
    lines_valid = sum(file.lines_valid for file in files)
    branches_valid = sum(file.branches_valid for file in files)
    lines = _percent(sum(file.lines_covered for file in files), lines_valid)
    branches = _percent(sum(file.branches_covered for file in files), branches_valid)
    return Threshold(
        component=component,
        lines=lines,
        branches=branches,
        lines_required=required.lines,
        branches_required=required.branches,
        lines_valid=lines_valid,
        branches_valid=branches_valid,
        met=lines >= required.lines - _EPSILON and branches >= required.branches - _EPSILON,
    )


def _percent(covered: int, valid: int) -> float:
    return 100.0 * covered / valid if valid else 100.0


def _finding(threshold: Threshold, files: Sequence[FileCoverage]) -> Finding:
    """Return where to begin: the file that lacks most, at its first missing line."""
    short = threshold.lines < threshold.lines_required - _EPSILON
    lacking = sorted(
        (file for file in files if _lack(file, lines=short)), key=lambda file: (-_lack(file, lines=short), file.path)
    )
    worst = lacking[0]
    place = Location(worst.path, worst.missing[0] if worst.missing else 0)
    named = ", ".join(f"{file.path} ({_lack(file, lines=short)})" for file in lacking[:_SHOWN])
    whose = "the repository" if threshold.component == OVERALL else threshold.component
    message = f"{whose}: {_figures(threshold)}; most {'lines' if short else 'branches'} are missing in {named}"
    component = "" if threshold.component == OVERALL else threshold.component
    return Finding("coverage", RULE, message, place, component=component, anchor=threshold.component)


def _figures(threshold: Threshold) -> str:
    parts = (
        ("lines", threshold.lines, threshold.lines_required),
        ("branches", threshold.branches, threshold.branches_required),
    )
    return ", ".join(f"{name} {_shown(got)} % of {_shown(needed)} % required" for name, got, needed in parts)


def _shown(percent: float) -> str:
    """Return at most two decimals, cut off: 84.996 must not look like 85."""
    return f"{int(percent * 100 + _EPSILON) / 100:g}"


def _lack(file: FileCoverage, *, lines: bool) -> int:
    return file.lines_valid - file.lines_covered if lines else file.branches_valid - file.branches_covered
