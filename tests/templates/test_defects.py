"""The planted defects are in step with the template; that each gate finds its own is shown end to end."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from lockstep import gates
from tests.e2e.defects import DEFECTS
from tests.e2e.planting import Commit, Defect, Stage, lines, plant
from tests.templates.rendering import commit, render

LOCAL = [defect for defect in DEFECTS if not defect.needs_registry]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = render(tmp_path_factory.mktemp("rendered") / "repository")
    commit(root)
    return root


def test_every_gate_has_five_defects_or_more() -> None:
    counted = Counter(defect.gate for defect in DEFECTS)
    assert counted.keys() == gates.discover().keys()
    assert min(counted.values()) >= 5
    assert len(DEFECTS) >= 100


def test_identifiers_are_unique_and_kebab_case() -> None:
    identifiers = [defect.id for defect in DEFECTS]
    assert len(set(identifiers)) == len(identifiers)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)+", identifier) for identifier in identifiers)


@pytest.mark.parametrize("defect", LOCAL, ids=lambda defect: defect.id)
def test_a_defect_fits_the_template_and_has_its_place(rendered: Path, tmp_path: Path, defect: Defect) -> None:
    root = _copy(rendered, tmp_path, defect)
    plant(defect, root)
    assert (root / defect.path).exists() or defect.line
    found = lines(defect, root)
    assert bool(found) == bool(defect.at or defect.line)


def _copy(rendered: Path, folder: Path, defect: Defect) -> Path:
    """Copy the repository, with what git keeps of it only where the defect is something in that."""
    in_git = any(isinstance(edit, Commit | Stage) for edit in defect.edits)
    left = None if in_git else shutil.ignore_patterns(".git")
    return Path(shutil.copytree(rendered, folder / "repository", symlinks=True, ignore=left))


def test_an_edit_that_does_not_fit_is_refused(rendered: Path, tmp_path: Path) -> None:
    root = tmp_path / "repository"
    shutil.copytree(rendered, root, symlinks=True)
    defect = next(defect for defect in LOCAL if defect.id == "lint-unused-import")
    plant(defect, root)
    with pytest.raises(ValueError, match="0 times, not once"):
        plant(defect, root)
