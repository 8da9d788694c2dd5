"""`release.*`: cut a release, publish it, restore it. Without `--apply` each prints what it would do."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from lockstep import host
from lockstep.errors import ConfigError, RefusedError
from lockstep.tasks._answers import fail, note, print_json, print_text, told

if TYPE_CHECKING:
    from lockstep.config import Config
    from lockstep.evidence.asking import Judge
    from lockstep.host import Host
    from lockstep.host.git import Git
    from lockstep.model.artifact import Artifact
    from lockstep.releases.cutting import Cut
    from lockstep.releases.manifest import Index
    from lockstep.releases.planning import Plan
    from lockstep.releases.publishing import Journal, Row, Step

_JSON = "print the plan as JSON"
_APPLY = "do it (without it the plan is printed)"
_COMPONENT = "the component, where components have versions of their own"


@task(
    help={
        "component": _COMPONENT,
        "to": "the version, where it is not to follow from the commits (1.0.0 is such a decision)",
        "push": "push the branches and the tag, all or none; a release that was begun so is pushed when it is finished",
        "offline": "do not ask the remote; believe what was fetched last",
        "abort": "take back a release whose cutting was interrupted",
        "apply": _APPLY,
        "json": _JSON,
    }
)
def cut(
    _: Context,
    component: str = "",
    to: str = "",
    push: bool = False,  # noqa: FBT001, FBT002 - invoke's way
    offline: bool = False,  # noqa: FBT001, FBT002
    abort: bool = False,  # noqa: FBT001, FBT002
    apply: bool = False,  # noqa: FBT001, FBT002
    json: bool = False,  # noqa: FBT001, FBT002
) -> None:
    """Cut the next release from Conventional Commits: changelog, versions, commit, annotated tag, release branch."""
    from lockstep.releases import cutting  # noqa: PLC0415 - each verb loads what it needs

    git = told(_git)
    interrupted = told(lambda: cutting.pending(git))
    if interrupted:
        told(lambda: _take_up(git, interrupted, abort=abort, apply=apply))
        return
    if abort:
        fail(RefusedError("no release was interrupted", where=str(git.root)))
    plan, remote = told(lambda: _planned(git, component, to, offline=offline))
    if push and not remote:
        fail(
            ConfigError(
                "there is no remote to push to", where="lockstep.toml", remedy="[repository] base = 'origin/main'"
            )
        )
    _show(plan, json=json)
    if apply:
        made = told(lambda: cutting.cut(git, plan, remote if push else ""))
        note(f"{made.tag} is cut: build version v{plan.version}+{made.new}")
        if push:
            told(lambda: _push(git, made))
        else:
            note(f"to push it: git {' '.join(cutting.push_command(remote or 'origin', made))}")
    elif not json:
        print_text("nothing was changed; add --apply to cut it")


@task(
    help={
        "tag": "the tag of the release (default: the one that HEAD has)",
        "run": "the folder of the run that built and judged it (default: the one that was begun with, or the latest)",
        "apply": _APPLY,
        "json": _JSON,
    }
)
def publish(
    _: Context,
    tag: str = "",
    run: str = "",
    apply: bool = False,  # noqa: FBT001, FBT002 - invoke's way
    json: bool = False,  # noqa: FBT001, FBT002
) -> None:
    """Publish a release: wheels to the index, images to the registry, all of it to the mirror, its index last."""
    machine = host.system()
    try:
        told(lambda: _publish(machine, tag, run, apply=apply, json=json))
    except KeyboardInterrupt:
        machine.processes.cancel()
        note("interrupted; the same command goes on from there")
        raise


@task(
    help={
        "pr": "the number of the pull request (default: GitHub's, where it is one)",
        "run": "the folder of the run that built the images (default: the latest)",
        "apply": "do it (without it the plan is printed)",
        "json": _JSON,
    }
)
def preview(
    _: Context,
    pr: str = "",
    run: str = "",
    apply: bool = False,  # noqa: FBT001, FBT002 - invoke's way
    json: bool = False,  # noqa: FBT001, FBT002
) -> None:
    """Push the images of a commit for others to try: IMAGE:COMMIT, and IMAGE:pr-N, which moves with its pull request."""
    told(lambda: _preview(pr, run, apply=apply, json=json))


def _preview(pr: str, run: str, *, apply: bool, json: bool) -> None:
    from lockstep.releases import preview as previews  # noqa: PLC0415
    from lockstep.releases import publishing, stores  # noqa: PLC0415

    machine, git, config = _here()
    number = previews.number(pr, machine.environ)
    found = previews.of_run(_run_folder(git.root, run, ""))
    with (
        _alone(machine, _journal(git.root, "preview").with_suffix(".lock"), apply=apply) as alone,
        stores.previewed(alone, git.root, config, found, number) as steps,
    ):
        rows = publishing.survey(steps)
        _show_rows(found.commit, rows, json=json)
        publishing.refuse_others(previews.staying(rows))
        for step in previews.to_push(steps, rows) if apply else ():
            publishing.take(step)
            note(f"pushed {step.name}")
    if not apply and not json:
        print_text("nothing was changed; add --apply to push them")


def _publish(machine: "Host", tag: str, run: str, *, apply: bool, json: bool) -> None:
    from lockstep.releases import holding, proof, publishing  # noqa: PLC0415
    from lockstep.releases.stores import opened  # noqa: PLC0415

    _, git, config = _here()
    judge = proof.judge(git.root, config.release)
    release = holding.tag_of(git, tag, config.release.per)
    journal = _journal(git.root, release.name)
    begun = publishing.remembered(journal)
    folder = _run_folder(git.root, run, begun.run if begun else "")
    held = holding.hold(folder, release, _gates())
    _prove(machine, judge, release.commit, held.artifacts, folder)
    with (
        _alone(machine, journal.with_suffix(".lock"), apply=apply) as alone,
        opened(alone, git.root, config, held, judge) as steps,
    ):
        rows = publishing.survey(steps)
        _show_rows(release.name, rows, json=json)
        publishing.refuse_others(rows)
        if apply:
            before = begun.taken if begun and begun.run == str(folder) else ()
            _take(steps, rows, journal, publishing.Journal(str(folder), before))
        elif not json:
            print_text("nothing was changed; add --apply to publish it")


@contextmanager
def _alone(machine: "Host", lock: Path, *, apply: bool) -> Iterator["Host"]:
    """Yield the machine; where it is to write, alone, until also what it starts has ended, whoever is killed before."""
    import msgspec  # noqa: PLC0415

    from lockstep.host.files import locked  # noqa: PLC0415

    if not apply:
        yield machine
        return
    with locked(lock, lambda: note("an earlier publication has not ended yet; waiting for it")) as held:
        yield msgspec.structs.replace(machine, locks=(held,))


def _prove(machine: "Host", judge: "Judge | None", commit: str, artifacts: "Sequence[Artifact]", folder: Path) -> None:
    """Hold the evidence in the folder of a run against the policy, unless lockstep.toml says that nothing is proved."""
    from lockstep.releases import proof  # noqa: PLC0415

    if judge:
        proof.refuse_unproven(machine, judge, commit, artifacts, folder)
        note("the evidence holds, by the policy")
    else:
        note("the evidence was not verified: lockstep.toml says [release] unproved")


def _take(steps: "Sequence[Step]", rows: "Sequence[Row]", path: Path, journal: "Journal") -> None:
    import msgspec  # noqa: PLC0415

    from lockstep.host.files import write_atomic  # noqa: PLC0415
    from lockstep.releases import publishing  # noqa: PLC0415

    taken: list[str] = list(journal.taken)

    def remember() -> None:
        write_atomic(path, msgspec.json.encode(publishing.Journal(journal.run, tuple(taken))))

    def took(step: "Step") -> None:
        note(f"published {step.name}")
        taken.append(step.name)
        remember()

    if taken:
        note(f"an earlier try took {len(taken)} steps; this one goes on with its run, {journal.run}")
    remember()
    publishing.publish(steps, rows, took)
    now = len(taken) - len(journal.taken)
    note(f"{now} steps taken, {len(rows) - now} were; the release is whole")


def _show_rows(name: str, rows: "Sequence[Row]", *, json: bool) -> None:
    if json:
        print_json(rows)
        return
    from lockstep.releases.preview import moves  # noqa: PLC0415

    words = {"absent": "publish", "there": "is there", "other": "IS THERE WITH OTHER BYTES"}
    print_text(name)
    for row in rows:
        word = "move" if row.state == "other" and moves(row) else words[row.state]
        print_text(f"  {word} {row.name} {row.digest[:12]}")


@task(help={"apply": _APPLY, "json": _JSON})
def mirror_setup(
    _: Context,
    apply: bool = False,  # noqa: FBT001, FBT002 - invoke's way
    json: bool = False,  # noqa: FBT001, FBT002
) -> None:
    """Give the mirror's bucket the settings that it must have: key, versions, locks, life cycle, no plain or public access."""
    told(lambda: _set_up(apply=apply, json=json))


