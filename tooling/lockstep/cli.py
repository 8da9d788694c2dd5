"""`lockstep` on the command line: invoke's own Program over the same collection as `tasks.py`."""

import sys

from invoke.program import Program

from lockstep import __version__
from lockstep.errors import LockstepError, render
from lockstep.tasks import namespace

program = Program(name="Lockstep", binary="lockstep", namespace=namespace, version=__version__)


def main(argv: list[str] | None = None) -> None:
    """Run the program with `argv` (default: sys.argv); a bug ends in one error and a file, not in a traceback."""
    try:
        program.run(spread(sys.argv if argv is None else argv))
    except LockstepError as error:
        _fail(error)
    except Exception as error:  # noqa: BLE001 - a bug
        from lockstep.host import crash, files  # noqa: PLC0415

        _fail(crash.told(error, files.user_cache()))


def spread(words: list[str]) -> list[str]:
    """Return the command line with the paths of `owners` as options: invoke's verbs take no list of words."""
    if words[1:2] != ["owners"]:
        return words
    return [*words[:2], *(each for word in words[2:] for each in ((word,) if word[:1] == "-" else ("--path", word)))]


def _fail(error: LockstepError) -> None:
    sys.stderr.write(render(error) + "\n")
    sys.exit(error.exit_code)
