"""What of a plan this run can or should do: checks of uncommitted files see only those, scans of a history need one."""

import msgspec

from lockstep.engine.plan import Plan
from lockstep.engine.request import Request
from lockstep.host.git import Git
from lockstep.model.gate import Scan, Settings
from lockstep.workspace import changes, repository


def of_files(git: Git, made: Plan, state: repository.State, request: Request) -> Plan:
    """Return the plan with checks of uncommitted files narrowed to those."""
    if not any(action.check.uncommitted for action in made.actions):
        return made
    changed = _uncommitted(git, state, request)
    actions = []
    for action in made.actions:
        if not action.check.uncommitted:
            actions.append(action)
            continue
        files = tuple(path for path in action.files if path in changed)
        if files:
            kept = {*files, *(entry.path for entry in action.inputs if entry.path not in action.files)}
            inputs = tuple(entry for entry in action.inputs if entry.path in kept)
            actions.append(msgspec.structs.replace(action, files=files, inputs=inputs))
    return msgspec.structs.replace(made, actions=tuple(actions))


def of_history(made: Plan, state: repository.State, request: Request) -> Plan:
    """Return the plan without scans of a history that is not there, or is not asked for: staged bytes have none yet."""
    if state.commit and not request.staged:
        return made
    kept = tuple(action for action in made.actions if not action.check.tracked_history)
    return msgspec.structs.replace(made, actions=kept)


def history(git: Git, state: repository.State, settings: Settings) -> str:
    """Return what history scans read (`Invocation.history`); the whole history where the base of a range is not here."""
    base = git.commit_of(settings.base) if settings.scan is Scan.RANGE else ""
    return f"{base}..{state.commit}" if base and state.commit else state.commit


def blocked(made: Plan, state: repository.State, history: str, settings: Settings) -> dict[str, str]:
    """Return why history scans cannot be believed here: the clone does not hold what was asked for."""
    if state.shallow:
        why = "the clone is shallow, so its history is not whole (git fetch --unshallow)"
    elif settings.scan is Scan.RANGE and ".." not in history:
        why = f"{settings.base} is not in this clone, so there is no range to scan (git fetch)"
    else:
        return {}
    return {action.id: why for action in made.actions if action.check.tracked_history}


def _uncommitted(git: Git, state: repository.State, request: Request) -> frozenset[str]:
    """Return the paths that differ from the commit; of a snapshot of the index those that are staged."""
    if not request.staged:
        return state.uncommitted
    return frozenset(change.path for change in changes.staged(git) if change.status != "D")
