"""Signed evidence beside the record of a run, where a key is configured. Without one nothing of it is loaded."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lockstep.engine import judging
from lockstep.engine.lineage import ENDING, FOLDER, Left
from lockstep.engine.plan import Action
from lockstep.engine.prepare import Prepared
from lockstep.host import Host
from lockstep.host.files import write_atomic
from lockstep.host.git import Git
from lockstep.model.record import RunRecord
from lockstep.model.verdict import Verdict
from lockstep.workspace import repository

if TYPE_CHECKING:
    from lockstep.evidence.signing import Signer
    from lockstep.evidence.verdicts import Scope

KEY = "LOCKSTEP_EVIDENCE_KEY"


def signer(host: Host, ready: Prepared) -> "Signer | None":
    """Return who signs what this run shows, None where no key is configured.

    Raises:
        ConfigError: there is a key that cannot be used.
    """
    path = _key(host, ready)
    if not path:
        return None
    from lockstep.evidence import signing  # noqa: PLC0415 - only where a key is configured

    return signing.load(ready.root / path, host.environ)


def _key(host: Host, ready: Prepared) -> str:
    return host.environ.get(KEY) or ready.config.evidence.key


def source(ready: Prepared, record: RunRecord) -> str:
    """Return the repository's address as evidence names it."""
    return ready.config.evidence.source or record.repository.name


def leave(host: Host, ready: Prepared, record: RunRecord, folder: Path, signer: "Signer") -> Left:
    """Write what the run shows, signed, into its folder: verdicts of gates, and what is said of artifacts. Return what was.

    Raises:
        LockstepError: one cannot be written; those written before it stay.
    """
    from lockstep.evidence import verdicts  # noqa: PLC0415 - only where a key is configured

    scope = verdicts.Scope(
        source=source(ready, record),
        complete=judging.is_complete(ready),
        dirty=_differs(Git(ready.root, host.processes, host.environ), ready.repository),
        tools={gate.id: _tools(ready.plan.of_gate(gate)) for gate in ready.plan.gates},
    )
    written = (folder / "run.json").read_bytes()
    said = (*verdicts.make(record, written, scope), *_built(ready, record, folder, scope))
    for name, payload in said:
        write_atomic(folder / FOLDER / f"{name}{ENDING}", signer.bundle(payload))
    return Left(
        names=frozenset(name for name, _ in said),
        key=signer.key.public.id,
        key_file=Path(_key(host, ready)).with_suffix(".pub").name,
        builder=ready.config.evidence.builder,
        dirty=record.repository.dirty or scope.dirty,
        complete=scope.complete,
    )


def _differs(git: Git, was: repository.State) -> bool:
    """Whether the working tree is not, or no longer, that of the commit; also where git was told not to look.

    Changes inside of submodules, and files that are assumed to be unchanged or are not checked out, are no concern of git's
    status.
    """
    now = repository.read(git)
    moved = (now.commit, now.tree) != (was.commit, was.tree)
    inside = git.try_run("diff", "--quiet", "--ignore-submodules=none", "HEAD").exit_code != 0
    return (
        now.dirty or moved or inside or any(not entry.startswith("H ") for entry in git.paths("ls-files", "-z", "-v"))
    )


def _tools(actions: Iterable[Action]) -> frozenset[str]:
    return frozenset(tool for action in actions for tool in action.check.tools)


def _built(ready: Prepared, record: RunRecord, folder: Path, scope: "Scope") -> Iterator[tuple[str, bytes]]:
    """Yield what is said of each artifact, where there is a commit, a builder's id, and a build that passed."""
    from lockstep.engine import materials  # noqa: PLC0415 - only where a key is configured
    from lockstep.evidence import building  # noqa: PLC0415

    passed = {gate.id for gate in record.gates if gate.verdict is Verdict.PASSED}
    if ready.config.evidence.builder and record.repository.commit and materials.GATE in passed:
        for artifact in record.artifacts:
            yield from building.make(record, artifact, materials.of(ready, record, folder, artifact), scope)
