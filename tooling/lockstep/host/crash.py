"""A bug in Lockstep itself: one clear error, and the traceback in a file instead of all over the screen."""

import os
import traceback
from pathlib import Path

from lockstep.errors import LockstepError, RunError
from lockstep.host.environment import masked, secrets
from lockstep.host.files import write_atomic

FILE = "crash.txt"


def told(error: Exception, folder: Path) -> RunError:
    """Write the traceback of `error` to `crash.txt` in `folder`, secrets masked, and return what to tell the user.

    Where nothing can be written the error says where the bug struck.
    """
    hidden = secrets(os.environ)
    text = masked("".join(traceback.format_exception(error)).encode("utf-8", "replace"), hidden)
    said = masked(f"{type(error).__name__}: {error}".encode("utf-8", "replace"), hidden).decode("utf-8", "replace")
    what = f"Lockstep has a bug: {said}".rstrip(": ")
    why = "the fault is not in what was checked; nothing was judged"
    remedy = "report it with that file"
    try:
        write_atomic(folder / FILE, text)
    except LockstepError:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return RunError(what, where=f"{last.filename}:{last.lineno}", why=why, remedy="report it")
    return RunError(what, where=str(folder / FILE), why=why, remedy=remedy)
