"""The generated hooks under the real pre-commit: exactly the staged bytes, and unstaged work stays where it is."""

import os
import re
from pathlib import Path

import pytest

from lockstep import gates
from lockstep.github.hooks import stage
from tests.e2e.defects import DEFECTS
from tests.e2e.hooked import Hooked, adopted, hooked
from tests.e2e.monorepo import Monorepo
from tests.e2e.planting import plant

pytestmark = pytest.mark.e2e

CLEAN = '"""Lamps."""\n\nPRICE = 3\n'
DIRTY = '"""Lamps."""\n\nimport os\n\nPRICE = 3\n'
FOUND = "F401"
ON_COMMIT = tuple(gate.id for gate in gates.discover().values() if stage(gate) == "pre-commit")


@pytest.fixture
def shop(tmp_path: Path) -> Hooked:
    others = [gate for gate in ON_COMMIT if gate != "lint"]
    files = {"lamps.py": CLEAN, "shades.py": CLEAN, "other.py": CLEAN}
    return hooked(tmp_path / "shop", files, skip=",".join(others))


def head(shop: Hooked) -> str:
    return shop.git("rev-parse", "HEAD")


def refuses(shop: Hooked, *words: str) -> str:
    """Commit; it must be refused, with the index and the working tree as they were. Return what was printed."""
    before = (head(shop), shop.staged(), shop.tree())
    done = shop.commit(*words)
    assert done.exit_code != 0, done.printed
    assert (head(shop), shop.staged(), shop.tree()) == before
    return done.printed


def accepts(shop: Hooked, *words: str) -> None:
    """Commit; it must be made, with the working tree as it was."""
    before, tree = head(shop), shop.tree()
    done = shop.commit(*words)
    assert done.exit_code == 0, done.printed
    assert shop.tree() == tree
    assert shop.git("rev-parse", "HEAD^") == before


def test_a_defect_in_the_index_alone_is_refused_and_the_mended_tree_stays(shop: Hooked) -> None:
    shop.stage({"lamps.py": DIRTY})
    shop.write({"lamps.py": CLEAN})
    printed = refuses(shop)
    assert FOUND in printed
    assert "lamps.py:3" in printed


def test_a_defect_in_the_working_tree_alone_is_committed_past(shop: Hooked) -> None:
    shop.stage({"lamps.py": CLEAN + "WIDTH = 4\n"})
    shop.write({"lamps.py": DIRTY, "shades.py": DIRTY, "untracked.py": DIRTY})
    accepts(shop)
    assert shop.git("show", "HEAD:lamps.py") == (CLEAN + "WIDTH = 4\n").strip()


def test_of_a_partly_staged_file_the_staged_part_counts(shop: Hooked) -> None:
    shop.stage({"lamps.py": DIRTY})
    shop.write({"lamps.py": DIRTY + "WIDTH = 4\n"})
    assert FOUND in refuses(shop)
    shop.stage({"lamps.py": CLEAN})
    shop.write({"lamps.py": DIRTY + "WIDTH = 4\n"})
    shop.stage({"other.py": CLEAN + "WIDTH = 4\n"})
    accepts(shop)


def test_a_renamed_file_is_checked_under_its_new_name(shop: Hooked) -> None:
    shop.git("mv", "lamps.py", "lights.py")
    shop.stage({"lights.py": DIRTY})
    assert "lights.py:3" in refuses(shop)
    shop.stage({"lights.py": CLEAN})
    accepts(shop)


def test_what_is_deleted_in_the_index_is_not_checked_though_it_lies_there(shop: Hooked) -> None:
    shop.git("rm", "--quiet", "--cached", "lamps.py")
    shop.write({"lamps.py": DIRTY})
    accepts(shop)
    assert shop.git("ls-tree", "--name-only", "HEAD", "lamps.py") == ""


def test_a_file_that_is_gone_from_the_tree_alone_is_still_checked(shop: Hooked) -> None:
    shop.stage({"lamps.py": DIRTY})
    (shop.root / "lamps.py").unlink()
    assert "lamps.py:3" in refuses(shop)


def test_a_name_that_is_not_utf8_is_checked_too(shop: Hooked) -> None:
    name = b"caf\xe9.py"
    path = os.fsencode(shop.root) + b"/" + name
    Path(os.fsdecode(path)).write_text(DIRTY, encoding="utf-8")
    shop.git("add", b"--", name)
    assert FOUND in refuses(shop)
    Path(os.fsdecode(path)).write_text(CLEAN, encoding="utf-8")
    shop.git("add", b"--", name)
    accepts(shop)


def test_a_commit_of_some_paths_is_judged_by_those_alone(shop: Hooked) -> None:
    shop.stage({"shades.py": DIRTY})
    shop.write({"lamps.py": CLEAN + "WIDTH = 4\n"})
    accepts(shop, "--", "lamps.py")
    shop.write({"other.py": DIRTY})
    assert "other.py:3" in refuses(shop, "--", "other.py")


def test_a_commit_of_everything_changed_is_judged_by_everything_changed(shop: Hooked) -> None:
    shop.write({"shades.py": DIRTY})
    assert "shades.py:3" in refuses(shop, "--all")
    shop.write({"shades.py": CLEAN + "WIDTH = 4\n"})
    accepts(shop, "--all")


def test_a_run_that_is_killed_loses_nothing_and_the_next_one_works(shop: Hooked) -> None:
    shop.stage({"lamps.py": DIRTY})
    shop.write({"lamps.py": CLEAN + "UNSTAGED = 1\n", "shades.py": CLEAN + "UNSTAGED = 2\n", "new.py": CLEAN})
    before = (head(shop), shop.staged(), shop.tree())
    assert shop.killed_commit() == -9
    assert (head(shop), shop.staged(), shop.tree()) == before
    assert shop.git("fsck", "--no-dangling") == ""
    assert FOUND in refuses(shop)
    shop.stage({"lamps.py": CLEAN + "WIDTH = 4\n"})
    accepts(shop)


def test_the_rendered_monorepo_commits_through_all_its_hooks(monorepo: Monorepo) -> None:
    shop = adopted(monorepo.root)
    plant(next(each for each in DEFECTS if each.id == "types-wrong-argument"), shop.root)
    shop.git("add", "--all")
    printed = refuses(shop)
    ends = dict(re.findall(r"^([\w-]+?)\.{3,}(\w+)$", printed, re.MULTILINE))
    assert ends == {gate: "Failed" if gate == "types" else "Passed" for gate in ON_COMMIT}
    shop.git("reset", "--quiet", "--hard")
    shop.stage({"docs/lamps.md": "# Lamps\n"})
    accepts(shop)
