"""Where policy is read from: the working tree for a developer, the base branch in CI, so that a change cannot excuse itself."""

from datetime import date
from pathlib import Path

import msgspec

from lockstep import config as configuration
from lockstep.config import Config
from lockstep.host import Host
from lockstep.host.clock import today
from lockstep.host.git import Git
from lockstep.policy import waivers
from lockstep.policy.waivers import Waivers

WAIVERS = "waivers.toml"


class Policy(msgspec.Struct, frozen=True):
    """What judges: thresholds and allowances (`config`), waivers, the date, and the revision that they came from ("": the tree)."""

    config: Config
    waivers: Waivers
    today: date
    base: str
    note: str = ""


def in_ci(host: Host) -> bool:
    """Whether this is a CI run."""
    return host.environ.get("CI", "").lower() in {"true", "1"}


def load(host: Host, git: Git, tree: Path, config: Config) -> Policy:
    """Return the policy that applies to this run.

    Raises:
        ConfigError: waivers.toml or the base's lockstep.toml cannot be meant.
    """
    now = today(host.clock)
    base = git.commit_of(config.repository.base) if in_ci(host) else ""
    if not base:
        note = f"policy was read from the checked tree: {config.repository.base} is not here" if in_ci(host) else ""
        return Policy(config, waivers.parse(_read(tree / WAIVERS), WAIVERS), now, "", note)
    ruling = git.show(base, configuration.FILE)
    return Policy(
        configuration.parse(ruling) if ruling is not None else config,
        waivers.parse(git.show(base, WAIVERS) or b"", WAIVERS),
        now,
        base,
    )


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