def _set_up(*, apply: bool, json: bool) -> None:
    from lockstep.releases import stores  # noqa: PLC0415

    machine, _, config = _here()
    lacking = stores.lacking(machine, config.release)
    if json:
        print_json([each.what for each in lacking])
    for each in lacking:
        if not json:
            print_text(f"{'set' if apply else 'would set'}: {each.what}")
        if apply:
            each.make()
    left = stores.lacking(machine, config.release) if apply else ()
    if left:
        raise RefusedError("the bucket did not take every setting", why="; ".join(each.what for each in left))
    if not lacking and not json:
        print_text("the mirror is as it must be")
    elif not apply and not json:
        print_text("nothing was changed; add --apply to set it up")


@task(
    positional=["subject"],
    help={
        "subject": "a commit, a tag, or the digest of an artifact (sha256:...)",
        "into": "a new folder (default: .lockstep/restored/TAG)",
        "thaw": "ask for what is archived, which takes hours",
        "json": "print the indexes of what was restored, and their folders, as JSON",
    },
)
def restore(
    _: Context,
    subject: str,
    into: str = "",
    thaw: bool = False,  # noqa: FBT001, FBT002 - invoke's way
    json: bool = False,  # noqa: FBT001, FBT002
) -> None:
    """Fetch and decrypt a release from the mirror, and compare every byte with its index."""
    told(lambda: _restore(subject, into, thaw=thaw, json=json))


