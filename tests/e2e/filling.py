"""A disk that is full: a small file system of its own, with a little more room for each try, until the command succeeds.

As a program it runs where the file system is to be mounted: in a namespace of its own where the system allows that, else
with the help of sudo.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_SIZE, _PAGE = 4 << 20, 4096
_MOST = 60
_ISOLATED = ("unshare", "--map-root-user", "--mount")
_ROOT = ("sudo", "--non-interactive")


class Try(NamedTuple):
    """How one try ended: exit code, and what was printed."""

    exit_code: int
    printed: str


class _Plan(NamedTuple):
    place: str
    source: str
    words: list[str]
    step: int
    before: list[str]


def tries(place: Path, source: Path | None, words: tuple[str, ...], step: int, **environ: str) -> list[Try]:
    """Run `words` in `place` until they succeed, which is full but for `step` pages more each time.

    source: a folder whose files are copied there first; in its `shop`, or else here, the words are run.
    """
    place.mkdir()
    own = subprocess.run((*_ISOLATED, "true"), capture_output=True, check=False).returncode == 0
    plan = _Plan(str(place), str(source or ""), list(words), step, [] if own else list(_ROOT))
    argv = (*(_ISOLATED if own else ()), sys.executable, __file__, json.dumps(plan))
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env={**os.environ, **environ})
    assert done.returncode == 0, f"no small file system could be mounted, or used: {done.stderr}"
    return [Try(*each) for each in json.loads(done.stdout)]


def _tried(plan: _Plan) -> list[Try]:
    place = Path(plan.place)
    options = f"size={_SIZE},uid={os.getuid()},gid={os.getgid()}"
    subprocess.run((*plan.before, "mount", "-t", "tmpfs", "-o", options, "tmpfs", plan.place), check=True)
    try:
        _copied(plan.source, place)
        return list(_until(plan, place))
    finally:
        subprocess.run((*plan.before, "umount", "--lazy", plan.place), check=True)


def _until(plan: _Plan, place: Path) -> Iterator[Try]:
    for count in range(_MOST):
        _fill(place / "ballast", count * plan.step * _PAGE)
        found = _ran(plan.words, place)
        yield found
        if not found.exit_code:
            break
        (place / "ballast").unlink()


def _copied(source: str, place: Path) -> None:
    if source:
        shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True)


def _fill(path: Path, free: int) -> None:
    with path.open("wb", buffering=0) as stream:
        size = 0
        try:
            while True:
                size += stream.write(b"\0" * _PAGE)
        except OSError:
            stream.truncate(max(0, size - free))


def _ran(words: list[str], place: Path) -> Try:
    root = place / "shop" if (place / "shop").is_dir() else Path.cwd()
    spared = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(words, cwd=root, env=spared, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return Try(done.returncode, done.stdout.decode())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_tried(_Plan(*json.loads(sys.argv[1])))))
