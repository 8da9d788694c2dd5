"""How the programs of iac-scan run a scanner: within limits, and believed only with a report."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lockstep.plugin.iac.running import FAILED, Done, ScanError, decoded, last, limited, main


def options(scratch: Path) -> list[str]:
    given = {
        "program": "/bin/true",
        "tree": scratch,
        "scratch": scratch,
        "rules": scratch,
        "report": scratch / "r.json",
    }
    return [f"--{name}={value}" for name, value in given.items()]


def test_a_report_is_written_as_it_is(tmp_path: Path) -> None:
    assert main(lambda given: {"folders": given.folder}, [*options(tmp_path), "--folder=a", "--folder=b"]) == 0
    assert json.loads((tmp_path / "r.json").read_bytes()) == {"folders": ["a", "b"]}


def test_a_scan_that_cannot_be_believed_leaves_a_sentence_and_no_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: argparse.Namespace) -> Mapping[str, object]:
        raise ScanError("it broke off")

    assert main(broken, options(tmp_path)) == FAILED
    assert capsys.readouterr().err == "it broke off\n"
    assert not (tmp_path / "r.json").exists()


def test_a_scanner_cannot_hold_more_than_its_share(tmp_path: Path) -> None:
    code = "bytearray(1100 * 1024 * 1024)"
    done = limited((sys.executable, "-c", code), tmp_path)
    assert done.exit_code == 1
    assert "MemoryError" in done.stderr
    assert limited((sys.executable, "-c", code), tmp_path, gigabytes=3).exit_code == 0


def test_a_scanner_is_told_what_it_needs_of_the_environment(tmp_path: Path) -> None:
    code = "import os; print(os.environ['TF_DATA_DIR'], os.getcwd())"
    done = limited((sys.executable, "-c", code), tmp_path, {"TF_DATA_DIR": "/data"})
    assert done.stdout.decode().split() == ["/data", str(tmp_path)]


def test_what_is_no_json_is_not_believed() -> None:
    assert decoded(Done(0, b'{"a": 1}', ""), "tflint") == {"a": 1}
    with pytest.raises(ScanError, match=r"^tflint ended with exit code 1 and no report: out of memory$"):
        decoded(Done(1, b"", "out of\n memory\n"), "tflint")
    with pytest.raises(ScanError, match="no report: half"):
        decoded(Done(0, b"half", ""), "tflint")


def test_of_a_traceback_what_it_comes_to_is_told() -> None:
    said = "Traceback (most recent call last):\n  File ...\nTypeError: unhashable type: 'dict'\n"
    assert last(said) == "TypeError: unhashable type: 'dict'"
    assert last("out\n of memory ") == "out of memory"
