"""What checks rest on beside the tree: an advisory database, a container image, providers, the base branch, a report made elsewhere.

A check names its sources (`Check.freshness`); each gives a token, whose digest is part of the key and whose place the
check's argv can use. Looking is cheap: no process, no network. What has to be fetched first is fetched when
the action runs, beside the others; only then has it a key.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from lockstep.config import AdvisoriesConfig, DatabaseConfig
from lockstep.engine import builders, providers
from lockstep.engine.bases import Bases
from lockstep.engine.environments import Environments
from lockstep.engine.epochs import Epochs
from lockstep.engine.plan import Action
from lockstep.errors import LockstepError, ToolError
from lockstep.host import Host
from lockstep.host.files import digest_of
from lockstep.model.digests import of_value
from lockstep.model.event import Observer
from lockstep.model.gate import Scope, Token
from lockstep.toolchain import advisories

ADVISORIES = "advisories"
JAVA_INDEX = "java-index"
IMAGE = "image"
PROVIDERS = "providers"
BASE = "base"
RELEASES = "releases"
EPOCH = "epoch"
ENVIRONMENTS = "environments"
BUILDER = "builder"
FILE = "file:"

Tokens = Mapping[str, Token]


class World(msgspec.Struct, frozen=True):
    """Where sources look.

    root: the repository's folder, also where a snapshot is checked: images are never in one. docker: the daemon's socket.
    bases: the base branch and the releases that contracts are compared with.
    providers: the folder of Terraform's providers that lockstep.toml names, "" where it names none. epochs: when components
    were last changed. environments: those of all Python components.
    """

    host: Host
    root: Path
    advisories: AdvisoriesConfig
    docker: Path = Path("/var/run/docker.sock")
    providers: str = ""
    bases: Bases | None = None
    epochs: Epochs | None = None
    environments: Environments | None = None


class Looked(msgspec.Struct, frozen=True):
    """Tokens by action id, of those that need none or have them all; and why others cannot be had, by action id."""

    tokens: Mapping[str, Tokens]
    blocked: Mapping[str, str]


def look(world: World, actions: Iterable[Action]) -> Looked:
    """Look once for whatever the actions rest on; those in neither part of the answer have something to fetch first."""
    seen: dict[tuple[str, str], Token | LockstepError | None] = {}
    tokens: dict[str, Tokens] = {}
    blocked: dict[str, str] = {}
    for action in actions:
        found = {name: _remembered(seen, world, name, action) for name in action.check.freshness}
        errors = [each for each in found.values() if isinstance(each, LockstepError)]
        ready = {name: each for name, each in found.items() if isinstance(each, Token)}
        if errors:
            blocked[action.id] = _reason(errors[0])
        elif len(ready) == len(found):
            tokens[action.id] = ready
    return Looked(tokens, blocked)


def fetch(world: World, action: Action, program: Callable[[str], tuple[str, ...]], observer: Observer) -> Tokens:
    """Return all tokens of an action, fetching what has to be; `program` gives a tool's argv prefix by lock name.

    Raises:
        LockstepError: one cannot be had.
    """
    tokens = {}
    for name in action.check.freshness:
        tokens[name] = _look(world, name, action) or _fetched(world, name, program, observer)
    return tokens


def _fetched(world: World, name: str, program: Callable[[str], tuple[str, ...]], observer: Observer) -> Token:
    if name == ENVIRONMENTS and world.environments is not None:
        return world.environments.provide(observer)
    return advisories.obtain(world.host, _database(world, name), program("trivy"), observer)


def _remembered(
    seen: dict[tuple[str, str], Token | LockstepError | None], world: World, name: str, action: Action
) -> Token | LockstepError | None:
    own = {IMAGE: action.component.image} | dict.fromkeys((BASE, RELEASES), action.component.name)
    own[EPOCH] = action.id if action.check.scope is Scope.REPOSITORY else action.component.name
    what = name, own.get(name, "")
    if what not in seen:
        try:
            seen[what] = _look(world, name, action)
        except LockstepError as error:
            seen[what] = error
    return seen[what]


def _look(world: World, name: str, action: Action) -> Token | None:
    if name in {ADVISORIES, JAVA_INDEX}:
        return _current(world, name)
    if name == IMAGE:
        return _image(world, action.component.image)
    if name == PROVIDERS:
        return providers.look(world.host.environ, world.root, world.providers)
    if name in {BUILDER, builders.DAEMON}:
        look = builders.look if name == BUILDER else builders.daemon
        return look(world.host.environ, world.docker)
    if name == ENVIRONMENTS and world.environments is not None:
        return world.environments.look()
    return _from_git(world, name, action) or _file(Path(name.removeprefix(FILE)))


def _current(world: World, name: str) -> Token | None:
    """Return a database's token; without an index of Java archives there is still all to scan that is none."""
    wanted = _database(world, name)
    unneeded = name == JAVA_INDEX and not wanted.database
    return Token("") if unneeded else advisories.current(world.host, wanted)


def _database(world: World, name: str) -> DatabaseConfig:
    return world.advisories.java_index if name == JAVA_INDEX else world.advisories


def _from_git(world: World, name: str, action: Action) -> Token | None:
    component = action.component
    if world.epochs is not None and name == EPOCH:
        whole = action.check.scope is Scope.REPOSITORY
        return world.epochs.of_files(action.files) if whole else world.epochs.of(component)
    if world.bases is not None and name in {BASE, RELEASES}:
        return world.bases.base(component) if name == BASE else world.bases.releases(component)
    return None


def _file(path: Path) -> Token:
    try:
        return Token(digest_of(path), str(path))
    except OSError as error:
        raise ToolError("the report cannot be read", where=str(path), why=error.strerror or str(error)) from error


def _image(world: World, image: str) -> Token:
    """Return the token of an image. What a name stands for can change at any time: it is looked at afresh in every run."""
    transport, _, name = image.partition(":")
    if transport in {"docker-archive", "oci"}:
        return _stored(world.root, transport, name)
    if transport == "docker-daemon" and "DOCKER_HOST" not in world.host.environ and not world.docker.exists():
        raise ToolError("there is no Docker on this machine", why=f"{image} is in its daemon", remedy="start Docker")
    name = name.removeprefix("//")
    pinned = transport == "docker" and "@sha256:" in name
    return Token(of_value(name if pinned else [name, world.host.clock.now().isoformat()]), name)


def _stored(root: Path, transport: str, name: str) -> Token:
    """Return the token of an image in the file system: an archive is known by size and times, a layout by its index.

    The index names the manifest by digest, and so everything else (OCI Image Layout 1.1).
    """
    path = root / name
    try:
        if transport == "oci":
            return Token(of_value((path / "index.json").read_text("utf-8", "surrogateescape")), str(path))
        status = path.stat()
    except OSError as error:
        why = error.strerror or str(error)
        raise ToolError("the image is not there", where=name, why=why, remedy="build it first: nox -s build") from error
    return Token(of_value([name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]), str(path))


def _reason(error: LockstepError) -> str:
    return "\n".join(part for part in (error.what, error.where, error.why, error.remedy) if part)
