"""actionlint and zizmor over GitHub's workflows, actions and Dependabot settings."""

from posixpath import basename, dirname

import msgspec

from lockstep.model import targets
from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Finding, Report
from lockstep.model.gate import Check, Invocation, Output, Scope
from lockstep.parsers import actionlint, configured, zizmor
from lockstep.parsers.reading import named

_WORKFLOWS = ".github/workflows"
_DEPENDABOT = (".github/dependabot.yml", ".github/dependabot.yaml")
_ACTIONS = frozenset({"action.yml", "action.yaml"})
_PINS = {
    "unpinned-uses": "`nox -s lint -- --fix` pins it once [pins.actions] in lockstep.toml names its commit",
    "unpinned-images": "`nox -s lint -- --fix` pins it once [pins.images] in lockstep.toml names its digest",
}


def _is_workflow(_: Component, entry: FileEntry) -> bool:
    return dirname(entry.path) == _WORKFLOWS and targets.ends(entry, (".yml", ".yaml"))


def _is_audited(component: Component, entry: FileEntry) -> bool:
    known = basename(entry.path) in _ACTIONS or entry.path in _DEPENDABOT
    return _is_workflow(component, entry) or (known and not entry.is_link)


def _actionlint(invocation: Invocation) -> tuple[str, ...]:
    config = invocation.component.configuration("actionlint")
    return (
        *invocation.program("actionlint"),
        "-no-color",
        f"-format={actionlint.FORMAT}",
        f"-shellcheck={invocation.program('shellcheck')[0]}",
        "-pyflakes=",
        *(("-config-file", config) if config else ()),
        *targets.files(invocation),
    )


def _read_actionlint(output: Output, invocation: Invocation) -> Report:
    report = actionlint.read(output.stdout, output.stderr, output.exit_code, root=invocation.root)
    return named(report, invocation.files)


def _zizmor(invocation: Invocation, *options: str) -> tuple[str, ...]:
    config = invocation.component.configuration("zizmor")
    own = ("--config", config) if config else ("--no-config",)
    handed = targets.files(targets.utf8(invocation))
    return (*invocation.program("zizmor"), "--offline", "--no-progress", *own, *options, "--", *handed)


def _zizmor_check(invocation: Invocation) -> tuple[str, ...]:
    return _zizmor(invocation, "--format=sarif")


def _zizmor_fix(invocation: Invocation) -> tuple[str, ...]:
    """Return the command line that pins what is known by digest, then lets zizmor apply the fixes that it calls safe."""
    program = (*invocation.module("lockstep.plugin.pinning"), "workflows")
    return (*program, *targets.files(invocation), "--", *_zizmor(invocation, "--fix=safe", "--quiet"))


def _read_zizmor(output: Output, invocation: Invocation) -> Report:
    report = zizmor.read(output.stdout, output.stderr, output.exit_code, files=invocation.files, root=invocation.root)
    return msgspec.structs.replace(report, findings=tuple(_told(each) for each in report.findings))


def _told(finding: Finding) -> Finding:
    """Return the finding with the way to pin what it is about."""
    hint = _PINS.get(finding.rule)
    return msgspec.structs.replace(finding, message=f"{finding.message}; {hint}") if hint else finding


ACTIONLINT = Check(
    id="actionlint",
    title="actionlint finds nothing in workflows",
    remedy="the message says what GitHub would refuse or misread",
    tools=("actionlint", "shellcheck"),
    select=_is_workflow,
    argv=_actionlint,
    parse=_read_actionlint,
    context=(*configured.CANDIDATES["actionlint"], *sorted(_ACTIONS)),
    scope=Scope.REPOSITORY,
)

ZIZMOR = Check(
    id="zizmor",
    title="zizmor finds no weakness in workflows and actions",
    remedy="the link of the rule explains the risk; `nox -s lint -- --fix` pins actions and images that Lockstep or [pins] in "
    "lockstep.toml knows; `# zizmor: ignore[RULE]` on the line where it is wrong",
    tools=("zizmor", "lockstep"),
    select=_is_audited,
    argv=_zizmor_check,
    parse=_read_zizmor,
    exits=(0, 1, zizmor.NOTHING),
    context=configured.CANDIDATES["zizmor"],
    scope=Scope.REPOSITORY,
    fix=_zizmor_fix,
    fix_order=10,
)
