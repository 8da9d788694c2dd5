"""`github.surfaces`: write the workflow and the hooks from the gates."""

import sys
from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from lockstep import config as configuration
from lockstep import host
from lockstep.errors import LockstepError, render
from lockstep.host.files import write_atomic
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
        sys.stdout.write("lockstep.toml names no generated file ([surfaces] workflow, hooks)\n")
    elif not changed:
        sys.stdout.write("everything is as the gates give it\n")
    elif not apply:
        sys.stdout.write("nothing was changed; add --apply to write\n")
