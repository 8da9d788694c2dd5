"""junit.xml: every test case, in the shape that pytest writes and CI systems read. A suite is one test file."""

from collections.abc import Sequence

from lockstep.model.finding import TestCase
from lockstep.model.record import RunRecord
from lockstep.report.xml import document, element, text

_TAGS = {"failed": "failure", "error": "error", "skipped": "skipped"}


def render(record: RunRecord) -> bytes:
    """Return a `testsuites` document; quarantined tests carry their ticket and date as properties."""
    suites: dict[str, list[TestCase]] = {}
    for case in record.tests:
        suites.setdefault(case.path or case.classname, []).append(case)
    content = [_suite(name, cases, record.started) for name, cases in suites.items()]
    return document(element("testsuites", {"name": record.repository.name, **_totals(record.tests)}, content))


def _suite(name: str, cases: Sequence[TestCase], started: str) -> str:
    attributes = {"name": name, **_totals(cases), "timestamp": started}
    return element("testsuite", attributes, [_case(case) for case in cases])


def _totals(cases: Sequence[TestCase]) -> dict[str, object]:
    outcomes = [case.outcome for case in cases]
    return {
        "tests": len(cases),
        "failures": outcomes.count("failed"),
        "errors": outcomes.count("error"),
        "skipped": outcomes.count("skipped"),
        "time": f"{sum(case.seconds for case in cases):.3f}",
    }


def _case(case: TestCase) -> str:
    attributes: dict[str, object] = {
        "classname": case.classname,
        "name": case.name,
        "file": case.path or None,
        "line": case.line or None,
        "time": f"{case.seconds:.3f}",
    }
    return element("testcase", attributes, [*_properties(case), *_result(case)])


def _properties(case: TestCase) -> list[str]:
    if case.flaky is None:
        return []
    marks = (("flaky.ticket", case.flaky.ticket), ("flaky.since", case.flaky.since))
    return [element("properties", {}, [element("property", {"name": name, "value": value}) for name, value in marks])]


def _result(case: TestCase) -> list[str]:
    tag = _TAGS.get(case.outcome)
    if tag is None:
        return []
    head, _, _ = case.message.partition("\n")
    return [element(tag, {"message": head}, [text(case.message)])]
