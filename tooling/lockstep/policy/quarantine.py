"""Flaky tests: `@pytest.mark.flaky(ticket="ABC-12", since="2026-11-20")` (CI-CL-001 section 13).

A test in quarantine runs, and its failure does not gate, for `DAYS` days. A mark without a ticket or a date, with a
date to come, or that has lapsed is itself a finding. In CI only a mark that stands on the base branch with the same
ticket counts, from the day given there, so that a change can neither excuse nor renew itself.
"""

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import msgspec

from lockstep.model.finding import Finding, Flaky, Level, Location, TestCase

DAYS = 14
MARK_RULE = "flaky-mark"
TEST_RULE = "test-failed"

BaseMarks = Mapping[str, Mapping[str, Flaky]]

_FAILED = frozenset({"failed", "error"})
_NOT_ON_BASE = " (its flaky mark counts once it stands on the base branch)"
_Key = tuple[str, str]


class Quarantine(msgspec.Struct, frozen=True):
    """Failures that gate, failures that do not, and findings about marks, which gate also where the test passes."""

    failures: tuple[Finding, ...] = ()
    quarantined: tuple[Finding, ...] = ()
    policy: tuple[Finding, ...] = ()


class _Ruling(msgspec.Struct, frozen=True):
    """What a test's mark does: its problem, whether a failure is excused, and what a failure's message adds."""

    problem: str = ""
    excused: bool = False
    note: str = ""


def judge(
    tests: Iterable[TestCase], base_marks: BaseMarks | None, today: date, *, check: str = "", component: str = ""
) -> Quarantine:
    """Judge the tests of one component; a test that ran several times (once a Python version) is one test.

    base_marks: path -> `marks_of` the file on the base branch; None outside CI, where the mark itself counts.
    """
    failures: dict[_Key, Finding] = {}
    quarantined: dict[_Key, Finding] = {}
    policy: dict[_Key, Finding] = {}
    for test in tests:
        ruling = _rule(test, base_marks, today)
        if ruling.problem:
            message = f"the flaky mark of {qualified(test)} {ruling.problem}"
            policy.setdefault((test.path, qualified(test)), _finding(test, MARK_RULE, message, Level.ERROR))
        if test.outcome in _FAILED:
            into = quarantined if ruling.excused else failures
            into.setdefault((test.path, _identity(test)), _failure(test, ruling))
    parts = (tuple(_owned(part.values(), check, component)) for part in (failures, quarantined, policy))
    return Quarantine(*parts)


def qualified(test: TestCase) -> str:
    """Return `Class::test` or `test`, without parameters: the key of `marks_of`."""
    return _identity(test).split("[", 1)[0]


def marks_of(source: str) -> dict[str, Flaky]:
    """Return the flaky marks in a test file, by `Class::test` or `test`; none where it is not Python.

    Decorators, class decorators and `pytestmark` are read, the innermost first, as pytest does; marks on single
    parameters are not, so they never count on the base branch.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a test is the linter's business
            tree = ast.parse(source.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return dict(_marks(tree.body, "", None))


def _marks(body: Iterable[ast.AST], prefix: str, outer: Flaky | None) -> Iterator[tuple[str, Flaky]]:
    body = tuple(body)
    outer = next((mark for node in body for mark in _assigned(node)), outer)
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own = next(filter(None, map(_mark, reversed(node.decorator_list))), outer)
            if isinstance(node, ast.ClassDef):
                yield from _marks(node.body, f"{prefix}{node.name}::", own)
            elif own:
                yield f"{prefix}{node.name}", own
        else:
            nested = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt | ast.excepthandler)]
            yield from _marks(nested, prefix, outer)


def _assigned(node: ast.AST) -> Iterator[Flaky]:
    """Yield the flaky marks of a `pytestmark = ...` statement."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    if any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in targets):
        value = getattr(node, "value", None)
        values = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
        yield from filter(None, map(_mark, values))


def _mark(node: ast.expr | None) -> Flaky | None:
    """Return the mark that `pytest.mark.flaky`, `mark.flaky` or a call of either makes."""
    named = node.func if isinstance(node, ast.Call) else node
    if not (isinstance(named, ast.Attribute) and named.attr == "flaky"):
        return None
    if not (getattr(named.value, "attr", "") == "mark" or getattr(named.value, "id", "") == "mark"):
        return None
    if not isinstance(node, ast.Call):
        return Flaky()
    given: dict[str | None, ast.expr] = dict(zip(("ticket", "since"), node.args, strict=False))
    given |= {word.arg: word.value for word in node.keywords}
    return Flaky(_text(given.get("ticket")), _text(given.get("since")))


def _text(node: ast.expr | None) -> str:
    """Return the text of a literal, or of a `date(...)` of literals; "" for anything that is computed."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in {"date", "datetime.date"}:
        parts = [each.value for each in node.args if isinstance(each, ast.Constant)]
        return "-".join(f"{each:02}" for each in parts if isinstance(each, int))
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _rule(test: TestCase, base_marks: BaseMarks | None, today: date) -> _Ruling:
    if test.flaky is None:
        return _Ruling()
    since = test.flaky
    if base_marks is not None:
        base = base_marks.get(test.path, {}).get(qualified(test))
        if base is None or base.ticket != test.flaky.ticket or _malformed(base, today):
            return _Ruling(_malformed(test.flaky, today) or _lapsed(test.flaky, today), note=_NOT_ON_BASE)
        since = base
    problem = _malformed(test.flaky, today) or _lapsed(since, today)
    return _Ruling(problem, excused=not problem)


def _malformed(mark: Flaky, today: date) -> str:
    if not mark.ticket.strip():
        return "names no ticket"
    since = _date(mark.since)
    if since is None:
        return f"has no date since when: {mark.since!r} is not YYYY-MM-DD" if mark.since else "has no date since when"
    return f"is dated {mark.since}, after today, {today.isoformat()} (UTC)" if since > today else ""


def _lapsed(mark: Flaky, today: date) -> str:
    since = _date(mark.since)
    lapsed = since is not None and (today - since).days > DAYS
    return f"lapsed: in quarantine since {mark.since}, for {DAYS} days at most ({mark.ticket})" if lapsed else ""


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _identity(test: TestCase) -> str:
    """Return `Class::test[parameters]`."""
    return "::".join((*_classes(test), test.name))


def _classes(test: TestCase) -> tuple[str, ...]:
    """Return what of the classname is not the file's module; all of it where it has another form."""
    parts = test.classname.split(".")
    module = test.path.removesuffix(".py").split("/")
    for size in range(len(parts), 0, -1):
        if module[-size:] == parts[:size]:
            return tuple(parts[size:])
    return (test.classname,) if test.classname else ()


def _failure(test: TestCase, ruling: _Ruling) -> Finding:
    why = next((line.strip() for line in test.message.splitlines() if line.strip()), "it left no message")
    verb = "failed" if test.outcome == "failed" else "could not run"
    level = Level.NOTE if ruling.excused else Level.ERROR
    return _finding(test, TEST_RULE, f"{_identity(test)} {verb}: {why}{ruling.note}", level)


def _finding(test: TestCase, rule: str, message: str, level: Level) -> Finding:
    location = Location(test.path, test.line)
    return Finding("tests", rule, message, location, level=level, anchor=_identity(test))


def _owned(findings: Iterable[Finding], check: str, component: str) -> Iterator[Finding]:
    for finding in findings:
        yield msgspec.structs.replace(finding, tool=check or finding.tool, check=check, component=component)
