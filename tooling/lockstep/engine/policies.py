"""Where policy is read from: the working tree for a developer, the base branch in CI, so that a change cannot excuse itself."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from lockstep import config as configuration
from lockstep.config import Config
from lockstep.host import Host
from lockstep.host.git import Git
from lockstep.policy import quarantine, waivers
from lockstep.policy.waivers import Waivers


class Ruling(msgspec.Struct, frozen=True):
    """What judges a run: thresholds, licences and allowances (`config`), waivers, and whether CI's rules apply.

    base: the commit that they came from; "" is the checked tree. note: what the reader should know of that.
    """

    config: Config
    waivers: Waivers
    ci: bool
    base: str = ""
    note: str = ""


def in_ci(host: Host) -> bool:
    """Whether this is a CI run."""
    return host.environ.get("CI", "").lower() in {"true", "1"}


def load(host: Host, git: Git, tree: Path, config: Config) -> Ruling:
    """Return the policy that applies to this run.

    In CI without a base branch nothing can vouch for the change, so no waiver counts.

    Raises:
        ConfigError: waivers.toml or the base's lockstep.toml cannot be meant.
    """
    path = tree / waivers.FILE
    head = waivers.parse(path.read_bytes() if path.is_file() else b"")
    if not in_ci(host):
        return Ruling(config, head, ci=False)
    base = git.commit_of(config.repository.base)
    if not base:
        note = f"{config.repository.base} is not in this clone: no waiver and no quarantine counts"
        return Ruling(config, waivers.as_of(Waivers(), head), ci=True, note=note)
    ruling = git.show(base, configuration.FILE)
    standing = waivers.parse(git.show(base, waivers.FILE) or b"", f"{config.repository.base}:{waivers.FILE}")
    return Ruling(
        config=configuration.parse(ruling, f"{config.repository.base}:{configuration.FILE}") if ruling else config,
        waivers=waivers.as_of(standing, head),
        ci=True,
        base=base,
    )


def base_marks(git: Git, ruling: Ruling, paths: Iterable[str]) -> quarantine.BaseMarks | None:
    """Return the flaky marks that the test files in `paths` have on the base branch; None where the tree's own count."""
    if not ruling.ci:
        return None
    sources = {path: git.show(ruling.base, path) if ruling.base else None for path in sorted(set(paths))}
    return {path: quarantine.marks_of((data or b"").decode("utf-8", "replace")) for path, data in sources.items()}
