"""The real checkov accounts for what it reads: odd files that are as they should be, and what it leaves out of others."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import lockstep

pytestmark = pytest.mark.e2e

RULES = Path(lockstep.__file__).parent / "rules"
BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "x"\n}\n'
POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers: []\n"
ITEM = "- " + POD.replace("\n", "\n  ").rstrip() + "\n"
TOPIC = "Resources:\n  T:\n    Type: AWS::SNS::Topic\n"
PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.9.0",
    "planned_values": {"root_module": {}},
    "resource_changes": [],
}


def tabbed(value: object) -> str:
    return json.dumps(value, indent="\t")


def pod(**more: object) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, **more}


def custom(spec: str) -> str:
    return f"apiVersion: x.example/v1\nkind: Thing\nmetadata:\n  name: a\nspec:\n{spec}"


ODD = {
    "empty/main.tf": "",
    "comments/main.tf": "# nothing\n/* at all */\n",
    "settings/versions.tf": 'terraform {\n  required_version = ">= 1"\n}\n',
    "variables/variables.tf": 'variable "a" {\n  type = string\n}\n',
    "variables/terraform.tfvars": 'a = "x"\n',
    "outputs/outputs.tf": 'output "a" {\n  value = 1\n}\nlocals {\n  a = { for k, v in {} : k => v }\n}\n',
    "none/main.tf": BUCKET.replace("bucket =", "count = 0\n  bucket ="),
    "each/main.tf": BUCKET.replace("bucket =", "for_each = {}\n  bucket ="),
    "windows/main.tf": "\ufeff" + BUCKET.replace("\n", "\r\n"),
    "bare/main.tf": "resource aws_s3_bucket b {\n}\n",
    "twice/main.tf": 'module "a" {\n  source = "./m"\n}\nmodule "b" {\n  source = "./m"\n  count  = 0\n}\n',
    "twice/m/main.tf": BUCKET,
    "itself/main.tf": f'module "a" {{\n  source = "./"\n}}\n{BUCKET}',
    "circle/a/main.tf": f'module "b" {{\n  source = "../b"\n}}\n{BUCKET}',
    "circle/b/main.tf": f'module "a" {{\n  source = "../a"\n}}\n{BUCKET}',
    "elsewhere/main.tf": 'module "a" {\n  source = "git::https://northwind.example/m.git?ref=v1"\n}\n',
    "providers/main.tf": 'provider "aws" {\n}\nprovider "aws" {\n  alias = "w"\n}\n',
    "checks/main.tf": 'check "h" {\n  data "http" "x" {\n    url = "https://northwind.example"\n  }\n}\nmoved {\n  from = a.b\n  to   = a.c\n}\n',
    "strings/main.tf": BUCKET.replace('"x"', '"${replace(var.x, "}", "{")}-%{ if var.y }\\"a%{ endif }$${z}"')
    + BUCKET.replace('"b"', '"c"'),
    "heredoc/main.tf": 'resource "aws_iam_policy" "p" {\n  policy = <<-EOT\n    resource "aws_s3_bucket" "no" {\n    }\n  EOT\n}\n',
    "unknown/ü b/main.tf": 'resource "acme_thing" "5-b" {}\n',
    "json/variables.tf.json": '{"//": "c", "variable": {"a": {"type": "string"}}}',
    "json/empty.tf.json": "{}",
    "json/main.tf.json": tabbed(
        {
            "terraform": {"required_version": ">= 1"},
            "provider": {"aws": [{"region": "a"}, {"alias": "w"}]},
            "resource": [{"aws_s3_bucket": [{"b": [{"bucket": "x"}]}, {"c": {}}]}, {"aws_s3_bucket": {"d": {}}}],
            "module": {"m": [{"source": "./m"}]},
        }
    ),
    "k8s/documents.yaml": f"# c\n---\n# d\n{POD}---\n---\n- a\n--- {{apiVersion: v1, kind: Pod}}\n--- &x\n{POD}...\n",
    "k8s/values.yaml": f"some: values\n---\n{POD}",
    "k8s/list.yaml": f"apiVersion: v1\nkind: List\nitems:\n{ITEM}{ITEM}",
    "k8s/pod-list.yaml": f"apiVersion: v1\nkind: PodList\nitems:\n{ITEM}",
    "k8s/other-list.yaml": "apiVersion: x.example/v1\nkind: AllowList\nmetadata:\n  name: a\nitems:\n- name: b\n",
    "k8s/empty-list.yaml": "apiVersion: v1\nkind: List\nitems: []\n",
    "k8s/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- a.yaml\n",
    "k8s/kubeconfig.yaml": "apiVersion: v1\nkind: Config\nclusters: []\n",
    "k8s/windows.yaml": "\ufeff" + POD.replace("\n", "\r\n"),
    "k8s/indented.yaml": "\n\n  " + POD.replace("\n", "\n  ").rstrip() + "\n",
    "k8s/tabs.json": tabbed(pod()),
    "k8s/tabs.yaml": POD.replace("\n", "\t\n"),
    "k8s/anchors.yaml": custom("  a: &a {name: b}\n  c:\n    <<: *a\n"),
    "k8s/workflow.yaml": custom('  templates:\n  - name: "{{inputs.x}}"\n  - name: a#b\n'),
    "k8s/comment.yaml": f"# {{{{ .Values.a }}}}\n{POD}",
    "k8s/names.yaml": custom("  name: 5\n  list:\n  - name: null\n"),
    "k8s/dates.yaml": custom("  at: 2024-99-99\n  on: 2024-01-02\n  matches: =\n  1: a\n"),
    "k8s/generated.yaml": POD.replace("name", "generateName"),
    "cfn/none.template.yaml": "AWSTemplateFormatVersion: '2010-09-09'\nDescription: nothing\n",
    "cfn/empty.template.yaml": "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n",
    "cfn/tabs.template.json": tabbed({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}),
    "cfn/loops.template.yaml": TOPIC + "  Fn::ForEach::Ts: [N, [A], {'T${N}': {Type: AWS::SNS::Topic}}]\n",
    "cfn/conditions.template.yaml": "Conditions:\n  P: !Equals [a, b]\n" + TOPIC + "    Condition: P\nOutputs:\n",
    "plan/tfplan.json": tabbed(PLAN),
    "other/comments.json": "// c\n{}\n",
    "other/list.yaml": f"# Resources\n{POD}---\n{POD}",
}
LEFT_OUT = {
    "a.tf": BUCKET + 'resource "5x" "y" {\n}\n',
    "b.tf.json": json.dumps({"resource": {"aws_s3_bucket": {"__startline__": {"acl": "public-read"}, "b": {}}}}),
    "c.tfplan.json": json.dumps({**PLAN, "terraform_version": None}),
    "d.yaml": POD + "---\n" + POD + "  x: 0x_\n",
    "e.template.yaml": TOPIC + "  Odd: 5\n",
}


def scanned(tool: Callable[[str], tuple[str, ...]], folder: Path, files: Mapping[str, str]) -> tuple[int, str, Path]:
    """Run the program over files; return its exit code, what it says, and where its report is."""
    for path, content in files.items():
        (folder / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "tree" / path).write_bytes(content.encode())
    report = folder / "report.json"
    given = (f"--tree={folder / 'tree'}", f"--scratch={folder}", f"--rules={RULES}", f"--report={report}")
    argv = (sys.executable, "-m", "lockstep.plugin.iac.checkov", f"--program={tool('checkov')[0]}", *given)
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr, report


def test_odd_files_that_are_as_they_should_be_are_all_read(
    tool: Callable[[str], tuple[str, ...]], tmp_path: Path
) -> None:
    code, said, report = scanned(tool, tmp_path, ODD)
    assert (code, said) == (0, "")
    told = json.loads(report.read_bytes())
    assert (told["syntax"], told["unread"]) == ([], [])
    checked = {each["file_path"] for part in told["checkov"] for each in part["results"]["failed_checks"]}
    assert {
        "/json/main.tf.json",
        "/k8s/tabs.json",
        "/k8s/tabs.yaml",
        "/k8s/generated.yaml",
        "/k8s/pod-list.yaml",
        "/itself/main.tf",
    } <= checked


def test_whatever_is_left_out_in_any_framework_is_an_error_that_names_it(
    tool: Callable[[str], tuple[str, ...]], tmp_path: Path
) -> None:
    code, said, report = scanned(tool, tmp_path, LEFT_OUT)
    assert (code, report.exists()) == (2, False)
    assert said == (
        "checkov left out a.tf:4, b.tf.json:1, c.tfplan.json, d.yaml, e.template.yaml, and did not say why\n"
    )
