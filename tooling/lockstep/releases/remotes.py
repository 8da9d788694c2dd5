"""What the remote says of branches and tags, and where it stands on the web."""

import re
from collections.abc import Mapping

import msgspec

from lockstep.errors import WorkspaceError
from lockstep.host.git import Git

_SCP = re.compile(r"(?:[^@/]+@)?(?P<host>[^:/]+):(?P<path>[^/].*)")
_URL = re.compile(r"(?:https?|ssh|git)://(?:[^@/]*@)?(?P<host>[^/:]+)(?::\d+)?/(?P<path>.+)")
_HEADS, _TAGS = "refs/heads/", "refs/tags/"


class Remote(msgspec.Struct, frozen=True):
    """A remote as it is now: its name ("" where there is none), and the objects of its branches and tags."""

    name: str = ""
    heads: Mapping[str, str] = {}
    tags: Mapping[str, str] = {}


def ask(git: Git, name: str) -> Remote:
    """Return what the remote has; one without a name where the repository knows no such remote.

    Raises:
        WorkspaceError: it does not answer.
    """
    if name not in git.text("remote").split():
        return Remote()
    try:
        printed = git.text("ls-remote", "--quiet", name)
    except WorkspaceError as error:
        remedy = "try again; --offline believes what was fetched last"
        raise WorkspaceError(f"the remote {name} does not answer", why=error.why, remedy=remedy) from error
    pairs = [line.split("\t", 1) for line in printed.splitlines() if not line.endswith("^{}")]
    return Remote(
        name=name,
        heads={ref.removeprefix(_HEADS): each for each, ref in pairs if ref.startswith(_HEADS)},
        tags={ref.removeprefix(_TAGS): each for each, ref in pairs if ref.startswith(_TAGS)},
    )


def remembered(git: Git, name: str) -> Remote:
    """Return what was last fetched of the remote's branches, and the tags that are here."""
    if name not in git.text("remote").split():
        return Remote()
    return Remote(name, _refs(git, f"refs/remotes/{name}/"), tags(git))


def tags(git: Git) -> dict[str, str]:
    """Return the tags that are here and their objects."""
    return _refs(git, _TAGS)


def branches(git: Git) -> dict[str, str]:
    """Return the branches that are here and their commits."""
    return _refs(git, _HEADS)


def _refs(git: Git, start: str) -> dict[str, str]:
    lines = git.text("for-each-ref", "--format=%(objectname) %(refname)", start).splitlines()
    return {ref.removeprefix(start): each for each, ref in (line.split(" ", 1) for line in lines)}


def web_address(remote_url: str) -> str:
    """Return the web address of a repository from the address that git has for it, without a user or a password.

    "" for a path on this machine.
    """
    match = _URL.fullmatch(remote_url) or (None if "://" in remote_url else _SCP.fullmatch(remote_url))
    return f"https://{match['host']}/{match['path'].removesuffix('/').removesuffix('.git')}" if match else ""
