"""`github.surfaces`: write the workflow and the hooks from the gates. `github.hooks`: let git start the hooks."""

import shutil
import sys
from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from lockstep import config as configuration
from lockstep import host
from lockstep.errors import ConfigError, LockstepError, ToolError, render
from lockstep.host import Host
from lockstep.host.files import write_atomic
from lockstep.host.git import Git
from lockstep.workspace import repository


@task(help={"apply": "write the files (without it the plan is printed)"})
def surfaces(_: Context, apply: bool = False) -> None:  # noqa: FBT001, FBT002 - invoke's way
    """Generate the CI workflow and the pre-commit hooks from the gates."""
    from lockstep.github import surfaces as generated  # noqa: PLC0415 - not needed to list verbs

    try:
        root = repository.root_of(host.system(), Path.cwd())
        wanted = generated.expected(configuration.load(root))
        changed = [line.split(":", 1)[0] for line in generated.drift(root, wanted)]
        for path in changed:
            if apply:
                write_atomic(root / path, wanted[path].encode())
            sys.stdout.write(f"{'wrote' if apply else 'would write'} {path}\n")
    except LockstepError as error:
        raise Exit(render(error), code=error.exit_code) from error
    if not wanted:
        sys.stdout.write("lockstep.toml names no generated file ([surfaces] workflow, hooks, gates, configuration)\n")
    elif not changed:
        sys.stdout.write("everything is as the gates give it\n")
    elif not apply:
        sys.stdout.write("nothing was changed; add --apply to write\n")


@task(help={"apply": "write the scripts (without it the plan is printed)"})
def hooks(_: Context, apply: bool = False) -> None:  # noqa: FBT001, FBT002 - invoke's way
    """Let git start the hooks, with unstaged work left where it is (instead of `pre-commit install`)."""
    from lockstep.github import git_hooks  # noqa: PLC0415 - not needed to list verbs

    try:
        machine = host.system()
        root = repository.root_of(machine, Path.cwd())
        scripts = git_hooks.changes(
            Git(root, machine.processes, machine.environ), _pre_commit(machine), _hooks_file(root)
        )
        for path, text in scripts.items():
            if apply:
                write_atomic(path, text.encode(), mode=git_hooks.MODE)
            sys.stdout.write(f"{'wrote' if apply else 'would write'} {path}\n")
    except LockstepError as error:
        raise Exit(render(error), code=error.exit_code) from error
    if not scripts:
        sys.stdout.write("git starts the hooks already\n")
    elif not apply:
        sys.stdout.write("nothing was changed; add --apply to write\n")


def _pre_commit(machine: Host) -> str:
    beside = str(Path(machine.python).parent)
    found = shutil.which("pre-commit", path=f"{beside}:{machine.environ.get('PATH', '')}")
    if found is None:
        raise ToolError("pre-commit is not on this machine", where=beside, remedy="python -m pip install pre-commit")
    return str(Path(found).absolute())


def _hooks_file(root: Path) -> str:
    path = configuration.load(root).surfaces.hooks
    if not path:
        raise ConfigError(
            "lockstep.toml names no hooks",
            where=configuration.FILE,
            remedy='[surfaces] hooks = ".pre-commit-config.yaml", then lockstep github.surfaces --apply',
        )
    return path
