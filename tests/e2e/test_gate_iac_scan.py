"""iac-scan through the real scanners: what is clean, what each finds, planted defects, providers, and hostile files."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

import lockstep
from lockstep import config, toolchain
from lockstep.gates.iac_scan import GATE
from lockstep.host import Host, system
from lockstep.model.record import RunRecord
from lockstep.toolchain.lock import ToolLock, parse
from tests.e2e.gating import MeasuredProcesses, copied
from tests.e2e.planted.iac import CLEAN
from tests.e2e.planted.resources import RESOURCES
from tests.e2e.planting import perform
from tests.engine import running
from tests.templates.rendering import commit, render

pytestmark = pytest.mark.e2e

Tool = Callable[[str], tuple[str, ...]]
Found = set[tuple[str, int, str]]
PACKAGE = Path(lockstep.__file__).parent
REGO = Path(__file__).parents[1] / "rego"
BLOCKING = {"critical", "high"}
_PROVIDER = """
[provider]
version = "0.14.2"
licence = "MPL-2.0"
program = "terraform-provider-time"

[[provider.sources]]
kind = "go"
module = "github.com/hashicorp/terraform-provider-time@v{version}"
digest = "h1:yCAHwZj3huefsLZYoVQmup6qINSWk5QrspwVBxxIVPc="
package = "."
"""


def tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Make a repository of files, all of them staged."""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode() if isinstance(content, str) else content)
    running.git(root, "init", "--quiet", "--initial-branch=main")
    running.git(root, "add", "--all")
    return root


def scanned(root: Path, host: Host | None = None) -> RunRecord:
    return running.run(root, GATE, host=host or machine())


def validated(root: Path, host: Host, *more: str) -> RunRecord:
    """Run only what asks for providers, and the checks called `more`."""
    checks = tuple(check for check in GATE.checks if check.id in {"validate", *more})
    return running.run(root, msgspec.structs.replace(GATE, checks=checks), host=host)


def machine(**environ: str) -> Host:
    """Return this machine with a Terraform that nobody has configured."""
    host = system()
    plain = {name: value for name, value in host.environ.items() if not name.startswith("TF_")}
    environ = {**plain, "CI": "", "HOME": "/nowhere", **environ}
    return msgspec.structs.replace(host, environ=environ, processes=MeasuredProcesses())


def blocking(record: RunRecord) -> Found:
    """Return path, line and rule of what fails the gate."""
    (gate,) = record.gates
    return {(each.location.path, each.location.line, each.rule) for each in gate.findings if each.severity in BLOCKING}


def ends(record: RunRecord) -> dict[str, str]:
    return {f"{action.check}:{action.component}": str(action.verdict) for action in record.actions}


def verdict(record: RunRecord) -> str:
    return str(record.gates[0].verdict)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a rendered monorepo in which the gate has run."""
    root = render(tmp_path_factory.mktemp("stack") / "shop")
    commit(root)
    assert verdict(scanned(root)) == "passed"
    return root


@pytest.fixture
def shop(stack: Path, tmp_path: Path) -> Path:
    """Return a copy of the monorepo with its cache."""
    return Path(shutil.copytree(stack, tmp_path / "shop", symlinks=True))


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a filesystem mirror with one small provider in it."""
    host = system()
    lock = toolchain.load(Path(), config.Config())
    made = ToolLock({**lock.entries, **parse(_PROVIDER, ".")})
    (program,) = toolchain.provide(host, made, ["provider"], lambda _: None)["provider"]
    folder = tmp_path_factory.mktemp("mirror")
    platform = "_".join((os.uname().sysname.lower(), {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]))
    target = folder / "registry.terraform.io/hashicorp/time/0.14.2" / platform
    target.mkdir(parents=True)
    shutil.copy(program, target / "terraform-provider-time_v0.14.2")
    return folder


def test_clean_is_clean_by_every_check(tmp_path: Path) -> None:
    copied("iac-scan/clean", tmp_path)
    record = scanned(tree(tmp_path, {}))
    assert verdict(record) == "passed", record.gates[0].findings
    assert blocking(record) == set()
    assert {action.check for action in record.actions} == {check.id for check in GATE.checks}


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    root = tmp_path_factory.mktemp("dirty")
    copied("iac-scan/dirty", root)
    return scanned(tree(root, {}))


