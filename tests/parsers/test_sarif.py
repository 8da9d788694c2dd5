"""Any scanner's SARIF becomes findings; what is not a whole log becomes a problem."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Level, Location, Report, Severity
from lockstep.parsers import sarif

ROOT = "/tree"


def read(log: object, base: str = "") -> Report:
    return sarif.read(json.dumps(log).encode(), tool="scan", root=ROOT, base=base)


def log(*results: dict[str, Any], rules: object = None, **run: object) -> dict[str, Any]:
    tool = {"driver": {"name": "Scan", "rules": rules}}
    return {"version": "2.1.0", "runs": [{"tool": tool, "results": list(results), **run}]}


def at(uri: str, **region: int) -> list[dict[str, Any]]:
    return [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}]


def only(report: Report) -> Finding:
    assert report.problem == ""
    (finding,) = report.findings
    return finding


def test_a_result_becomes_a_finding() -> None:
    rule = {
        "id": "R1",
        "helpUri": "https://scan.example/R1",
        "defaultConfiguration": {"level": "error"},
        "properties": {"security-severity": "8.1"},
    }
    result = {
        "ruleId": "R1",
        "message": {"text": " it is wrong\n"},
        "locations": at("a/b.py", startLine=3, startColumn=2, endLine=4, endColumn=9),
        "fixes": [{}],
    }
    assert only(read(log(result, rules=[rule]))) == Finding(
        tool="scan",
        rule="R1",
        message="it is wrong",
        location=Location("a/b.py", 3, 2, 4, 9),
        level=Level.ERROR,
        severity=Severity.HIGH,
        help_url="https://scan.example/R1",
        fixable=True,
    )


@pytest.mark.parametrize(
    ("uri", "base", "path"),
    [
        ("file:///tree/a%20b.py", "", "a b.py"),
        ("file://localhost/tree/x.py", "", "x.py"),
        ("file:/tree/x.py", "", "x.py"),
        ("./x.py", "services/a", "services/a/x.py"),
        ("../x.py", "services/a", "services/x.py"),
        ("/tree/x.py", "services/a", "x.py"),
        ("/elsewhere/x.py", "", "/elsewhere/x.py"),
        ("caf%E9.py", "", "caf\udce9.py"),
        (".", "", "."),
        ("", "", ""),
    ],
)
def test_uris_become_paths_relative_to_the_root(uri: str, base: str, path: str) -> None:
    assert only(read(log({"ruleId": "R", "locations": at(uri)}), base)).location == Location(path)


def test_a_base_id_says_where_relative_uris_start() -> None:
    place = [{"physicalLocation": {"artifactLocation": {"uri": "x.py", "uriBaseId": "SRC"}}}]
    bases = {"SRC": {"uri": "file:///tree/src/"}, "REL": {"uri": "lib/"}}
    assert only(read(log({"locations": place}, originalUriBaseIds=bases))).location.path == "src/x.py"
    place[0]["physicalLocation"]["artifactLocation"]["uriBaseId"] = "REL"
    assert only(read(log({"locations": place}, originalUriBaseIds=bases), "pkg")).location.path == "pkg/x.py"


@pytest.mark.parametrize(("index", "path"), [(0, "x.py"), (1, ""), (7, ""), (-1, "")])
def test_an_artifact_may_be_named_by_its_index(index: int, path: str) -> None:
    place = [{"physicalLocation": {"artifactLocation": {"index": index}}}]
    artifacts = [{"location": {"uri": "x.py"}}, {}]
    assert only(read(log({"locations": place}, artifacts=artifacts))).location.path == path


@pytest.mark.parametrize("locations", [None, [], [{}], [{"physicalLocation": {}}]])
def test_a_result_without_a_place_is_still_a_finding(locations: object) -> None:
    assert only(read(log({"ruleId": "R", "locations": locations}))).location == Location("")


@pytest.mark.parametrize(
    ("result", "rule"),
    [
        ({"ruleId": "R2"}, "R2"),
        ({"ruleIndex": 1}, "R2"),
        ({"rule": {"index": 1}}, "R2"),
        ({"rule": {"id": "E1"}}, "E1"),
        ({"ruleId": "unlisted", "ruleIndex": 1}, "unlisted"),
        ({"ruleIndex": 9}, ""),
        ({}, ""),
    ],
)
def test_rules_are_found_by_id_or_index(result: dict[str, Any], rule: str) -> None:
    made = log(result, rules=[{"id": "R1"}, {"id": "R2"}, {}])
    made["runs"][0]["tool"]["extensions"] = [{"rules": [{"id": "E1"}]}, {}]
    assert only(read(made)).rule == rule


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"text": "plain"}, "plain"),
        ({"id": "m", "arguments": ["x", "y"]}, "x needs y"),
        ({"id": "unknown"}, "described"),
        (None, "described"),
    ],
)
def test_messages_come_from_the_result_or_its_rule(message: object, expected: str) -> None:
    rule = {
        "id": "R",
        "messageStrings": {"m": {"text": "{0} needs {1}"}},
        "shortDescription": {"text": "described"},
    }
    assert only(read(log({"ruleId": "R", "message": message}, rules=[rule]))).message == expected


@pytest.mark.parametrize(
    ("own", "configured", "level"),
    [
        ("note", "error", Level.NOTE),
        ("none", None, Level.NOTE),
        (None, "error", Level.ERROR),
        (None, None, Level.WARNING),
        ("strange", None, Level.WARNING),
    ],
)
def test_levels(own: str | None, configured: str | None, level: Level) -> None:
    rule = {"id": "R", "defaultConfiguration": {"level": configured} if configured else None}
    assert only(read(log({"ruleId": "R", "level": own}, rules=[rule]))).level is level


@pytest.mark.parametrize(
    ("score", "severity"),
    [("9.8", Severity.CRITICAL), (5, Severity.MEDIUM), ("0.0", Severity.NONE), ("much", Severity.NONE), ([], "none")],
)
def test_severity_is_the_security_score(score: object, severity: Severity) -> None:
    assert only(read(log({"properties": {"security-severity": score}}))).severity == severity


@pytest.mark.parametrize(
    "result",
    [
        {"suppressions": [{"kind": "inSource"}]},
        {"suppressions": [{"status": "accepted"}]},
        {"kind": "pass"},
        {"kind": "notApplicable"},
        {"baselineState": "absent"},
    ],
)
def test_what_is_no_open_problem_is_left_out(result: dict[str, Any]) -> None:
    assert read(log(result)) == Report()


def test_a_rejected_suppression_does_not_count() -> None:
    assert len(read(log({"suppressions": [{"status": "rejected"}]})).findings) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "wrote no report"),
        (b"  \n", "wrote no report"),
        (b'{"version": "2.1.0", "runs": [', "not whole JSON"),
        (b"[]", "another shape"),
        (b'{"version": "2.1.0", "runs": [{"results": {}}]}', "another shape"),
        (b'{"version": "1.0.0", "runs": [{"results": []}]}', "no SARIF 2.1.0"),
        (b'{"version": "2.1.0", "runs": []}', "no SARIF 2.1.0"),
        (b'{"version": "2.1.0", "runs": [{}]}', "nothing was scanned"),
        (b'{"x": ' + b"[" * 100_000 + b"}", "not whole JSON"),
    ],
)
def test_what_is_no_whole_log_is_a_problem(data: bytes, words: str) -> None:
    report = sarif.read(data, tool="scan", root=ROOT)
    assert words in report.problem
    assert report.findings == ()


@pytest.mark.parametrize(
    ("invocation", "words"),
    [
        ({"executionSuccessful": False}, "says that it failed"),
        (
            {
                "executionSuccessful": False,
                "toolExecutionNotifications": [{"level": "error", "message": {"text": "out of\nmemory"}}],
            },
            "says that it failed: out of memory",
        ),
        (
            {"executionSuccessful": True, "toolConfigurationNotifications": [{"level": "error"}]},
            "says that it failed",
        ),
    ],
)
def test_a_tool_that_says_it_failed_is_a_problem(invocation: dict[str, Any], words: str) -> None:
    assert read(log(invocations=[invocation])).problem == f"scan {words}"


def test_warnings_of_the_tool_are_no_problem() -> None:
    said = {"executionSuccessful": True, "toolExecutionNotifications": [{"level": "warning"}]}
    assert read(log(invocations=[said])) == Report()


def test_bytes_that_are_not_utf_8_do_not_break_it() -> None:
    data = b'\xef\xbb\xbf{"version":"2.1.0","runs":[{"results":[{"message":{"text":"caf\xe9"}}]}]}'
    assert only(sarif.read(data, tool="scan", root=ROOT)).message == "caf\ufffd"


WHOLE = json.dumps(
    log({"ruleId": "R1", "ruleIndex": 0, "message": {"text": "m"}, "locations": at("a.py", startLine=1)}, rules=[{}])
).encode()


@given(st.binary())
def test_any_bytes_give_a_problem(data: bytes) -> None:
    assert sarif.read(data, tool="scan", root=ROOT).problem


@given(st.integers(0, len(WHOLE) - 1))
def test_a_log_that_is_cut_off_gives_a_problem(size: int) -> None:
    assert sarif.read(WHOLE[:size], tool="scan", root=ROOT).problem


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_one_changed_byte_never_raises(place: int, byte: int) -> None:
    sarif.read(WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :], tool="scan", root=ROOT)
