"""The published JSON Schema (draft 2020-12) of run.json, made from the record's own types."""

import inspect
from pathlib import Path

import msgspec

FILE = Path(__file__).parent / "run.schema.json"
ID = "https://lockstep.example/schemas/run-1.json"


def generate() -> bytes:
    """Return the schema as indented JSON; `FILE` is the committed copy, and a test holds them in step."""
    from lockstep.model.record import SCHEMA_VERSION, RunRecord  # noqa: PLC0415 - not on the warm path

    schema = msgspec.json.schema(RunRecord)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": ID, "title": "Lockstep run"}
    schema["$defs"]["RunRecord"]["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    for each in schema["$defs"].values():
        each["description"] = inspect.cleandoc(each["description"])
    return msgspec.json.format(msgspec.json.encode({**head, **schema}), indent=2) + b"\n"