def test_dirty_is_found_by_every_check_and_nothing_excuses_it(dirty: RunRecord) -> None:
    assert verdict(dirty) == "failed"
    store = "iac/store/main.tf"
    assert blocking(dirty) == {
        ("deploy/orders.yaml", 1, "CKV_K8S_20"),
        ("deploy/orders.yaml", 23, "image-latest"),
        ("deploy/orders.yaml", 34, "tls-ingress"),
        ("iac/net/main.tf", 9, "validate"),
        ("iac/queue/queue.template.yaml", 8, "required-tags"),
        ("iac/queue/queue.template.yaml", 13, "E3002"),
        (store, 1, "terraform_required_version"),
        (store, 2, "kms-key"),
        (store, 2, "required-tags"),
        (store, 2, "s3-public-access-block"),
        (store, 2, "s3-public-acl"),
        (store, 2, "tls-bucket"),
        (store, 8, "kms-key"),
        (store, 8, "log-retention"),
        (store, 8, "required-tags"),
        (store, 8, "terraform_required_providers"),
        (store, 14, "terraform_module_pinned_source"),
    }


def test_one_finding_names_every_scanner_that_reports_the_problem(dirty: RunRecord) -> None:
    (gate,) = dirty.gates
    said = {(each.location.line, each.rule): each.message for each in gate.findings if "store" in each.location.path}
    assert said[2, "s3-public-acl"].endswith("(also CKV_AWS_20 of checkov)")
    assert [
        each.message for each in gate.findings if "queue" in each.location.path and each.rule == "required-tags"
    ] == [
        "Receipts (AWS::SQS::Queue) lacks the tags cost_center, env, owner, service, tenant (also required-tags of cfn-guard)"
    ]
    assert said[14, "terraform_module_pinned_source"].endswith("(also CKV_TF_1 of checkov, CKV_TF_2 of checkov)")


def test_the_rendered_monorepo_is_green_and_left_as_it_is(stack: Path) -> None:
    record = scanned(stack)
    assert verdict(record) == "passed"
    assert all(action.cached for action in record.actions)
    assert running.git(stack, "status", "--porcelain") == ""
    assert not list(stack.rglob(".terraform*"))


def test_the_stack_in_which_defects_are_planted_has_none(shop: Path) -> None:
    for edit in CLEAN:
        perform(edit, shop)
    record = scanned(shop)
    assert blocking(record) == set()
    assert ends(record)["validate:iac/receipts"] == "unavailable"


def test_providers_that_nobody_has_are_no_pass_and_the_remedy_is_named(tmp_path: Path) -> None:
    record = validated(tree(tmp_path, {"iac/clock/main.tf": clock("1h")}), machine())
    assert verdict(record) == "unavailable"
    assert "hashicorp/time" in record.gates[0].reason
    assert "provider_mirror" in record.gates[0].reason


@pytest.mark.parametrize("way", ["lockstep.toml", "TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR", "home"])
def test_providers_come_from_a_folder_that_is_named_in_one_of_many_ways(tmp_path: Path, mirror: Path, way: str) -> None:
    files = {"iac/clock/main.tf": clock("1h")}
    written = tmp_path / "rc"
    written.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
    environ = {"TF_CLI_CONFIG_FILE": str(written)} if way == "TF_CLI_CONFIG_FILE" else {}
    if way == "TF_PLUGIN_CACHE_DIR":
        environ = {way: str(mirror)}
    if way == "home":
        (tmp_path / "home/.terraform.d").mkdir(parents=True)
        (tmp_path / "home/.terraform.d/plugins").symlink_to(mirror)
        environ = {"HOME": str(tmp_path / "home")}
    if way == "lockstep.toml":
        files["lockstep.toml"] = f'[iac]\nprovider_mirror = "{mirror}"\n'
    record = validated(tree(tmp_path / "shop", files), machine(**environ))
    assert verdict(record) == "passed", record.gates[0]


def test_with_its_provider_a_folder_is_validated_against_it(tmp_path: Path, mirror: Path) -> None:
    record = validated(tree(tmp_path, {"iac/clock/main.tf": clock("1h", argument="create_durations")}), at(mirror))
    assert ("iac/clock/main.tf", 13, "validate") in blocking(record)


