"""Asking a timestamp authority (RFC 3161) to say when it saw a signature.

sigstore-python's client is not used: what it could not have is left out, with a warning in a log.
"""

import hashlib
from datetime import datetime
from typing import NamedTuple

from rfc3161_client import TimestampRequestBuilder, TimeStampResponse, decode_timestamp_response
from rfc3161_client.base import HashAlgorithm
from rfc3161_client.tsp import PKIStatus

from lockstep.errors import RunError
from lockstep.host import web

_HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}


class Stamp(NamedTuple):
    """The authority's response (DER), and when it says that it saw the signature."""

    response: bytes
    moment: datetime


def stamp(authority: str, signature: bytes, timeout: float) -> Stamp:
    """Return what the authority says of a signature. timeout: in seconds.

    Whether the authority may be believed is nobody's business here; that it answers this question is.

    Raises:
        RunError: it cannot be reached, refuses, or answers another question.
    """
    request = TimestampRequestBuilder().data(signature).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True).build()
    name = "the timestamp authority"
    answer = web.ask(authority, _HEADERS, body=request.as_bytes(), timeout=timeout, name=name)
    if not answer.good:
        why = f"HTTP {answer.status} {answer.reason}"
        raise RunError("the timestamp authority refuses", where=authority, why=why, remedy="try again later")
    try:
        response = decode_timestamp_response(answer.body)
        return Stamp(answer.body, _moment(response, signature, request.nonce))
    except Exception as error:  # the library says in many ways that it cannot read some bytes
        what = "the timestamp authority's answer is no timestamp of this signature"
        raise RunError(what, where=authority, why=str(error)) from error


def _moment(response: TimeStampResponse, signature: bytes, nonce: int | None) -> datetime:
    if response.status not in {PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS}:
        raise ValueError(f"it refuses: status {response.status}")
    info = response.tst_info
    if (info.nonce, info.message_imprint.message) != (nonce, hashlib.sha256(signature).digest()):
        raise ValueError("it is about something else")
    return info.gen_time
