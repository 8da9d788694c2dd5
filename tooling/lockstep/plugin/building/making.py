"""What both programs need: a clean tree, files by digest, the report."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from lockstep.artifacts.comparing import Difference
from lockstep.host import files

FAILED = 2
_PREFIX = "sha256:"
_FOLDER, _EXECUTABLE, _PLAIN = 0o755, 0o755, 0o644
_TAIL = 25


class BuildError(Exception):
    """Why nothing can be said of a build, as one sentence."""


def main(program: Callable[[Sequence[str]], tuple[Path, dict[str, Any]]], argv: Sequence[str]) -> int:
    """Run one of the programs, write what it returns as JSON, and return the exit code."""
    os.umask(0o022)
    try:
        place, report = program(argv)
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    place.write_text(json.dumps(report), encoding="utf-8")
    return 0


def copied(tree: Path, target: Path, moment: int) -> Path:
    """Copy a tree whose modes are git's and whose times are all `moment`; return the copy."""
    shutil.copytree(tree, target, symlinks=True)
    for parent, _, names in os.walk(target, topdown=False):
        for name in names:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(_EXECUTABLE if path.stat().st_mode & 0o100 else _PLAIN)
            os.utime(path, (moment, moment), follow_symlinks=False)
        Path(parent).chmod(_FOLDER)
        os.utime(parent, (moment, moment))
    return target


def digest_of(path: Path) -> str:
    """Return `sha256:` and the digest of a file."""
    return _PREFIX + files.digest_of(path)


def stored(path: Path, store: Path) -> tuple[str, int]:
    """Move a file into `store` under its digest; return `sha256:` and the digest, and its size."""
    digest, size = digest_of(path), path.stat().st_size
    store.mkdir(exist_ok=True)
    path.replace(store / digest.removeprefix(_PREFIX))
    return digest, size


def failure(lines: Iterable[str]) -> dict[str, Any]:
    """Return the part of a report that says that the sources do not build, with the last lines of what was printed."""
    said = [line.rstrip() for line in lines if line.strip()]
    return {"failure": "\n".join(said[-_TAIL:])}


def told(artifact: str, differences: Iterable[Difference]) -> list[dict[str, str]]:
    """Return differences as the report has them."""
    return [{"artifact": artifact, "member": each.member, "how": each.how} for each in differences]
