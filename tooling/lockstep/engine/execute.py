"""Run one action: look up, wait for what it needs, run, mask, parse, store."""

import shutil
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from lockstep.engine import artifacts, keys, mentions
from lockstep.engine.budget import Budget
from lockstep.engine.cache import ActionResult, Cache, Last
from lockstep.engine.freshness import Tokens
from lockstep.engine.keys import Key, Surroundings, import_paths
from lockstep.engine.plan import Action
from lockstep.errors import LockstepError
from lockstep.host import Host
from lockstep.host.environment import cleared, for_builds, for_registries, masked
from lockstep.host.files import PRIVATE, explained, locked, private_folder
from lockstep.host.process import Completed, Process
from lockstep.model.digests import Digest, file_name, printable
from lockstep.model.finding import Finding, Report
from lockstep.model.gate import Invocation, Output
from lockstep.model.verdict import Verdict
from lockstep.workspace.files import unchanged

_TAIL = 2000
_MATERIALISED = "tree"
_EXECUTABLE = 0o755


class Outcome(msgspec.Struct, frozen=True):
    """How an action ended. `verdict` is errored, unavailable or passed; here passed only means that the report can be judged.

    log: digest of the captured output in the CAS ("" where there is none). started: seconds since the run's start.
    """

    action: Action
    key: Key
    verdict: Verdict
    report: Report
    cached: bool = False
    exit_code: int = -1
    reason: str = ""
    log: str = ""
    started: float = 0.0
    seconds: float = 0.0
    command: tuple[str, ...] = ()


class Site(msgspec.Struct, frozen=True):
    """Where actions run: the tree that is checked, the state folder, and how tools and environments are had.

    tool: lock name -> argv prefix. python: action -> interpreter, of its environment where it has one. tokens: action -> what it rests on
    beside the tree, fetched if need be. All raise LockstepError.
    """

    host: Host
    tree: Path
    state: Path
    data: Path
    cache: Cache
    around: Surroundings
    budget: Budget
    secrets: tuple[bytes, ...]
    variables: Mapping[str, str]
    fresh: bool
    tool: Callable[[str], tuple[str, ...]]
    python: Callable[[Action], str]
    tokens: Callable[[Action], Tokens]


def look_up(cache: Cache, action: Action, key: Key, started: float) -> Outcome | None:
    """Return the stored outcome under the action's key, or None."""
    result = cache.get(key.digest)
    if result is None:
        return None
    return Outcome(
        action=action,
        key=key,
        verdict=Verdict.PASSED,
        report=result.report,
        cached=True,
        exit_code=result.exit_code,
        log=result.log,
        started=started,
        seconds=result.seconds,
    )


def run(
    site: Site, action: Action, key: Key | None, urgency: float, clock: Callable[[], float], started: Callable[[], None]
) -> Outcome:
    """Run an action that is not in the cache; never raises for what a tool, an environment or its output does.

    key: None where it is known only when what the action rests on has been fetched. `started` is called when the tool is
    about to run.
    """
    try:
        tokens = site.tokens(action)
    except LockstepError as error:
        return _lacking(action, key or Key(Digest(""), {}), error, clock())
    key = key or keys.make(action, site.around, tokens)
    with locked(site.cache.lock(action.id)):
        found = None if site.fresh else look_up(site.cache, action, key, clock())
        if found is not None:
            return found
        try:
            tools = {name: site.tool(name) for name in action.check.programs}
            python = site.python(action) if action.check.python or action.check.interpreter else ""
        except LockstepError as error:
            return _lacking(action, key, error, clock())
        with site.budget.share(action.cpus, urgency) as cpus:
            started()
            return _run(site, action, key, _Supplied(tools, python, cpus, tokens), clock)


_MISSING = 4