def _restore(subject: str, into: str, *, thaw: bool, json: bool) -> None:
    from lockstep.releases import proof, restoring, stores  # noqa: PLC0415
    from lockstep.releases.manifest import moment  # noqa: PLC0415
    from lockstep.workspace.files import STATE  # noqa: PLC0415

    machine, git, config = _here()
    judge = proof.judge(git.root, config.release)
    bucket, prefix = stores.bucket(machine, config.release), config.release.mirror.prefix
    found = restoring.tagged(restoring.find(bucket, prefix, _resolved(git, subject), judge), subject)
    if into and len(found) > 1:
        raise ConfigError(f"{len(found)} releases were found", where="--into", remedy="leave it away, or name a digest")
    restored = []
    for release in found:
        index = release.index
        target = Path(into).absolute() if into else git.root / STATE / "restored" / index.tag
        verify = _proving(proof.then(machine, moment(index.proved, index.tag)), judge, index)
        count = restoring.restore(bucket, prefix, release, target, verify, thaw=thaw)
        restored.append({"folder": str(target), "index": index})
        if not json:
            print_text(f"{index.tag} ({index.build}): {count} files in {target}, every digest as published")
    if json:
        print_json(restored)


def _proving(then: "Host", judge: "Judge | None", index: "Index") -> Callable[[Path], None]:
    return lambda folder: _prove(then, judge, index.commit, index.artifacts, folder)


