"""What a repository holds: files, the components that they form, and what depends on what."""

from pathlib import Path

from lockstep.config import Config
from lockstep.host import Host
from lockstep.host.git import Git
from lockstep.workspace import files, layout
from lockstep.workspace.changes import affected
from lockstep.workspace.tree import Workspace

__all__ = ["Workspace", "affected", "read"]


def read(host: Host, git: Git, config: Config, tree: Path) -> Workspace:
    """Read `tree`: the root of git's working tree, or a snapshot of its index.

    Raises:
        WorkspaceError: git refuses, or a file cannot be read.
        ConfigError: lockstep.toml names a component that is not there.
    """
    listing = files.read(git, tree, int(host.clock.now().timestamp() * 1e9))
    state = git.root / files.STATE
    found = layout.read(tree, state, listing.files, config)
    return Workspace(
        root=tree,
        state=state,
        files=listing.files,
        components=found.components,
        excluded=found.excluded,
        notes=(*listing.notes, *found.notes),
        extended=found.extended,
    )
