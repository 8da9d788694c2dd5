"""What names a finding for as long as it is the same one (SARIF 2.1.0 section 3.27.17, partialFingerprints).

A fingerprint is the SHA-256 of the tool, the rule, what the finding is about, and an ordinal. What it is about is
the text of its own line; where there is none, its anchor; where that is missing too, its message without places.
Neither the path nor the line number takes part, so it survives line moves and file renames. The ordinal counts equal
ones in order of place: a waiver accepts one finding, and the same offence made a second time is a finding of its own.
"""

import re
from collections import Counter
from collections.abc import Iterable

import msgspec

from lockstep.model.digests import Digest, of_bytes
from lockstep.model.finding import Finding, Level, Severity

_SEVERITIES = tuple(Severity)
_LEVELS = tuple(Level)
_LINE_NUMBER = re.compile(r"\bline \d+")

_Place = tuple[str, int, int, str, str, str]


def assign(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return `findings` with their fingerprints, without exact duplicates, in order of place.

    Duplicates agree in tool, rule, path, line, column and message (a library's error, seen again from a service).
    The result does not depend on the order of `findings`; assigning again changes nothing.
    """
    seen: Counter[Digest] = Counter()
    assigned = []
    for finding in _distinct(findings):
        stem = _stem(finding)
        assigned.append(msgspec.structs.replace(finding, fingerprint=of_bytes(f"{stem}:{seen[stem]}".encode())))
        seen[stem] += 1
    return tuple(assigned)


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    """Return one finding for each place and message, sorted; of several the gravest one."""
    kept: dict[_Place, Finding] = {}
    for finding in sorted(findings, key=_preference, reverse=True):
        kept[_place(finding)] = finding
    return [kept[place] for place in sorted(kept)]


def _place(finding: Finding) -> _Place:
    where = finding.location
    return where.path, where.line, where.column, finding.tool, finding.rule, finding.message


def _preference(finding: Finding) -> tuple[object, ...]:
    gravity = _SEVERITIES.index(finding.severity), _LEVELS.index(finding.level)
    return (*gravity, not finding.snippet, finding.component, finding.check, finding.snippet, finding.anchor)


def _stem(finding: Finding) -> Digest:
    about = _normal(finding.snippet) or _normal(finding.anchor) or _normal(_placeless(finding))
    return of_bytes(f"{finding.tool}\0{finding.rule}\0{about}".encode("utf-8", "backslashreplace"))


def _normal(text: str) -> str:
    return " ".join(text.split())


def _placeless(finding: Finding) -> str:
    path = re.escape(finding.location.path)
    message = re.sub(rf"{path}(:\d+)*", "", finding.message) if path else finding.message
    return _LINE_NUMBER.sub("line", message)