def _resolved(git: "Git", subject: str) -> str:
    """Return the commit that the subject names here, or the subject: the mirror may know what this clone does not."""
    return subject if subject.startswith("sha256:") else git.commit_of(subject) or subject


def _here() -> "tuple[Host, Git, Config]":
    """Return the machine, git and lockstep.toml."""
    from lockstep import config as configuration  # noqa: PLC0415

    git = _git()
    return host.system(), git, configuration.load(git.root)


def _journal(root: Path, tag: str) -> Path:
    from lockstep.model.digests import file_name  # noqa: PLC0415
    from lockstep.workspace.files import STATE  # noqa: PLC0415

    return root / STATE / "release" / f"{file_name(tag)}.json"


def _run_folder(root: Path, named: str, begun: str) -> Path:
    """Return the run's folder: the one that was named, that publishing was begun with, or the latest."""
    from lockstep.workspace.files import STATE  # noqa: PLC0415

    if named:
        return Path(named).absolute()
    return Path(begun) if begun and Path(begun).is_dir() else (root / STATE / "latest").resolve()


def _gates() -> tuple[str, ...]:
    from lockstep import gates  # noqa: PLC0415

    return tuple(gates.discover())


def _git() -> "Git":
    from lockstep.host.git import Git  # noqa: PLC0415
    from lockstep.workspace import repository  # noqa: PLC0415

    machine = host.system()
    return Git(repository.root_of(machine, Path.cwd()), machine.processes, machine.environ)


def _planned(git: "Git", component: str, to: str, *, offline: bool) -> "tuple[Plan, str]":
    """Return the plan, and the remote that it is pushed to."""
    from lockstep import config as configuration  # noqa: PLC0415
    from lockstep import toolchain, workspace  # noqa: PLC0415
    from lockstep.releases import commits, planning  # noqa: PLC0415
    from lockstep.workspace import repository  # noqa: PLC0415

    machine = host.system()
    config = configuration.load(git.root)
    found = workspace.read(machine, git, config, git.root)
    what = planning.subject(config, found.components, component)
    ground = planning.ground(git, repository.read(git), config, offline=offline)
    if "/" in config.repository.base and not ground.remote.name:
        note(f"there is no remote of the name in {config.repository.base}: only what is here counts")
    lock = toolchain.load(git.root, config)
    program = toolchain.provide(machine, lock, ["git-cliff"], lambda _: None)["git-cliff"]
    parse = commits.reader(machine, git, program)
    date = machine.clock.now().date().isoformat()
    return planning.make(git, ground, what, config.release, parse, date=date, to=to), ground.remote.name


def _show(plan: "Plan", *, json: bool) -> None:
    if json:
        print_json(plan)
        return
    why = "; ".join(plan.notes) or plan.level
    print_text(f"{plan.previous or 'no release'} -> {plan.tag} ({why})")
    for change in plan.changes:
        mark = "!" if change.breaking else ""
        scope = f"({change.scope})" if change.scope else ""
        print_text(f"  {change.commit[:8]} {change.type or 'other'}{scope}{mark}: {change.subject}")
    for path in plan.files:
        print_text(f"  write {path}")
    print_text(f"  commit on {plan.branch}: {plan.message}")
    print_text(f"  tag {plan.tag}, annotated")
    if plan.release_branch:
        print_text(f"  branch {plan.release_branch}")


def _take_up(git: "Git", made: "Cut", *, abort: bool, apply: bool) -> None:
    from lockstep.releases import cutting  # noqa: PLC0415

    print_text(f"the cutting of {made.tag} was interrupted")
    if not apply:
        print_text("nothing was changed; --apply finishes it, --abort --apply takes it back")
    elif abort:
        cutting.take_back(git, made)
        print_text(f"{made.tag} is taken back")
    else:
        cutting.finish(git, made)
        print_text(f"{made.tag} is cut")
        if made.remote:
            _push(git, made)


def _push(git: "Git", made: "Cut") -> None:
    from lockstep.releases import cutting  # noqa: PLC0415

    cutting.push(git, made)
    note(f"pushed to {made.remote}")
