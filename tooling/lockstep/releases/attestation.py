"""The index of a release as a signed statement about every artifact of it: made, and believed.

It is one object of the mirror, so there is never an index without its signature. Where lockstep.toml says that nothing
is proved and nobody signs, the index stands there as it is.
"""

from datetime import UTC, date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from lockstep.config import FILE
from lockstep.errors import ConfigError, RefusedError
from lockstep.host.bucket import LONGEST_PUBLISHING, Bucket, Retention
from lockstep.model.digests import of_bytes
from lockstep.releases import manifest, refs
from lockstep.releases.manifest import Index

if TYPE_CHECKING:
    from lockstep.evidence.asking import Judge
    from lockstep.evidence.signing import Signer

_A_DAY = timedelta(days=1)


class Attested(msgspec.Struct, frozen=True, dict=True):
    """The place of an index in the mirror (`releases.publishing.Target`).

    Two signatures of the same are two objects: an index that is there is compared by what it says, once it is believed.
    """

    bucket: Bucket
    name: str
    payload: bytes
    signer: "Signer | None"
    judge: "Judge | None"
    retention: Retention
    today: date

    def look(self) -> str:
        """Return the digest of what the index there says.

        Raises:
            RefusedError: it is not believed.
        """
        if not self.bucket.digest(self.name, self.retention):
            return ""
        found = self.bucket.read(self.name)
        return of_bytes(payload(found.data, self.bucket.place(self.name), self.judge, found.written.date()))

    def ready(self) -> None:
        """Sign it.

        Raises:
            RefusedError: the policy does not believe who signs.
            LockstepError: nobody can sign now.
        """
        payload(self._data, "the index that is to be published", self.judge, self.today)

    def put(self) -> None:
        """Write it."""
        self.bucket.put(self.name, self._data, of_bytes(self._data), self.retention)

    @cached_property
    def _data(self) -> bytes:
        return self.signer.sign([self.payload]).bundles[0] if self.signer else self.payload


def said(index: Index, signed_by: "Signer | None", judge: "Judge | None") -> bytes:
    """Return what an index says: the statement that is to be signed, or the index where nobody signs.

    Raises:
        ConfigError: nobody signs what the judge is to believe.
    """
    if signed_by:
        return _statement(index)
    if judge:
        raise ConfigError(
            "nobody signs the index of the release",
            where=FILE,
            why="the policy asks for evidence, and neither lockstep.toml nor the environment names a signer",
            remedy="[evidence] key or keyless, or the key in LOCKSTEP_EVIDENCE_KEY",
        )
    return index.encoded()


def read(name: str, data: bytes, prefix: str, judge: "Judge | None", written: date) -> Index:
    """Return the index that lies in the mirror under `name`, where it is believed and is of the release that its name says.

    written: the day on which the store says that it was written, which is the day by which the signer's key is judged.

    Raises:
        RefusedError: it is not.
        RunError: it cannot be read.
    """
    signed = payload(data, name, judge, written)
    index = manifest.decoded(data, name) if signed == data else _index(signed, name)
    if manifest.index_name(prefix, index.commit, index.tag) != name or refs.parsed_tag(index.tag) is None:
        raise RefusedError(
            "the index of a release is not in its place",
            where=name,
            why=f"it says that it is {index.tag} of commit {index.commit[:12]}",
        )
    proved = manifest.moment(index.proved, name).astimezone(UTC).date()
    if judge is not None and not -_A_DAY <= written - proved <= _longest(
        judge
    ):  # a day ends at one clock before another
        why = f"it was proved on {proved}, and written on {written}: the policy would not have let it be published then"
        raise _disbelieved(name, "stale-gate", why)
    return index


def _longest(judge: "Judge") -> timedelta:
    """Return for how long what was proved can be published: it is judged when that begins."""
    return timedelta(hours=judge.loaded.policy.gates.longest) + LONGEST_PUBLISHING


def payload(data: bytes, where: str, judge: "Judge | None", today: date) -> bytes:
    """Return what was signed; where nobody judges, what would be believed, or the index without a signature.

    Raises:
        RefusedError: it is not believed.
    """
    if not _is_bundle(data):
        if judge is not None:
            raise _disbelieved(where, "unsigned", "nobody signed it")
        return data
    from lockstep.evidence import documents  # noqa: PLC0415 - only what is signed needs it
    from lockstep.evidence.canonical import MalformedError  # noqa: PLC0415
    from lockstep.evidence.links import DistrustedError  # noqa: PLC0415
    from lockstep.evidence.statements import Kind  # noqa: PLC0415

    try:
        if judge is not None and judge.believe(where, data, today).kind is not Kind.RELEASE:
            raise _disbelieved(where, "foreign-predicate", "it is signed, and is about something other than a release")
        return documents.read(where, data, b"")[0].payload
    except DistrustedError as error:
        raise _disbelieved(where, error.code, error.why) from error
    except MalformedError as error:
        raise _disbelieved(where, "malformed", str(error)) from error


def _disbelieved(where: str, code: str, why: str) -> RefusedError:
    remedy = "publish with the key of a signer whom the policy lets sign a release; what is there stays"
    return RefusedError("the index of the release is not believed", where=where, why=f"{why} [{code}]", remedy=remedy)


def _is_bundle(data: bytes) -> bool:
    try:
        return "mediaType" in msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _statement(index: Index) -> bytes:
    from lockstep.evidence import statements  # noqa: PLC0415 - only what is signed needs it
    from lockstep.evidence.statements import Descriptor  # noqa: PLC0415

    subjects = (
        Descriptor(name=each.name, digest={"sha256": manifest.hexadecimal(each.digest)}) for each in index.artifacts
    )
    return statements.make(tuple(subjects), statements.RELEASE, index)


def _index(signed: bytes, where: str) -> Index:
    """Return the index in a statement, which must be about all of its artifacts and nothing else."""
    from lockstep.evidence import canonical, statements  # noqa: PLC0415 - only what is signed needs it

    try:
        statement = statements.decode(signed)
        index = canonical.read(statement.predicate, Index)
    except canonical.MalformedError as error:
        raise _disbelieved(where, "malformed", str(error)) from error
    about = sorted(f"{kind}:{value}" for each in statement.subject for kind, value in each.digest.items())
    if about != sorted(each.digest for each in index.artifacts):
        raise _disbelieved(where, "other-artifact", "its subjects are not the artifacts that it lists")
    return index
