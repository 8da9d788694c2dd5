import sys
from pathlib import Path
from subprocess import run

import pytest

from tests.templates.rendering import render


@pytest.mark.e2e
def test_the_lock_of_the_monorepo_is_in_step_with_its_manifests(tmp_path: Path) -> None:
    root = render(tmp_path / "repository", project_name="Quay")
    checked = run(
        (sys.executable, "-m", "uv", "lock", "--check"),
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert checked.returncode == 0, checked.stderr
