"""What cfn-guard reports of templates, one by one; what it cannot read hides nothing, and what it denies itself is no result."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from lockstep.plugin.iac.guard import validate
from lockstep.plugin.iac.running import FAILED, main

QUEUE = "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n"
# Ends with the code, and says on both streams what the file `said` holds, for templates that name jobs.
GUARD = """\
import json, pathlib, sys
data = next(word.partition("=")[2] for word in sys.argv if word.startswith("--data="))
told = json.loads(pathlib.Path("../said").read_text())
if "Jobs" not in pathlib.Path(data).read_text():
    told = {"exit_code": 0, "stdout": [{"not_compliant": []}], "stderr": ""}
sys.stderr.write(told["stderr"].replace("TREE", str(pathlib.Path.cwd())))
print(json.dumps(told["stdout"]) if told["stdout"] is not None else "")
sys.exit(told["exit_code"])
"""


def clause(message: str, path: str = "/Resources/Jobs/Type") -> dict[str, Any]:
    check = {"Resolved": {"value": {"path": path, "value": "AWS::SQS::Queue"}}}
    return {"Clause": {"Unary": {"check": check, "messages": {"custom_message": message}}}}


def rules(*checks: object, name: str = "required_tags") -> list[Any]:
    return [{"not_compliant": [{"Rule": {"name": name, "checks": list(checks)}}]}]


def tried(folder: Path, exit_code: int, stdout: object = None, stderr: str = "") -> tuple[int, dict[str, Any]]:
    """Run the program over two templates, of which one is told of; return exit code and report."""
    guard, report, tree = folder / "guard", folder / "report.json", folder / "tree"
    guard.write_text(f"#!{sys.executable}\n{GUARD}", encoding="utf-8")
    guard.chmod(0o755)
    (folder / "said").write_text(json.dumps({"exit_code": exit_code, "stdout": stdout, "stderr": stderr}), "utf-8")
    tree.mkdir()
    (tree / "a.yaml").write_text(QUEUE.replace("Jobs", "Mail"), "utf-8")
    (tree / "b.yaml").write_text(QUEUE, "utf-8")
    (tree / "main.tf").write_text("# Jobs\n", "utf-8")
    argv = (f"--program={guard}", f"--tree={tree}", f"--scratch={folder}", "--rules=/rules", f"--report={report}")
    ended = main(validate, argv)
    return ended, json.loads(report.read_bytes()) if report.exists() else {}


def test_what_several_clauses_say_of_a_resource_is_one_finding_where_it_is_named(tmp_path: Path) -> None:
    nested = {"Disjunctions": {"checks": [clause("lacks the tag owner")]}}
    ended, report = tried(tmp_path, 19, rules(clause("lacks the tag env"), nested))
    assert (ended, report["syntax"], report["unread"]) == (0, [], [])
    (finding,) = report["findings"]
    assert finding == {
        "rule": "required-tags",
        "severity": "high",
        "message": "Jobs (AWS::SQS::Queue) lacks the tag env, lacks the tag owner",
        "path": "b.yaml",
        "line": 2,
        "end_line": 2,
    }


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            "Error occurred Parser Error when parsing `Unable to parse a template from data file: TREE/b.yaml is empty`",
            "Unable to parse a template from data file: b.yaml is empty",
        ),
        (
            "Error when parsing `Error encountered while parsing data file: TREE/b.yaml, data beginning with \nsecret\n`",
            "Error encountered while parsing data file: b.yaml",
        ),
        ("Error occurred `Attempting EMPTY operation on type null`", "Attempting EMPTY operation on type null"),
        ("it is of no use", "it is of no use"),
    ],
)
def test_a_template_that_it_cannot_judge_is_named_without_what_stands_in_it(
    tmp_path: Path, said: str, why: str
) -> None:
    ended, report = tried(tmp_path, 255, stderr=said)
    assert (ended, report["findings"]) == (0, [])
    assert report["syntax"] == [{"path": "b.yaml", "line": 1, "message": why, "grave": True}]


@pytest.mark.parametrize(
    ("exit_code", "stdout", "why"),
    [
        (5, rules(), "cfn-guard ended with exit code 5: rules are broken"),
        (0, rules(clause("x")), "cfn-guard ended with exit code 0, which its report denies"),
        (19, [{"not_compliant": []}], "cfn-guard ended with exit code 19, which its report denies"),
        (19, rules(clause("x", "/Parameters/Jobs")), "cfn-guard reports /Parameters/Jobs, which is no resource's Type"),
        (0, None, "cfn-guard ended with exit code 0 and no report: rules are broken"),
    ],
)
def test_what_cannot_be_believed_is_no_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], exit_code: int, stdout: object, why: str
) -> None:
    assert tried(tmp_path, exit_code, stdout, "rules are broken") == (FAILED, {})
    assert capsys.readouterr().err == f"{why}\n"
