"""results.sarif: SARIF 2.1.0, one run for each pair of gate and tool.

GitHub refuses two runs of the same tool and category; the category is the gate (`automationDetails.id`, section 3.17.3),
so no pair comes twice. Waived and quarantined findings are there as suppressed results (section 3.35).
"""

import datetime as dt
from collections.abc import Sequence
from urllib.parse import quote_from_bytes

import msgspec

from lockstep.model.digests import of_value
from lockstep.model.finding import Finding, Severity
from lockstep.model.record import ActionRecord, GateRecord, RunRecord, Waived
from lockstep.model.verdict import Verdict
from lockstep.report.text import encodable, json_bytes
from lockstep.report.words import policy_gate

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_OWN = "lockstep"
_UNPROVED = (Verdict.ERRORED, Verdict.UNAVAILABLE)
# GitHub groups `security-severity` at 9.0, 7.0, 4.0 and 0.1 (CVSS v3.1 section 5); these lie inside the groups.
_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
_ORDER = tuple(Severity)

_Json = dict[str, object]


class _Result(msgspec.Struct, frozen=True):
    finding: Finding
    suppressions: tuple[_Json, ...] = ()


def render(record: RunRecord) -> bytes:
    """Return the merged log as UTF-8 JSON."""
    gates = (*record.gates, *policy_gate(record))
    runs = [run for gate in gates for run in _gate_runs(record, gate)]
    return json_bytes({"$schema": SCHEMA, "version": "2.1.0", "runs": runs})


def _gate_runs(record: RunRecord, gate: GateRecord) -> list[_Json]:
    results: dict[str, list[_Result]] = {}
    actions: dict[str, list[ActionRecord]] = {}
    for action in record.actions:
        if action.gate == gate.id:
            actions.setdefault(action.tool or _OWN, []).append(action)
    for result in _results_of(gate):
        results.setdefault(result.finding.tool or _OWN, []).append(result)
    tools = sorted({*results, *actions})
    if not tools and gate.verdict in _UNPROVED:
        tools = [_OWN]
    return [_run(record, gate, tool, results.get(tool, []), actions.get(tool, [])) for tool in tools]


def _results_of(gate: GateRecord) -> list[_Result]:
    return [
        *(_Result(finding) for finding in gate.findings),
        *(_Result(waived.finding, (_waiver(waived),)) for waived in gate.waived),
        *(_Result(finding, (_suppression("quarantined: it runs, it does not gate"),)) for finding in gate.quarantined),
    ]


def _waiver(waived: Waived) -> _Json:
    suppression = _suppression(f"{waived.reason} (owner {waived.owner}, expires {waived.expires})")
    return {**suppression, "properties": {"owner": waived.owner, "expires": waived.expires}}


def _suppression(justification: str) -> _Json:
    return {"kind": "external", "status": "accepted", "justification": justification}


def _run(
    record: RunRecord, gate: GateRecord, tool: str, results: Sequence[_Result], actions: Sequence[ActionRecord]
) -> _Json:
    rules: dict[str, list[Finding]] = {}
    for result in results:
        rules.setdefault(result.finding.rule, []).append(result.finding)
    places = {rule: index for index, rule in enumerate(rules)}
    version = next((entry.version for entry in record.tools if entry.name == tool), "")
    driver: _Json = {"name": tool, "rules": [_rule(rule, found, gate) for rule, found in rules.items()]}
    if tool == _OWN or version:
        driver["version"] = version or record.lockstep
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"lockstep/{gate.id}/", "description": {"text": gate.title}},
        "invocations": [_invocation(record, action) for action in actions] or [_judgement(gate)],
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(result, places[result.finding.rule]) for result in results],
        "properties": {"gate": gate.id, "verdict": gate.verdict, "commit": record.repository.commit},
    }


