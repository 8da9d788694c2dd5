"""Everything that is known before anything runs: the tree, the plan, the keys."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

import lockstep
from lockstep import config as configuration
from lockstep import toolchain, workspace
from lockstep.config import ComponentConfig, Config, LicensesConfig
from lockstep.engine import builders, freshness, keys, narrowing, plan, policies, programs
from lockstep.engine.bases import Bases
from lockstep.engine.environments import Environments
from lockstep.engine.epochs import Epochs
from lockstep.engine.keys import Key, Surroundings
from lockstep.engine.plan import Plan
from lockstep.engine.request import Request
from lockstep.errors import ConfigError, LockstepError
from lockstep.host import Host
from lockstep.host.git import Git
from lockstep.model.component import Component
from lockstep.model.digests import of_bytes
from lockstep.model.gate import Gate, ImageSettings, ImagesSettings, LicencePolicy, Scan, Settings
from lockstep.toolchain import ToolLock
from lockstep.workspace import Workspace, changes, repository, snapshot

STATE = ".lockstep"
# Checks that are programs of Lockstep itself name this tool; it runs by the interpreter that runs Lockstep.
OWN = "lockstep"
DATA = Path(lockstep.__file__).parent


class Prepared(msgspec.Struct, frozen=True):
    """A run that is ready to start.

    root: the repository's folder. tree: what is checked (the root, or a snapshot of the index).
    lock: the tool lock that holds. keys: by action id; those of actions that rest on something to be fetched first are missing.
    tokens: what the others rest on, by action id. blocked: action id -> why it cannot run here (its verdict is
    unavailable).
    """

    root: Path
    tree: Path
    state: Path
    request: Request
    config: Config
    workspace: Workspace
    repository: repository.State
    plan: Plan
    lock: ToolLock
    around: Surroundings
    keys: Mapping[str, Key]
    tokens: Mapping[str, freshness.Tokens]
    world: freshness.World
    blocked: Mapping[str, str]
    ruling: policies.Ruling


@contextlib.contextmanager
def prepared(host: Host, start: Path, request: Request, git: Git | None = None) -> Iterator[Prepared]:
    """Read the repository that holds `start` and plan the request; a snapshot lives as long as the context.

    git: in the same repository, where the caller has opened it already.

    Raises:
        LockstepError: the repository, its configuration or the request cannot be meant.
    """
    git = git or repository.opened(host, start, staged=request.staged)
    with _tree(git, git.root, request) as tree:
        yield _prepare(host, git, git.root, tree, request)


@contextlib.contextmanager
def _tree(git: Git, root: Path, request: Request) -> Iterator[Path]:
    if not request.staged:
        yield root
        return
    with snapshot.of_index(git, root / STATE / "tmp") as folder:
        yield folder


def _prepare(host: Host, git: Git, root: Path, tree: Path, request: Request) -> Prepared:
    config = configuration.load(tree)
    known = request.known
    check_names(config, known, request)
    state = repository.read(git)
    found = workspace.read(host, git, config, tree)
    ruling = policies.load(host, git, tree, config)
    settings = Settings(
        licenses=_licences(ruling.config.licenses),
        base=config.repository.base,
        scan=Scan.STAGED if request.staged else request.scan,
        modes=tuple(sorted((name, own.contracts.mode) for name, own in ruling.config.component.items())),
        providers=tuple(sorted(config.pacts.providers.items())),
        images=_images(config, ruling.config, request),
        cyclonedx=config.sbom.cyclonedx or ruling.config.sbom.cyclonedx,
    )
    only = _only(git, found, request)
    made = plan.make(found, config, known, request.gates, only)
    there = programs.look(host, made)
    made = builders.without_trials(programs.without_optional(made, there), _tried(config, ruling.config))
    made = narrowing.of_history(narrowing.of_files(git, made, state, request), state, request)
    history = narrowing.history(git, state, settings)
    components = {component.name: component for component in found.components}
    lock = toolchain.load(tree, config)
    around = _surroundings(host, lock, config, made, found, history, settings, components, there)
    bases = Bases(git, config.repository.base, root / STATE, dict(settings.modes), head=state.commit, ci=ruling.ci)
    world = freshness.World(
        host,
        root,
        ruling.config.advisories,
        providers=ruling.config.iac.provider_mirror,
        bases=bases,
        epochs=Epochs(git, state.commit, root / STATE, lambda name: _folders(found, name), shallow=state.shallow),
        environments=Environments(host, found, config),
    )
    looked = freshness.look(world, made.actions)
    return Prepared(
        root=root,
        tree=tree,
        state=root / STATE,
        request=request,
        config=config,
        workspace=found,
        repository=state,
        plan=made,
        lock=lock,
        around=around[0],
        keys={
            action.id: keys.make(action, around[0], looked.tokens[action.id])
            for action in made.actions
            if action.id not in around[1] and action.id in looked.tokens
        },
        tokens=looked.tokens,
        world=world,
        blocked={**looked.blocked, **around[1]}
        | programs.blocked(made, there)
        | narrowing.blocked(made, state, history, settings),
        ruling=ruling,
    )


def _tried(config: Config, policy: Config) -> frozenset[str]:
    """Return the names of components whose images are tried: where the checked tree or the policy says so."""
    return frozenset(name for each in (config, policy) for name, own in each.component.items() if own.build.trial)


def _images(config: Config, policy: Config, request: Request) -> ImagesSettings:
    """Return how images are built, by the checked tree; what they may hold is at most what the policy lets them."""
    components = []
    for name, component in sorted(config.component.items()):
        own = component.build
        rule = policy.component.get(name, ComponentConfig()).build
        settings = ImageSettings(
            name=own.name,
            platforms=own.platforms,
            arguments=tuple(sorted(own.arguments.items())),
            budget=min(own.budget, rule.budget),
            shell=own.shell and rule.shell,
        )
        components.append((name, settings))
    mirrors = tuple(sorted(config.build.mirrors.items()))
    return ImagesSettings(tuple(components), mirrors, config.build.buildkit, twice=request.twice)


def _folders(found: Workspace, name: str) -> Iterator[str]:
    """Yield the folders of a component and of all it depends on."""
    yield from (found.by_name(each).path for each in found.closure(name))


def _licences(config: LicensesConfig) -> LicencePolicy:
    return LicencePolicy(config.allow, config.development, tuple(sorted(config.packages.items())))


def check_names(config: Config, known: Mapping[str, Gate], request: Request) -> None:
    """Refuse gates that nobody knows, in the request and in lockstep.toml.

    Raises:
        ConfigError: naming them and the known ones.
    """
    configured = {*config.gates, *(gate for own in config.component.values() for gate in own.gates)}
    unknown = [gate for gate in (*request.gates, *sorted(configured)) if gate not in known]
    if unknown:
        raise ConfigError(
            f"unknown gate: {', '.join(dict.fromkeys(unknown))}",
            where=configuration.FILE if unknown[0] in configured else "command line",
            remedy=f"known gates: {', '.join(known)}",
        )


def _only(git: Git, found: Workspace, request: Request) -> frozenset[str] | None:
    names = {component.name for component in found.components}
    unknown = [name for name in request.components if name.rstrip("/") not in names]
    if unknown:
        raise ConfigError(
            f"no component is called {', '.join(unknown)}", remedy=f"components: {', '.join(sorted(names))}"
        )
    if request.components:
        return frozenset(name.rstrip("/") for name in request.components)
    if request.since:
        return workspace.affected(found, changes.since(git, request.since))
    return None


def _surroundings(
    host: Host,
    lock: ToolLock,
    config: Config,
    made: Plan,
    found: Workspace,
    history: str,
    settings: Settings,
    components: Mapping[str, Component],
    there: programs.Programs,
) -> tuple[Surroundings, dict[str, str]]:
    names = {name for action in made.actions for name in action.check.tools}
    python, blocked = _environments(host, found, config, made)
    rules = keys.rules_digest(DATA, found.state / "cache" / "rules.msgpack", int(host.clock.now().timestamp() * 1e9))
    around = Surroundings(
        rules=rules,
        tools={
            **{name: rules if name == OWN else toolchain.identity(host, lock, name) for name in sorted(names)},
            **there.identities,
        },
        programs=there.paths,
        python=python,
        history=history,
        environment={
            name: of_bytes(host.environ.get(name, "").encode("utf-8", "surrogateescape"))
            for name in config.environment.passed
        },
        settings=settings,
        components=components,
    )
    return around, blocked


def _environments(host: Host, found: Workspace, config: Config, made: Plan) -> tuple[dict[str, str], dict[str, str]]:
    """Return the identity of each action's Python environment or interpreter, and why some cannot be had here."""
    having = [action for action in made.actions if action.check.python or action.check.interpreter]
    if not having:
        return {}, {}
    from lockstep.toolchain import environments, interpreters  # noqa: PLC0415 - not needed where no action has one

    identities: dict[str, str] = {}
    blocked: dict[str, str] = {}
    for action in having:
        try:
            identities[action.id] = (
                environments.identity(host, found, config, action.component, action.python)
                if action.check.python
                else interpreters.find(host, found.state, action.python).named
            )
        except LockstepError as error:
            blocked[action.id] = f"{error.what} ({error.remedy})" if error.remedy else error.what
    return identities, blocked
