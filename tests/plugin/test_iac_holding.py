"""What a file holds that a scanner has to have read, and where it begins."""

import json

import pytest

from lockstep.plugin.iac.holding import held
from lockstep.plugin.iac.sources import Kind

POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n"
QUEUE = {"aws_sqs_queue": {"jobs": {"name": "jobs"}}}


def of_json(**blocks: object) -> set[str]:
    return set(held("main.tf.json", Kind.TERRAFORM, json.dumps(blocks)))


def test_terraform_holds_the_blocks_that_rules_are_about() -> None:
    text = (
        'terraform {\n}\n\nprovider "aws" {\n  alias = "west"\n}\nvariable "a" {}\n'
        'resource "aws_sqs_queue" "jobs" {\n  lifecycle {\n  }\n}\ndata aws_region here {}\nmodule "m" {}\n'
    )
    assert held("main.tf", Kind.TERRAFORM, text) == {
        "provider.aws": 4,
        "resource.aws_sqs_queue.jobs": 8,
        "data.aws_region.here": 12,
        "module.m": 13,
    }


def test_terraform_in_json_holds_the_same_blocks_on_its_first_line() -> None:
    blocks = {"//": "made by hand", "resource": {"//": 1, **QUEUE}, "module": {"m": {}}, "locals": {"a": 1}}
    assert held("main.tf.json", Kind.TERRAFORM, json.dumps(blocks, indent=2)) == {
        "resource.aws_sqs_queue.jobs": 1,
        "module.m": 1,
    }


def test_blocks_in_json_may_be_lists_at_every_level() -> None:
    assert of_json(resource=[{"aws_sqs_queue": [{"jobs": [{}]}, {"mail": {}}]}]) == {
        "resource.aws_sqs_queue.jobs",
        "resource.aws_sqs_queue.mail",
    }
    assert of_json(provider={"aws": [{}, {"alias": "west"}]}) == {"provider.aws"}


def test_kubernetes_holds_each_object_at_the_line_on_which_it_begins() -> None:
    text = f"# a list\n---\nsome: values\n---\n\n{POD}---\n[{{a: b}}]\n--- {{apiVersion: v1, kind: Pod}}\n"
    assert held("a.yaml", Kind.KUBERNETES, text) == {"6": 6, "12": 12}


def test_a_list_holds_its_items() -> None:
    item = "- " + POD.replace("\n", "\n  ").rstrip()
    text = f"apiVersion: v1\nkind: List\nitems:\n{item}\n-\n{item}\n"
    assert held("a.yaml", Kind.KUBERNETES, text) == {"4": 4, "9": 9}
    assert held("a.yaml", Kind.KUBERNETES, "apiVersion: v1\nkind: List\nitems: []\n") == {}
    assert held("a.yaml", Kind.KUBERNETES, "apiVersion: v1\nkind: List\n") == {"1": 1}


def test_a_list_of_one_kind_holds_its_items_where_they_are_objects() -> None:
    item = "- " + POD.replace("\n", "\n  ").rstrip()
    assert held("a.yaml", Kind.KUBERNETES, f"apiVersion: v1\nkind: PodList\nitems:\n{item}\n") == {"4": 4}
    assert held("a.yaml", Kind.KUBERNETES, "apiVersion: a/v1\nkind: AllowList\nitems: [{name: b}]\n") == {"1": 1}
    assert held("a.yaml", Kind.KUBERNETES, "apiVersion: a/v1\nkind: AllowList\n") == {"1": 1}


def test_a_template_holds_its_resources() -> None:
    text = (
        "Parameters:\n  Env: {Type: String}\nResources:\n  Jobs:\n    Type: AWS::SQS::Queue\n"
        "  Fn::ForEach::Topics: [N, [a, b], {}]\n  Fn::Transform: {Name: AWS::Include}\n"
        "  Mail: {Properties: {A: !Ref Env}, Type: AWS::SNS::Topic}\n"
    )
    assert held("a.yaml", Kind.CLOUDFORMATION, text) == {"Jobs": 5, "Mail": 8}


@pytest.mark.parametrize("text", ["AWSTemplateFormatVersion: '2010-09-09'\n", "Resources: []\n", "- Resources\n", ""])
def test_a_template_without_resources_holds_nothing(text: str) -> None:
    assert held("a.yaml", Kind.CLOUDFORMATION, text) == {}


@pytest.mark.parametrize("blocks", ["{}", "[]", '{"//": "nothing"}', '{"variable": {"a": {}}}', '{"resource": null}'])
def test_terraform_in_json_without_such_blocks_holds_nothing(blocks: str) -> None:
    assert held("main.tf.json", Kind.TERRAFORM, blocks) == {}


def test_of_a_plan_and_of_values_nothing_is_told() -> None:
    assert held("a.tfplan.json", Kind.PLAN, "{}") == {}
    assert held("a.tfvars", Kind.VALUES, "a = 1\n") == {}


@pytest.mark.parametrize(
    ("path", "kind", "text"),
    [
        ("main.tf.json", Kind.TERRAFORM, "{'resource': {}}"),
        ("a.yaml", Kind.KUBERNETES, "apiVersion: *v1\nkind: Pod\n"),
        ("a.yaml", Kind.CLOUDFORMATION, "Resources: {}\n---\nResources: {}\n"),
    ],
)
def test_what_cannot_be_read_is_not_taken_for_empty(path: str, kind: Kind, text: str) -> None:
    assert held(path, kind, text)
