"""What files are to the scanners of iac-scan, and which of them are refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.plugin.iac import hcl
from lockstep.plugin.iac.running import prepared
from lockstep.plugin.iac.sources import DEEPEST, Kind, Unread, sort

POD = "apiVersion: v1\nkind: Pod\n"
PLAN = '{"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {}}'
STACK = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n"


def look(tree: Path, path: str, content: str | bytes) -> Kind | Unread | None:
    """Return what the only file of the tree is, or why it is refused; None where it is nothing to scanners."""
    (tree / path).parent.mkdir(parents=True, exist_ok=True)
    (tree / path).write_bytes(content.encode() if isinstance(content, str) else content)
    found = sort(tree)
    if found.unread:
        return found.unread[0]
    return found.sources[0].kind if found.sources else None


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("a.tf", "", Kind.TERRAFORM),
        ("a.tf.json", "{}", Kind.TERRAFORM),
        ("a.tfvars", "", Kind.VALUES),
        ("a.tftest.hcl", "", Kind.VALUES),
        ("a.yaml", POD, Kind.KUBERNETES),
        ("a.json", '{"kind": "Pod", "apiVersion": "v1"}', Kind.KUBERNETES),
        ("a.yaml", '{apiVersion: v1, "kind": Pod}', Kind.KUBERNETES),
        ("a.yaml", STACK, Kind.CLOUDFORMATION),
        ("a.template", STACK, Kind.CLOUDFORMATION),
        ("a.json", '{"AWSTemplateFormatVersion": "2010-09-09"}', Kind.CLOUDFORMATION),
        ("a.json", PLAN, Kind.PLAN),
        ("compose.yaml", "services: {}", Kind.COMPOSE),
        ("docker-compose.dev.yml", "services: {}", Kind.COMPOSE),
        ("a.yaml", POD.replace("\n", "\r"), Kind.KUBERNETES),
        ("a.yaml", POD.replace("\n", "\u0085"), Kind.KUBERNETES),
        ("a.yaml", POD.replace("kind", "&a kind"), Kind.KUBERNETES),
        ("a.yaml", POD.replace("kind:", "? kind\n:"), Kind.KUBERNETES),
        ("a.yaml", "  apiVersion: v1\n  metadata: {a: [b]}\n  kind: Pod\n", Kind.KUBERNETES),
        ("a.yaml", POD.replace("Pod", "!!str Pod"), Kind.KUBERNETES),
        ("a.yaml", POD.replace(" Pod", "\n  Pod"), Kind.KUBERNETES),
        ("a.yaml", POD.replace("Pod", "&a Pod"), Kind.KUBERNETES),
        ("a.yaml", STACK + "Outputs:\n", Kind.CLOUDFORMATION),
        (
            "a.yaml",
            STACK.replace("Type: AWS", '"\\x54ype": "\\x41WS').replace("Queue\n", 'Queue"\n'),
            Kind.CLOUDFORMATION,
        ),
        ("a.yaml", "a: [\nkind: Pod\n", None),
        ("a.yaml", "spec:\n  apiVersion: v1\n  kind: Pod\n", None),
        ("a.yaml", "[apiVersion, kind]", None),
        ("a.yaml", "kind: of blue", None),
        ("a.json", '{"Resources": {}}', None),
        ("a.txt", POD, None),
    ],
)
def test_a_file_is_what_its_name_or_its_keys_say(tmp_path: Path, path: str, content: str, kind: Kind | None) -> None:
    assert look(tmp_path, path, content) == kind


@pytest.mark.parametrize(
    ("path", "content", "line", "why"),
    [
        ("a.yaml", STACK + "Parameters:\nOutputs:\n", 4, "Parameters is null"),
        ("a.yaml", "Parameters: ~\n" + STACK, 1, "Parameters is null"),
        ("a.json", '{"AWSTemplateFormatVersion": "2010-09-09",\n"Resources": null}', 2, "Resources is null"),
        ("k8s/a.yaml", POD + "---\napiVersion: v1\nkind: {a: b}\n", 5, "kind of an object is no text"),
        ("k8s/a.yaml", "apiVersion: v1\nkind:\n  S: Pod\n", 3, "kind of an object is no text"),
        ("k8s/a.json", '{"apiVersion": "v1", "kind": ["Pod"]}', 1, "kind of an object is no text"),
        ("a.tf", b'a = 1\nb = "\xff"\n', 2, "not UTF-8"),
        ("a.tf", "a = \0", 1, "not text"),
        ("a.tf", "a = " + "[" * (DEEPEST + 1), 1, "nested 65 deep"),
        ("a.tf", "a = " + "!" * 501 + "true", 1, "502 operators"),
        ("a.tofu", "a = 1", 1, "suffix .tf"),
        ("a.yaml", POD + "a: " + "[" * 100, 3, "nested more than 64 deep"),
        ("a.yaml", POD + "a: [1\nb: 2\n", 4, "no YAML"),
        ("a.yaml", POD + "a: &a [*a]\n", 3, "more than 200000 values"),
        ("a.yaml", POD + "a: !!python/name:os.system\n", 3, "the tag tag:yaml.org,2002:python/name:os.system"),
        ("a.yaml", POD + "a: !mine [1]\n", 3, "the tag !mine"),
        ("a.yaml", POD + "a: {b: 1}\n? [c]\n: 1\n", 4, "a key is no text"),
        ("a.yaml", POD + "a: [1, {b: 1}]\n? {c: 1}\n: 1\n", 4, "a key is no text"),
        ("a.yaml", POD.replace("kind", '"\\x6bind"'), 1, "its keys are escaped"),
        ("a.json", '{"\\u006bind": "Pod", "apiVersion": "v1"}', 1, "its keys are escaped"),
        ("a.yaml", STACK + "  A: {Type: AWS::SNS::Topic}\n" * 1000, 1, "1001 resources"),
        ("a.json", PLAN.replace("terraform_", "my_"), 1, "it lacks terraform_version"),
        ("a.json", PLAN.replace("planned_values", "resource_changes"), 1, "it lacks planned_values"),
        ("a.yaml", POD.encode("utf-16"), 1, "not UTF-8"),
        ("a.tf.json", "[" * 100_000, 1, "nested more than 64 deep"),
    ],
)
def test_what_scanners_cannot_read_is_refused_with_a_reason(
    tmp_path: Path, path: str, content: str | bytes, line: int, why: str
) -> None:
    refused = look(tmp_path, path, content)
    assert isinstance(refused, Unread)
    assert (refused.path, refused.line, refused.grave) == (path, line, True)
    assert why in refused.message


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("charts/a.yaml", POD + "metadata:\n  name: {{ .Values.name }}\n"),
        ("charts/a.yaml", POD + "{{- if .Values.more }}\nmore: 1\n{{- end }}\n"),
        ("charts/templates/a.yaml", POD + 'metadata:\n  name: "{{ .Values.name }}"\n'),
        ("a.yaml", POD + "data:\n  config: {{config_data}}\n"),
        ("a.yaml", STACK.replace("AWS::SQS::Queue", "!Rain::Module ./queue.yaml") + "  B: {Type: AWS::SNS::Topic}\n"),
        ("a.json", '{"Resources": {"A": {"Type": {"Rain::Module": "./a"}}, "B": {"Type": "AWS::SNS::Topic"}}}'),
    ],
)
def test_a_template_of_another_program_is_remarked_only(tmp_path: Path, path: str, content: str) -> None:
    refused = look(tmp_path, path, content)
    assert isinstance(refused, Unread)
    assert (refused.message, refused.grave) == ("a template is not scanned; scan what is made of it", False)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("a.yaml", "# {{ .Values.name }}\n"),
        ("a.yaml", 'metadata:\n  annotations: {text: "{{ $labels.instance }} is down"}\n'),
        ("templates/a.yaml", "metadata:\n  name: a{{b}}\n"),
    ],
)
def test_braces_in_comments_and_texts_make_no_template_of_what_can_be_applied(
    tmp_path: Path, path: str, more: str
) -> None:
    assert look(tmp_path, path, POD + more) is Kind.KUBERNETES


@pytest.mark.parametrize("more", ["a: !mine 1\n", f"---\n{POD}a: {{{{b}}}}\n", "---\na: [{{b}}\n"])
def test_braces_excuse_nothing_else_that_is_there(tmp_path: Path, more: str) -> None:
    refused = look(tmp_path, "a.yaml", f"{POD}# {{{{ .Values.name }}}}\n{more}")
    assert isinstance(refused, Unread)
    assert refused.grave


def test_data_of_any_size_is_nothing_to_scanners(tmp_path: Path) -> None:
    assert look(tmp_path, "a.bin", b"x" * 20_000_000) is None


def test_a_plan_may_be_larger_than_what_people_write(tmp_path: Path) -> None:
    plan = PLAN.replace("}}", '}, "more": "' + "x" * 5_000_000 + '"}')
    assert look(tmp_path, "a.json", plan) is Kind.PLAN
    assert isinstance(look(tmp_path, "a.json", plan.replace("x" * 5_000_000, "x" * 20_000_000)), Unread)


@pytest.mark.parametrize(
    ("path", "excuse"),
    [
        ("a.tf", "# tflint-ignore: terraform_typed_variables\n"),
        ("a.tf", "# tflint-ignore-file: terraform_typed_variables\n"),
        ("a.tf", "#checkov:skip=CKV_AWS_20: it is meant\n"),
        ("a.tf", "#bridgecrew:skip=BC_AWS_S3_1: it is meant\n"),
        ("a.yaml", POD + "metadata:\n  annotations:\n    checkov.io/skip1: CKV_K8S_20=it is meant\n"),
        ("a.yaml", STACK + "Metadata:\n  cfn-lint:\n    config:\n      ignore_checks: [E3002]\n"),
    ],
)
def test_excuses_are_taken_out_of_copies_and_nothing_moves(tmp_path: Path, path: str, excuse: str) -> None:
    (tmp_path / path).write_text(excuse)
    prepared(tmp_path)
    left = (tmp_path / path).read_text()
    assert left != excuse
    assert [len(line) for line in left.split("\n")] == [len(line) for line in excuse.split("\n")]


def test_files_that_are_refused_are_taken_away(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text("a = " + "[" * 100)
    assert prepared(tmp_path).unread
    assert not (tmp_path / "a.tf").exists()


HCL = """\
# resource "comment" "none" {
resource "aws_s3_bucket" "one" {
  tags = { a = "}" } // }
  policy = <<-EOT
    resource "heredoc" "none" {
  EOT
}

/* module "none" {
*/ module two {
  source = "./a"
}
locals { a = 1 }
"""


def test_blocks_are_found_past_comments_strings_and_heredocs() -> None:
    assert hcl.outline(HCL).blocks == (
        hcl.Block("resource", ("aws_s3_bucket", "one"), 2, 7),
        hcl.Block("module", ("two",), 10, 12),
        hcl.Block("locals", (), 13, 13),
    )


def test_blocks_are_found_past_what_is_put_into_strings() -> None:
    text = (
        'resource "a" "b" {\n  x = "${replace(y, "}", "{")}-%{ if z }\\"}%{ endif }$${"\n}\n'
        'resource "a" "c" {\n  x = <<EOT\n${f({ a = "}" })} \\" $${ {\n  EOT\n}\nmodule "d" {\n}\n'
    )
    assert hcl.outline(text).blocks == (
        hcl.Block("resource", ("a", "b"), 1, 3),
        hcl.Block("resource", ("a", "c"), 4, 8),
        hcl.Block("module", ("d",), 9, 10),
    )


@pytest.mark.parametrize(
    "text", ['a = "${%s}"\n', "a = <<EOT\n${%s}\nEOT\n", 'a = "%%{ if %s }x"\n', 'a = "${"${%s}"}"\n']
)
def test_what_is_put_into_strings_is_counted(text: str) -> None:
    assert hcl.outline(text % ("!" * 9 + "[[true]]")).operators == 10
    assert hcl.outline(text % "[[true]]").depth >= 3


def test_operators_are_counted_line_by_line() -> None:
    assert hcl.outline("a = <<EOT\n" + "${-b}\n" * 9 + "EOT\nb = -c\n").operators == 2


def test_a_string_that_does_not_end_ends_with_its_line() -> None:
    assert hcl.outline('a = "${b}\nresource "a" "b" {\n}\n').blocks == (hcl.Block("resource", ("a", "b"), 2, 3),)


def test_depth_counts_every_kind_of_bracket() -> None:
    assert hcl.outline("a = [{ b = (1) }]").depth == 3


def test_what_ends_too_early_is_outlined_all_the_same() -> None:
    assert hcl.outline('resource "a" "b" {\n  x = <<EOT\n').blocks == ()
    assert hcl.outline("}}} /* ").depth == 0


@given(st.text(alphabet='{}[]()"#/*<\n\\abEOT=$ '))
def test_any_text_has_an_outline(text: str) -> None:
    outline = hcl.outline(text)
    assert all(1 <= block.line <= block.end_line <= text.count("\n") + 1 for block in outline.blocks)
