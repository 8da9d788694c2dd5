"""The plan: which checks run over which components, on which files. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath

import msgspec

from lockstep.config import Config, GateConfig
from lockstep.model.component import ROOT, Component, FileEntry, Kind
from lockstep.model.gate import Check, Gate, Scope
from lockstep.workspace import Workspace

REPOSITORY = Component(name=ROOT, path=ROOT, kind=Kind.REPOSITORY)


class Action(msgspec.Struct, frozen=True):
    """One check over one component: the unit of scheduling and caching.

    files: what the tool is handed. inputs: everything that can change the outcome, by path. timeout: seconds.
    cpus: processors it may use. python: version of the matrix, "" for the interpreter that runs Lockstep.
    """

    id: str
    gate: str
    check: Check
    component: Component
    files: tuple[str, ...]
    inputs: tuple[FileEntry, ...]
    timeout: int
    cpus: int = 1
    python: str = ""

    @property
    def materialised(self) -> tuple[str, ...]:
        """The files that a check which wants copies is given: those it checks, and all that it declares to rest on."""
        if not (self.check.whole or self.check.closure or self.check.reads):
            return self.files
        return tuple(entry.path for entry in self.inputs if self.check.links or not entry.is_link)


class _Limits(msgspec.Struct, frozen=True):
    """What an action may use: seconds, and processors."""

    timeout: int
    cpus: int


class Plan(msgspec.Struct, frozen=True):
    """Gates in order, those that only supply reports to them, and all actions."""

    gates: tuple[Gate, ...]
    suppliers: tuple[Gate, ...]
    actions: tuple[Action, ...]
    complete: bool

    def of_gate(self, gate: Gate) -> tuple[Action, ...]:
        """Return the actions whose reports the gate judges: its own, and those of the gates it requires."""
        wanted = {gate.id, *gate.requires}
        return tuple(action for action in self.actions if action.gate in wanted)


def make(
    workspace: Workspace, config: Config, known: Mapping[str, Gate], wanted: Iterable[str], only: frozenset[str] | None
) -> Plan:
    """Return the plan for the `wanted` gate ids; `only` restricts it to components by name (None: all)."""
    gates = tuple(known[gate] for gate in known if gate in set(wanted))
    chosen = {gate.id for gate in gates}
    needed = {required for gate in gates for required in gate.requires} - chosen
    suppliers = tuple(known[gate] for gate in known if gate in needed)
    actions = tuple(
        action
        for gate in (*gates, *suppliers)
        for check in gate.checks
        for action in _actions(workspace, config, gate, check, only)
    )
    return Plan(gates, suppliers, actions, complete=only is None)


def _actions(
    workspace: Workspace, config: Config, gate: Gate, check: Check, only: frozenset[str] | None
) -> Iterator[Action]:
    given = config.gates.get(gate.id, GateConfig())
    limits = _Limits(given.timeout or check.timeout or gate.timeout, given.cpus or check.cpus)
    if check.scope is Scope.REPOSITORY:
        whole = msgspec.structs.replace(REPOSITORY, configured=workspace.by_name(ROOT).configured)
        entries = _selected(workspace, check, whole, workspace.files.values())
        if entries or check.tracked_history or check.applies(whole):
            yield _action(workspace, gate, check, whole, entries, limits, "")
        return
    for component in workspace.components:
        if (only is not None and component.name not in only) or (check.python and not component.python):
            continue
        entries = _selected(workspace, check, component, workspace.files_of(component))
        if entries or check.applies(component):
            for version in _versions(config, check, component):
                yield _action(workspace, gate, check, component, entries, limits, version)


def _selected(
    workspace: Workspace, check: Check, component: Component, entries: Iterable[FileEntry]
) -> tuple[FileEntry, ...]:
    excluded = frozenset() if check.uncommitted else workspace.excluded
    return tuple(each for each in entries if each.path not in excluded and check.select(component, each))


def _versions(config: Config, check: Check, component: Component) -> tuple[str, ...]:
    """Return the versions of the component's matrix, the first alone for a check that has one action; "" is Lockstep's own."""
    if not (check.python or check.interpreter or check.per_version):
        return ("",)
    versions = config.versions_of(component.name)
    return (versions or ("",)) if check.per_version else (versions[:1] or ("",))


def _action(
    workspace: Workspace,
    gate: Gate,
    check: Check,
    component: Component,
    entries: tuple[FileEntry, ...],
    limits: _Limits,
    version: str,
) -> Action:
    inputs = {entry.path: entry for entry in entries}
    inputs |= _context(workspace, check, component)
    for name in workspace.closure(component.name) if check.closure or check.whole else ():
        used = workspace.by_name(name)
        if name == component.name or check.closure:
            inputs |= {
                entry.path: entry for entry in workspace.files_of(used) if check.whole or check.select(used, entry)
            }
    for name in workspace.closure(component.name) if check.reads else ():
        used = workspace.by_name(name)
        inputs |= {entry.path: entry for entry in workspace.files_of(used) if check.reads and check.reads(used, entry)}
    return Action(
        id=f"{gate.id}:{check.id}:{component.name}" + (f"@{version}" if version else ""),
        gate=gate.id,
        check=check,
        component=component,
        files=tuple(sorted(entry.path for entry in entries if not entry.is_link)),
        inputs=tuple(inputs[path] for path in sorted(inputs)),
        timeout=limits.timeout,
        cpus=limits.cpus,
        python=version,
    )


def _context(workspace: Workspace, check: Check, component: Component) -> dict[str, FileEntry]:
    """Return the configuration files that the tool may find: named ones, in the component and from its folder up to the root."""
    found = {
        entry.path: entry
        for name in check.context
        for entry in workspace.named(name)
        if check.scope is Scope.REPOSITORY or workspace.owner(entry.path).path == component.path
    }
    for folder in _folders(component.path):
        for name in check.context:
            path = name if folder == ROOT else f"{folder}/{name}"
            if path in workspace.files:
                found[path] = workspace.files[path]
    extended = {target for path in found for target in workspace.extended.get(path, ())}
    return found | {path: workspace.files[path] for path in extended}


@cache
def _folders(path: str) -> tuple[str, ...]:
    pure = PurePosixPath(path)
    return tuple(dict.fromkeys((str(pure), *(str(parent) for parent in pure.parents), ROOT)))
