"""One question about a subject, with everything it needs read from disk."""

from collections.abc import Sequence
from pathlib import Path

from lockstep.errors import ConfigError
from lockstep.evidence import folder, policy
from lockstep.evidence.believing import Trust
from lockstep.evidence.links import Chain
from lockstep.evidence.policy import Loaded
from lockstep.evidence.verify import verify
from lockstep.host import Host


def ask(host: Host, subject: str, policy_file: str, folders: Sequence[Path], root: str = "") -> tuple[Chain, Loaded]:
    """Return the chain of `subject` by the evidence in `folders`, and the policy that it was held against.

    Raises:
        ConfigError: the subject, the policy, the trusted root or the evidence cannot be read.
    """
    if not policy_file:
        raise ConfigError("no policy is named", where="command line", remedy="--policy FILE")
    loaded = policy.load(Path(policy_file))
    wanted = folder.subject(subject)
    evidence = folder.read(folders)
    return verify(wanted, evidence, loaded, host.clock.now(), _trust(loaded, Path(policy_file), root)), loaded


def _trust(loaded: Loaded, policy_file: Path, root: str) -> Trust | None:
    named = Path(root) if root else policy_file.parent / loaded.policy.trusted_root
    if not root and not loaded.policy.trusted_root:
        return None
    from lockstep.evidence import trust  # noqa: PLC0415 - a third of a second, and only for certificates

    return trust.load(named)
