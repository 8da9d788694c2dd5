"""terraform fmt, by the machine's Terraform or by OpenTofu."""

from collections.abc import Mapping

from lockstep.model import targets
from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import Check, Invocation, Output
from lockstep.parsers import formatters
from lockstep.parsers.reading import named

_UNFORMATTED, _UNREADABLE = 3, 2


def _is_formatted(_: Component, entry: FileEntry) -> bool:
    return targets.ends(entry, (".tf", ".tfvars", ".tftest.hcl"))


def _env(_: Invocation) -> Mapping[str, str]:
    """Terraform asks its maker for news unless told not to."""
    return {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


def _argv(invocation: Invocation) -> tuple[str, ...]:
    return (*invocation.program("terraform"), "fmt", "-no-color", "-check", "-diff", *targets.files(invocation))


def _fix(invocation: Invocation) -> tuple[str, ...]:
    return (*invocation.program("terraform"), "fmt", "-no-color", "-list=false", *targets.files(invocation))


def _parse(output: Output, invocation: Invocation) -> Report:
    report = formatters.terraform(output.stdout, output.stderr, output.exit_code, root=invocation.root)
    return named(report, invocation.files)


TERRAFORM = Check(
    id="terraform-fmt",
    title="Terraform is formatted as terraform fmt does",
    remedy="`nox -s lint -- --fix`, or `terraform fmt PATH`",
    tools=("terraform",),
    select=_is_formatted,
    argv=_argv,
    env=_env,
    parse=_parse,
    exits=(0, _UNFORMATTED, _UNREADABLE),
    fix=_fix,
    fix_order=20,
)
