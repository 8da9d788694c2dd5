"""The verbs that act on the world: `inv --list`."""

from lockstep.tasks import namespace

__all__ = ["namespace"]
