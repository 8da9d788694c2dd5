"""The scripts in git's own folder that start the hooks.

Those of `pre-commit install` move unstaged work out of the tree into a patch, and back when the hooks are done: what is
killed in between leaves a working tree without it. Our hooks read the index and need no such thing, so these scripts name
a file to pre-commit: then it moves nothing, nor does it list files, at whose names it fails where they are not UTF-8.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from lockstep.errors import RefusedError
from lockstep.github.hooks import STAGES
from lockstep.host.git import Git

MODE = 0o755
_HEADER = "#!/bin/sh\n# Made by Lockstep; change it with: lockstep github.hooks --apply\n"


def changes(git: Git, program: str, config: str) -> Mapping[Path, str]:
    """Return the scripts that are missing or not as they should be, by absolute path.

    program: absolute path of pre-commit. config: path of its configuration, relative to the root.

    Raises:
        RefusedError: somebody else's hooks are in the way.
        WorkspaceError: git refuses.
    """
    folder = _folder(git)
    wanted = {folder / stage: _command(program, config, stage) for stage in STAGES}
    for path, command in wanted.items():
        if path.exists() and not path.read_bytes().startswith(_HEADER.encode()):
            raise RefusedError(
                "there is a git hook already", where=str(path), remedy=f"remove it, or let it end with: {command}"
            )
    scripts = {path: f"{_HEADER}exec {command}\n" for path, command in wanted.items()}
    return {path: text for path, text in scripts.items() if not _stands(path, text)}


def _command(program: str, config: str, stage: str) -> str:
    return shlex.join((program, "run", "--files", config, "--config", config, "--hook-stage", stage))


def _stands(path: Path, text: str) -> bool:
    return path.is_file() and os.access(path, os.X_OK) and path.read_bytes() == text.encode()


def _folder(git: Git) -> Path:
    own = Path(git.text("rev-parse", "--path-format=absolute", "--git-common-dir")) / "hooks"
    used = Path(git.text("rev-parse", "--path-format=absolute", "--git-path", "hooks"))
    if used != own:
        raise RefusedError(
            "git takes its hooks from another folder", where=str(used), remedy="git config --unset core.hooksPath"
        )
    return own
