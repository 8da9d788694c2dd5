import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Location, Severity
from lockstep.model.record import RunRecord, ToolRecord
from lockstep.model.verdict import Verdict
from lockstep.report import sarif
from tests.report import records

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0.schema.json").read_bytes())
Document = dict[str, Any]
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def log(record: RunRecord) -> Document:
    document: Document = json.loads(sarif.render(record))
    VALIDATOR.validate(document)
    return document


def results(document: Document) -> Iterator[Document]:
    for run in document["runs"]:
        yield from run["results"]


def one(finding: Finding, **more: object) -> Document:
    document = log(records.run((records.gate("lint", "static", Verdict.FAILED, findings=(finding,), **more),)))
    return next(results(document))


def text(alphabet: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[str]:
    return st.text(alphabet or st.characters(), max_size=20)


@pytest.mark.parametrize("make", [records.rich, records.hostile, records.empty])
def test_every_log_is_valid(make: Callable[[], RunRecord]) -> None:
    log(make())


def test_no_two_runs_share_tool_and_category() -> None:
    pairs = [(run["tool"]["driver"]["name"], run["automationDetails"]["id"]) for run in log(records.rich())["runs"]]
    assert len(pairs) == len(set(pairs))
    assert ("ruff", "lockstep/lint/") in pairs
    assert ("shellcheck", "lockstep/lint/") in pairs


def test_every_result_points_to_its_rule() -> None:
    for run in log(records.rich())["runs"]:
        for result in run["results"]:
            assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_tool_without_findings_still_has_its_run_so_that_old_alerts_close() -> None:
    runs = {run["tool"]["driver"]["name"]: run for run in log(records.rich())["runs"]}
    assert runs["mypy"]["results"] == []
    assert [invocation["executionSuccessful"] for invocation in runs["mypy"]["invocations"]] == [True, True]


def test_a_tool_that_broke_says_so() -> None:
    runs = {run["properties"]["gate"]: run for run in log(records.rich())["runs"]}
    [invocation] = runs["licenses"]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "the report is cut in half"
    assert "exitCode" not in invocation


def test_a_gate_that_could_not_run_is_a_run_that_failed() -> None:
    runs = {run["properties"]["gate"]: run for run in log(records.rich())["runs"]}
    assert runs["trivy"]["tool"]["driver"]["name"] == "lockstep"
    assert runs["trivy"]["invocations"][0]["executionSuccessful"] is False


def test_a_gate_that_does_not_apply_has_no_run() -> None:
    assert "contract-checks" not in {run["properties"]["gate"] for run in log(records.rich())["runs"]}


def test_a_judgement_without_actions_is_successful_unless_it_errored() -> None:
    made = records.finding("coverage", "lines", "79 % is less than 85 %", "services/orders")
    document = log(records.run((records.gate("coverage-threshold", "test", Verdict.FAILED, findings=(made,)),)))
    assert document["runs"][0]["invocations"] == [{"executionSuccessful": True}]


def test_waived_and_quarantined_findings_are_suppressed_and_others_say_that_they_are_not() -> None:
    by_rule = {result["ruleId"]: result["suppressions"] for result in results(log(records.rich()))}
    assert by_rule["F401"] == []
    [waiver] = by_rule["lockstep.python.md5"]
    assert waiver["kind"] == "external"
    assert waiver["justification"] == "used as a cache key only (owner Ada Example, expires 2026-06-30)"
    assert by_rule["failed"][0]["status"] == "accepted"


def test_findings_about_policy_files_are_there() -> None:
    assert "waiver-unused" in {result["ruleId"] for result in results(log(records.rich()))}


def test_severity_becomes_the_score_of_the_rule_and_its_gravest_counts() -> None:
    grave = records.finding("scan", "R1", "grave", "a.py", 1, severity=Severity.CRITICAL)
    mild = records.finding("scan", "R1", "mild", "b.py", 1, severity=Severity.LOW)
    document = log(records.run((records.gate("codeql", "security", Verdict.FAILED, findings=(mild, grave)),)))
    [rule] = document["runs"][0]["tool"]["driver"]["rules"]
    assert rule["properties"] == {"tags": ["security"], "security-severity": "9.5"}


def test_a_rule_carries_remedy_command_and_link() -> None:
    [run] = [run for run in log(records.rich())["runs"] if run["tool"]["driver"]["name"] == "ruff"]
    [rule] = run["tool"]["driver"]["rules"]
    assert rule["help"]["text"] == "mend what lint names\n\nRun this gate alone: nox -s lint"
    assert rule["helpUri"] == "https://docs.example/F401"
    assert run["tool"]["driver"]["version"] == "0.14.1"


def test_a_link_that_is_not_http_is_left_out() -> None:
    assert "javascript" not in json.dumps(
        [run["tool"]["driver"]["rules"][0].get("helpUri") for run in log(records.hostile())["runs"]]
    )


def test_a_fingerprint_is_there_even_where_none_was_assigned() -> None:
    bare = Finding("ruff", "F401", "unused", Location("a.py", 1))
    again = one(bare)["partialFingerprints"]
    assert again == one(bare)["partialFingerprints"]
    assert len(again["primaryLocationLineHash"]) == 64


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("src/a b.py", "src/a%20b.py"),
        ("src/naïve.py", "src/na%C3%AFve.py"),
        ("src/caf\udce9.py", "src/caf%E9.py"),
        ("src/lone\ud800.py", "src/lone%5Cud800.py"),
        ("a#b?c%d:e.py", "a%23b%3Fc%25d%3Ae.py"),
        ("./a.py", "a.py"),
        ("", "."),
    ],
)
def test_file_names_are_percent_encoded(path: str, uri: str) -> None:
    assert sarif.uri(path) == uri


