"""iac-scan: Terraform, Kubernetes and CloudFormation as six scanners see them, each problem once.

Scanners see copies, never the network of a cloud, and no configuration, comment or metadata of the tree excuses anything:
a change would excuse itself. A waiver does, or [[gates.iac-scan.ignore]] in lockstep.toml. What several scanners say of one
resource is one finding, which names them all. `terraform fmt` and Dockerfiles are lint's, the policies
about them too.

In a component of kind iac every YAML and JSON file is looked at; elsewhere those whose folder, name or keys say what they are.
"""

from posixpath import basename, dirname

from lockstep.model.component import Component, FileEntry, Kind
from lockstep.model.finding import Report
from lockstep.model.gate import MINUTE, Check, Gate, Invocation, Judge, Output, Stage
from lockstep.parsers import cfn_lint, checkov, conftest_json, terraform, tflint

_REPORT = "report.json"
_GUARD = "cfn-guard"
# What takes longer does so because of what it reads.
_SOON = 5 * MINUTE
_LANGUAGE = (".tf", ".tf.json", ".tofu")
_VALUES = (".tfvars", ".tfvars.json", ".tftest.hcl")
_STRUCTURED = (".yaml", ".yml", ".json", ".template")
_FOLDERS = frozenset(
    {"cdk.out", "cfn", "charts", "cloudformation", "deploy", "helm", "k8s", "kubernetes", "kustomize", "manifests"}
)
_NAMES = (".template.json", ".template.yaml", ".template.yml", ".k8s.yaml", ".k8s.yml", ".tfplan.json")
_EXACT = frozenset({"template.yaml", "template.yml", "tfplan.json"})
_COMPOSE = ("compose.", "docker-compose.", "compose-", "docker-compose-")


def _is_terraform(_: Component, entry: FileEntry) -> bool:
    return not entry.is_link and entry.path.endswith(_LANGUAGE)


def _is_language(_: Component, entry: FileEntry) -> bool:
    return not entry.is_link and entry.path.endswith((*_LANGUAGE, *_VALUES))


def _is_document(component: Component, entry: FileEntry) -> bool:
    if entry.is_link or not entry.path.endswith(_STRUCTURED) or entry.path.endswith((*_LANGUAGE, *_VALUES)):
        return False
    name = basename(entry.path).lower()
    told = name in _EXACT or name.endswith(_NAMES) or name.startswith(_COMPOSE)
    told = told or entry.path in component.manifests
    return component.kind is Kind.IAC or told or not _FOLDERS.isdisjoint(entry.path.lower().split("/")[:-1])


def _is_any(component: Component, entry: FileEntry) -> bool:
    return _is_language(component, entry) or _is_document(component, entry)


def _tree(invocation: Invocation) -> str:
    return f"{invocation.scratch}/tree"


def _program(invocation: Invocation, module: str, tool: str, *more: str) -> tuple[str, ...]:
    return (
        *invocation.module(f"lockstep.plugin.iac.{module}"),
        f"--program={invocation.program(tool)[0]}",
        f"--tree={_tree(invocation)}",
        f"--scratch={invocation.scratch}",
        f"--rules={invocation.data}/rules",
        f"--report={invocation.report(_REPORT)}",
        *more,
    )


def _validate(invocation: Invocation) -> tuple[str, ...]:
    folders = sorted({dirname(path) or "." for path in invocation.files})
    return _program(
        invocation,
        "validate",
        terraform.TOOL,
        f"--providers={invocation.places['providers']}",
        *(f"--folder={folder}" for folder in folders),
    )


def _read_validate(output: Output, invocation: Invocation) -> Report:
    return terraform.read(output.files.get(_REPORT, b""), tree=_tree(invocation), remedy=_NO_PROVIDERS)


def _tflint(invocation: Invocation) -> tuple[str, ...]:
    return _program(invocation, "tflint", tflint.TOOL)


def _read_tflint(output: Output, invocation: Invocation) -> Report:
    return tflint.read(output.files.get(_REPORT, b""), tree=_tree(invocation))


def _checkov(invocation: Invocation) -> tuple[str, ...]:
    return _program(invocation, "checkov", checkov.TOOL)


