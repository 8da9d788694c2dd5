"""The files that are generated from the gates ([surfaces] in lockstep.toml) are what the gates give."""

from lockstep.model import targets
from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import Check, Invocation, Output, Scope
from lockstep.parsers import own


def _select(_: Component, entry: FileEntry) -> bool:
    """What is generated is YAML and Markdown, wherever lockstep.toml says that it lies."""
    return entry.path == "lockstep.toml" or targets.ends(entry, (".md", ".yaml", ".yml"))


def _argv(invocation: Invocation) -> tuple[str, ...]:
    """Return the program's command line; -P keeps the repository's own modules off its import path."""
    return invocation.module("lockstep.github.surfaces")


def _parse(output: Output, invocation: Invocation) -> Report:
    return own.read(output.stdout, output.stderr, output.exit_code, rule="surface-drift", root=invocation.root)


SURFACES = Check(
    id="surfaces",
    title="generated files are as the gates give them",
    remedy="`lockstep github.surfaces --apply`",
    tools=("lockstep",),
    select=_select,
    argv=_argv,
    parse=_parse,
    scope=Scope.REPOSITORY,
)
