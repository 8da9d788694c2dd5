"""Log lines as JSON, one a line, without personal data."""

import json
from collections.abc import Collection, Mapping

REDACTED = "[redacted]"
PERSONAL_KEYS = frozenset({"email", "name", "ssn"})


def redact(record: Mapping[str, object], extra: Collection[str] = ()) -> dict[str, object]:
    """Return a copy of `record` with personal values replaced, however deep they are.

    Args:
        record: what is to be logged.
        extra: keys to redact besides `PERSONAL_KEYS`; case does not matter.
    """
    hidden = PERSONAL_KEYS.union(key.lower() for key in extra)
    return _clean_mapping(record, hidden)


def json_line(record: Mapping[str, object], extra: Collection[str] = ()) -> str:
    """Return the redacted `record` as one line of JSON, with its newline."""
    return json.dumps(redact(record, extra), separators=(",", ":"), default=str) + "\n"


def _clean_mapping(record: Mapping[str, object], hidden: Collection[str]) -> dict[str, object]:
    return {
        key: REDACTED if key.lower() in hidden else _clean(value, hidden)
        for key, value in record.items()
    }


def _clean(value: object, hidden: Collection[str]) -> object:
    if isinstance(value, Mapping):
        return _clean_mapping({str(key): item for key, item in value.items()}, hidden)
    if isinstance(value, list | tuple):
        return [_clean(item, hidden) for item in value]
    return value
