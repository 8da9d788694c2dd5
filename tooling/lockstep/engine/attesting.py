"""Signed evidence beside the record of a run, where somebody signs. Where nobody does, nothing of it is loaded."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lockstep.engine import judging
from lockstep.engine.lineage import ENDING, FOLDER, Left
from lockstep.engine.plan import Action
from lockstep.engine.prepare import Prepared
from lockstep.host import Host
from lockstep.host.files import explained, write_atomic
from lockstep.host.git import Git
from lockstep.model.record import RunRecord
from lockstep.model.verdict import Verdict
from lockstep.workspace import repository

if TYPE_CHECKING:
    from lockstep.evidence.signing import Signer
    from lockstep.evidence.verdicts import Scope

KEY = "LOCKSTEP_EVIDENCE_KEY"
_SBOM = "sbom-provenance"


def signer(host: Host, ready: Prepared) -> "Signer | None":
    """Return who signs what this run shows, None where nobody is configured, or `excuse` says why nobody can.

    Raises:
        LockstepError: whoever is configured cannot sign.
    """
    given = ready.config.evidence
    if not (host.environ.get(KEY) or given.key or given.keyless) or excuse(host, ready):
        return None
    from lockstep.evidence import signing  # noqa: PLC0415 - only where somebody signs

    return signing.of(given, ready.root, host.environ, host.clock)


def excuse(host: Host, ready: Prepared) -> str:
    """Return why nobody signs though somebody is to, "" where that is no excuse.

    A developer has no identity token, and GitHub gives none to pull requests from forks. What is not signed is no evidence.
    """
    given = ready.config.evidence
    if given.keyless is None or given.key or host.environ.get(KEY):
        return ""
    from lockstep.evidence import identity  # noqa: PLC0415 - only where somebody signs

    if identity.place(host.environ, ready.root, given.keyless.token) is not None:
        return ""
    if not ready.request.strict:
        return "nothing is signed: there is no identity token on this machine"
    if identity.is_denied(host.environ):
        return "nothing is signed: GitHub gives no identity token to pull requests from forks"
    return ""


def note(host: Host, ready: Prepared) -> str:
    """Return what the user is told of a run that nobody signs; nothing where it is about what is staged, as in hooks."""
    return "" if ready.request.staged else excuse(host, ready)


def source(ready: Prepared, record: RunRecord) -> str:
    """Return the repository's address as evidence names it."""
    return ready.config.evidence.source or record.repository.name


def leave(host: Host, ready: Prepared, record: RunRecord, folder: Path, signer: "Signer") -> Left:
    """Write what the run shows, signed, into its folder: verdicts of gates, and what is said of artifacts. Return what was.

    Raises:
        LockstepError: one cannot be signed or written; then none is there.
    """
    from lockstep.evidence import verdicts  # noqa: PLC0415 - only where somebody signs

    scope = verdicts.Scope(
        source=source(ready, record),
        complete=judging.is_complete(ready),
        dirty=_differs(Git(ready.root, host.processes, host.environ), ready.repository),
        tools={gate.id: _tools(ready.plan.of_gate(gate)) for gate in ready.plan.gates},
    )
    written = (folder / "run.json").read_bytes()
    said = (*verdicts.make(record, written, scope), *_built(ready, record, folder, scope))
    signed = signer.sign(payload for _, payload in said) if said else None
    if signed:
        _write(folder, {f"{name}{ENDING}": data for (name, _), data in zip(said, signed.bundles, strict=True)})
    return Left(
        names=frozenset(name for name, _ in said),
        by=signed.by if signed else "",
        cosign=signed.cosign if signed else (),
        builder=ready.config.evidence.builder,
        dirty=record.repository.dirty or scope.dirty,
        complete=scope.complete,
    )


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write all files of evidence, or none."""
    fresh = folder / f".{FOLDER}"
    try:
        for name, data in files.items():
            write_atomic(fresh / name, data)
        with explained("write the evidence", folder):
            fresh.replace(folder / FOLDER)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


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
    """Yield what is said of each artifact, where there is a commit, a builder's id, and a build that passed; and of the sources."""
    from lockstep.engine import materials  # noqa: PLC0415 - only where somebody signs
    from lockstep.evidence import building  # noqa: PLC0415

    passed = {gate.id for gate in record.gates if gate.verdict is Verdict.PASSED}
    if ready.config.evidence.builder and record.repository.commit and materials.GATE in passed:
        for artifact in record.artifacts:
            yield from building.make(record, artifact, materials.of(ready, record, folder, artifact, scope), scope)
    if _SBOM in passed:
        yield from materials.of_sources(record, folder, scope)
