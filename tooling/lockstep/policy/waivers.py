"""waivers.toml: findings that are accepted for a time, each by someone and for a reason.

In CI the waivers of the base branch count (`as_of`), so that a change cannot excuse itself.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, cast

import msgspec

from lockstep.config import parse_toml
from lockstep.errors import ConfigError
from lockstep.model.finding import Finding, Location
from lockstep.model.record import Waived

FILE = "waivers.toml"
HEADER = re.compile(r"^\s*\[\[\s*[\"']?waiver[\"']?\s*\]\]")

EXPIRED_RULE = "waiver-expired"
UNUSED_RULE = "waiver-unused"
STRANGER_RULE = "waiver-unknown-gate"

_Text = Annotated[str, msgspec.Meta(pattern=r"\S")]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One finding that is accepted up to and including the day `expires`, by whom and why. The fingerprint is the finding's."""

    fingerprint: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
    gate: _Text
    owner: _Text
    reason: _Text
    expires: date
    note: str = ""


class Entries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """waivers.toml as it is written."""

    waiver: tuple[Entry, ...] = ()


class Waiver(msgspec.Struct, frozen=True):
    """One accepted finding of one gate, up to and including the day `expires`.

    line: where its `[[waiver]]` stands in the file, from 1.
    """

    fingerprint: str
    gate: str
    owner: str
    reason: str
    expires: date
    note: str = ""
    line: int = 1

    @property
    def key(self) -> str:
        """What tells waivers apart: gate and fingerprint; the anchor of findings about this one."""
        return f"{self.gate}:{self.fingerprint}"

    def days_left(self, today: date) -> int:
        """Return the days until it expires: 0 on its last day, negative afterwards."""
        return (self.expires - today).days


class Waivers(msgspec.Struct, frozen=True):
    """Every waiver, in the file's order; `path` is the file's, relative to the repository's root."""

    items: tuple[Waiver, ...] = ()
    path: str = FILE


class Applied(msgspec.Struct, frozen=True):
    """What waivers made of a gate's findings. `policy`: findings about the waivers themselves; each fails the gate."""

    remaining: tuple[Finding, ...]
    waived: tuple[Waived, ...] = ()
    used: tuple[Waiver, ...] = ()
    policy: tuple[Finding, ...] = ()


def parse(data: bytes, path: str = FILE) -> Waivers:
    """Return the waivers in `data`; empty data hold none.

    Raises:
        ConfigError: not UTF-8, not TOML, unknown keys, missing or malformed fields, or two waivers of one finding;
            all mistakes together, each with its line.
    """
    entries = cast("Entries", parse_toml(data, path, Entries)).waiver
    lines = _header_lines(data.decode(), len(entries))
    items = tuple(
        Waiver(**msgspec.structs.asdict(entry), line=line) for entry, line in zip(entries, lines, strict=True)
    )
    _refuse_repeated(items, path)
    return Waivers(items, path)


def _header_lines(text: str, count: int) -> Sequence[int]:
    """Return the line of each `[[waiver]]`; line 1 for all where they are written in another way."""
    lines = [number for number, line in enumerate(text.split("\n"), start=1) if HEADER.match(line)]
    return lines if len(lines) == count else [1] * count


def _refuse_repeated(items: Iterable[Waiver], path: str) -> None:
    first: dict[str, Waiver] = {}
    repeated = [item for item in items if first.setdefault(item.key, item) is not item]
    if repeated:
        why = [f"{path}:{item.line}: as line {first[item.key].line}" for item in repeated]
        raise ConfigError(
            f"{path} waives the same finding more than once",
            where=f"{path}:{repeated[0].line}",
            why="\n           ".join(why),
            remedy="remove the repeated waiver",
        )


def as_of(base: Waivers, head: Waivers) -> Waivers:
    """Return the waivers that count for a change: those of the base branch that its own file, `head`, still holds.

    What `head` adds or prolongs does not count until it is on the base branch; what it removes or shortens counts at
    once, so that mending a finding and removing its waiver is one change. Lines are those of `head`.
    """
    held = {item.key: item for item in head.items}
    pairs = [(item, held.get(item.key)) for item in base.items]
    items = tuple(
        msgspec.structs.replace(item, line=same.line, expires=min(item.expires, same.expires))
        for item, same in pairs
        if same is not None
    )
    return Waivers(items, head.path)


def apply(waivers: Waivers, gate: str, findings: Iterable[Finding], today: date, *, complete: bool) -> Applied:
    """Take the waived ones out of the `findings` (with fingerprints) of the gate with id `gate`.

    complete: the gate saw the whole repository and ran to its end; only then can a waiver be called unused.
    An expired waiver accepts nothing, and is reported where it meets its finding or the run is complete.
    """
    ours = {item.fingerprint: item for item in waivers.items if item.gate == gate}
    valid = {key: item for key, item in ours.items() if item.days_left(today) >= 0}
    findings = tuple(findings)
    accepted = tuple(each for each in findings if each.fingerprint in valid)
    met = {each.fingerprint for each in findings}
    judged = [item for item in ours.values() if complete or item.fingerprint in met]
    expired = [_expired(item, waivers.path) for item in judged if item.fingerprint not in valid]
    idle = [item for item in judged if item.fingerprint in valid and item.fingerprint not in met]
    return Applied(
        remaining=tuple(each for each in findings if each.fingerprint not in valid),
        waived=tuple(_waived(each, valid[each.fingerprint]) for each in accepted),
        used=tuple(valid[each.fingerprint] for each in accepted),
        policy=(*expired, *(_unused(item, waivers.path) for item in idle)),
    )


def _waived(finding: Finding, waiver: Waiver) -> Waived:
    return Waived(finding, waiver.owner, waiver.reason, waiver.expires.isoformat())


def strangers(waivers: Waivers, gates: Iterable[str]) -> tuple[Finding, ...]:
    """Return a finding for each waiver whose gate is not one of the ids `gates`, so nothing ever judges it."""
    known = frozenset(gates)
    return tuple(
        _about(item, waivers.path, STRANGER_RULE, "names a gate that does not exist")
        for item in waivers.items
        if item.gate not in known
    )


def _expired(waiver: Waiver, path: str) -> Finding:
    problem = f"of {waiver.owner} expired on {waiver.expires.isoformat()}: mend the finding, or have it accepted anew"
    return _about(waiver, path, EXPIRED_RULE, problem)


def _unused(waiver: Waiver, path: str) -> Finding:
    return _about(waiver, path, UNUSED_RULE, "meets no finding that it could accept: remove it")


def _about(waiver: Waiver, path: str, rule: str, problem: str) -> Finding:
    message = f"waiver {waiver.fingerprint[:12]} for {waiver.gate} {problem}"
    location = Location(path, waiver.line)
    return Finding("lockstep", rule, message, location, check="waivers", anchor=waiver.key)
