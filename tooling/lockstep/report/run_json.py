"""run.json: the record itself, as `schema/run.schema.json` describes it."""

import msgspec

from lockstep.model.record import RunRecord
from lockstep.report.text import json_bytes


def render(record: RunRecord) -> bytes:
    """Return the record as indented UTF-8 JSON with a final line feed."""
    return msgspec.json.format(json_bytes(record), indent=2) + b"\n"
