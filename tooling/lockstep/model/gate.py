"""Gates and checks as declarations: what runs, on which files, and how its output is read.

A gate is a module of `lockstep.gates` with one `GATE`. Nothing here runs anything.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Report

MINUTE = 60
_NO_ENV: Mapping[str, str] = MappingProxyType({})


class Stage(StrEnum):
    """The stages of CI-CL-001 section 9, in order."""

    STATIC = "static"
    TEST = "test"
    BUILD = "build"
    SECURITY = "security"
    CONTRACTS = "contracts"
    SUPPLY_CHAIN = "supply-chain"


class Scope(StrEnum):
    """Whether a check makes one action per component or one for the whole repository."""

    COMPONENT = "component"
    REPOSITORY = "repository"


class Judge(StrEnum):
    """How a gate turns reports into a verdict (`lockstep.policy.judge`).

    findings: none may remain. tests: none may fail outside quarantine. coverage: thresholds hold.
    security: none of high or critical severity may remain (CI-CL-001 section 7).
    """

    FINDINGS = "findings"
    TESTS = "tests"
    COVERAGE = "coverage"
    SECURITY = "security"


class Scan(StrEnum):
    """What of the history a secrets scan reads."""

    HISTORY = "history"
    RANGE = "range"
    STAGED = "staged"


class LicencePolicy(msgspec.Struct, frozen=True):
    """Which licences third parties may have, as SPDX identifiers.

    allow: for all. development: besides, for what only development needs and nobody ships. packages: name and licence (an
    SPDX expression) of packages whose metadata does not tell it.
    """

    allow: tuple[str, ...] = ()
    development: tuple[str, ...] = ()
    packages: tuple[tuple[str, str], ...] = ()


class ImageSettings(msgspec.Struct, frozen=True):
    """How a component's image is built. name: "" for its folder's. arguments: those of the build, sorted.

    platforms: in OCI's words. budget: megabytes that its layers may have, as they are sent. shell: whether it may hold one.
    """

    name: str = ""
    platforms: tuple[str, ...] = ("linux/amd64",)
    arguments: tuple[tuple[str, str], ...] = ()
    budget: int = 500
    shell: bool = True


class ImagesSettings(msgspec.Struct, frozen=True):
    """Images of all components by name, where one says more than the defaults.

    mirrors: registry -> where its images come from instead. buildkit: the image of the builder in a Docker daemon.
    twice: each is built again from nothing and compared.
    """

    components: tuple[tuple[str, ImageSettings], ...] = ()
    mirrors: tuple[tuple[str, str], ...] = ()
    buildkit: str = ""
    twice: bool = False

    def of(self, component: str) -> ImageSettings:
        """Return the settings of a component's image, by its name."""
        return dict(self.components).get(component, ImageSettings())


class Settings(msgspec.Struct, frozen=True):
    """What of the configuration may change an argv; part of every key through the argv itself.

    modes: component name -> compatibility mode of its event schemas, where one is configured.
    providers: name of a pact's provider -> its contract (a path), where lockstep.toml names it.
    cyclonedx: documents about what things consist of are made as CycloneDX as well as SPDX.
    """

    licenses: LicencePolicy = LicencePolicy()
    shfmt_indent: int = 2
    base: str = ""
    scan: Scan = Scan.HISTORY
    modes: tuple[tuple[str, str], ...] = ()
    providers: tuple[tuple[str, str], ...] = ()
    images: ImagesSettings = ImagesSettings()
    cyclonedx: bool = False

    def mode(self, component: str) -> str:
        """Return the compatibility mode of a component's event schemas, by its name."""
        return dict(self.modes).get(component, "BACKWARD")


class Token(msgspec.Struct, frozen=True):
    """What stands for something that a check rests on though it is no file of the tree (an advisory database, an image).

    digest: changes whenever it does; part of the key. place: where it is (an absolute path, or a name), "" for nowhere.
    """

    digest: str
    place: str = ""


class Invocation(msgspec.Struct, frozen=True):
    """One check over one component, as its `argv` and `parse` see it.

    root: absolute path of the tree that is checked (the working tree, or a snapshot of the index).
    component: the component; of the repository itself for checks of repository scope.
    components: every component of the workspace by name.
    files: selected files relative to `root`, sorted, no links. cwd: where the tool will run, relative to root.
    tools: lock name -> argv prefix of the program. python: the interpreter of the component's environment ("" if none).
    import_paths: source roots of the component and all it depends on, absolute, own first.
    scratch: absolute private folder, gone after the action; reports are written here.
    cache: absolute persistent folder for the tool's own incremental cache.
    history: what a scan of the history reads, by full ids: the newest commit, or `BASE..TIP`; "" without a commit.
    cpus: how many processors the action was given. data: folder of files that ship with Lockstep.
    places: where each thing is that the check rests on beside the tree, by the name of its freshness token.
    """

    root: str
    component: Component
    components: Mapping[str, Component]
    files: tuple[str, ...]
    tools: Mapping[str, tuple[str, ...]]
    python: str
    import_paths: tuple[str, ...]
    scratch: str
    cache: str
    data: str
    cpus: int = 1
    settings: Settings = Settings()
    history: str = ""
    places: Mapping[str, str] = MappingProxyType({})

    @property
    def commit(self) -> str:
        """The newest commit, "" where there is none."""
        return self.history.rpartition("..")[2]

    def program(self, name: str) -> tuple[str, ...]:
        """Return the argv prefix of the tool with that lock name."""
        return self.tools[name]

    def module(self, name: str) -> tuple[str, ...]:
        """Return the argv prefix of a module of Lockstep's own; `-P` keeps those of the tree from taking its place."""
        return (*self.program("lockstep"), "-P", "-m", name)

    def local_files(self) -> tuple[str, ...]:
        """Return the files relative to the component's folder."""
        return tuple(self.component.relative(path) for path in self.files)

    def report(self, name: str) -> str:
        """Return the absolute path of a report file in the scratch folder."""
        return f"{self.scratch}/{name}"


