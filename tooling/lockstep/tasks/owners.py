"""`owners`: who owns a path, by GitHub's CODEOWNERS rules."""

import sys
from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from lockstep import host
from lockstep.errors import LockstepError, render
from lockstep.workspace import repository

TOP_LEVEL = True


@task(iterable=["path"], help={"path": "a path of the repository; `lockstep owners PATH...` takes several"})
def owners(_: Context, path: list[str]) -> None:
    """Say who owns each path, and which line of CODEOWNERS says so."""
    from lockstep.github import codeowners  # noqa: PLC0415 - not needed to list verbs

    try:
        root = repository.root_of(host.system(), Path.cwd())
    except LockstepError as error:
        raise Exit(render(error), code=error.exit_code) from error
    known = codeowners.find(lambda name: (root / name).read_bytes() if (root / name).is_file() else None)
    if not known.place:
        raise Exit(f"error: there is no CODEOWNERS\n  mend: write {codeowners.PLACES[0]}", code=2)
    for each in path:
        line = known.line(_relative(each, root))
        said = " ".join(line.owners) or "(nobody)" if line else "(nobody)"
        where = f"  {known.place}:{line.number} {line.pattern}" if line else ""
        sys.stdout.write("".join(char if char.isprintable() else " " for char in f"{each}  {said}{where}") + "\n")
    for number in known.skipped:
        sys.stderr.write(f"{known.place}:{number}: GitHub skips this line\n")


def _relative(path: str, root: Path) -> str:
    """Return a path as CODEOWNERS sees it: from the root, with `/`."""
    absolute = (Path.cwd() / path).absolute()
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else path
