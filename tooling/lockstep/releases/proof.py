"""Whether the evidence of a run proves what is published, or what came back, by the policy that lockstep.toml names."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from lockstep.errors import RefusedError
from lockstep.evidence.links import Chain
from lockstep.host import Host
from lockstep.model.artifact import Artifact

EVIDENCE = "evidence"


class _Then(msgspec.Struct, frozen=True):
    """A clock that stands where something was proved."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0


def then(host: Host, moment: datetime) -> Host:
    """Return the host as it was at a moment: what was proved then does not grow old in the mirror."""
    return msgspec.structs.replace(host, clock=_Then(moment))


def refuse_unproven(host: Host, policy: Path, artifacts: Sequence[Artifact], folder: Path) -> None:
    """Refuse artifacts whose chain of evidence, in the run's `folder`, does not hold; every broken link is named.

    Raises:
        RefusedError: a chain does not hold.
        ConfigError: the policy or the evidence cannot be read.
    """
    from lockstep.evidence import asking  # noqa: PLC0415 - only where a policy is configured

    chains = ((each, asking.ask(host, each.digest, str(policy), [folder / EVIDENCE])[0]) for each in artifacts)
    broken = list(dict.fromkeys(line for artifact, chain in chains for line in _broken(artifact, chain)))
    if broken:
        raise RefusedError(
            "the evidence does not prove the release",
            where=str(folder / EVIDENCE),
            why="\n           ".join(broken),
            remedy=f"lockstep evidence.verify DIGEST --policy {policy} tells what would help",
        )


def _broken(artifact: Artifact, chain: Chain) -> Iterator[str]:
    for link in chain.broken:
        yield f"{artifact.name}: {link.what} [{link.code}]{f': {link.why}' if link.why else ''}"
