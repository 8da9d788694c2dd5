"""Short ways to make the values that policy judges."""

from datetime import date

from lockstep.model.component import Component, Kind
from lockstep.model.finding import FileCoverage, Finding, Flaky, Level, Location, Severity, TestCase

TODAY = date(2026, 11, 24)

ROOT = Component("shop", ".", Kind.REPOSITORY)
LIB = Component("money", "libs/python/money", Kind.PYTHON_LIBRARY, python=True)
SERVICE = Component("orders", "services/orders", Kind.SERVICE, python=True)
COMPONENTS = (LIB, SERVICE, ROOT)


def finding(
    path: str = "services/orders/app.py",
    line: int = 3,
    *,
    rule: str = "F401",
    message: str = "unused import",
    snippet: str = "import os",
    anchor: str = "",
    component: str = "orders",
    severity: Severity = Severity.NONE,
    level: Level = Level.ERROR,
) -> Finding:
    return Finding(
        tool="ruff",
        rule=rule,
        message=message,
        location=Location(path, line, 1),
        level=level,
        severity=severity,
        component=component,
        snippet=snippet,
        anchor=anchor,
    )


def case(
    name: str = "test_total",
    outcome: str = "passed",
    *,
    classname: str = "tests.test_app",
    path: str = "services/orders/tests/test_app.py",
    flaky: Flaky | None = None,
    message: str = "",
) -> TestCase:
    return TestCase(name, classname, outcome, message=message, path=path, line=7, flaky=flaky)


def coverage(path: str, covered: int, valid: int, branches: tuple[int, int] = (0, 0)) -> FileCoverage:
    """Return numbers without line detail, except for the missing lines, which are the last ones."""
    return FileCoverage(path, valid, covered, branches[1], branches[0], missing=tuple(range(covered + 1, valid + 1)))
