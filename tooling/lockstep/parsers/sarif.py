"""SARIF 2.1.0 (OASIS, errata 01) as any scanner writes it. Section numbers below are the standard's."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from lockstep.model.finding import Finding, Level, Location, Report, Severity
from lockstep.parsers.reading import UnreadableError, excerpt, guarded, json, relative

_VERSION = "2.1.0"
_LEVELS = {"error": Level.ERROR, "warning": Level.WARNING, "note": Level.NOTE, "none": Level.NOTE}
_NO_PROBLEM = ("pass", "notApplicable", "informational")


class _Struct(msgspec.Struct, frozen=True, rename="camel"):
    """A node of the log. Producers write null for what they leave out, so every field may be null."""


class Message(_Struct, frozen=True):
    """Section 3.11: text, or the id of one of the rule's messages and its arguments."""

    text: str | None = None
    id: str | None = None
    arguments: list[str] | None = None


class Region(_Struct, frozen=True):
    """Section 3.30; columns are of the character after the last one at the end."""

    start_line: int | None = None
    start_column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


class ArtifactLocation(_Struct, frozen=True):
    """Section 3.4."""

    uri: str | None = None
    uri_base_id: str | None = None
    index: int | None = None


class PhysicalLocation(_Struct, frozen=True):
    """Section 3.29."""

    artifact_location: ArtifactLocation | None = None
    region: Region | None = None


class Place(_Struct, frozen=True):
    """Section 3.28."""

    physical_location: PhysicalLocation | None = None


class RuleReference(_Struct, frozen=True):
    """Section 3.52."""

    id: str | None = None
    index: int | None = None


class Suppression(_Struct, frozen=True):
    """Section 3.35; without a status it is accepted."""

    status: str | None = None


class Result(_Struct, frozen=True):
    """Section 3.27."""

    rule_id: str | None = None
    rule_index: int | None = None
    rule: RuleReference | None = None
    level: str | None = None
    kind: str | None = None
    baseline_state: str | None = None
    message: Message | None = None
    locations: list[Place] | None = None
    fixes: list[Any] | None = None
    suppressions: list[Suppression] | None = None
    partial_fingerprints: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None


class Configuration(_Struct, frozen=True):
    """Section 3.50."""

    level: str | None = None


class Rule(_Struct, frozen=True):
    """Section 3.49."""

    id: str | None = None
    help_uri: str | None = None
    short_description: Message | None = None
    message_strings: dict[str, Message] | None = None
    default_configuration: Configuration | None = None
    properties: dict[str, Any] | None = None


class Driver(_Struct, frozen=True):
    """Section 3.19."""

    rules: list[Rule] | None = None


class Tool(_Struct, frozen=True):
    """Section 3.18."""

    driver: Driver | None = None
    extensions: list[Driver] | None = None


class Notification(_Struct, frozen=True):
    """Section 3.58."""

    level: str | None = None
    message: Message | None = None


class Invocation(_Struct, frozen=True):
    """Section 3.20."""

    execution_successful: bool | None = None
    tool_execution_notifications: list[Notification] | None = None
    tool_configuration_notifications: list[Notification] | None = None


class Artifact(_Struct, frozen=True):
    """Section 3.24."""

    location: ArtifactLocation | None = None


class Run(_Struct, frozen=True):
    """Section 3.14."""

    tool: Tool | None = None
    results: list[Result] | None = None
    invocations: list[Invocation] | None = None
    artifacts: list[Artifact] | None = None
    original_uri_base_ids: dict[str, ArtifactLocation] | None = None


class Log(_Struct, frozen=True):
    """Section 3.13."""

    version: str | None = None
    runs: list[Run] | None = None


class _Folders(NamedTuple):
    """Where paths start, and whether relative URIs are percent-encoded."""

    root: str
    base: str
    encoded: bool


def read(data: bytes, *, tool: str, root: str, base: str = "", encoded: bool = True) -> Report:
    """Return the findings of a SARIF log.

    tool: the lock name that stands in findings. root: absolute path of the tree. base: the folder, relative to the root,
    at which relative URIs start. encoded: whether relative URIs are percent-encoded as RFC 3986 asks; some tools write
    plain paths. Suppressed results (section 3.27.23) and those of no problem (section 3.27.9) are left out. The problem
    is set where the log is not whole, where the tool says that it failed, or that it scanned nothing.
    """
    folders = _Folders(root, base, encoded)
    return guarded(lambda: Report(findings=tuple(_findings(decode(data, tool), tool, folders))))


def decode(data: bytes, tool: str) -> Log:
    """Return a log whose runs all ended well.

    Raises:
        UnreadableError: it is no SARIF 2.1.0, holds no run, or a run failed.
    """
    log = json(data, Log, tool)
    if log.version != _VERSION or not log.runs:
        raise UnreadableError(f"{tool}'s report is no SARIF {_VERSION} log with a run")
    for run in log.runs:
        _check(run, tool)
    return log