@pytest.mark.parametrize(
    ("place", "region"),
    [
        (Location("a", 0, 3), None),
        (Location("a", 2), {"startLine": 2}),
        (Location("a", 2, 3, 2, 9), {"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 9}),
        (Location("a", 2, 3, 4, 1), {"startLine": 2, "startColumn": 3, "endLine": 4, "endColumn": 1}),
        (Location("a", 2, 3, 1, 9), {"startLine": 2, "startColumn": 3, "endColumn": 9}),
        (Location("a", 2, 9, 2, 3), {"startLine": 2, "startColumn": 9, "endLine": 2}),
        (Location("a", 2, 0, 3, 3), {"startLine": 2, "endLine": 3}),
    ],
)
def test_a_region_never_contradicts_itself(place: Location, region: object) -> None:
    physical = one(Finding("ruff", "F401", "unused", place))["locations"][0]["physicalLocation"]
    assert physical.get("region") == region


def test_the_line_as_the_tool_saw_it_is_the_snippet() -> None:
    found = records.finding("ruff", "F401", "unused", "a.py", 1, snippet="import json")
    assert one(found)["locations"][0]["physicalLocation"]["region"]["snippet"] == {"text": "import json"}


def test_times_count_from_the_start_of_the_run_and_cached_actions_have_none() -> None:
    [run] = [run for run in log(records.rich())["runs"] if run["tool"]["driver"]["name"] == "ruff"]
    ran, cached = run["invocations"]
    assert (ran["startTimeUtc"], ran["endTimeUtc"]) == ("2026-02-11T09:15:00.100Z", "2026-02-11T09:15:00.500Z")
    assert "startTimeUtc" not in cached


def test_an_action_without_a_command_has_no_arguments() -> None:
    bare = records.action("lint", "ruff", "a", 0, 1, command=())
    document = log(records.run((records.gate("lint", "static", Verdict.PASSED),), (bare,)))
    assert "arguments" not in document["runs"][0]["invocations"][0]


def test_an_unreadable_start_leaves_times_out() -> None:
    record = records.run(
        (records.gate("lint", "static", Verdict.PASSED),), (records.action("lint", "ruff", "a", 0, 1),), started="?"
    )
    assert "startTimeUtc" not in log(record)["runs"][0]["invocations"][0]


def test_a_tool_without_a_name_is_reported_as_our_own_with_our_version() -> None:
    record = records.run(
        (records.gate("lint", "static", Verdict.FAILED, findings=(Finding("", "R", "m", Location("a")),)),),
        tools=(ToolRecord("x", "1", ""),),
    )
    assert log(record)["runs"][0]["tool"]["driver"]["version"] == "0.1.0"


@given(
    st.builds(
        Finding,
        text(),
        text(),
        text(),
        st.builds(Location, text(), *(st.integers(0, 9) for _ in range(4))),
        help_url=text().map("https://".__add__),
    )
)
def test_any_text_gives_a_valid_log(finding: Finding) -> None:
    document = log(records.run((records.gate("lint", "static", Verdict.FAILED, findings=(finding,)),)))
    assert len(list(results(document))) == 1
