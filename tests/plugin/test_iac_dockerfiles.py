"""What policies deny of Dockerfiles is told at the instruction's line; what conftest cannot be given or read is told too."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from lockstep.plugin.iac.dockerfiles import test as program
from lockstep.plugin.iac.running import FAILED, main
from lockstep.plugin.iac.sources import LARGEST

# Denies whatever it is handed at the instruction with the number that the file `index` holds; refuses what says RUNN.
CONFTEST = """\
import json, pathlib, sys
paths = [word for word in sys.argv if word.startswith("./")]
for path in paths:
    if "RUNN" in pathlib.Path(path).read_text("latin-1"):
        sys.exit(f"Error: running test: parse configurations: parser unmarshal: unknown instruction: RUNN, path: {path}")
index = int(pathlib.Path("../index").read_text())
given = {"rule": "root-user", "severity": "high", "index": index}
print(json.dumps([{"failures": [{"msg": "as root", "metadata": {**given, "path": path}} for path in paths]}]))
"""


def tried(folder: Path, *contents: bytes, index: int = 0) -> dict[str, Any]:
    """Run the program over Dockerfiles with these contents; return its report."""
    conftest, report = folder / "conftest", folder / "report.json"
    conftest.write_text(f"#!{sys.executable}\n{CONFTEST}", encoding="utf-8")
    conftest.chmod(0o755)
    (folder / "index").write_text(str(index), encoding="utf-8")
    files = [folder / f"caf\udce9{number}" for number in range(len(contents))]
    for path, content in zip(files, contents, strict=True):
        path.write_bytes(content)
    argv = (
        f"--program={conftest}",
        f"--tree={folder / 'tree'}",
        f"--scratch={folder}",
        "--rules=.",
        f"--report={report}",
    )
    assert main(program, (*argv, *(f"--file={path}" for path in files))) == 0
    found: dict[str, Any] = json.loads(report.read_bytes())
    return found


def test_a_finding_is_where_the_instruction_starts(tmp_path: Path) -> None:
    found = tried(tmp_path, b"# \xe9\r\nFROM a\r\n\r\nRUN b \\\r\n  c\r\nUSER 0\r\n", b"FROM a\n", index=2)
    places = [(each["path"], each["line"], each["end_line"]) for each in found["findings"]]
    assert places == [("0", 6, 6), ("1", 1, 1)]
    said = {(each["rule"], each["severity"], each["message"]) for each in found["findings"]}
    assert said == {("root-user", "high", "as root")}


def test_what_conftest_cannot_read_hides_nothing_else(tmp_path: Path) -> None:
    found = tried(tmp_path, b"FROM a\nRUNN x\n", b"FROM a\n")
    assert [(each["path"], each["message"]) for each in found["syntax"]] == [
        ("0", "parser unmarshal: unknown instruction: RUNN")
    ]
    assert [each["path"] for each in found["findings"]] == ["1"]


def test_what_is_empty_is_not_handed_over_and_what_is_too_large_is_told(tmp_path: Path) -> None:
    found = tried(tmp_path, b"# nothing\n", b"FROM a\n" + b"#" * LARGEST, b"FROM a\n")
    assert [each["path"] for each in found["unread"]] == ["1"]
    assert [each["path"] for each in found["findings"]] == ["2"]


def test_a_conftest_that_fails_otherwise_is_no_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a\n", encoding="utf-8")
    argv = ("--program=/bin/false", f"--tree={tmp_path / 'tree'}", f"--scratch={tmp_path}", "--rules=.")
    report = f"--report={tmp_path / 'report.json'}"
    assert main(program, (*argv, report, f"--file={tmp_path / 'Dockerfile'}")) == FAILED
    assert "conftest ended with exit code 1" in capsys.readouterr().err
    assert not (tmp_path / "report.json").exists()