def test_opentofu_takes_the_same_mirror(tmp_path: Path, mirror: Path) -> None:
    without = machine(PATH="/usr/bin:/bin", TF_PLUGIN_CACHE_DIR=str(mirror))
    assert shutil.which("terraform", path="/usr/bin:/bin") is None
    record = scanned(tree(tmp_path, {"iac/clock/main.tf": clock("1h")}), without)
    assert verdict(record) == "passed", record.gates[0]


def test_a_newer_provider_is_a_new_key(tmp_path: Path, mirror: Path) -> None:
    own = Path(shutil.copytree(mirror, tmp_path / "mirror"))
    root = tree(tmp_path / "shop", {"iac/clock/main.tf": clock("1h")})
    validated(root, at(own), "tflint")
    assert cached(validated(root, at(own), "tflint"), "validate")
    (program,) = own.rglob("terraform-provider-time_*")
    os.utime(program, (1, 1))
    again = validated(root, at(own), "tflint")
    assert not cached(again, "validate")
    assert cached(again, "tflint")


def cached(record: RunRecord, check: str) -> bool:
    return all(action.cached for action in record.actions if action.check == check)


def at(mirror: Path) -> Host:
    return machine(TF_PLUGIN_CACHE_DIR=str(mirror))


def clock(duration: str, argument: str = "create_duration") -> str:
    return f"""terraform {{
  required_version = ">= 1.6.0"

  required_providers {{
    time = {{
      source  = "hashicorp/time"
      version = "0.14.2"
    }}
  }}
}}

resource "time_sleep" "wait" {{
  {argument} = "{duration}"
}}
"""


def test_a_local_module_of_another_component_is_there(tmp_path: Path) -> None:
    head = 'terraform {\n  required_version = ">= 1.6.0"\n}\n\n'
    files = {
        "iac/modules/tags/main.tf": head
        + 'variable "env" {\n  type = string\n}\n\noutput "env" {\n  value = var.env\n}\n',
        "iac/net/main.tf": head
        + 'module "tags" {\n  source = "../modules/tags"\n  env    = jsondecode(file("${path.module}/env.json")).env\n}\n',
        "iac/net/env.json": '{"env": "dev"}',
    }
    root = tree(tmp_path, files)
    assert verdict(validated(root, machine())) == "passed"
    (root / "iac/modules/tags/main.tf").write_text(head)
    record = validated(root, machine())
    assert ("iac/net/main.tf", 7, "validate") in blocking(record)


def test_a_template_of_any_suffix_is_held_to_the_policies(tmp_path: Path) -> None:
    text = "Resources:\n  Logs:\n    Type: AWS::Logs::LogGroup\n"
    record = scanned(tree(tmp_path, {"iac/logs/logs.template": text}))
    assert ("iac/logs/logs.template", 2, "log-retention") in blocking(record)


def test_hidden_folders_are_scanned_by_every_scanner(tmp_path: Path) -> None:
    text = 'resource "aws_s3_bucket" "open" {\n  bucket = var.names == [] ? "a" : "b"\n  acl    = "public-read"\n}\n'
    record = scanned(tree(tmp_path, {"iac/net/.old/main.tf": text, "iac/net/node_modules/main.tf": text}))
    for path in ("iac/net/.old/main.tf", "iac/net/node_modules/main.tf"):
        assert {(path, 1, "s3-public-acl"), (path, 2, "terraform_empty_list_equality")} <= blocking(record)
    (gate,) = record.gates
    said = [each.message for each in gate.findings if each.rule == "s3-public-acl"]
    assert [message.endswith("(also CKV_AWS_20 of checkov)") for message in said] == [True, True]


def test_a_module_that_is_handed_its_providers_is_valid_by_itself(tmp_path: Path, mirror: Path) -> None:
    text = clock("1h").replace('version = "0.14.2"', 'version = "0.14.2"\n      configuration_aliases = [time.other]')
    text += '\nresource "time_sleep" "other" {\n  provider        = time.other\n  create_duration = "1h"\n}\n'
    assert verdict(validated(tree(tmp_path, {"iac/clock/main.tf": text}), at(mirror))) == "passed"


