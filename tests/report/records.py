"""Records to render: a rich one, a hostile one, an empty one."""

import msgspec

from lockstep.model.event import Preparing
from lockstep.model.finding import FileCoverage, Finding, Flaky, Level, Location, Severity, TestCase
from lockstep.model.record import (
    ActionRecord,
    ComponentRecord,
    GateRecord,
    RepositoryRecord,
    RunRecord,
    Threshold,
    ToolRecord,
    Waived,
)
from lockstep.model.verdict import Verdict

HOSTILE = "</script><script>alert(1)</script><!-- <b>\x1b[31mred\x07 \udcff \ud800 | `x` [a](b) ::error::no & \u202eabc"


def finding(tool: str, rule: str, message: str, path: str, line: int = 0, **more: object) -> Finding:
    fields = {"tool": tool, "rule": rule, "message": message, "location": Location(path, line, 5 if line else 0)}
    return Finding(**{"fingerprint": f"{tool}-{rule}-{path}", **fields, **more})  # type: ignore[arg-type]


def action(gate: str, check: str, component: str, started: float, seconds: float, **more: object) -> ActionRecord:
    fields = {
        "id": f"{gate}:{check}:{component}",
        "gate": gate,
        "check": check,
        "component": component,
        "tool": check,
        "verdict": Verdict.PASSED,
        "key": "0" * 64,
        "cached": False,
        "started": started,
        "seconds": seconds,
        "command": (check, "--strict", "services/orders"),
        "log": f"logs/{gate}-{check}-{component}.log",
        "reason": "src/orders/api.py changed",
    }
    return ActionRecord(**{**fields, **more})  # type: ignore[arg-type]


def gate(name: str, stage: str, verdict: Verdict, **more: object) -> GateRecord:
    fields = {
        "id": name,
        "title": f"The {name} gate holds",
        "stage": stage,
        "verdict": verdict,
        "remedy": f"mend what {name} names",
        "alone": f"nox -s {name}",
        "seconds": 1.5,
    }
    return GateRecord(**{**fields, **more})  # type: ignore[arg-type]


def run(gates: tuple[GateRecord, ...] = (), actions: tuple[ActionRecord, ...] = (), **more: object) -> RunRecord:
    fields = {
        "schema_version": 1,
        "id": "20260211T091500Z-4f2a",
        "lockstep": "0.1.0",
        "started": "2026-02-11T09:15:00Z",
        "seconds": 12.4,
        "outcome": "passed",
        "exit_code": 0,
        "strict": False,
        "repository": RepositoryRecord(
            "orchard", "9fceb02d0ae598e95dc970b74767f19372d61af8", "4b825dc6", "main", dirty=True, mode="worktree"
        ),
        "python": "3.12.4",
        "platform": "linux-x86_64",
        "cpus": 4,
        "gates": gates,
        "actions": actions,
    }
    return RunRecord(**{**fields, **more})  # type: ignore[arg-type]


