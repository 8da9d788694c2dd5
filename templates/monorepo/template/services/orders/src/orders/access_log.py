"""One JSON line a request, with the fields that operations need and no personal data."""

from dataclasses import asdict, dataclass
from typing import TextIO

from common.logs import json_line, redact

PERSONAL_KEYS = frozenset({"phone"})


@dataclass(frozen=True, slots=True)
class Access:
    """A request that was answered. `route` is the pattern, never the path with its identifiers."""

    ts: str
    correlation_id: str
    tenant_id: str
    route: str
    method: str
    status: int
    latency_ms: float
    err_code: str = ""


def entry(access: Access, traceparent: str) -> dict[str, object]:
    """Return the fields of a log line; `traceparent` is the W3C header, left out where empty."""
    fields = asdict(access)
    if traceparent:
        fields["traceparent"] = traceparent
    return redact(fields, PERSONAL_KEYS)


def write(stream: TextIO, access: Access, traceparent: str = "") -> None:
    """Write one line and flush it, so that none is lost when the container ends."""
    stream.write(json_line(entry(access, traceparent)))
    stream.flush()
