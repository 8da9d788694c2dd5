"""Signed evidence beside the record of a run, where a key is configured. Without one nothing of it is loaded."""

from pathlib import Path
from typing import TYPE_CHECKING

from lockstep.engine import judging
from lockstep.engine.prepare import Prepared
from lockstep.host import Host
from lockstep.host.files import write_atomic
from lockstep.host.git import Git
from lockstep.model.record import RunRecord
from lockstep.workspace import repository

if TYPE_CHECKING:
    from lockstep.evidence.signing import Signer

KEY = "LOCKSTEP_EVIDENCE_KEY"
FOLDER = "evidence"


def signer(host: Host, ready: Prepared) -> "Signer | None":
    """Return who signs what this run shows, None where no key is configured.

    Raises:
        ConfigError: there is a key that cannot be used.
    """
    path = host.environ.get(KEY) or ready.config.evidence.key
    if not path:
        return None
    from lockstep.evidence import signing  # noqa: PLC0415 - only where a key is configured

    return signing.load(ready.root / path, host.environ)


def leave(host: Host, ready: Prepared, record: RunRecord, folder: Path, signer: "Signer") -> None:
    """Write a signed verdict for each gate that passed or failed into the run's folder.

    Raises:
        LockstepError: one cannot be written; those written before it stay.
    """
    from lockstep.evidence import verdicts  # noqa: PLC0415 - only where a key is configured

    now = repository.read(Git(ready.root, host.processes, host.environ))
    was = ready.repository
    scope = verdicts.Scope(
        source=ready.config.evidence.source or record.repository.name,
        complete=judging.is_complete(ready),
        dirty=now.dirty or (now.commit, now.tree) != (was.commit, was.tree),
    )
    written = (folder / "run.json").read_bytes()
    for gate, payload in verdicts.make(record, written, scope):
        write_atomic(folder / FOLDER / f"{gate}.sigstore.json", signer.bundle(payload))
