"""Whether the evidence of a run proves what is published, or what came back, by the policy that lockstep.toml names."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from lockstep.config import FILE, ReleaseConfig
from lockstep.errors import ConfigError, RefusedError
from lockstep.evidence.links import Chain
from lockstep.host import Host
from lockstep.model.artifact import Artifact

if TYPE_CHECKING:
    from lockstep.evidence.asking import Judge

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


def judge(root: Path, config: ReleaseConfig) -> "Judge | None":
    """Return the policy that releases must satisfy, None where lockstep.toml says that nothing is proved.

    Raises:
        ConfigError: it says neither, or both; or the policy cannot be read.
    """
    if config.policy and config.unproved:
        raise ConfigError(
            "a policy is named, and nothing is to be proved",
            where=FILE,
            remedy="[release] policy or unproved, not both",
        )
    if config.unproved:
        return None
    if not config.policy:
        raise ConfigError(
            "nothing says what a release must prove",
            where=FILE,
            why="[release] names no policy, and what is not proved is not released",
            remedy='[release] policy = "FILE" (docs/supply-chain.md), or unproved = true where the record of the run is to do',
        )
    from lockstep.evidence import asking  # noqa: PLC0415 - only where a policy is named

    return asking.judge(str(root / config.policy))


def refuse_unproven(host: Host, by: "Judge", commit: str, artifacts: Sequence[Artifact], folder: Path) -> None:
    """Refuse artifacts whose chain of evidence, in the run's `folder`, does not hold or leads to another commit.

    Every broken link is named.

    Raises:
        RefusedError: a chain does not hold.
        ConfigError: the evidence cannot be read.
    """
    chains = ((each, by.chain(host, each.digest, [folder / EVIDENCE])) for each in artifacts)
    broken = list(dict.fromkeys(line for artifact, chain in chains for line in _broken(artifact, chain, commit)))
    if broken:
        raise RefusedError(
            "the evidence does not prove the release",
            where=str(folder / EVIDENCE),
            why="\n           ".join(broken),
            remedy=f"lockstep evidence.verify DIGEST --policy FILE --bundles {folder / EVIDENCE} tells what would help",
        )


def _broken(artifact: Artifact, chain: Chain, commit: str) -> Iterator[str]:
    for link in chain.broken:
        yield f"{artifact.name}: {link.what} [{link.code}]{f': {link.why}' if link.why else ''}"
    if chain.holds and chain.commit != commit:
        why = f"it was built from {chain.commit[:12]}, and the release is of {commit[:12]}"
        yield f"{artifact.name}: its source is not the commit of the release [other-commit]: {why}"
