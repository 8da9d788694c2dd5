"""The uv that Lockstep depends on, found without asking the machine's PATH, and what it is told of the machine."""

import os
import re
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

# Settings of the user's own that would make another environment than the lock says.
_DROPPED = re.compile(
    r"UV_(PYTHON|LOCKED|FROZEN|NO_SYNC|NO_DEV|NO_GROUP|NO_DEFAULT_GROUPS|SYSTEM_PYTHON|BREAK_SYSTEM_PACKAGES|"
    r"PROJECT|WORKING_DIR|PROJECT_ENVIRONMENT|(BUILD_)?CONSTRAINT|OVERRIDE|EXCLUDE|EXCLUDE_NEWER|RESOLUTION|PRERELEASE|"
    r"NO_BINARY.*|NO_BUILD_ISOLATION.*|NO_VERIFY_HASHES|VENV_.*|PYTHON_.*)"
    r"|PIP_.*|POETRY_VIRTUALENVS_.*"
)

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


def environ(installers: Mapping[str, str]) -> dict[str, str]:
    """Return what uv and Poetry see of an installer's environment: where to fetch from, and nothing of the user's taste."""
    kept = {name: value for name, value in installers.items() if not _DROPPED.fullmatch(name)}
    return {**kept, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