def rich() -> RunRecord:
    """A run with something of everything."""
    unused = finding(
        "ruff",
        "F401",
        "`json` imported but unused",
        "services/orders/src/orders/api.py",
        7,
        fixable=True,
        help_url="https://docs.example/F401",
        component="orders",
    )
    quoting = finding(
        "shellcheck",
        "SC2086",
        "Double quote to prevent globbing and word splitting.",
        "ops/restore.sh",
        12,
        level=Level.WARNING,
        component="ops",
    )
    injection = finding(
        "semgrep",
        "lockstep.python.sql-injection",
        "A query is built from the request's text; use parameters.",
        "services/orders/src/orders/store.py",
        41,
        severity=Severity.HIGH,
        component="orders",
    )
    weak = finding(
        "semgrep",
        "lockstep.python.md5",
        "MD5 is not collision resistant.",
        "libs/common/src/common/ids.py",
        9,
        severity=Severity.MEDIUM,
        component="common",
    )
    flaky = finding("pytest", "failed", "assert 3 == 4", "services/orders/tests/test_retry.py", 30, component="orders")
    waived = Waived(weak, "Ada Example", "used as a cache key only", "2026-06-30")
    gates = (
        gate("lint", "static", Verdict.FAILED, findings=(unused, quoting), seconds=3.1),
        gate("types", "static", Verdict.PASSED, started=0.4, seconds=4.2),
        gate("unit-tests", "test", Verdict.PASSED, quarantined=(flaky,), started=0.6, seconds=9.2),
        gate(
            "coverage-threshold",
            "test",
            Verdict.FAILED,
            started=9.8,
            seconds=0.1,
            thresholds=(
                Threshold("*", 86.2, 81.0, 85.0, 80.0, 1240, 310, met=True),
                Threshold("orders", 79.5, 71.2, 85.0, 80.0, 610, 170, met=False),
            ),
        ),
        gate("gitleaks", "security", Verdict.PASSED, seconds=0.9, started=2.0),
        gate("codeql", "security", Verdict.FAILED, findings=(injection,), waived=(waived,), started=1.0, seconds=7.7),
        gate("trivy", "security", Verdict.UNAVAILABLE, reason="no advisory database can be reached", seconds=0.0),
        gate("licenses", "security", Verdict.ERRORED, reason="the report is cut in half", seconds=0.6, started=3.0),
        gate("contract-checks", "contracts", Verdict.NOT_APPLICABLE, seconds=0.0),
    )
    actions = (
        action("lint", "ruff", "orders", 0.1, 0.4, verdict=Verdict.FAILED, findings=1, exit_code=1),
        action("lint", "ruff", "common", 0.0, 0.1, cached=True, reason=""),
        action("lint", "shellcheck", "ops", 0.5, 1.2, verdict=Verdict.FAILED, findings=1, exit_code=1),
        action("types", "mypy", "orders", 0.4, 4.1),
        action("types", "mypy", "common", 0.0, 2.1, cached=True, reason=""),
        action("unit-tests", "pytest", "orders", 0.6, 8.6, exit_code=1, findings=1, python="3.12"),
        action("unit-tests", "pytest", "common", 4.6, 3.6),
        action("gitleaks", "gitleaks", ".", 2.0, 0.9),
        action("codeql", "semgrep", "orders", 1.7, 6.9, verdict=Verdict.FAILED, findings=1, exit_code=1),
        action("codeql", "semgrep", "common", 0.0, 3.0, cached=True, findings=1, reason=""),
        action(
            "licenses",
            "licenses",
            "orders",
            3.0,
            0.6,
            verdict=Verdict.ERRORED,
            exit_code=-1,
            reason="the report is cut in half",
        ),
    )
    tests = (
        TestCase(
            "test_total",
            "tests.test_orders.TestTotal",
            "passed",
            0.21,
            path="services/orders/tests/test_orders.py",
            line=12,
        ),
        TestCase(
            "test_retry",
            "tests.test_retry",
            "failed",
            1.4,
            "assert 3 == 4\nE  three",
            "services/orders/tests/test_retry.py",
            30,
            Flaky("ORC-17", "2026-02-03"),
        ),
        TestCase(
            "test_slow",
            "tests.test_orders",
            "skipped",
            0.0,
            "needs a queue",
            "services/orders/tests/test_orders.py",
            40,
        ),
        TestCase(
            "test_broken", "tests.test_ids", "error", 0.1, "fixture 'x' not found", "libs/common/tests/test_ids.py", 3
        ),
    )
    coverage = (
        FileCoverage("services/orders/src/orders/api.py", 4, 3, 2, 1, (9,), (1, 2, 7), ((7, 1, 2),)),
        FileCoverage("services/orders/src/orders/store.py", 610, 482, 170, 120, tuple(range(100, 228))),
        FileCoverage("libs/common/src/common/ids.py", 10, 10, 0, 0),
    )
    return run(
        gates,
        actions,
        outcome="failed",
        exit_code=1,
        tools=(ToolRecord("ruff", "0.14.1", "a" * 64), ToolRecord("semgrep", "1.140.0", "b" * 64)),
        coverage=coverage,
        tests=tests,
        policy=(finding("lockstep", "waiver-unused", "The waiver for rule B101 matches nothing.", "waivers.toml", 14),),
        components=(
            ComponentRecord("orders", "services/orders", "service"),
            ComponentRecord("common", "libs/common", "python-library"),
            ComponentRecord("ops", "ops", "ops"),
            ComponentRecord("orchard", ".", "repository"),
        ),
        notes=("the base origin/main is not here; the last commit was taken",),
    )


def hostile() -> RunRecord:
    """Every text is an attack, and file names are not UTF-8."""
    bad = finding(
        HOSTILE,
        HOSTILE,
        HOSTILE,
        f"src/caf\udce9 {HOSTILE}.py",
        3,
        component=HOSTILE,
        snippet=HOSTILE,
        help_url="javascript:alert(1)",
    )
    gates = (
        gate(
            "lint",
            "static",
            Verdict.FAILED,
            findings=(bad,),
            waived=(Waived(bad, HOSTILE, HOSTILE, "2026-01-01"),),
            reason=HOSTILE,
            title=HOSTILE,
            remedy=HOSTILE,
            alone=HOSTILE,
        ),
    )
    actions = (
        action(
            "lint",
            HOSTILE,
            HOSTILE,
            0.0,
            1.0,
            verdict=Verdict.ERRORED,
            reason=HOSTILE,
            command=(HOSTILE,),
            log=HOSTILE,
            exit_code=-1,
        ),
    )
    tests = (TestCase(HOSTILE, HOSTILE, "failed", 0.1, HOSTILE, HOSTILE, 1, Flaky(HOSTILE, HOSTILE)),)
    coverage = (FileCoverage(f"{HOSTILE}/a\udcff.py", 1, 0, 0, 0, (1,)),)
    record = run(gates, actions, outcome="failed", tests=tests, coverage=coverage, notes=(HOSTILE,))
    return msgspec.structs.replace(
        record, repository=RepositoryRecord(HOSTILE, "", "", HOSTILE, dirty=False, mode=HOSTILE)
    )


def empty() -> RunRecord:
    return run(outcome="incomplete")


PREPARING = Preparing("ruff 0.14.1")
