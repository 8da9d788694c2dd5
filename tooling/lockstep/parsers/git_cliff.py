"""git-cliff's context -> changes. It parses commits by the grammar of Conventional Commits (git-conventional)."""

import re

import msgspec

from lockstep.model.change import Change
from lockstep.parsers import reading

# What the grammar lets stand before the scope, the `!` or the colon.
_TYPE = re.compile(r"[^(!:\s]+")


class _Commit(msgspec.Struct, frozen=True):
    id: str
    message: str
    conventional: bool
    raw_message: str
    scope: str | None = None
    breaking: bool | None = None
    breaking_description: str | None = None


class _Release(msgspec.Struct, frozen=True):
    commits: tuple[_Commit, ...]


def changes(output: bytes) -> tuple[Change, ...]:
    """Return the changes of every commit in the context, in its order.

    Raises:
        UnreadableError: it is no context of git-cliff.
    """
    releases = reading.json(output, tuple[_Release, ...], "git-cliff")
    return tuple(_change(commit) for release in releases for commit in release.commits)


def _change(commit: _Commit) -> Change:
    first = " ".join(commit.message.strip().partition("\n")[0].split())
    kind = _TYPE.match(commit.raw_message.strip())
    if not commit.conventional or kind is None:
        return Change(commit.id, "", first)
    breaking = " ".join((commit.breaking_description or first).split()) if commit.breaking else ""
    return Change(commit.id, kind[0].lower(), first, commit.scope or "", breaking)
