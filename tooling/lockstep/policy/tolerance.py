"""What a security gate lets pass, as the repository and the component say (CI-CL-001 section 7 where neither does)."""

from collections.abc import Iterable
from datetime import date

import msgspec

from lockstep.config import FILE, ComponentConfig, Config, GateConfig, Ignored, Tolerance
from lockstep.model.finding import Finding, Level, Severity
from lockstep.model.record import Waived

_GRAVE = ("critical", "high")


class Sifted(msgspec.Struct, frozen=True):
    """Findings that count, and those that lockstep.toml ignores, with its reason."""

    counting: tuple[Finding, ...]
    ignored: tuple[Waived, ...]


def of(config: Config, gate: str, component: str) -> Tolerance:
    """Return what holds for a gate's findings in a component: its own word first, then the repository's; ignored is both."""
    general = config.gates.get(gate, GateConfig())
    own = config.component.get(component, ComponentConfig()).gates.get(gate, Tolerance())
    return Tolerance(
        severities=own.severities if own.severities is not None else general.severities,
        fixed_only=own.fixed_only if own.fixed_only is not None else general.fixed_only,
        ignore=(*own.ignore, *general.ignore),
    )


def blocks(finding: Finding, tolerance: Tolerance) -> bool:
    """Return whether a finding fails a security gate.

    One of a severity that blocks does, unless it is about a package that has no fixed version yet and `fixed_only` lets
    those pass; so does an error that was given no severity.
    """
    if finding.severity is Severity.NONE:
        return finding.level is Level.ERROR
    severities = _GRAVE if tolerance.severities is None else tolerance.severities
    hopeless = bool(_package(finding)) and not finding.fixed
    return finding.severity in severities and not (hopeless and tolerance.fixed_only)


def sift(findings: Iterable[Finding], config: Config, gate: str, today: date) -> Sifted:
    """Take out the findings that an `ignore` entry names; one that has expired ignores nothing."""
    counting, ignored = [], []
    for finding in findings:
        entries = of(config, gate, finding.component).ignore
        entry = next((each for each in entries if today <= each.expires and _names(each, finding)), None)
        if entry is None:
            counting.append(finding)
        else:
            ignored.append(Waived(finding, FILE, entry.reason, entry.expires.isoformat()))
    return Sifted(tuple(counting), tuple(ignored))


def _names(entry: Ignored, finding: Finding) -> bool:
    return entry.rule == finding.rule and entry.package in {"", _package(finding)}


def _package(finding: Finding) -> str:
    """Return the package that a finding is about, "" where it is about none."""
    return finding.anchor.rpartition("@")[0]