class Output(msgspec.Struct, frozen=True):
    """What a tool left: exit code, streams, and declared report files by name (absent ones are missing)."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    files: Mapping[str, bytes] = MappingProxyType({})


Select = Callable[[Component, FileEntry], bool]
Argv = Callable[[Invocation], tuple[str, ...]]
Env = Callable[[Invocation], Mapping[str, str]]
Parse = Callable[[Output, Invocation], Report]
Applies = Callable[[Component], bool]


def only_with_files(_: Component) -> bool:
    """Ask for nothing where no file is selected."""
    return False


def no_env(_: Invocation) -> Mapping[str, str]:
    """Add nothing to the cleared environment."""
    return _NO_ENV


class Check(msgspec.Struct, frozen=True):
    """One tool's part of a gate.

    id: unique in its gate, kebab-case. title: what it assures, in a few words. remedy: what mends a finding.
    tools: lock names that it needs; the first is the program whose name stands in reports.
    select: which files of a component are handed to it; none selected means not applicable.
    argv: the command (pure; called with placeholders to make the key). env: what it adds to the cleared environment.
    parse: bytes -> report. exits: exit codes that mean "ran to its end"; any other is errored.
    reports: names of the files in scratch that hold its output. context: further inputs that change the outcome
    though they are not checked: file names (`pyproject.toml`) looked for in the component (everywhere for checks of
    repository scope) and from its folder up to the root.
    python: runs in the component's own environment. interpreter: wants a Python of the matrix's first version, without one. `closure`: files of the components it depends on are inputs too.
    fix: the command that applies safe fixes, None where there is none; fix_order: lower runs earlier.
    cpus: processors it can use. in_component: runs with the component's folder as working directory.
    per_version: one action for each Python version of the matrix, not for its first alone. tracked_history: the
    repository's history is an input.
    whole: all files of the component are inputs, not only those selected. reads: which files of the component, and of those that
    it depends on, are inputs (and copied) though they are not checked.
    confidential: the lines that it finds are never copied into reports.
    materialise: the selected files (all inputs with `whole` or `closure`) are copied to scratch/tree, for scanners that
    take a folder; uncommitted: only files that differ from the commit are selected, also those that nobody else checks. program: a program looked for on
    the machine (one that no source gives); without it the verdict is unavailable, or nothing at all where `optional`.
    freshness: what it rests on beside the tree (`lockstep.engine.freshness`): `advisories`, `java-index`, `image`,
    `providers`, `base`, `releases`, `epoch`, `environments`, `builder`, `daemon`, `file:` and a path.
    applies: the components for which there is an action though none of their files is selected. registries: it
    asks container registries, and so sees the machine's proxies, certificates and Docker's settings. installs: it asks
    package registries, and so sees the machine's indexes and mirrors. links: copies keep symbolic links.
    """

    id: str
    title: str
    remedy: str
    tools: tuple[str, ...]
    select: Select
    argv: Argv
    parse: Parse
    env: Env = no_env
    exits: tuple[int, ...] = (0, 1)
    reports: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    scope: Scope = Scope.COMPONENT
    python: bool = False
    interpreter: bool = False
    closure: bool = False
    whole: bool = False
    reads: Select | None = None
    per_version: bool = False
    tracked_history: bool = False
    in_component: bool = False
    fix: Argv | None = None
    fix_order: int = 50
    cpus: int = 1
    timeout: int = 0
    confidential: bool = False
    materialise: bool = False
    uncommitted: bool = False
    freshness: tuple[str, ...] = ()
    applies: Applies = only_with_files
    registries: bool = False
    installs: bool = False
    links: bool = False
    program: str = ""
    optional: bool = False

    @property
    def programs(self) -> tuple[str, ...]:
        """Names of all programs that it needs; the first stands in reports."""
        return (self.program, *self.tools) if self.program else self.tools


class Gate(msgspec.Struct, frozen=True):
    """What may block a merge. `id` is the nox session, the CI job and the required check, all the same word.

    timeout: seconds for each action (CI-CL-001 section 12). requires: gates whose reports this one judges too.
    approvable: checks whose findings an owner of the path can approve on the pull request (breaking changes); only
    their errors fail the gate. lenient: further checks of which only errors fail the gate.
    ingest: the check that reads a report made elsewhere, given its absolute path; None where the gate takes none.
    """

    id: str
    stage: Stage
    title: str
    remedy: str
    timeout: int
    checks: tuple[Check, ...] = ()
    requires: tuple[str, ...] = ()
    judge: Judge = Judge.FINDINGS
    approvable: tuple[str, ...] = ()
    lenient: tuple[str, ...] = ()
    ingest: Callable[[str], Check] | None = None
