"""yamllint over YAML. What the configuration calls a warning does not fail it, as with yamllint itself."""

from lockstep.model import targets
from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import Check, Invocation, Output
from lockstep.parsers import yamllint


def _is_yaml(component: Component, entry: FileEntry) -> bool:
    return targets.ends(entry, (".yaml", ".yml")) and entry.path not in component.templates


def _argv(invocation: Invocation) -> tuple[str, ...]:
    config = invocation.component.configuration("yamllint")
    own = ("--config-file", config) if config else ("--config-data", "default")
    return (
        *invocation.program("yamllint"),
        "--format=parsable",
        "--no-warnings",
        *own,
        "--",
        *targets.files(invocation),
    )


def _parse(output: Output, invocation: Invocation) -> Report:
    return yamllint.read(output.stdout, output.stderr, output.exit_code, files=invocation.files, root=invocation.root)


YAMLLINT = Check(
    id="yamllint",
    title="yamllint finds no error in YAML",
    remedy="the link of the rule shows what is right; .yamllint decides which rules are yours",
    tools=("yamllint",),
    select=_is_yaml,
    argv=_argv,
    parse=_parse,
    context=(".yamllint", ".yamllint.yaml", ".yamllint.yml", ".gitignore"),
)
