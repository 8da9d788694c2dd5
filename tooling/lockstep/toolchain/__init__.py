"""The tool lock, the ways in which tools reach a machine, and the store that keeps them."""

from lockstep.toolchain.lock import ToolEntry, ToolLock, load, on_path, platform, program_digest
from lockstep.toolchain.provision import Provision, attempt, identity, provide

__all__ = [
    "Provision",
    "ToolEntry",
    "ToolLock",
    "attempt",
    "identity",
    "load",
    "on_path",
    "platform",
    "program_digest",
    "provide",
]
