"""Fixes are applied in order until nothing changes; fixes that undo each other are told."""

from pathlib import Path

import pytest

from lockstep.engine import fix
from lockstep.engine.request import Request
from lockstep.errors import RefusedError, RunError
from lockstep.model.gate import Check, Gate
from tests.engine.running import check, gate, machine, repository, run

REPLACE = "import sys, pathlib\nold, new, *paths = sys.argv[1:]\nfor p in map(pathlib.Path, paths): p.write_text(p.read_text().replace(old, new))"


def fixing(name: str, old: str, new: str, order: int = 50) -> Check:
    return check(
        id=name,
        fix=lambda given: (*given.program("lockstep"), "-c", REPLACE, old, new, *given.files),
        fix_order=order,
    )


def applied(root: Path, *checks: Check) -> tuple[str, ...]:
    declared: dict[str, Gate] = {"words": gate(*checks)}
    return fix.run(machine(root.parent / "store"), root, Request(gates=("words",), known=declared))


def test_fixes_are_applied_and_the_changed_files_told(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {"a.txt": "BAD\n", "b.txt": "fine\n"})
    assert applied(root, fixing("one", "BAD", "good")) == ("a.txt",)
    assert (root / "a.txt").read_text() == "good\n"
    assert run(root).outcome == "passed"


def test_a_fix_that_makes_work_for_an_earlier_one_settles_in_the_next_round(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {"a.txt": "one\n"})
    applied(root, fixing("second", "one", "two", 90), fixing("first", "two", "three", 10))
    assert (root / "a.txt").read_text() == "three\n"


def test_fixes_that_undo_each_other_are_an_error(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {"a.txt": "x\n"})
    with pytest.raises(RunError, match="do not settle"):
        applied(root, fixing("grow", "x", "xx"))


def test_a_fix_that_does_not_end_is_an_error(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {"a.txt": "x\n"})
    hangs = check(fix=lambda given: (*given.program("lockstep"), "-c", "import time; time.sleep(60)"), timeout=1)
    with pytest.raises(RunError, match="could not fix"):
        applied(root, hangs)


def test_fixes_in_a_snapshot_would_be_lost_and_are_refused(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {"a.txt": "BAD\n"})
    declared = gate(fixing("one", "BAD", "good"))
    with pytest.raises(RefusedError, match="does not look at"):
        fix.run(machine(tmp_path / "store"), root, Request(gates=("words",), known={"words": declared}, staged=True))
    assert (root / "a.txt").read_text() == "BAD\n"
