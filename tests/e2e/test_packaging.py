"""What is shipped: the wheel and the sdist, and a new repository that has nothing but them."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lockstep import __version__, host
from tests.e2e.building import Yard
from tests.templates.rendering import commit, render

pytestmark = pytest.mark.e2e

PROJECT = Path(__file__).parents[2]
UV = (sys.executable, "-m", "uv")
# What a fresh machine has: certificates and the settings of package registries, and no virtual environment.
PASSED = ("PATH", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "PIP_CERT", "PIP_INDEX_URL", "UV_INDEX_URL")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run((*UV, "build", "--quiet", "--out-dir", str(folder), str(PROJECT)), check=True)
    return folder


def members(wheel: Path) -> dict[str, int]:
    """Return the CRC of every file of the package in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {each.filename: each.CRC for each in archive.infolist() if each.filename.startswith("lockstep/")}


def test_the_wheel_holds_every_file_of_the_package(shipped: Path) -> None:
    source = PROJECT / "tooling" / "lockstep"
    tracked = subprocess.run(
        ("git", "ls-files", "-z", "--", "."),  # noqa: S607 - the git of this machine
        cwd=source,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    expected = {f"lockstep/{name}" for name in tracked.split("\0") if name and (source / name).exists()}
    assert expected
    assert expected - members(wheel_of(shipped)).keys() == set()


def test_the_sdist_gives_the_same_wheel(shipped: Path, tmp_path: Path) -> None:
    (sdist,) = shipped.glob("*.tar.gz")
    subprocess.run((*UV, "build", "--quiet", "--wheel", "--out-dir", str(tmp_path), str(sdist)), check=True)
    assert members(wheel_of(tmp_path)) == members(wheel_of(shipped))


def wheel_of(folder: Path) -> Path:
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_a_new_repository_runs_its_gates_with_nothing_but_the_wheel(
    shipped: Path, advisories: str, yard: Yard, tmp_path: Path
) -> None:
    answers = {"lockstep_version": __version__, "advisory_database": advisories, "base_image": yard.base}
    root = render(tmp_path / "shop", **answers)
    commit(root)
    home = tmp_path / "home"
    home.mkdir()
    environ = {name: os.environ[name] for name in PASSED if name in os.environ}
    environ |= {"HOME": str(home), "PIP_FIND_LINKS": str(shipped), "LANG": "C.UTF-8", "BUILDKIT_HOST": yard.builder}
    environ["LOCKSTEP_STORE"] = str(host.system().store)  # building every tool anew is what test_tools is for
    python = Path(sys.executable).resolve()
    done = subprocess.run(
        ("make", "gates", f"PYTHON={python}"),  # noqa: S607 - the make of this machine
        cwd=root,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✔ passed" in done.stdout