def _read_checkov(output: Output, invocation: Invocation) -> Report:
    return checkov.read(output.files.get(_REPORT, b""), tree=_tree(invocation))


def _policies(invocation: Invocation) -> tuple[str, ...]:
    return _program(invocation, "policies", conftest_json.TOOL)


def _read_policies(output: Output, _: Invocation) -> Report:
    return conftest_json.read(output.files.get(_REPORT, b""))


def _guard(invocation: Invocation) -> tuple[str, ...]:
    return _program(invocation, "guard", _GUARD)


def _read_guard(output: Output, _: Invocation) -> Report:
    return conftest_json.read(output.files.get(_REPORT, b""), _GUARD)


def _cloudformation(invocation: Invocation) -> tuple[str, ...]:
    return _program(invocation, "cloudformation", cfn_lint.TOOL)


def _read_cloudformation(output: Output, invocation: Invocation) -> Report:
    return cfn_lint.read(output.files.get(_REPORT, b""), tree=_tree(invocation))


_NO_PROVIDERS = (
    "fill a folder with `terraform providers mirror FOLDER` where the registry is reachable, and name it in lockstep.toml "
    '([iac] provider_mirror = "FOLDER") or in the machine\'s Terraform configuration (filesystem_mirror, plugin_cache_dir); '
    "modules from elsewhere need a network, or a copy in the repository"
)

GATE = Gate(
    id="iac-scan",
    stage=Stage.SECURITY,
    title="Infrastructure as code",
    remedy="the finding says what the resource lacks; what is meant as it is, accept with `lockstep waivers.add` or "
    "[[gates.iac-scan.ignore]] in lockstep.toml, with a reason and an end",
    timeout=20 * MINUTE,
    judge=Judge.SECURITY,
    checks=(
        Check(
            id="validate",
            title="terraform validate finds every folder of Terraform valid",
            remedy="mend what Terraform (or OpenTofu, where the machine has no Terraform) names at that line",
            tools=("terraform", "lockstep"),
            select=_is_terraform,
            argv=_validate,
            parse=_read_validate,
            exits=(0,),
            reports=(_REPORT,),
            materialise=True,
            whole=True,
            closure=True,
            freshness=("providers",),
        ),
        Check(
            id="tflint",
            title="tflint's rules for Terraform's language hold",
            remedy="the link of the rule shows what is right",
            tools=("tflint", "lockstep"),
            select=_is_language,
            argv=_tflint,
            parse=_read_tflint,
            timeout=_SOON,
            exits=(0,),
            reports=(_REPORT,),
            materialise=True,
        ),
        Check(
            id="checkov",
            title="checkov finds nothing of high or critical severity",
            remedy="the finding names the rule; its severity stands in the reviewed table that ships with Lockstep",
            tools=("checkov", "lockstep"),
            select=_is_any,
            argv=_checkov,
            parse=_read_checkov,
            timeout=2 * _SOON,
            exits=(0,),
            reports=(_REPORT,),
            materialise=True,
            closure=True,
        ),
        Check(
            id="policies",
            title="Lockstep's own policies hold: tags, no public access, TLS, KMS, log retention, images by digest",
            remedy="the finding says what to write",
            tools=("conftest", "lockstep"),
            select=_is_any,
            argv=_policies,
            parse=_read_policies,
            timeout=_SOON,
            exits=(0,),
            reports=(_REPORT,),
            materialise=True,
        ),
        Check(
            id="cloudformation",
            title="cfn-lint finds no error in CloudFormation templates, CDK's output among them",
            remedy="mend what the finding names at that line",
            tools=("cfn-lint", "lockstep"),
            select=_is_document,
            argv=_cloudformation,
            parse=_read_cloudformation,
            timeout=_SOON,
            exits=(0,),
            reports=(_REPORT,),
            materialise=True,
        ),
        Check(
            id="guard",
            title="CloudFormation templates hold to Lockstep's rules for cfn-guard, CDK's output among them",
            remedy="the finding says what to write",
            tools=(_GUARD, "lockstep"),
            select=_is_document,
            argv=_guard,
            parse=_read_guard,
            timeout=_SOON,
            exits=(0,),
            reports=(_REPORT,),
            materialise=True,
        ),
    ),
)
