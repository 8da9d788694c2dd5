"""The names of what a release leaves in git: tags and release branches. Pure."""

from collections.abc import Iterable

from lockstep.model.component import ROOT
from lockstep.releases import versions
from lockstep.releases.versions import Version

_BRANCH = "release/"


def tag(component: str, version: Version) -> str:
    """Return `vX.Y.Z`, or `component/vX.Y.Z`. The repository as a whole is the component `""` or `.`."""
    return f"{_prefix(component)}v{version}"


def branch(component: str, version: Version) -> str:
    """Return the release branch of a version: `release/vX.Y`, or `release/component/vX.Y`."""
    return f"{_BRANCH}{_prefix(component)}{version.line}"


def line_of(component: str, name: str) -> tuple[int, int] | None:
    """Return the major and minor version that a branch is the release branch of, or None where it is none."""
    start = f"{_BRANCH}{_prefix(component)}v"
    parsed = versions.parse(f"{name.removeprefix(start)}.0") if name.startswith(start) else None
    return (parsed.major, parsed.minor) if parsed else None


def released(component: str, tags: Iterable[str]) -> dict[Version, str]:
    """Return the versions among tags, and their names."""
    start = f"{_prefix(component)}v"
    found = ((versions.parse(each.removeprefix(start)), each) for each in tags if each.startswith(start))
    return {version: each for version, each in found if version}


def parsed_tag(name: str) -> tuple[str, Version] | None:
    """Return the component and the version that a tag names, or None where it is no release's.

    Tags become folders, and git itself takes none with a part that leads out of one.
    """
    component, slash, last = name.rpartition("/")
    version = versions.parse(last.removeprefix("v")) if last.startswith("v") else None
    sound = not slash or all(part and part[0] != "." for part in component.split("/"))
    return (component, version) if version and sound else None


def _prefix(component: str) -> str:
    return f"{component}/" if component not in {"", ROOT} else ""
