"""Entering a signature into a transparency log: Rekor, version 1 and 2. What comes back is written as bundles hold it."""

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sigstore_models.rekor.v1 import TransparencyLogEntry

from lockstep.errors import RunError
from lockstep.evidence import canonical, documents, dsse, statements
from lockstep.evidence.services import Log
from lockstep.host import web

_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


class Entry(NamedTuple):
    """An entry as bundles hold it, and when the log promises to have taken it in, None where it tells no time."""

    value: dict[str, Any]
    moment: datetime | None


class _Proof(msgspec.Struct, frozen=True, rename="camel"):
    checkpoint: str
    hashes: list[str]
    log_index: int
    root_hash: str
    tree_size: int


class _Verification(msgspec.Struct, frozen=True, rename="camel"):
    inclusion_proof: _Proof
    signed_entry_timestamp: str


class _Taken(msgspec.Struct, frozen=True, rename="camel"):
    """An entry as Rekor v1 answers it."""

    body: str
    integrated_time: int
    log_index: int
    verification: _Verification
    log_id: str = msgspec.field(name="logID")


class _Body(msgspec.Struct, frozen=True, rename="camel"):
    kind: str
    api_version: str


def enter(log: Log, payload: bytes, signature: bytes, certificate: x509.Certificate, timeout: float) -> Entry:
    """Enter the signature of a statement into the log. timeout: in seconds; version 2 answers when it has the entry.

    Raises:
        RunError: the log cannot be reached, refuses, or answers with something else.
    """
    build, read = (_question_v1, _read_v1) if log.version == 1 else (_question_v2, _read_v2)
    url = f"{log.url.rstrip('/')}/api/v{log.version}/log/entries"
    question = build(payload, signature, certificate)
    answer = web.ask(url, _HEADERS, body=question, timeout=timeout, name="the transparency log")
    if not answer.good:
        why = f"HTTP {answer.status} {answer.reason}"
        raise RunError("the transparency log refuses", where=url, why=why, remedy="try again later")
    try:
        return read(answer.body)
    except (msgspec.MsgspecError, canonical.MalformedError, ValueError, OverflowError, OSError) as error:
        raise RunError("the transparency log's answer is no entry", where=url, why=str(error)) from error


def _question_v1(payload: bytes, signature: bytes, certificate: x509.Certificate) -> bytes:
    envelope = canonical.write(documents.envelope(payload, signature)).decode()
    verifier = canonical.to_base64(certificate.public_bytes(Encoding.PEM))
    proposed = {"envelope": envelope, "verifiers": [verifier]}
    return msgspec.json.encode({"apiVersion": "0.0.1", "kind": "dsse", "spec": {"proposedContent": proposed}})


def _question_v2(payload: bytes, signature: bytes, certificate: x509.Certificate) -> bytes:
    digest = hashlib.sha256(dsse.pae(statements.PAYLOAD, payload)).digest()
    raw = canonical.to_base64(certificate.public_bytes(Encoding.DER))
    verifier = {"x509Certificate": {"rawBytes": raw}, "keyDetails": "PKIX_ECDSA_P256_SHA_256"}
    signed = {"content": canonical.to_base64(signature), "verifier": verifier}
    return msgspec.json.encode(
        {"hashedRekordRequestV002": {"digest": canonical.to_base64(digest), "signature": signed}}
    )


def _read_v1(body: bytes) -> Entry:
    (taken,) = msgspec.json.decode(body, type=dict[str, _Taken]).values()
    kind = msgspec.json.decode(canonical.unbase64(taken.body), type=_Body)
    proof = taken.verification.inclusion_proof
    value = {
        "logIndex": str(taken.log_index),
        "logId": {"keyId": _of_hex(taken.log_id)},
        "kindVersion": {"kind": kind.kind, "version": kind.api_version},
        "integratedTime": str(taken.integrated_time),
        "inclusionPromise": {"signedEntryTimestamp": taken.verification.signed_entry_timestamp},
        "inclusionProof": {
            "logIndex": str(proof.log_index),
            "rootHash": _of_hex(proof.root_hash),
            "treeSize": str(proof.tree_size),
            "hashes": [_of_hex(each) for each in proof.hashes],
            "checkpoint": {"envelope": proof.checkpoint},
        },
        "canonicalizedBody": taken.body,
    }
    return Entry(value, datetime.fromtimestamp(taken.integrated_time, UTC))


def _read_v2(body: bytes) -> Entry:
    """Return an entry as Rekor v2 answers it, without what says nothing."""
    return Entry(TransparencyLogEntry.from_json(body).to_dict(), None)


def _of_hex(text: str) -> str:
    return base64.b64encode(bytes.fromhex(text)).decode()