def _check(run: Run, tool: str) -> None:
    for invocation in run.invocations or ():
        said = [*(invocation.tool_execution_notifications or ()), *(invocation.tool_configuration_notifications or ())]
        errors = [note for note in said if note.level == "error"]
        if errors or invocation.execution_successful is False:
            words = "; ".join(note.message.text for note in errors if note.message and note.message.text)
            raise UnreadableError(f"{tool} says that it failed" + (f": {excerpt(words.encode())}" if words else ""))
    if run.results is None:
        raise UnreadableError(f"{tool}'s report says that nothing was scanned (it has no results)")


def _findings(log: Log, tool: str, folders: _Folders) -> Iterator[Finding]:
    for run in log.runs or ():
        driver = (run.tool.driver if run.tool else None) or Driver()
        ordered = driver.rules or []
        parts = (driver, *((run.tool.extensions if run.tool else None) or ()))
        known = {rule.id: rule for part in parts for rule in part.rules or () if rule.id}
        for result in run.results or ():
            if _counts(result):
                rule = _rule(result, known, ordered)
                yield _finding(run, result, rule, tool, folders)


def _counts(result: Result) -> bool:
    excused = any(each.status in {None, "accepted"} for each in result.suppressions or ())
    return not excused and result.kind not in _NO_PROBLEM and result.baseline_state != "absent"


def _rule(result: Result, known: Mapping[str, Rule], ordered: list[Rule]) -> Rule:
    """Return the rule of a result by id or by index (section 3.27.5 to 3.27.7)."""
    reference = result.rule or RuleReference()
    name = result.rule_id or reference.id or ""
    index = result.rule_index if result.rule_index is not None else reference.index
    if name in known:
        return known[name]
    if index is not None and 0 <= index < len(ordered) and not name:
        return ordered[index]
    return Rule(id=name)


def _finding(run: Run, result: Result, rule: Rule, tool: str, folders: _Folders) -> Finding:
    configured = rule.default_configuration.level if rule.default_configuration else None
    return Finding(
        tool=tool,
        rule=rule.id or result.rule_id or "",
        message=_message(result, rule),
        location=_location(run, result, folders),
        level=_LEVELS.get(result.level or configured or "warning", Level.WARNING),
        severity=_severity(result.properties) or _severity(rule.properties) or Severity.NONE,
        help_url=rule.help_uri or "",
        fixable=bool(result.fixes),
    )


def _message(result: Result, rule: Rule) -> str:
    """Return the message's text, or the rule's message with its arguments in place (section 3.11.5)."""
    message = result.message or Message()
    known = (rule.message_strings or {}).get(message.id or "")
    found = message.text or (known.text if known else "") or ""
    for place, argument in enumerate(message.arguments or ()):
        found = found.replace(f"{{{place}}}", argument)
    described = rule.short_description.text if rule.short_description else ""
    return found.strip() or described or rule.id or ""


def _severity(properties: dict[str, Any] | None) -> Severity | None:
    """Return the group of `security-severity`, the score that code scanning reads from rules and results."""
    try:
        return Severity.of_score(float((properties or {})["security-severity"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _location(run: Run, result: Result, folders: _Folders) -> Location:
    place = next((each.physical_location for each in result.locations or () if each.physical_location), None)
    if place is None:
        return Location("")
    region = place.region or Region()
    return Location(
        _path(run, place.artifact_location or ArtifactLocation(), folders),
        max(region.start_line or 0, 0),
        max(region.start_column or 0, 0),
        max(region.end_line or region.start_line or 0, 0),
        max(region.end_column or 0, 0),
    )


def _path(run: Run, artifact: ArtifactLocation, folders: _Folders) -> str:
    artifacts = run.artifacts or []
    if artifact.uri is None and artifact.index is not None and 0 <= artifact.index < len(artifacts):
        artifact = artifacts[artifact.index].location or ArtifactLocation()
    if not artifact.uri:
        return ""
    named = (run.original_uri_base_ids or {}).get(artifact.uri_base_id or "")
    folder = path_of(named.uri) if named and named.uri else ""
    path = path_of(artifact.uri, encoded=folders.encoded)
    return relative(path, folders.root, folder if folder.startswith("/") else folders.base)


def path_of(uri: str, *, encoded: bool = True) -> str:
    """Return the path of a `file` URI or a relative reference (RFC 3986, RFC 8089); bytes that are not UTF-8 survive."""
    from urllib.parse import unquote  # noqa: PLC0415 - not needed on the warm path

    path = uri.removeprefix("file:")
    if path.startswith("//"):
        _, slash, after = path.removeprefix("//").partition("/")
        path = slash + after
    return unquote(path, errors="surrogateescape") if encoded or path != uri else path