def _lacking(action: Action, key: Key, error: LockstepError, started: float) -> Outcome:
    """Return the outcome of an action for which something cannot be had."""
    verdict = Verdict.UNAVAILABLE if error.exit_code == _MISSING else Verdict.ERRORED
    return Outcome(action, key, verdict, Report(), reason=_flat(error), started=started)


class _Supplied(msgspec.Struct, frozen=True):
    tools: Mapping[str, tuple[str, ...]]
    python: str
    cpus: int
    tokens: Tokens = MappingProxyType({})


def _run(site: Site, action: Action, key: Key, supplied: _Supplied, clock: Callable[[], float]) -> Outcome:
    started = clock()
    with private_folder(site.host.temporary, f"{PRIVATE}action-") as scratch:
        invocation = _invocation(site, action, supplied, scratch)
        if action.check.materialise:
            _materialise(site.tree, scratch / _MATERIALISED, action.materialised)
        done = site.host.processes.run(_process(site, action, invocation))
        output = _output(site, action, scratch, done)
        problem = _failure(action, done)
        report = Report(problem=problem) if problem else action.check.parse(output, invocation)
        artifacts.keep(site.cache, scratch, report)
    log = site.cache.put_blob(_log(output))
    ended = Outcome(
        action=action,
        key=key,
        verdict=_verdict(report),
        report=Report() if report.problem else placed(report, action, site.tree),
        exit_code=done.exit_code,
        reason=_with_tail(report.problem, output) if report.problem else report.lacking,
        log=log,
        started=started,
        seconds=round(clock() - started, 4),
    )
    if ended.verdict is Verdict.PASSED and unchanged(site.tree, action.inputs):
        site.cache.put(key.digest, ActionResult(done.exit_code, Digest(log), ended.report, ended.seconds))
        site.cache.remember(action.id, Last(key.parts, ended.seconds))
    return ended


def _verdict(report: Report) -> Verdict:
    if report.problem:
        return Verdict.ERRORED
    return Verdict.UNAVAILABLE if report.lacking else Verdict.PASSED


def process_of(site: Site, action: Action, tools: Mapping[str, tuple[str, ...]], scratch: Path) -> Process:
    """Return the process of an action outside a run (a fix): no environment of its own, one processor."""
    return _process(site, action, _invocation(site, action, _Supplied(tools, "", 1), scratch))


def _invocation(site: Site, action: Action, supplied: _Supplied, scratch: Path) -> Invocation:
    cache = site.state / "tools" / action.gate / action.check.id / file_name(f"{action.component.name}@{action.python}")
    with explained("make a folder", cache):
        cache.mkdir(parents=True, exist_ok=True)
        (scratch / "home").mkdir()
        (scratch / "tmp").mkdir()
    return Invocation(
        root=str(site.tree),
        component=action.component,
        components=site.around.components,
        files=action.files,
        tools=supplied.tools,
        python=supplied.python,
        import_paths=import_paths(str(site.tree), action.component, site.around.components),
        scratch=str(scratch),
        cache=str(cache),
        data=str(site.data),
        cpus=supplied.cpus,
        settings=site.around.settings,
        history=site.around.history,
        places={name: token.place for name, token in supplied.tokens.items()},
    )


def _process(site: Site, action: Action, invocation: Invocation) -> Process:
    # As in an environment that was activated, its own programs come first.
    own = (invocation.python,) if action.check.python else ()
    first = (*own, *(prefix[0] for prefix in invocation.tools.values()))
    folders = dict.fromkeys(str(Path(program).parent) for program in first)
    env = cleared(folders, f"{invocation.scratch}/home", f"{invocation.scratch}/tmp")  # noqa: S108 - inside the private folder
    if action.check.python:
        env |= site.variables
    if action.check.registries:
        env |= for_registries(site.host.environ)
    if action.check.installs:
        env |= for_builds(site.host.environ)
    env |= action.check.env(invocation)
    inside = action.check.in_component and action.component.path != "."
    cwd = f"{invocation.root}/{action.component.path}" if inside else invocation.root
    return Process(action.check.argv(invocation), cwd, env, float(action.timeout))


