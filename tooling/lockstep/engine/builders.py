"""What builds images on this machine: a BuildKit of its own, a builder that the user made, or the Docker daemon.

Nothing is asked here but the environment and the file system; the build itself finds out whether the builder answers.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from lockstep.engine.plan import Plan
from lockstep.errors import ToolError
from lockstep.model.gate import Token

_SOCKET = "unix://"
DAEMON = "daemon"


def look(environ: Mapping[str, str], docker: Path) -> Token:
    """Return the token of the builder. Its place is `remote:ADDRESS`, `builder:NAME` or `docker:`.

    docker: where the daemon's socket usually is. Which builder builds does not change what comes out.

    Raises:
        ToolError: there is none, or none where it is said to be.
    """
    if address := environ.get("BUILDKIT_HOST"):
        return _remote(address)
    if environ.get("BUILDX_BUILDER"):
        return Token("", f"builder:{environ['BUILDX_BUILDER']}")
    if environ.get("DOCKER_HOST") or docker.exists():
        return Token("", "docker:")
    raise ToolError(
        "nothing builds images on this machine",
        why="there is no Docker daemon, and neither BUILDKIT_HOST nor BUILDX_BUILDER is set",
        remedy="start Docker, or name a BuildKit: BUILDKIT_HOST=unix:///run/buildkit/buildkitd.sock",
    )


def daemon(environ: Mapping[str, str], docker: Path) -> Token:
    """Return the token of the Docker daemon that runs images for a trial.

    Raises:
        ToolError: there is none.
    """
    if environ.get("DOCKER_HOST") or docker.exists():
        return Token("")
    raise ToolError(
        "nothing runs images on this machine",
        why="there is no Docker daemon, and [component.NAME.build] trial asks for one",
        remedy="start Docker",
    )


def without_trials(made: Plan, components: Collection[str]) -> Plan:
    """Return the plan with trials of the images of those `components` alone, by name."""
    kept = tuple(
        each for each in made.actions if DAEMON not in each.check.freshness or each.component.name in components
    )
    return msgspec.structs.replace(made, actions=kept)


def _remote(address: str) -> Token:
    if address.startswith(_SOCKET) and not Path(address.removeprefix(_SOCKET)).exists():
        raise ToolError(
            "BuildKit is not where BUILDKIT_HOST says",
            where=address,
            why="there is no such socket",
            remedy="start buildkitd, or unset BUILDKIT_HOST to build with Docker",
        )
    return Token("", f"remote:{address}")
