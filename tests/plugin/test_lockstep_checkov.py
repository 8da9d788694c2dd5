"""What checkov is said to have read, framework by framework, and how Terraform in JSON is made what it reads."""

from types import SimpleNamespace

import pytest

from lockstep.plugin.lockstep_checkov import READERS, blocks_alone, is_of_registry, noting, plain_list, report_of


class Graph:
    """A graph as checkov has them: made of a module, whose blocks it may change afterwards."""

    def __init__(self, module: SimpleNamespace) -> None:
        self.module = module


def block(path: str, kind: str, name: str) -> SimpleNamespace:
    return SimpleNamespace(path=path, block_type=kind, name=name)


def read(framework: str, **attributes: object) -> dict[str, list[str]]:
    return {path: list(names) for path, names in READERS[framework](SimpleNamespace(**attributes))}


def test_of_terraform_the_blocks_of_the_graph_and_files_without_any_are_read() -> None:
    graph = noting(Graph)
    module = SimpleNamespace(
        blocks=[
            block("/t/a.tf", "resource", "aws_sqs_queue.jobs"),
            block("/t/a.tf", "provider", "aws.west"),
            block("/t/b.tf", "module", "m"),
        ]
    )
    assert graph(module).module is module
    parser = SimpleNamespace(loaded_files_map={"/t/a.tf": {"resource": []}, "/t/empty.tf": {}, "/t/broken.tf": None})
    found = read("terraform", graph_class=graph, graph_manager=SimpleNamespace(parser=parser))
    assert found == {"/t/a.tf": ["resource.aws_sqs_queue.jobs", "provider.aws"], "/t/empty.tf": []}


def test_each_graph_has_notes_of_its_own() -> None:
    one, other = noting(Graph), noting(Graph)
    one(SimpleNamespace(blocks=[block("/t/a.tf", "module", "m")]))
    assert (len(one.blocks), len(other.blocks)) == (1, 0)


def test_of_terraform_in_json_the_blocks_are_read() -> None:
    definition = {"resource": [{"aws_sqs_queue": {"jobs": {}}}], "module": [{"m": {}}], "locals": [{"a": 1}]}
    assert read("terraform_json", definitions={"a.tf.json": definition}) == {
        "a.tf.json": ["resource.aws_sqs_queue.jobs", "module.m", "locals.a"]
    }


def test_of_kubernetes_the_lines_are_read_on_which_objects_begin() -> None:
    documents = [{"__startline__": 1, "kind": "Pod"}, {"__startline__": 7, "kind": "Job"}]
    assert read("kubernetes", definitions={"a.yaml": documents, "b.yaml": []}) == {"a.yaml": ["1", "7"], "b.yaml": []}


def test_of_cloudformation_the_resources_are_read() -> None:
    found = read(
        "cloudformation",
        definitions_raw={"a.yaml": [], "b.yaml": []},
        context={"a.yaml": {"Resources": {"Jobs": {}}, "Outputs": {"Url": {}}}},
    )
    assert found == {"a.yaml": ["Jobs"], "b.yaml": []}


def test_of_plans_the_files_are_read() -> None:
    assert read("terraform_plan", definitions={"a.json": {}}) == {"a.json": []}


def test_lists_of_blocks_are_taken_together_and_terraforms_own_settings_taken_out() -> None:
    given = {
        "terraform": {"required_version": ">= 1"},
        "resource": [{"aws_sqs_queue": [{"jobs": [{"name": "jobs"}]}, {"mail": {}}]}, {"aws_sqs_queue": {"post": {}}}],
        "module": {"m": [{"source": "./m"}], "__startline__": 3},
        "provider": [{"aws": {"region": "here"}}],
        "locals": {"a": [1, 2]},
    }
    assert blocks_alone(given) == {
        "resource": {"aws_sqs_queue": {"jobs": {"name": "jobs"}, "mail": {}, "post": {}}},
        "module": {"m": {"source": "./m"}, "__startline__": 3},
        "provider": {"aws": {"region": "here"}},
        "locals": {"a": [1, 2]},
    }


def test_of_a_report_what_is_read_is_kept() -> None:
    said = {
        "check_id": "CKV_AWS_20",
        "check_name": "S3 Bucket has an ACL",
        "file_path": "/a.tf",
        "file_line_range": [1, 2],
        "resource": "aws_s3_bucket.open",
        "guideline": None,
    }
    check = SimpleNamespace(**said, code_block=[(1, "...")], entity_tags={})
    report = SimpleNamespace(check_type="terraform", failed_checks=[check], skipped_checks=[], passed_checks=[check])
    assert report_of(report) == {
        "check_type": "terraform",
        "results": {"failed_checks": [said], "skipped_checks": []},
    }


def test_a_list_of_one_kind_becomes_a_list_of_any_where_its_items_are_objects() -> None:
    pod = {"apiVersion": "v1", "kind": "Pod"}
    assert plain_list({"kind": "PodList", "items": [pod]}) == {"kind": "List", "items": [pod]}
    for other in (
        {"kind": "AllowList", "items": [{"name": "a"}]},
        {"kind": "AllowList"},
        {**pod, "items": [pod]},
        ["a"],
    ):
        assert plain_list(other) == other


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (["acme/lamps/aws"], True),
        (["acme/lamps/aws//modules/shade"], True),
        (["registry.example:8443/acme/lamps/aws"], True),
        (["./acme/lamps/aws"], False),
        (["github.com/acme/lamps"], False),
        (["github.com/acme/lamps/aws"], False),
        (["git::https://code.example/acme/lamps/aws?ref=v1"], False),
        (["code.example/acme/lamps.git"], False),
        ([], False),
        (None, False),
    ],
)
def test_modules_of_a_registry_are_known_by_their_address(source: object, told: bool) -> None:  # noqa: FBT001
    assert is_of_registry(source) is told
