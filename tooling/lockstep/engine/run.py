"""One run, whole: prepare, run, judge, record, report."""

import os
import secrets as random
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

import lockstep
from lockstep import report, toolchain
from lockstep.engine import artifacts, attesting, freshness, judging, lineage
from lockstep.engine.budget import Budget
from lockstep.engine.cache import Cache
from lockstep.engine.execute import Outcome, Site
from lockstep.engine.housekeeping import prune, tidy
from lockstep.engine.plan import Action, Plan
from lockstep.engine.prepare import DATA, OWN, Prepared, prepared
from lockstep.engine.request import Request
from lockstep.engine.schedule import outcomes
from lockstep.engine.supplies import Supplies
from lockstep.host import Host
from lockstep.host.environment import masked, secrets
from lockstep.host.files import explained, keep_from_git, tag_cache
from lockstep.host.git import Git
from lockstep.model.artifact import Artifact, Sbom
from lockstep.model.digests import file_name, printable
from lockstep.model.event import Ended, Event, Finished, Observer, Planned, Preparing
from lockstep.model.record import (
    SCHEMA_VERSION,
    ActionRecord,
    ComponentRecord,
    RepositoryRecord,
    RunRecord,
    ToolRecord,
)
from lockstep.model.verdict import Verdict
from lockstep.policy import judge as verdicts
from lockstep.policy import waivers


def run(
    host: Host, start: Path, request: Request, observer: Observer, git: Git | None = None
) -> tuple[RunRecord, Path]:
    """Run the request in the repository that holds `start`; return the record and the folder it was written to.

    git: in that repository, where the caller has opened it already (`repository.opened`).

    Raises:
        LockstepError: nothing could be planned, or the record could not be written.
        KeyboardInterrupt: after every child has ended and what is known has been written.
    """
    began = host.clock.monotonic()
    moment = host.clock.now()
    hidden = secrets(host.environ)
    tell = _in_turn(observer, hidden)
    with prepared(host, start, request, git) as ready:
        signer = attesting.signer(host, ready)
        tell(_planned(ready.plan))
        folder = _new_folder(ready.state, moment.strftime("%Y%m%dT%H%M%SZ"))
        jury = judging.Jury(host, ready, tell)
        known, interrupted = _gather(host, ready, folder, tell, jury, began)
        gates, policy = jury.close(known), waivers.strangers(ready.ruling.waivers, request.known)
        outcome, code = ("interrupted", 130) if interrupted else verdicts.outcome(gates, policy, strict=request.strict)
        record = RunRecord(
            schema_version=SCHEMA_VERSION,
            id=folder.name,
            lockstep=lockstep.__version__,
            started=moment.isoformat(timespec="milliseconds"),
            seconds=round(host.clock.monotonic() - began, 4),
            outcome=outcome,
            exit_code=code,
            strict=request.strict,
            repository=_repository(ready),
            python=".".join(str(part) for part in sys.version_info[:3]),
            platform=toolchain.platform(),
            cpus=host.cpus,
            gates=gates,
            actions=tuple(
                action_record(ready, known[action.id], hidden) for action in ready.plan.actions if action.id in known
            ),
            tools=_tools(ready),
            coverage=tuple(file for each in known.values() for file in each.report.coverage),
            tests=tuple(test for each in known.values() for test in each.report.tests),
            policy=policy,
            notes=(*ready.workspace.notes, *filter(None, (ready.ruling.note, attesting.note(host, ready)))),
            components=tuple(ComponentRecord(each.name, each.path, each.kind) for each in ready.workspace.components),
            artifacts=_built(known.values()),
            sboms=_described(known.values()),
            complete=judging.is_complete(ready),
        )
        artifacts.hand_out(Cache(ready.state / "cache"), folder, record.artifacts, record.sboms)
        report.write(record, folder)
        left = attesting.leave(host, ready, record, folder, signer) if signer and not interrupted else None
        report.write_page(record, folder, lineage.of_run(record, attesting.source(ready, record), left))
        _point(ready.state / "latest", folder)
        now = host.clock.now().timestamp()
        tidy(ready.state, host.temporary, now)
        prune(Cache(ready.state / "cache"), (each.key.digest for each in known.values() if each.cached), now)
        tell(Finished(record, str(folder)))
    if interrupted:
        raise KeyboardInterrupt
    return record, folder


def _built(known: Iterable[Outcome]) -> tuple[Artifact, ...]:
    """Return all that was built, sorted."""
    found = (artifact for each in known for artifact in each.report.artifacts)
    return tuple(sorted(found, key=lambda each: (each.component, each.kind, each.name)))


def _described(known: Iterable[Outcome]) -> tuple[Sbom, ...]:
    """Return the SBOMs, sorted."""
    found = (sbom for each in known for sbom in each.report.sboms)
    return tuple(sorted(found, key=lambda each: (each.component, each.name)))


def _in_turn(observer: Observer, hidden: tuple[bytes, ...]) -> Callable[[Event], None]:
    lock = threading.Lock()

    def tell(event: Event) -> None:
        if isinstance(event, Preparing):  # an installer's own words
            event = Preparing(_shown(event.what, hidden), event.fraction, _shown(event.detail, hidden))
        with lock:
            observer(event)

    return tell


def _planned(plan: Plan) -> Planned:
    return Planned(tuple((gate.id, tuple(action.id for action in plan.of_gate(gate))) for gate in plan.gates))


