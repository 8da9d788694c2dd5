"""The published shapes of what a run leaves: run.json against its own schema, results.sarif against the official one."""

import json
from pathlib import Path
from typing import Any

import jsonschema

from lockstep.report import schema

SARIF = jsonschema.Draft7Validator(
    json.loads((Path(__file__).parent / "data" / "sarif-2.1.0.schema.json").read_bytes())
)
RUN = jsonschema.Draft202012Validator(json.loads(schema.FILE.read_bytes()))


def latest(root: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return run.json and results.sarif of the latest run in `root`, both valid."""
    folder = root / ".lockstep" / "latest"
    run = json.loads((folder / "run.json").read_bytes())
    log = json.loads((folder / "results.sarif").read_bytes())
    RUN.validate(run)
    SARIF.validate(log)
    return run, log
