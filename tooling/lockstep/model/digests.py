"""Content digests: lower-case hexadecimal SHA-256 (FIPS 180-4), always 64 characters."""

import hashlib
import re
from types import MappingProxyType
from typing import Any, NewType

import msgspec

Digest = NewType("Digest", str)


def _plain(value: object) -> object:
    """Return a read-only mapping as a dict, which is what msgspec can encode."""
    if isinstance(value, MappingProxyType):
        return dict(value)
    raise NotImplementedError(f"{type(value).__name__} has no canonical form")


_ENCODER = msgspec.json.Encoder(order="deterministic", enc_hook=_plain)


def of_bytes(data: bytes) -> Digest:
    """Return the SHA-256 of `data`."""
    return Digest(hashlib.sha256(data).hexdigest())


def of_value(value: Any) -> Digest:  # noqa: ANN401 - any JSON-like value or msgspec struct
    """Return the SHA-256 of `value` in a canonical JSON form (sorted keys, no white space)."""
    return of_bytes(_ENCODER.encode(value))


def file_name(text: str) -> str:
    """Return a name that a file may have everywhere, readable, at most 120 characters, another for every `text`."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "_", text)[-103:]
    return f"{readable}-{of_bytes(text.encode('utf-8', 'surrogateescape'))[:16]}"


def printable(text: str) -> str:
    r"""Return `text` with surrogate escapes (non-UTF-8 file names) as visible `\xNN`, fit for UTF-8 output."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text
