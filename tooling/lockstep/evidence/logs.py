"""The one form of an entry of a transparency log in a bundle. Pure.

sigstore-python checks that the log took the signature in: body, inclusion proof, checkpoint, promise. What it takes as a
hint (the log's id, the index of an entry without a promise, the tree's size) must be what the rest implies. Signatures of
witnesses on the checkpoint are not checked, for nobody here knows them.
"""

import json
import re
from collections.abc import Container
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from lockstep.evidence import canonical
from lockstep.evidence.canonical import MalformedError
from lockstep.evidence.links import DistrustedError

Number = Annotated[str, msgspec.Meta(pattern=r"^(0|[1-9][0-9]*)$")]
_CHECKPOINT = re.compile(
    "(?P<origin>[^\\n]+)\\n(?P<size>0|[1-9][0-9]*)\\n(?P<root>[^\\n]+)\\n(?:[^\\n]+\\n)*\\n(?P<lines>(?:\u2014 \\S+ \\S+\\n)+)"
)


class _Camel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """JSON of Sigstore's."""


class _LogId(_Camel, frozen=True):
    key_id: str


class _KindVersion(_Camel, frozen=True):
    kind: str
    version: str


class _Checkpoint(_Camel, frozen=True):
    envelope: str


class _Proof(_Camel, frozen=True):
    root_hash: str
    tree_size: Number
    checkpoint: _Checkpoint
    log_index: Number = "0"
    hashes: tuple[str, ...] = ()


class _Promise(_Camel, frozen=True):
    signed_entry_timestamp: str


class _Entry(_Camel, frozen=True):
    log_id: _LogId
    kind_version: _KindVersion
    inclusion_proof: _Proof
    canonicalized_body: str
    log_index: Number = "0"
    integrated_time: Number = "0"
    inclusion_promise: _Promise | None = None


class _Body(_Camel, frozen=True, forbid_unknown_fields=False):
    api_version: str
    kind: str


def moments(bundle: bytes, known: Container[bytes]) -> tuple[datetime, ...]:
    """Return when the log promises to have taken in the entry of a bundle; nothing where it does not promise.

    known: the ids of trusted logs. Nothing is verified yet.

    Raises:
        DistrustedError: something could be another without anybody noticing, or the log is not known.
    """
    entries = json.loads(bundle)["verificationMaterial"]["tlogEntries"]
    if len(entries) != 1:
        raise DistrustedError("untrusted-log", f"it has {len(entries)} log entries, and must have one")
    try:
        return _moments(canonical.read(entries[0], _Entry), known)
    except (MalformedError, OverflowError, OSError, ValueError) as error:
        raise DistrustedError("untrusted-log", f"its log entry does not hold: {error}") from error


def check_written(understood: bytes, given: bytes) -> None:
    """Refuse a bundle that sigstore-python, which wrote `understood`, read from something else.

    Raises:
        MalformedError: it could be written in another way.
    """
    if json.loads(understood) != json.loads(given):
        raise MalformedError("what it says could be written in another way")


def _moments(entry: _Entry, known: Container[bytes]) -> tuple[datetime, ...]:
    if canonical.unbase64(entry.log_id.key_id) not in known:
        raise MalformedError("the trusted root does not know the log")
    body = canonical.read(canonical.parse(canonical.unbase64(entry.canonicalized_body)), _Body)
    if (body.kind, body.api_version) != (entry.kind_version.kind, entry.kind_version.version):
        raise MalformedError("its entry is of another kind than it says")
    _check(entry.inclusion_proof)
    if entry.inclusion_promise is not None:
        return (datetime.fromtimestamp(int(entry.integrated_time), UTC),)
    if entry.log_index != entry.inclusion_proof.log_index or entry.integrated_time != "0":
        raise MalformedError("it names a place or a time that the log does not promise")
    return ()


def _check(proof: _Proof) -> None:
    """Refuse a checkpoint of another tree, or without a line of its own log; witnesses may stand beside it."""
    found = _CHECKPOINT.fullmatch(proof.checkpoint.envelope)
    if not found:
        raise MalformedError("its checkpoint is no signed note")
    if (found["size"], found["root"]) != (proof.tree_size, proof.root_hash):
        raise MalformedError("its checkpoint is of another tree")
    signatures = [line.split(" ")[1:] for line in found["lines"].splitlines()]
    for _, signature in signatures:
        canonical.unbase64(signature)
    if found["origin"].partition(" - ")[0] not in {name for name, _ in signatures}:
        raise MalformedError("its checkpoint is not signed by its own log")
