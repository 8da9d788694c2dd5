"""Where what policies deny is written, though conftest names no line."""

from pathlib import Path

import pytest

from lockstep.plugin.iac.policies import Places

POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {}\nspec:\n  containers:\n  - name: c\n    image: nginx:1\n"


def place(tree: Path, path: str, content: str, kind: str, name: str, needle: str = "") -> tuple[str, int, int]:
    (tree / path).write_text(content, "utf-8")
    named = {"path": f"./{path}", "type": kind, "name": name, "needle": needle}
    return Places(tree, [path] if path.endswith(".tf") else []).of(named)


def test_a_resource_is_where_its_block_is(tmp_path: Path) -> None:
    text = 'variable "a" {}\nresource "aws_sqs_queue" "jobs" {\n}\n'
    assert place(tmp_path, "main.tf", text, "aws_sqs_queue", "jobs") == ("main.tf", 2, 3)


def test_what_a_plan_holds_is_where_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_sqs_queue" "jobs" {\n}\n', "utf-8")
    places = Places(tmp_path, ["main.tf"])
    given = {"path": "tfplan.json", "type": "aws_sqs_queue", "name": "jobs"}
    assert places.of(given) == ("main.tf", 1, 2)


@pytest.mark.parametrize(
    ("name", "needle", "line"),
    [("web", "", 13), ("web-config", "", 4), ("web", "nginx:1", 17), ("web", "nginx:2", 13), ("none", "nginx:1", 8)],
)
def test_an_object_is_in_the_document_that_has_its_name(tmp_path: Path, name: str, needle: str, line: int) -> None:
    text = f"{POD.format('web-config')}---\n{POD.format('web')}"
    assert place(tmp_path, "a.yaml", text, "Pod", name, needle) == ("a.yaml", line, line)


def test_kinds_are_told_apart(tmp_path: Path) -> None:
    text = f"{POD.format('web').replace('Pod', 'Service')}---\n{POD.format('web')}"
    assert place(tmp_path, "a.yaml", text, "Pod", "web") == ("a.yaml", 13, 13)


def test_an_object_without_a_name_is_at_the_beginning(tmp_path: Path) -> None:
    assert place(tmp_path, "a.yaml", "kind: Pod\nspec: {}\n", "Pod", "web") == ("a.yaml", 1, 1)


def test_a_resource_of_a_template_is_where_its_key_is(tmp_path: Path) -> None:
    text = '{\n "Resources": {\n  "Jobs-2": {},\n  "Jobs": {"Type": "AWS::SQS::Queue"}\n }\n}\n'
    assert place(tmp_path, "a.json", text, "AWS::SQS::Queue", "Jobs") == ("a.json", 4, 4)


def test_a_copy_under_another_name_is_the_file_itself(tmp_path: Path) -> None:
    (tmp_path / "a.template").write_text("Resources:\n  Jobs: {}\n", "utf-8")
    given = {"path": "./a.template.lockstep.yaml", "type": "AWS::SQS::Queue", "name": "Jobs"}
    assert Places(tmp_path, []).of(given) == ("a.template", 2, 2)
