"""cfn-guard with Lockstep's own rules over CloudFormation templates, the CDK's output among them.

Report: {"findings": [{"rule", "severity", "message", "path", "line", "end_line"}], "syntax": [...], "unread": [...]}.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from lockstep.plugin.iac.policies import Places
from lockstep.plugin.iac.running import Done, ScanError, decoded, last, limited, main, prepared, unread
from lockstep.plugin.iac.sources import Kind, Unread

_FIXED = ("validate", "--show-summary=none", "--structured", "--output-format=json")
_BROKEN = 19
_UNREADABLE = 255
# Why it stopped; what it says after that is what it was reading.
_WHY = re.compile(r"`(?P<why>[^`\n]*?)(?:, data beginning with\b|`|$)", re.MULTILINE)
# Rules fail at the Type of the resource that offends.
_RESOURCE = re.compile(r"/Resources/(?P<name>.+)/Type")


def validate(options: argparse.Namespace) -> Mapping[str, Any]:
    """Return what the rules find in each template, at the resource that it is about."""
    found = prepared(options.tree)
    places = Places(options.tree, ())
    findings: list[Mapping[str, Any]] = []
    unparsed: list[Unread] = []
    for path in found.of(Kind.CLOUDFORMATION):
        done = limited((options.program, *_FIXED, f"--rules={options.rules / 'guard'}", f"--data={path}"), options.tree)
        if done.exit_code == _UNREADABLE:
            unparsed.append(Unread(path, 1, _why(done, str(options.tree))))
        else:
            findings += _findings(path, done, places)
    return {"findings": findings, "syntax": [each._asdict() for each in unparsed], "unread": unread(found)}


def _findings(path: str, done: Done, places: Places) -> Iterator[Mapping[str, Any]]:
    if done.exit_code not in {0, _BROKEN}:
        raise ScanError(f"cfn-guard ended with exit code {done.exit_code}: {last(done.stderr)}")
    (told,) = decoded(done, "cfn-guard")
    if bool(told["not_compliant"]) != (done.exit_code == _BROKEN):
        raise ScanError(f"cfn-guard ended with exit code {done.exit_code}, which its report denies")
    for rule in (each["Rule"] for each in told["not_compliant"]):
        for (name, kind), messages in _offenders(rule["checks"]).items():
            _, line, end_line = places.of({"path": path, "type": kind, "name": name})
            yield {
                "rule": rule["name"].replace("_", "-"),
                "severity": "high",
                "message": f"{name} ({kind}) {', '.join(messages)}",
                "path": path,
                "line": line,
                "end_line": end_line,
            }


def _offenders(checks: Any) -> Mapping[tuple[str, str], dict[str, None]]:  # noqa: ANN401 - nested as cfn-guard likes
    """Return the messages about each resource, by its name and type."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for clause in _clauses(checks):
        value = clause["check"]["Resolved"]["value"]
        match = _RESOURCE.fullmatch(value["path"])
        if match is None:
            raise ScanError(f"cfn-guard reports {value['path']}, which is no resource's Type")
        found.setdefault((match["name"], value["value"]), {})[clause["messages"]["custom_message"]] = None
    return found


def _clauses(checks: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - nested as cfn-guard likes
    if isinstance(checks, list):
        for each in checks:
            yield from _clauses(each)
    elif "Clause" in checks:
        yield checks["Clause"]["Unary"]
    else:
        yield from (clause for each in checks.values() for clause in _clauses(each["checks"]))


def _why(done: Done, tree: str) -> str:
    match = _WHY.search(done.stderr)
    return (match["why"] if match else last(done.stderr)).replace(f"{tree}/", "")


if __name__ == "__main__":
    sys.exit(main(validate, sys.argv[1:]))
