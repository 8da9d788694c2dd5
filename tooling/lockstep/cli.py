"""`lockstep` on the command line: invoke's own Program over the same collection as `tasks.py`."""

import os
import sys
from itertools import takewhile

from invoke.program import Program

from lockstep import __version__
from lockstep.errors import LockstepError, render
from lockstep.host.endings import as_interrupts
from lockstep.tasks import namespace

program = Program(name="Lockstep", binary="lockstep", namespace=namespace, version=__version__)
# As a shell says that a program ended by SIGPIPE.
_UNREAD = 141
# Verbs that are about several of something, and the option that names one: invoke's verbs take no list of words.
_LISTS = {
    "owners": "--path",
    **dict.fromkeys(("tools.install", "tools.outdated", "tools.lock", "tools.bundle"), "--tool"),
}


def main(argv: list[str] | None = None) -> None:
    """Run the program with `argv` (default: sys.argv); a bug ends in one error and a file, not in a traceback."""
    try:
        with as_interrupts():
            _run(sys.argv if argv is None else argv)
    except LockstepError as error:
        _fail(error)
    except BrokenPipeError:  # whoever read has seen enough: lockstep ... | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_UNREAD)
    except Exception as error:  # noqa: BLE001 - a bug
        from lockstep.host import crash, files  # noqa: PLC0415

        _fail(crash.told(error, files.user_cache()))


def _run(argv: list[str]) -> None:
    try:
        program.run(spread(argv))
    finally:
        sys.stdout.flush()  # here, where it can still be told that nobody reads any more


def spread(words: list[str]) -> list[str]:
    """Return the command line with the words that directly follow a verb as options, where it is about several of something."""
    option = _LISTS.get(words[1]) if len(words) > 1 else None
    if option is None:
        return words
    named = list(takewhile(lambda word: word[:1] != "-", words[2:]))
    return [*words[:2], *(part for word in named for part in (option, word)), *words[2 + len(named) :]]


def _fail(error: LockstepError) -> None:
    sys.stderr.write(render(error) + "\n")
    sys.exit(error.exit_code)
