"""checkov is believed only where it accounts for all that it was handed."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import lockstep
from lockstep.plugin.iac.checkov import scan
from lockstep.plugin.iac.running import FAILED, main

RULES = Path(lockstep.__file__).parent / "rules"
QUEUE = 'resource "aws_sqs_queue" "jobs" {\n}\n'
POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n"
# The interpreter beside the program: leaves the notes that the file `said` holds, and ends with its code.
PYTHON = """\
import json, pathlib, sys
told = json.loads(pathlib.Path("../said").read_text())
if told["notes"] is not None:
    pathlib.Path(sys.argv[3]).write_text(json.dumps(told["notes"]))
pathlib.Path("../frameworks").write_text(" ".join(sys.argv[sys.argv.index("--framework") + 1:]))
sys.stderr.write(told["stderr"])
sys.exit(told["exit_code"])
"""


class Tried:
    """A run of the program over a tree, where checkov says what it is told to."""

    def __init__(self, folder: Path, files: Mapping[str, str], **said: object) -> None:
        for path, content in files.items():
            (folder / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "tree" / path).write_text(content, "utf-8")
        (folder / "python").write_text(f"#!{sys.executable}\n{PYTHON}", "utf-8")
        (folder / "python").chmod(0o755)
        told = {"notes": None, "stderr": "", "exit_code": 0, **said}
        (folder / "said").write_text(json.dumps(told), "utf-8")
        self._folder = folder
        given = (f"--program={folder / 'checkov'}", f"--tree={folder / 'tree'}", f"--scratch={folder}")
        self.ended = main(scan, (*given, f"--rules={RULES}", f"--report={folder / 'report.json'}"))

    @property
    def report(self) -> dict[str, Any]:
        """What the program leaves."""
        report: dict[str, Any] = json.loads((self._folder / "report.json").read_bytes())
        return report

    @property
    def frameworks(self) -> list[str]:
        """The frameworks that checkov ran with."""
        return (self._folder / "frameworks").read_text("utf-8").split()

    def copy(self, path: str) -> str:
        """Return what checkov sees of a file."""
        return (self._folder / "tree" / path).read_text("utf-8")


def notes(read: Mapping[str, object], **broken: list[str]) -> dict[str, object]:
    return {"read": read, "broken": broken, "reports": [{"check_type": "terraform"}]}


def test_what_has_been_read_is_reported(tmp_path: Path) -> None:
    tried = Tried(
        tmp_path, {"a.tf": QUEUE}, notes=notes({"terraform": {"a.tf": ["resource.aws_sqs_queue.jobs", "terraform."]}})
    )
    assert (tried.ended, tried.frameworks) == (0, ["terraform"])
    assert {**tried.report, "severities": None} == {
        "checkov": [{"check_type": "terraform"}],
        "severities": None,
        "syntax": [],
        "unread": [],
    }
    assert tried.report["severities"]["CKV_AWS_20"]


def test_each_kind_of_file_is_read_by_a_framework_of_its_own(tmp_path: Path) -> None:
    files = {
        "a.tf": "",
        "b.tf.json": '{"module": {"m": {}}}',
        "c.json": '{"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {}}',
        "d.yaml": POD,
        "e.yaml": "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n",
        "f.tfvars": "a = 1\n",
    }
    read = {
        "terraform": {"a.tf": []},
        "terraform_json": {"b.tf.json": ["module.m"]},
        "terraform_plan": {"c.json": []},
        "kubernetes": {"d.yaml": ["1"]},
        "cloudformation": {"e.yaml": ["Jobs"]},
    }
    tried = Tried(tmp_path, files, notes=notes(read))
    assert (tried.ended, tried.frameworks) == (0, sorted(read))


def test_tabs_between_words_are_spaces_in_what_it_reads_and_stay_in_texts(tmp_path: Path) -> None:
    text = f"{POD}data: |\n  all:\n  \tgo\n"
    read = {"kubernetes": {"a.yaml": ["1"], "b.yaml": ["1"]}}
    tried = Tried(tmp_path, {"a.yaml": POD.replace("\n", "\t\n"), "b.yaml": text}, notes=notes(read))
    assert (tried.ended, tried.copy("a.yaml"), tried.copy("b.yaml")) == (0, POD.replace("\n", " \n"), text)


@pytest.mark.parametrize(
    "files", [{"a.tfvars": "a = 1\n"}, {"a.tf.json": "{}"}, {"a.txt": POD}, {"compose.yaml": "a: b"}]
)
def test_where_there_is_nothing_to_check_it_does_not_run(tmp_path: Path, files: Mapping[str, str]) -> None:
    tried = Tried(tmp_path, files, exit_code=3)
    assert (tried.ended, tried.report["checkov"]) == (0, [])


def test_a_file_that_it_cannot_read_is_named_by_the_framework_that_should_have(tmp_path: Path) -> None:
    files = {"a.tf": QUEUE, "a.tfvars": "a = \n", "b.tf": QUEUE, "c.yaml": POD, "d.json": "// none"}
    broken = {"terraform": ["a.tf", "a.tfvars", "c.yaml", "d.json"]}
    read = {"terraform": {"b.tf": ["resource.aws_sqs_queue.jobs"]}, "kubernetes": {"c.yaml": ["1"]}}
    tried = Tried(tmp_path, files, notes=notes(read, **broken))
    why = "checkov cannot read this file, so no rule was tried on it"
    assert tried.report["syntax"] == [
        {"path": path, "line": 1, "message": why, "grave": True} for path in ("a.tf", "a.tfvars")
    ]


@pytest.mark.parametrize(
    ("read", "place"),
    [
        ({"a.tf": ["resource.aws_sqs_queue.mail"]}, "a.tf:2"),
        ({"b.tf": ["resource.aws_sqs_queue.jobs"]}, "a.tf"),
        ({}, "a.tf"),
    ],
)
def test_what_is_left_out_without_a_word_is_an_error_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], read: object, place: str
) -> None:
    tried = Tried(tmp_path, {"a.tf": f"\n{QUEUE}"}, notes=notes({"terraform": read}))
    assert tried.ended == FAILED
    assert capsys.readouterr().err == f"checkov left out {place}, and did not say why\n"


def test_of_many_places_the_first_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {f"{number}.yaml": POD for number in range(8)}
    Tried(tmp_path, files, notes=notes({"kubernetes": {}}))
    assert capsys.readouterr().err == (
        "checkov left out 0.yaml, 1.yaml, 2.yaml, 3.yaml, 4.yaml and 3 more, and did not say why\n"
    )


@pytest.mark.parametrize(
    ("stderr", "why"),
    [
        ("Killed", "Killed"),
        ("ERROR Failed to run check CKV_K8S_1 on /./k8s/a.yaml:Pod.a\nTraceback ...", "CKV_K8S_1 failed on k8s/a.yaml"),
    ],
)
@pytest.mark.parametrize("exit_code", [0, 2])
def test_without_notes_nothing_is_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], exit_code: int, stderr: str, why: str
) -> None:
    tried = Tried(tmp_path, {"a.tf": QUEUE}, exit_code=exit_code, stderr=stderr)
    assert tried.ended == FAILED
    assert capsys.readouterr().err == f"checkov ended with exit code {exit_code}: {why}\n"


def test_notes_do_not_make_up_for_another_exit_code(tmp_path: Path) -> None:
    read = {"terraform": {"a.tf": ["resource.aws_sqs_queue.jobs"]}}
    assert Tried(tmp_path, {"a.tf": QUEUE}, notes=notes(read), exit_code=2).ended == FAILED


def test_copies_are_made_legible_and_nothing_moves(tmp_path: Path) -> None:
    files = {
        "a.json": '{\n\t"apiVersion": "v1",\n\t"kind": "Job",\n\t"metadata": {"generateName": "a"}\n}\n',
        "a.yaml": POD.replace("name", "generateName"),
        "b.yaml": f"# {{{{- .Values.a }}}} {{{{ .Release.b }}}}\n{POD}",
        "a.tf": f"\t{QUEUE}",
    }
    tried = Tried(tmp_path, files)
    assert tried.copy("a.json") == files["a.json"].replace("\t", " ").replace('"generateName":', '"name":        ')
    assert tried.copy("a.yaml") == POD.replace("name:", "name:        ")
    assert tried.copy("b.yaml") == f"# {{{{- _Values.a }}}} {{{{ _Release.b }}}}\n{POD}"
    assert tried.copy("a.tf") == files["a.tf"]
