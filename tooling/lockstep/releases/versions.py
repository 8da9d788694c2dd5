"""Semantic versions and which one comes next. Pure."""

import re
from collections.abc import Iterable
from enum import IntEnum

import msgspec

from lockstep.model.change import Change

_CORE = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})", re.ASCII)
_FEATURES = frozenset({"feat"})
_PATCHES = frozenset({"fix", "perf", "revert"})


class Level(IntEnum):
    """How far a change moves the version."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


class Version(msgspec.Struct, frozen=True, order=True):
    """SemVer 2.0.0 without pre-release; build metadata is added where a version is shown."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def raised(self, level: Level) -> "Version":
        """Return the next version. Before 1.0.0 what breaks raises the minor version: 1.0.0 is a decision, not a commit."""
        if level is Level.MAJOR and self.major:
            return Version(self.major + 1, 0, 0)
        if level >= Level.MINOR:
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major, self.minor, self.patch + (level is Level.PATCH))

    @property
    def line(self) -> str:
        """The release line that it belongs to, as the names of release branches have it."""
        return f"v{self.major}.{self.minor}"


def parse(text: str) -> Version | None:
    """Return `MAJOR.MINOR.PATCH` as a version, or None where it is none."""
    match = _CORE.fullmatch(text)
    return Version(*map(int, match.groups())) if match else None


def level(change: Change) -> Level:
    """Return how far one change moves the version."""
    if change.breaking:
        return Level.MAJOR
    if change.type in _FEATURES:
        return Level.MINOR
    return Level.PATCH if change.type in _PATCHES else Level.NONE


def highest(changes: Iterable[Change]) -> Level:
    """Return how far all of them together move it."""
    return max(map(level, changes), default=Level.NONE)
