"""DSSE v1 envelopes: the bytes that are signed. Pure."""

import msgspec

from lockstep.evidence import canonical


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One signature, in base64; `keyid` is a hint that nothing vouches for."""

    sig: str
    keyid: str = ""


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Payload in base64, what it is, and who signed it."""

    payload: str
    payload_type: str
    signatures: tuple[Signature, ...]


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the pre-authentication encoding, which is what is signed (DSSE v1, protocol.md)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def envelope(payload_type: str, payload: bytes, signature: bytes, keyid: str = "") -> Envelope:
    """Return an envelope with one signature."""
    return Envelope(canonical.to_base64(payload), payload_type, (Signature(canonical.to_base64(signature), keyid),))
