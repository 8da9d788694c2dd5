"""Scan an image by Trivy: `lockstep_trivy_image.py CACHE ADVISORIES JAVA_INDEX PROGRAM WORD...`.

CACHE is a folder that is made for Trivy, from the folders in which the databases are; JAVA_INDEX may be "". Trivy gives up
at the first Java archive that it has no index for, so it is then started once more without those; its first words stay on
standard error, where they tell what was left out.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# Its whole message is: it "cannot be specified on the first run".
NO_INDEX = b"'--skip-java-db-update' cannot be"
_ARCHIVES = ("jar", "war", "ear", "par")


def main() -> int:
    """Return Trivy's exit code; does not return where it is started once more."""
    cache, advisories, index, *program = sys.argv[1:]
    Path(cache).mkdir()
    Path(cache, "db").symlink_to(Path(advisories, "db"))
    if index:
        Path(cache, "java-db").symlink_to(Path(index, "java-db"))
    done = subprocess.run(program, stderr=subprocess.PIPE, check=False)
    sys.stderr.buffer.write(done.stderr)
    sys.stderr.flush()
    if NO_INDEX in done.stderr and done.returncode:
        os.execv(program[0], [*program, *without_archives()])  # noqa: S606 - the argv that the gate made
    return done.returncode


def without_archives() -> list[str]:
    """Return the options that keep Trivy from Java archives, whatever the case of their suffix."""
    patterns = ("".join(f"[{letter}{letter.upper()}]" for letter in suffix) for suffix in _ARCHIVES)
    return [word for pattern in patterns for word in ("--skip-files", f"**/*.{pattern}")]


if __name__ == "__main__":
    sys.exit(main())
