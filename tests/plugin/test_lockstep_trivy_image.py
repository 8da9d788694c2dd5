"""Trivy is given its databases in one folder, and once more a chance where only Java archives stop it."""

import subprocess
import sys
from pathlib import Path

import pytest

from lockstep.plugin import lockstep_trivy_image
from tests.e2e.gating import MEASURED

# Says what Trivy says of a Java archive unless it has the index, or is told to leave archives out.
TRIVY = """\
import pathlib, sys
cache = pathlib.Path(sys.argv[1])
print(sorted(path.name for path in cache.iterdir()), [path.read_text() for path in sorted(cache.glob("*/it"))])
if "java-db" not in {path.name for path in cache.iterdir()} and "--skip-files" not in sys.argv:
    sys.exit("FATAL\\t'--skip-java-db-update' cannot be specified on the first run")
print(sys.argv[2:])
sys.exit(int(sys.argv[2]))
"""


def scanned(folder: Path, index: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
    for name, below in (("advisories", "db"), ("index", "java-db")):
        (folder / name / below).mkdir(parents=True)
        (folder / name / below / "it").write_text(name, encoding="utf-8")
    program = (sys.executable, "-c", TRIVY, str(folder / "cache"), str(code))
    argv = (
        sys.executable,
        lockstep_trivy_image.__file__,
        str(folder / "cache"),
        str(folder / "advisories"),
        index,
        *program,
    )
    return subprocess.run(argv, capture_output=True, text=True, check=False, env=MEASURED)


def test_with_an_index_it_is_started_once(tmp_path: Path) -> None:
    done = scanned(tmp_path, str(tmp_path / "index"), code=2)
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout == "['db', 'java-db'] ['advisories', 'index']\n['2']\n"


def test_without_one_archives_are_left_out_and_its_words_stay(tmp_path: Path) -> None:
    done = scanned(tmp_path, "")
    assert (done.returncode, done.stderr.count("cannot be specified on the first run")) == (0, 1)
    *_, words = done.stdout.splitlines()
    assert words.count("--skip-files") == 4
    assert "**/*.[jJ][aA][rR]" in words


@pytest.mark.parametrize("code", [0, 1])
def test_any_other_end_is_its_own(tmp_path: Path, code: int) -> None:
    (tmp_path / "advisories" / "db").mkdir(parents=True)
    program = (sys.executable, "-c", f"import sys; sys.stderr.write('no'); sys.exit({code})")
    argv = (
        sys.executable,
        lockstep_trivy_image.__file__,
        str(tmp_path / "cache"),
        str(tmp_path / "advisories"),
        "",
        *program,
    )
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=MEASURED)
    assert (done.returncode, done.stderr) == (code, "no")
