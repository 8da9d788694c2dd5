"""What a run of `lockstep_tests` left: JUnit with the plugin's properties, collection errors, coverage."""

import posixpath
from collections.abc import Iterable, Mapping

import msgspec

from lockstep.model.finding import FileCoverage, Flaky, Report, TestCase
from lockstep.model.gate import Invocation, Output
from lockstep.parsers import coverage_json, junit
from lockstep.parsers.junit import Case
from lockstep.parsers.reading import UnreadableError, excerpt, guarded, json, relative

JUNIT, COLLECTION, COVERAGE = "junit.xml", "collection.json", "coverage.json"
LACKING = 86
_TOOL = "pytest"
_FAILURES, _NOTHING = 1, 5
_ENDS = {
    2: "pytest was interrupted before all tests had run",
    3: "pytest failed by itself",
    4: "pytest refused its command line or could not load a conftest.py",
}
_RED = frozenset({"failed", "error"})


class _Lost(msgspec.Struct, frozen=True):
    """A module that could not be collected."""

    name: str
    path: str
    line: int
    message: str


def read(output: Output, invocation: Invocation, tests: Iterable[str]) -> Report:
    """Return tests and coverage; `tests` are the test files that pytest was to find (relative to the root)."""
    return guarded(lambda: _read(output, invocation, sorted(tests)))


def _read(output: Output, invocation: Invocation, expected: list[str]) -> Report:
    if output.exit_code == LACKING:
        raise UnreadableError(_lacking(output.stderr))
    if output.exit_code in _ENDS:
        raise UnreadableError(_ENDS[output.exit_code])
    tests = (*_tests(output, invocation), *_lost(output, invocation))
    red = any(test.outcome in _RED for test in tests)
    if output.exit_code == _NOTHING and expected and not red:
        tests = (*tests, _nothing(expected))
    elif red != (output.exit_code == _FAILURES):
        failed = sum(test.outcome in _RED for test in tests)
        raise UnreadableError(f"pytest ended with exit code {output.exit_code} but reported {failed} failed tests")
    elif not tests and output.exit_code != _NOTHING:
        raise UnreadableError("pytest says that all went well but reported no test")
    return Report(tests=tests, coverage=_coverage(output, invocation, needed=not red))


def _lacking(stderr: bytes) -> str:
    names = excerpt(stderr).removeprefix("missing: ") or "pytest coverage"
    return f"the component's environment has no {' and no '.join(names.split())} (uv add --dev {names})"


def _tests(output: Output, invocation: Invocation) -> tuple[TestCase, ...]:
    found = junit.cases(output.files.get(JUNIT, b""), _TOOL)
    known: dict[tuple[str, str], Mapping[str, str]] = {}
    for case in found:
        # A test that fails and then breaks in its teardown stands there twice; one of the two has the properties.
        key = (case.classname, case.name)
        known[key] = {**known.get(key, {}), **case.properties}
    return tuple(
        _test(case, known[case.classname, case.name], invocation)
        for case in found
        if not case.message.startswith("collection failure")
    )


def _test(case: Case, said: Mapping[str, str], invocation: Invocation) -> TestCase:
    red = case.outcome in _RED
    summary, newline, rest = case.message.partition("\n")
    if red and (origin := said.get("lockstep.origin")):
        summary += f" (at {_path(origin, invocation)})"
    path = said.get("lockstep.path", "")
    return TestCase(
        name=case.name,
        classname=case.classname,
        outcome=case.outcome,
        seconds=case.seconds,
        message=summary + newline + rest,
        path=_path(path, invocation) if path else "",
        line=_number((said.get("lockstep.failed") if red else "") or said.get("lockstep.line", "")),
        flaky=_flaky(said.get("lockstep.flaky", "")),
    )


def _path(written: str, invocation: Invocation) -> str:
    return relative(written, invocation.root, invocation.component.path)


def _number(written: str) -> int:
    return int(written) if written.isdecimal() else 0


def _flaky(written: str) -> Flaky | None:
    return json(written.encode(), Flaky, _TOOL) if written else None


def _lost(output: Output, invocation: Invocation) -> tuple[TestCase, ...]:
    """Return the modules that could not be collected, as tests that ended in an error."""
    lost = json(output.files.get(COLLECTION, b""), list[_Lost], _TOOL)
    return tuple(
        TestCase(
            name=posixpath.basename(each.path),
            classname="",
            outcome="error",
            message=each.message,
            path=_path(each.path, invocation),
            line=max(each.line, 1),
        )
        for each in lost
    )


def _nothing(expected: list[str]) -> TestCase:
    message = f"pytest collected no test from {len(expected)} test files"
    return TestCase(name="collection", classname="", outcome="error", message=message, path=expected[0], line=1)


def _coverage(output: Output, invocation: Invocation, *, needed: bool) -> tuple[FileCoverage, ...]:
    """Return the coverage; without it the report can be believed only where tests failed anyway."""
    if COVERAGE not in output.files and not needed:
        return ()
    if COVERAGE not in output.files:
        raise UnreadableError(f"coverage could not be reported: {excerpt(output.stderr)}")
    return coverage_json.files(output.files[COVERAGE], invocation.root, invocation.component.path)
