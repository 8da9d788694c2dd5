"""The uv that Lockstep depends on, found without asking the machine's PATH."""

import os
import sys
import threading
from pathlib import Path

# sysconfig, which the uv package asks, is not safe to use for the first time in two threads at once.
_LOCK = threading.Lock()


def program() -> str:
    """Return the path of uv: beside the interpreter, or where its package says.

    Raises:
        FileNotFoundError: the uv package is installed without its program.
    """
    beside = Path(sys.executable).with_name("uv")
    if beside.is_file():
        return str(beside)
    from uv import find_uv_bin  # noqa: PLC0415 - seldom needed

    with _LOCK:
        return os.fsdecode(find_uv_bin())
