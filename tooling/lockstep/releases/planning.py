"""What the next release is, or every reason why there is none. Nothing is changed here."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from lockstep.config import FILE, Config, ReleaseConfig
from lockstep.errors import ConfigError, RefusedError
from lockstep.host.git import Git
from lockstep.model.change import Change
from lockstep.model.component import ROOT, Component
from lockstep.releases import changelog, manifests, refs, remotes, versions
from lockstep.releases.remotes import Remote
from lockstep.releases.versions import Level, Version
from lockstep.workspace.repository import State

_SHOWN = 10
_SHORT = 8
# Commits from a revision ("" for the first) to HEAD -> changes, in any order.
Parse = Callable[[str], Sequence[Change]]


class Subject(msgspec.Struct, frozen=True):
    """What is released: a component, or the repository as "". folders: those whose manifests say its version."""

    component: str
    path: str
    folders: tuple[str, ...]


class Ground(msgspec.Struct, frozen=True):
    """What a release stands on. merged: tags that HEAD reaches. tags, branches: all that are here, and their objects."""

    root: Path
    state: State
    base: str
    merged: frozenset[str]
    tags: dict[str, str]
    branches: dict[str, str]
    remote: Remote
    url: str


class Plan(msgspec.Struct, frozen=True):
    """A release that can be cut. `previous` is the tag before it, "" for the first; `branch` is the one that it is cut on.

    files: the text of each file that changes. release_branch: the branch that is made or moved to it, "" for none.
    """

    component: str
    previous: str
    version: str
    tag: str
    level: Literal["none", "patch", "minor", "major"]
    branch: str
    release_branch: str
    commit: str
    message: str
    changes: tuple[Change, ...]
    files: dict[str, str]
    notes: tuple[str, ...] = ()


def subject(config: Config, components: Sequence[Component], name: str) -> Subject:
    """Return what is to be released.

    Raises:
        ConfigError: the component is unknown, or lockstep.toml says that versions are another's.
    """
    if config.release.per == "repository":
        if name:
            raise ConfigError(
                "components have no versions of their own here",
                where=FILE,
                remedy='[release] per = "component", or no --component',
            )
        return Subject("", ROOT, tuple(sorted({ROOT, *(each.path for each in components)})))
    found = next((each for each in components if each.name == name), None)
    if found is None:
        known = ", ".join(each.name for each in components)
        what = f"there is no component {name}" if name else "no component was named"
        raise ConfigError(what, where="--component", remedy=f"one of {known}")
    return Subject(found.name, found.path, (found.path,))


def ground(git: Git, state: State, config: Config, *, offline: bool) -> Ground:
    """Read what is here, and ask the remote what it has.

    Raises:
        WorkspaceError: git refuses, or the remote does not answer.
    """
    name, _, base = config.repository.base.rpartition("/")
    remote = remotes.remembered(git, name) if offline else remotes.ask(git, name)
    return Ground(
        root=git.root,
        state=state,
        base=base,
        merged=frozenset(git.try_text("tag", "--merged", "HEAD").splitlines()),
        tags=remotes.tags(git),
        branches=remotes.branches(git),
        remote=remote,
        url=config.release.url.rstrip("/") or remotes.web_address(git.try_text("config", f"remote.{name}.url")),
    )


def make(git: Git, at: Ground, what: Subject, config: ReleaseConfig, parse: Parse, *, date: str, to: str) -> Plan:
    """Return the plan of the next release; `to` names the version where it is not to follow from the commits.

    Raises:
        RefusedError: there is none; every reason is in `why`.
    """
    refused([*_of_tree(at), *_of_remote(git, at, what)])
    line = refs.line_of(what.component, at.state.branch)
    reached = refs.released(what.component, at.merged)
    last = max((each for each in reached if line in {None, (each.major, each.minor)}), default=None)
    previous = reached[last] if last else ""
    changes = _changes(git, what, previous, parse)
    _refuse_unconventional(changes, config)
    counted = tuple(each for each in changes if each.type or config.unconventional == "patch")
    version, notes = _version(at, what, config, counted, last, to)
    refused(tuple(_of_version(at, what, version, last, line, counted)))
    return Plan(
        component=what.component,
        previous=previous,
        version=str(version),
        tag=refs.tag(what.component, version),
        level=_NAMES[_highest(counted)],
        branch=at.state.branch,
        release_branch=refs.branch(what.component, version) if config.branches and line is None else "",
        commit=at.state.commit,
        message=f"chore(release): {refs.tag(what.component, version)}",
        changes=counted,
        files=_files(at, what, config, version, previous, counted, date),
        notes=notes,
    )


_NAMES: dict[Level, Literal["none", "patch", "minor", "major"]] = {
    Level.NONE: "none",
    Level.PATCH: "patch",
    Level.MINOR: "minor",
    Level.MAJOR: "major",
}


def refused(reasons: Sequence[str], remedy: str = "") -> None:
    """Raise with all reasons at once, where there are any.

    Raises:
        RefusedError: there are.
    """
    if reasons:
        many = f"{len(reasons)} reasons" if len(reasons) > 1 else "one reason"
        raise RefusedError(f"no release is cut, for {many}", why="\n           ".join(reasons), remedy=remedy)


def _of_tree(at: Ground) -> Iterator[str]:
    state = at.state
    if not state.commit:
        yield "there is no commit yet"
    if state.shallow:
        yield "the clone is shallow, so the last release cannot be told: git fetch --unshallow --tags"
    if state.dirty:
        shown = ", ".join(sorted(state.uncommitted)[:_SHOWN]) or "files were deleted"
        yield f"the working tree differs from its commit ({shown}): commit it, or git stash --include-untracked"
    if not state.branch:
        yield f"HEAD is detached, so no branch would hold the release: git switch {at.base}"


def _of_remote(git: Git, at: Ground, what: Subject) -> Iterator[str]:
    branch = at.state.branch
    if branch and branch != at.base and refs.line_of(what.component, branch) is None:
        line = refs.branch(what.component, Version(1, 2, 0))
        yield f"{branch} is neither {at.base} nor a release branch ({line}): git switch {at.base}"
    there = at.remote.heads.get(branch, "")
    if there and not _is_ancestor(git, there):
        yield f"{branch} lacks commits of {at.remote.name}/{branch}: git pull --ff-only"
    ours = refs.released(what.component, at.remote.tags).values()
    missing = sorted(tag for tag in ours if at.tags.get(tag, "") == "")
    if missing:
        yield f"{at.remote.name} has releases that are not here ({', '.join(missing)}): git fetch --tags"
    other = sorted(tag for tag in ours if at.tags.get(tag, "") not in {"", at.remote.tags[tag]})
    if other:
        yield f"tags are others here than on {at.remote.name}: {', '.join(other)}; a tag never moves"


def _is_ancestor(git: Git, commit: str) -> bool:
    return git.try_run("merge-base", "--is-ancestor", commit, "HEAD").exit_code == 0


def _changes(git: Git, what: Subject, previous: str, parse: Parse) -> tuple[Change, ...]:
    """Return the changes of the commits that git names, newest first, whatever else the parser read.

    Raises:
        RefusedError: a commit was not read.
    """
    place = () if what.path == ROOT else ("--", what.path)
    span = f"{previous}..HEAD" if previous else "HEAD"
    commits = git.text("rev-list", "--no-merges", span, *place).split()
    if not commits:
        return ()
    read = {change.commit: change for change in parse(previous)}
    refused([f"commit {each[:_SHORT]} could not be read" for each in commits if each not in read])
    return tuple(read[each] for each in commits)


def _highest(changes: Sequence[Change]) -> Level:
    unnamed = any(not change.type for change in changes)
    return max(versions.highest(changes), Level.PATCH if unnamed else Level.NONE)


def _version(
    at: Ground, what: Subject, config: ReleaseConfig, changes: Sequence[Change], last: Version | None, to: str
) -> tuple[Version, tuple[str, ...]]:
    """Return the next version, and why it is not what the commits alone would say.

    Raises:
        RefusedError: nothing was changed that is released, or `to` is no version.
    """
    if to:
        named = versions.parse(to.removeprefix("v"))
        none = f"{to} is no version: MAJOR.MINOR.PATCH, without leading zeros"
        refused([] if named else [none], "--to 1.4.0, or leave it away and let the commits say")
        return (named or Version(0, 0, 0)), ("the version was named",)
    level = _highest(changes)
    if level is Level.NONE:
        since = refs.tag(what.component, last) if last else "the first commit"
        refused([f"nothing since {since} is released: no feat, fix, perf or revert, and nothing that breaks"])
    if last is None:
        return versions.parse(config.initial) or Version(0, 1, 0), ("the first release",)
    version = last.raised(level)
    beyond = max(refs.released(what.component, at.tags), default=last)
    if refs.line_of(what.component, at.state.branch) is None and version <= beyond:
        return beyond.raised(Level.MINOR), (f"release branches are at {beyond}, so a new line begins",)
    early = level is Level.MAJOR and not last.major
    return version, (("what breaks raises the minor version before 1.0.0",) if early else ())


def _refuse_unconventional(changes: Sequence[Change], config: ReleaseConfig) -> None:
    strange = [each for each in changes if not each.type] if config.unconventional == "refuse" else []
    reasons = [f"{each.commit[:_SHORT]} is no Conventional Commit: {each.subject}" for each in strange]
    refused(reasons, f'to release with them: [release] unconventional = "ignore" or "patch" in {FILE}')


def _of_version(
    at: Ground,
    what: Subject,
    version: Version,
    last: Version | None,
    line: tuple[int, int] | None,
    changes: Sequence[Change],
) -> Iterator[str]:
    name = refs.tag(what.component, version)
    if line and line != (version.major, version.minor):
        larger = [each for each in changes if versions.level(each) > Level.PATCH]
        named = "; ".join(f"{each.commit[:_SHORT]} {each.subject}" for each in larger[:_SHOWN])
        yield f"{at.state.branch} takes fixes only, and {version} is not of its line{f': {named}' if named else ''}"
    elif name in at.tags or name in at.remote.tags:
        yield f"the tag {name} exists; a tag never moves"
    elif last and version <= last:
        yield f"{version} is not after {last}"


def _files(
    at: Ground,
    what: Subject,
    config: ReleaseConfig,
    version: Version,
    previous: str,
    changes: Sequence[Change],
    date: str,
) -> dict[str, str]:
    def read(path: str) -> str | None:
        return _text(at.root / path, path)

    files = manifests.moved(what.folders, str(version), read)
    if config.changelog:
        path = config.changelog if what.path == ROOT else f"{what.path}/{config.changelog}"
        entry = changelog.Entry(str(version), date, refs.tag(what.component, version), previous, at.url)
        files[path] = changelog.inserted(read(path) or "", entry, changes)
    return files


def _text(file: Path, path: str) -> str | None:
    """Return the text of a file, None where there is none.

    Raises:
        RefusedError: a release cannot write to it.
    """
    if file.is_symlink():
        raise RefusedError("a file of the release is a link", where=path, remedy="let it be a file")
    try:
        return file.read_bytes().decode() if file.is_file() else None
    except UnicodeDecodeError as error:
        raise RefusedError("a file of the release is not UTF-8", where=path, remedy="save it as UTF-8") from error
