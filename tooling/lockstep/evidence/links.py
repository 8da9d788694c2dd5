"""One chain of evidence: what vouches for what, and every place where it is broken. Pure values."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from lockstep.evidence.statements import Kind

AGAIN = "run the gates again on a clean clone of the commit, with the signing key"
ANEW = "fetch the evidence again from where it was made; if it is the same, sign anew"


class DistrustedError(Exception):
    """A document is not believed: a code for machines, why, and what would help."""

    def __init__(self, code: str, why: str, remedy: str = ANEW) -> None:
        super().__init__(why)
        self.code = code
        self.why = why
        self.remedy = remedy


class SubjectKind(StrEnum):
    """What is asked about."""

    ARTIFACT = "artifact"
    COMMIT = "commit"


class Subject(msgspec.Struct, frozen=True):
    """What is asked about: an artifact by SHA-256, or a commit; both in hexadecimal. `name` is how it was asked for."""

    kind: SubjectKind
    digest: str
    name: str


class Broken(msgspec.Struct, frozen=True):
    """A broken link. `code` is for machines; `what`, `where`, `why` and `remedy` are for people."""

    code: str
    what: str
    where: str
    why: str
    remedy: str = ""


class Proven(msgspec.Struct, frozen=True):
    """A document whose signature holds.

    signer: its name in the policy. moment: when a trusted third party saw it, None where none did. subjects: digests by
    algorithm, as `algorithm:hex`. predicate: of a statement, {} of a plain signature. repositories: where its subjects are,
    "" for those that do not say.
    """

    place: str
    kind: Kind
    signer: str
    subjects: tuple[str, ...]
    predicate_type: str = ""
    predicate: dict[str, Any] = {}
    moment: datetime | None = None
    repositories: tuple[str, ...] = ()

    def about(self, subject: str) -> bool:
        """Whether it is about `algorithm:hex`."""
        return subject in self.subjects


class Chain(msgspec.Struct, frozen=True):
    """What was found out about a subject. `commit` and `tree` are "" where nothing proves them."""

    subject: Subject
    source: str
    moment: datetime
    commit: str
    tree: str
    proven: tuple[Proven, ...]
    broken: tuple[Broken, ...]

    @property
    def holds(self) -> bool:
        """Whether no link is broken."""
        return not self.broken
