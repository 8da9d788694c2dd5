"""A policy with everything that it trusts, read from disk, and what is asked of it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from lockstep.errors import ConfigError
from lockstep.evidence import believing, documents, folder, policy
from lockstep.evidence.believing import Nobody, Trust
from lockstep.evidence.canonical import MalformedError
from lockstep.evidence.links import Chain, Proven
from lockstep.evidence.policy import Loaded
from lockstep.evidence.verify import verify
from lockstep.host import Host


class Judge(NamedTuple):
    """A policy, and what certificates lead to; None where it trusts none."""

    loaded: Loaded
    trust: Trust | None

    def chain(self, host: Host, subject: str, folders: Sequence[Path]) -> Chain:
        """Return the chain of `subject` by the evidence in `folders`.

        Raises:
            ConfigError: the subject or the evidence cannot be read.
        """
        return verify(folder.subject(subject), folder.read(folders), self.loaded, host.clock.now(), self.trust)

    def believe(self, place: str, data: bytes, today: date) -> Proven:
        """Return what one signed document says, as of a day.

        Raises:
            links.DistrustedError: its signature does not hold, or who made it may not say that.
            canonical.MalformedError: it cannot be read, or is not one.
        """
        found = documents.read(place, data, b"")
        if len(found) != 1:
            raise MalformedError(f"{len(found)} documents are in it, and it must be one")
        return believing.prove(found[0], self.loaded, today, self.trust or Nobody())


def judge(policy_file: str, root: str = "") -> Judge:
    """Return the policy in a file; `root` is a trusted root that takes the place of the policy's own.

    Raises:
        ConfigError: the policy or the trusted root cannot be read.
    """
    if not policy_file:
        raise ConfigError("no policy is named", where="command line", remedy="--policy FILE")
    loaded = policy.load(Path(policy_file))
    return Judge(loaded, _trust(loaded, Path(policy_file), root))


def ask(host: Host, subject: str, policy_file: str, folders: Sequence[Path], root: str = "") -> tuple[Chain, Loaded]:
    """Return the chain of `subject` by the evidence in `folders`, and the policy that it was held against.

    Raises:
        ConfigError: the subject, the policy, the trusted root or the evidence cannot be read.
    """
    asked = judge(policy_file, root)
    return asked.chain(host, subject, folders), asked.loaded


def _trust(loaded: Loaded, policy_file: Path, root: str) -> Trust | None:
    named = Path(root) if root else policy_file.parent / loaded.policy.trusted_root
    if not root and not loaded.policy.trusted_root:
        return None
    from lockstep.evidence import trust  # noqa: PLC0415 - a third of a second, and only for certificates

    return trust.load(named)
