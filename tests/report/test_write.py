import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import jsonschema
import msgspec
import pytest

from lockstep import report
from lockstep.model.record import RunRecord
from lockstep.report import schema
from tests.report import lineages, records

NAMES = ("run.json", "results.sarif", "junit.xml", "coverage.xml", "summary.md", "report.html")
RECORDS = (records.rich, records.hostile, records.empty)


@pytest.mark.parametrize("make", RECORDS)
def test_every_report_is_written_and_can_be_read_back(make: Callable[[], RunRecord], tmp_path: Path) -> None:
    record: RunRecord = make()
    report.write(record, tmp_path / "run")
    report.write_page(record, tmp_path / "run", lineages.signed())
    written = {path.name: path.read_bytes().decode() for path in (tmp_path / "run").iterdir()}
    assert tuple(sorted(written)) == tuple(sorted(NAMES))
    ET.fromstring(written["junit.xml"])  # noqa: S314 - our own output
    ET.fromstring(written["coverage.xml"])  # noqa: S314
    jsonschema.validate(json.loads(written["run.json"]), json.loads(schema.FILE.read_bytes()))


def test_run_json_is_the_record_itself(tmp_path: Path) -> None:
    report.write(records.rich(), tmp_path)
    assert msgspec.json.decode((tmp_path / "run.json").read_bytes(), type=RunRecord) == records.rich()


def test_no_report_holds_an_active_control_character(tmp_path: Path) -> None:
    report.write(records.hostile(), tmp_path)
    report.write_page(records.hostile(), tmp_path, lineages.hostile())
    for name in NAMES:
        assert not re.search(rb"[\x00-\x08\x0b-\x1f]", (tmp_path / name).read_bytes()), name


def test_the_published_schema_is_in_step_with_the_types() -> None:
    assert schema.FILE.read_bytes() == schema.generate()


def test_the_schema_refuses_another_version() -> None:
    record = json.loads(msgspec.json.encode(records.empty())) | {"schema_version": 99}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(record, json.loads(schema.FILE.read_bytes()))


def test_events_reach_every_observer_in_order() -> None:
    heard: list[tuple[str, object]] = []
    tell = report.fan_out(lambda event: heard.append(("a", event)), lambda event: heard.append(("b", event)))
    tell(records.PREPARING)
    assert heard == [("a", records.PREPARING), ("b", records.PREPARING)]


def test_the_warm_path_imports_nothing_heavy() -> None:
    heavy = ("rich", "jinja2", "jsonschema", "xml.etree.ElementTree", "asyncio", "lockstep.report.terminal")
    code = f"import sys, lockstep.report, lockstep.report.plain; print([n for n in {heavy!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"