def _materialise(tree: Path, target: Path, files: tuple[str, ...]) -> None:
    """Copy files, with all that git knows of their modes: whether they can be executed."""
    for path in files:
        copy = target / path
        with explained("copy a file", copy):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tree / path, copy, follow_symlinks=False)
            if not copy.is_symlink() and (tree / path).stat().st_mode & stat.S_IXUSR:
                copy.chmod(_EXECUTABLE)


def _output(site: Site, action: Action, scratch: Path, done: Completed) -> Output:
    files = {}
    for name in action.check.reports:
        path = scratch / name
        if path.is_file():
            with explained("read a report", path):
                files[name] = masked(path.read_bytes(), site.secrets)
    return Output(done.exit_code, masked(done.stdout, site.secrets), masked(done.stderr, site.secrets), files)


def _failure(action: Action, done: Completed) -> str:
    """Return why the process cannot be believed, or ""."""
    program = next(iter(action.check.programs), "the program")
    told = {
        "timeout": f"{program} was ended after its time limit of {action.timeout} s",
        "cancelled": f"{program} was interrupted",
        "output-limit": f"{program} printed more than Lockstep keeps",
        "not-started": f"{program} could not be started",
    }.get(done.failure, "")
    if told or done.exit_code in action.check.exits:
        return told
    if done.exit_code < 0:
        return f"{program} was killed by signal {-done.exit_code}"
    return f"{program} ended with exit code {done.exit_code}, which is neither clean nor findings"


def _with_tail(problem: str, output: Output) -> str:
    text = (output.stderr.strip() or output.stdout.strip()).decode("utf-8", "replace")
    return f"{problem}\n{text[-_TAIL:]}" if text else problem


def _flat(error: LockstepError) -> str:
    return "\n".join(part for part in (error.what, error.where, error.why, error.remedy) if part)


def _log(output: Output) -> bytes:
    return b"".join(part if part.endswith(b"\n") else part + b"\n" for part in (output.stdout, output.stderr) if part)


def placed(report: Report, action: Action, tree: Path) -> Report:
    """Return the report with its findings' check, component and line text filled in."""
    lines: dict[str, tuple[str, ...]] = {}
    findings = tuple(_placed(finding, action, tree, lines) for finding in report.findings)
    return msgspec.structs.replace(report, findings=findings)


def _placed(finding: Finding, action: Action, tree: Path, lines: dict[str, tuple[str, ...]]) -> Finding:
    path = finding.location.path
    readable = bool(path and (finding.location.line or finding.anchor)) and not action.check.confidential
    if readable and not finding.snippet and path not in lines:
        lines[path] = _lines(tree, path)
    known = lines.get(path, ())
    line = mentions.line_of(known, finding.anchor, finding.location.line)
    here = known[line - 1] if 0 < line <= len(known) and len(known[line - 1]) <= _LONGEST_LINE else ""
    return msgspec.structs.replace(
        finding,
        check=finding.check or action.check.id,
        component=finding.component or action.component.name,
        snippet=printable(finding.snippet or here),
        message=printable(finding.message),
        location=msgspec.structs.replace(finding.location, path=printable(path), line=line),
    )


_LARGEST_SOURCE = 8 * 1024 * 1024
# A line that nobody wrote: all of a minified file, kept once for each finding in it, and another at every change of it.
_LONGEST_LINE = 4000


def _lines(tree: Path, path: str) -> tuple[str, ...]:
    """Return a file's lines, or none where it is no file of the tree or too large to be source."""
    full = tree / path
    try:
        if full.is_symlink() or not full.is_file() or full.stat().st_size > _LARGEST_SOURCE:
            return ()
        return tuple(full.read_bytes().decode("utf-8", "replace").split("\n"))
    except (OSError, ValueError):
        return ()
