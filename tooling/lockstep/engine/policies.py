"""Where policy is read from: the working tree for a developer, the base branch in CI, so that a change cannot excuse itself."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from lockstep import config as configuration
from lockstep.config import ComponentConfig, Config, Thresholds
from lockstep.errors import ConfigError
from lockstep.host import Host
from lockstep.host.git import Git
from lockstep.policy import quarantine, waivers
from lockstep.policy.waivers import Waivers

# The remote's name in a checkout by GitHub.
_REMOTE = "origin"


class _Remote(msgspec.Struct, frozen=True):
    default_branch: str = ""


class _Event(msgspec.Struct, frozen=True):
    """What is read of the event that started a workflow."""

    repository: _Remote = _Remote()


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

    In CI without a base branch nothing can vouch for the change: what Lockstep demands by default is demanded, and more
    where the change itself says so.

    Raises:
        ConfigError: waivers.toml of the checked tree cannot be meant.
    """
    path = tree / waivers.FILE
    head = waivers.parse(path.read_bytes() if path.is_file() else b"")
    if not in_ci(host):
        return Ruling(config, head, ci=False)
    name = _base(host, git, config)
    base = git.commit_of(name)
    if not base:
        return _unvouched(config, head, f"{name} is not in this clone")
    try:
        ruling = _at(git, base, name)
        standing = waivers.parse(git.show(base, waivers.FILE) or b"", f"{name}:{waivers.FILE}")
    except ConfigError as error:
        return _unvouched(config, head, f"{error.where}: {error.what}")
    return Ruling(ruling, waivers.as_of(standing, head), ci=True, base=base)


def _base(host: Host, git: Git, config: Config) -> str:
    """Return the name of the base branch as GitHub knows it, for a change could name itself.

    A pull request has one; for a push it is the one that the default branch's own configuration names. Elsewhere, the
    checked tree's configuration is believed.
    """
    if branch := host.environ.get("GITHUB_BASE_REF"):
        return f"{_REMOTE}/{branch}"
    default = _default_branch(host)
    if not default:
        return config.repository.base
    name = f"{_REMOTE}/{default}"
    try:
        return _at(git, name, name).repository.base if git.show(name, configuration.FILE) else name
    except ConfigError:
        return name


def _default_branch(host: Host) -> str:
    try:
        event = Path(host.environ.get("GITHUB_EVENT_PATH", "")).read_bytes()
        return msgspec.json.decode(event, type=_Event).repository.default_branch
    except (OSError, msgspec.MsgspecError):
        return ""


def _at(git: Git, revision: str, name: str) -> Config:
    return configuration.parse(git.show(revision, configuration.FILE) or b"", f"{name}:{configuration.FILE}")


def _unvouched(config: Config, head: Waivers, why: str) -> Ruling:
    """Return the policy where nothing vouches for the change: the defaults, and its own thresholds where they are higher."""
    own = {name: ComponentConfig(thresholds=_higher(each.thresholds)) for name, each in config.component.items()}
    stern = Config(thresholds=_higher(config.thresholds) or Thresholds(), component=own)
    note = f"{why}: no waiver, no quarantine and no leniency of {configuration.FILE} counts"
    return Ruling(stern, waivers.as_of(Waivers(), head), ci=True, note=note)


def _higher(own: Thresholds | None) -> Thresholds | None:
    least = Thresholds()
    return own and Thresholds(max(own.lines, least.lines), max(own.branches, least.branches))


def base_marks(git: Git, ruling: Ruling, paths: Iterable[str]) -> quarantine.BaseMarks | None:
    """Return the flaky marks that the test files in `paths` have on the base branch; None where the tree's own count."""
    if not ruling.ci:
        return None
    sources = {path: git.show(ruling.base, path) if ruling.base else None for path in sorted(set(paths))}
    return {path: quarantine.marks_of((data or b"").decode("utf-8", "replace")) for path, data in sources.items()}