def _gather(
    host: Host, ready: Prepared, folder: Path, tell: Callable[[Event], None], jury: judging.Jury, began: float
) -> tuple[dict[str, Outcome], bool]:
    """Collect outcomes by action id; true where the user interrupted."""
    known: dict[str, Outcome] = {}
    hidden = secrets(host.environ)
    cache = Cache(ready.state / "cache")
    try:
        for found in outcomes(
            ready, lambda: make_site(host, ready, tell), lambda: round(host.clock.monotonic() - began, 4), tell
        ):
            outcome = msgspec.structs.replace(found, reason=_shown(found.reason, hidden))
            known[outcome.action.id] = outcome
            _keep_log(cache, folder, outcome)
            tell(Ended(action_record(ready, outcome, hidden)))
            jury.hear(outcome.action.id, known)
    except KeyboardInterrupt:
        return known, True
    return known, False


def make_site(host: Host, ready: Prepared, tell: Callable[[Event], None]) -> Site:
    """Return where this run's actions run; tools and environments are provided on first demand."""
    own = {OWN: host.python, **ready.around.programs}
    lock = ready.lock
    tools = Supplies(lambda name: (own[name],) if name in own else toolchain.provide(host, lock, [name], tell)[name])
    pythons = Supplies(lambda name: _python(host, ready, tell, *name.split("@")))
    tag_cache(ready.state)
    keep_from_git(ready.state)
    return Site(
        host=host,
        tree=ready.tree,
        state=ready.state,
        data=DATA,
        cache=Cache(ready.state / "cache"),
        around=ready.around,
        budget=Budget(host.cpus),
        secrets=secrets(host.environ),
        variables={name: host.environ[name] for name in ready.config.environment.passed if name in host.environ},
        fresh=ready.request.fresh,
        tool=tools.get,
        python=lambda action: pythons.get(_python_name(action)) if action.check.python else _bare(host, ready, action),
        tokens=lambda action: _tokens(ready, action, tools.get, tell),
    )


def _tokens(
    ready: Prepared, action: Action, program: Callable[[str], tuple[str, ...]], tell: Callable[[Event], None]
) -> freshness.Tokens:
    known = ready.tokens.get(action.id)
    return known if known is not None else freshness.fetch(ready.world, action, program, tell)


def _python(host: Host, ready: Prepared, tell: Callable[[Event], None], name: str, version: str) -> str:
    from lockstep.toolchain import environments  # noqa: PLC0415 - not needed where no action has one

    component = ready.workspace.by_name(name)
    return environments.provide(host, ready.workspace, ready.config, component, version, tell).python


def _bare(host: Host, ready: Prepared, action: Action) -> str:
    from lockstep.toolchain import interpreters  # noqa: PLC0415 - as above

    return interpreters.find(host, ready.state, action.python).path


def _python_name(action: Action) -> str:
    return f"{action.component.name}@{action.python}"


def action_record(ready: Prepared, outcome: Outcome, hidden: tuple[bytes, ...]) -> ActionRecord:
    """Return the outcome as it stands in the record, `hidden` secrets masked.

    It is failed where a test failed, or a finding is of those that fail its gate.
    """
    action, report = outcome.action, outcome.report
    argv = _shown(outcome.key.parts.get("argv", ""), hidden)
    failed = sum(test.outcome in {"failed", "error"} for test in report.tests)
    declared, config = ready.request.known[action.gate], ready.ruling.config
    bad = failed or any(verdicts.blocks(each, declared, config) for each in report.findings)
    verdict = Verdict.FAILED if outcome.verdict is Verdict.PASSED and bad else outcome.verdict
    return ActionRecord(
        id=action.id,
        gate=action.gate,
        check=action.check.id,
        component=action.component.name,
        tool=next(iter(action.check.programs), "python"),
        verdict=verdict,
        key=outcome.key.digest,
        cached=outcome.cached,
        started=outcome.started,
        seconds=outcome.seconds,
        exit_code=outcome.exit_code,
        reason=outcome.reason,
        command=tuple(argv.split("\0")) if argv else (),
        log=f"logs/{_log_name(outcome)}" if outcome.log else "",
        findings=failed + len(report.findings),
        python=action.python,
    )


def _shown(text: str, hidden: tuple[bytes, ...]) -> str:
    return masked(printable(text).encode(), hidden).decode("utf-8", "replace")


def _log_name(outcome: Outcome) -> str:
    return file_name(outcome.action.id) + ".log"


def _keep_log(cache: Cache, folder: Path, outcome: Outcome) -> None:
    if not outcome.log:
        return
    target = f"{folder}/logs/{_log_name(outcome)}"
    with explained("keep a log", Path(target)):
        os.link(cache.blob(outcome.log), target)  # type: ignore[arg-type]


def _new_folder(state: Path, stamp: str) -> Path:
    folder = state / "runs" / f"{stamp}-{random.token_hex(3)}"
    with explained("make the run's folder", folder):
        (folder / "logs").mkdir(parents=True)
    return folder


def _point(link: Path, folder: Path) -> None:
    """Point `latest` at the run, atomically."""
    fresh = link.with_name(f".latest.{folder.name}")
    with explained("point latest at the run", link):
        os.symlink(f"runs/{folder.name}", fresh)  # noqa: PTH211
        os.replace(fresh, link)  # noqa: PTH105


def _repository(ready: Prepared) -> RepositoryRecord:
    state = ready.repository
    return RepositoryRecord(
        name=ready.config.repository.name or ready.root.name,
        commit=state.commit,
        tree=state.tree,
        branch=state.branch,
        dirty=state.dirty,
        mode="staged" if ready.request.staged else "working-tree",
    )


def _tools(ready: Prepared) -> tuple[ToolRecord, ...]:
    own = {OWN: lockstep.__version__, **dict.fromkeys(ready.around.programs, "")}
    return tuple(
        ToolRecord(name, own[name] if name in own else ready.lock.entry(name).version, digest)
        for name, digest in sorted(ready.around.tools.items())
    )
