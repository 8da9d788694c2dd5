"""What a check that wants copies finds in its private folder."""

from pathlib import Path

import msgspec
import pytest

from lockstep.model.finding import Report
from lockstep.model.gate import Invocation, Output
from tests.engine.running import check, gate, repository, run

LIST = """
import os, sys
tree = sys.argv[1]
print(*sorted(os.path.relpath(os.path.join(folder, name), tree) for folder, _, names in os.walk(tree) for name in names))
"""
FILES = {"services/a/one.txt": "fine\n", "services/a/one.json": "{}\n", "services/b/two.txt": "fine\n"}


@pytest.mark.parametrize(
    ("fields", "copies"),
    [
        ({}, "services/a/one.txt"),
        ({"whole": True}, "services/a/one.json services/a/one.txt"),
        ({"closure": True}, "services/a/one.txt"),
    ],
)
def test_copies_are_of_what_is_checked_and_of_all_that_is_declared_to_count(
    tmp_path: Path, fields: dict[str, object], copies: str
) -> None:
    root = repository(tmp_path / "shop", FILES)
    (root / "services/a/link.txt").symlink_to("one.json")
    seen: list[str] = []

    def note(output: Output, _: Invocation) -> Report:
        seen.append(output.stdout.decode().strip())
        return Report()

    looking = check(
        argv=lambda given: (*given.program("lockstep"), "-c", LIST, f"{given.scratch}/tree"),
        parse=note,
        materialise=True,
        select=lambda component, entry: component.path == "services/a" and entry.path.endswith(".txt"),
    )
    run(root, gate(msgspec.structs.replace(looking, **fields)))
    assert seen == [copies]
