"""Programs that checks look for on the machine because no source gives them: which are there, and what follows where not."""

from collections.abc import Mapping

import msgspec

from lockstep.engine.plan import Plan
from lockstep.host import Host
from lockstep.toolchain import on_path, program_digest


class Programs(msgspec.Struct, frozen=True):
    """The programs of a plan that this machine has: absolute path and identity by name."""

    paths: Mapping[str, str]
    identities: Mapping[str, str]


def look(host: Host, made: Plan) -> Programs:
    """Return the programs that the plan's checks name and that are on the machine's PATH."""
    names = sorted({action.check.program for action in made.actions if action.check.program})
    found = {name: path for name in names if (path := on_path(name, host.environ))}
    return Programs(found, {name: program_digest(path) for name, path in found.items()})


def without_optional(made: Plan, programs: Programs) -> Plan:
    """Return the plan without the actions whose optional program is not there."""
    kept = tuple(
        action for action in made.actions if not (action.check.optional and action.check.program not in programs.paths)
    )
    return msgspec.structs.replace(made, actions=kept)


def blocked(made: Plan, programs: Programs) -> dict[str, str]:
    """Return, by action id, why actions whose program is not there cannot run."""
    return {
        action.id: f"this machine has no {action.check.program} on its PATH"
        for action in made.actions
        if action.check.program and action.check.program not in programs.paths
    }
