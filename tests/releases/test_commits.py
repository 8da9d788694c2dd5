"""git-cliff, where it fails."""

from pathlib import Path

import msgspec
import pytest

from lockstep.errors import RunError
from lockstep.host.process import Completed, Process
from lockstep.releases import commits
from tests.engine.running import machine
from tests.releases.cuts import opened, shop


class Ending:
    """Processes that all end in one way."""

    def __init__(self, done: Completed) -> None:
        self._done = done

    def run(self, _: Process) -> Completed:
        return self._done

    def cancel(self) -> None:
        """End nothing."""


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (Completed(1, b"", b"ERROR git_cliff > no\n"), "git-cliff cannot read the commits"),
        (Completed(-15, b"", b"", failure="timeout"), "git-cliff cannot read the commits"),
        (Completed(0, b"[", b""), "git-cliff cannot be understood"),
        (Completed(0, b"", b""), "git-cliff cannot be understood"),
    ],
)
def test_what_it_does_not_say_is_not_taken_for_no_commits(tmp_path: Path, done: Completed, said: str) -> None:
    host = msgspec.structs.replace(machine(tmp_path / "store"), processes=Ending(done))
    read = commits.reader(host, opened(shop(tmp_path / "shop", "feat: a")), ("git-cliff",))
    with pytest.raises(RunError, match=said):
        read("")