def _rule(rule: str, findings: Sequence[Finding], gate: GateRecord) -> _Json:
    first = findings[0]
    severity = min((finding.severity for finding in findings), key=_ORDER.index)
    remedy = f"{gate.remedy}\n\nRun this gate alone: {gate.alone}" if gate.alone else gate.remedy
    properties: _Json = {"tags": [gate.stage]}
    if severity in _SCORES:
        properties = {"tags": sorted({"security", gate.stage}), "security-severity": _SCORES[severity]}
    descriptor: _Json = {
        "id": rule,
        "shortDescription": {"text": f"{first.tool} {rule}"},
        "fullDescription": {"text": f"{gate.title}: {first.tool} {rule}"},
        "help": {"text": remedy},
        "defaultConfiguration": {"level": first.level},
        "properties": properties,
    }
    if first.help_url.startswith(("https://", "http://")):
        descriptor["helpUri"] = _uri_of_text(first.help_url)
    return descriptor


def _result(result: _Result, index: int) -> _Json:
    finding = result.finding
    fingerprint = finding.fingerprint or of_value(
        [encodable(part) for part in (finding.tool, finding.rule, finding.location.path, finding.message)]
    )
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.level,
        "message": {"text": finding.message or finding.rule},
        "locations": [_location(finding)],
        # GitHub follows an alert by the first of these names only.
        "partialFingerprints": {"primaryLocationLineHash": fingerprint, "lockstepFingerprint/v1": fingerprint},
        "suppressions": list(result.suppressions),
        "properties": {
            "check": finding.check,
            "component": finding.component,
            "fixable": finding.fixable,
            "severity": finding.severity,
        },
    }


def _location(finding: Finding) -> _Json:
    place = finding.location
    physical: _Json = {"artifactLocation": {"uri": uri(place.path), "uriBaseId": "%SRCROOT%"}}
    if place.line > 0:
        region: _Json = {"startLine": place.line}
        if place.column > 0:
            region["startColumn"] = place.column
        if place.end_line >= place.line:
            region["endLine"] = place.end_line
        # Without a start column an end column has nothing to end (section 3.30.8), nor may it lie before it on one line.
        if place.column > 0 and (place.end_line > place.line or place.end_column >= place.column) and place.end_column:
            region["endColumn"] = place.end_column
        if finding.snippet:
            region["snippet"] = {"text": finding.snippet}
        physical["region"] = region
    return {"physicalLocation": physical}


def uri(path: str) -> str:
    """Return a repository-relative path as a URI reference (RFC 3986): the file name's own bytes, percent-encoded."""
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = encodable(path).encode()
    quoted = quote_from_bytes(raw.removeprefix(b"./"), safe="/-._~!$&'()*+,;=@")
    return quoted or "."


def _uri_of_text(text: str) -> str:
    return quote_from_bytes(encodable(text).encode(), safe="/-._~!$&'()*+,;=@:?#[]%")


def _invocation(record: RunRecord, action: ActionRecord) -> _Json:
    invocation: _Json = {
        "executionSuccessful": action.verdict not in _UNPROVED,
        "properties": {"action": action.id, "cached": action.cached, "verdict": action.verdict},
    }
    if action.exit_code >= 0 and action.verdict is not Verdict.UNAVAILABLE:
        invocation["exitCode"] = action.exit_code
    if action.command:
        invocation["arguments"] = list(action.command)
    if not action.cached:
        invocation |= _times(record.started, action)
    if action.verdict in _UNPROVED:
        invocation["toolExecutionNotifications"] = [_notification(action.reason or action.verdict)]
    return invocation


def _times(started: str, action: ActionRecord) -> _Json:
    try:
        begin = dt.datetime.fromisoformat(started) + dt.timedelta(seconds=action.started)
    except ValueError:
        return {}
    end = begin + dt.timedelta(seconds=action.seconds)
    return {"startTimeUtc": _iso(begin), "endTimeUtc": _iso(end)}


def _iso(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _judgement(gate: GateRecord) -> _Json:
    if gate.verdict not in _UNPROVED:
        return {"executionSuccessful": True}
    return {
        "executionSuccessful": False,
        "toolExecutionNotifications": [_notification(gate.reason or gate.verdict)],
    }


def _notification(text: str) -> _Json:
    return {"level": "error", "message": {"text": text}}