def test_every_policy_has_tests_that_pass(tool: Tool) -> None:
    policies = {path.stem for path in (PACKAGE / "rules/rego").glob("*.rego")}
    assert {path.stem.removesuffix("_test") for path in REGO.glob("*_test.rego")} == policies
    folders = (f"--policy={PACKAGE / 'rules/rego'}", f"--policy={REGO}")
    done = subprocess.run(
        (*tool("conftest"), "verify", "--strict", "--no-color", "--report=notes", *folders),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_guard_finds_in_every_resource_what_the_policies_find(tool: Tool, tmp_path: Path) -> None:
    template = {"Resources": {f"R{n}": {"Type": of, "Properties": given} for n, (of, given) in enumerate(RESOURCES)}}
    found = []
    for program, tool_name in (("policies", "conftest"), ("guard", "cfn-guard")):
        folder, report = tmp_path / program, tmp_path / f"{program}.json"
        folder.mkdir()
        (folder / "all.template.json").write_text(json.dumps(template), "utf-8")
        given = (f"--tree={folder}", f"--scratch={tmp_path}", f"--rules={PACKAGE / 'rules'}", f"--report={report}")
        module = (sys.executable, "-m", f"lockstep.plugin.iac.{program}", f"--program={tool(tool_name)[0]}")
        subprocess.run((*module, *given), check=True)
        told = json.loads(report.read_bytes())["findings"]
        found.append({(each["rule"], each["message"].partition(" ")[0]) for each in told})
    assert found[1] == {each for each in found[0] if each[0] != "tls-bucket"}
    assert {rule for rule, _ in found[1]} >= {"kms-key", "log-retention", "open-policy", "required-tags", "tls-service"}


def severities() -> dict[str, str]:
    table = tomllib.loads((PACKAGE / "rules/severities/checkov.toml").read_text("utf-8"))
    assert sum(map(len, table.values())) == len({rule for named in table.values() for rule in named})
    return {rule: severity for severity, named in table.items() for rule in named}


def known_rules(checkov: str) -> set[str]:
    """Return the ids of all rules that the installed checkov has."""
    done = subprocess.run((checkov, "--list"), capture_output=True, text=True, check=True, timeout=300)
    cells = (line.split("|") for line in done.stdout.splitlines())
    return {row[2].strip() for row in cells if len(row) > 3 and row[2].strip().startswith("CKV")}


def test_the_severity_of_every_rule_of_the_locked_checkov_is_reviewed(tool: Tool) -> None:
    known = known_rules(tool("checkov")[0])
    table = severities()
    assert len(known) > 1300
    assert known - set(table) == set(), "read their titles and give them a severity"
    assert set(table) - known == set(), "the table names rules that checkov no longer has"


BOMB = "apiVersion: v1\nkind: ConfigMap\na0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]\n" for number in range(1, 10)
)


@pytest.mark.parametrize(
    ("path", "content", "line", "rule"),
    [
        ("iac/a/main.tf", 'resource "x" "y" {\n  a = \n}\n', 2, "validate"),
        ("iac/a/main.tf", b'locals {\n  a = "\xff"\n}\n', 2, "unread-file"),
        ("iac/a/main.tf", "# " + "x" * 50_000_000, 1, "unread-file"),
        ("iac/a/main.tf", "locals {\n  a = " + "[" * 20_000 + "]" * 20_000 + "\n}\n", 1, "unread-file"),
        ("iac/a/main.tf", "locals {\n  a = " + "!" * 100_000 + "true\n}\n", 1, "unread-file"),
        ("iac/a/main.tofu", "locals {\n  a = 1\n}\n", 1, "unread-file"),
        ("iac/a/main.tf.json", "[" * 100_000, 1, "unread-file"),
        ("deploy/a.yaml", "apiVersion: v1\nkind: X\na:\n" + "  - b\n" * 9_000_000, 1, "unread-file"),
        ("deploy/a.yaml", "apiVersion: v1\nkind: X\na: " + "[" * 100_000, 3, "unread-file"),
        ("deploy/a.yaml", "apiVersion: v1\nkind: X\na: [1\nb: 2\n", 4, "unread-file"),
        ("deploy/a.yaml", BOMB, 8, "unread-file"),
    ],
    ids=[
        *("malformed", "not-utf-8", "large-hcl", "deep-hcl", "long-hcl", "tofu", "deep-json"),
        *("large-yaml", "deep-yaml", "broken-yaml", "bomb"),
    ],
)
def test_what_cannot_be_read_fails_at_its_place(
    tmp_path: Path, path: str, content: str | bytes, line: int, rule: str
) -> None:
    record = scanned(tree(tmp_path, {path: content}))
    assert verdict(record) == "failed"
    assert {(where, number, what) for where, number, what in blocking(record) if where == path} == {(path, line, rule)}
