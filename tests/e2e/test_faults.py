"""Faults with real tools in the rendered monorepo: a clear error or a right verdict, never green, nothing lost."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from lockstep.host.files import PRIVATE
from tests.e2e.monorepo import Monorepo, Outcome
from tests.e2e.planted.paths import SERVICE, SERVICE_SRC, SERVICE_TESTS
from tests.e2e.planting import run as perform

pytestmark = pytest.mark.e2e

_LIMIT = 120
_ERRORED, _INTERRUPTED = 1, 130
_SLOW = """\
import os
import time
from pathlib import Path


def test_it_takes_its_time() -> None:
    Path({mark!r}).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(300)
"""
_HALVING = """\
import sys
from pathlib import Path


def pytest_unconfigure() -> None:
    for word in sys.argv:
        if word.startswith("--junitxml="):
            _halve(Path(word.partition("=")[2]))


def _halve(report: Path) -> None:
    report.write_bytes(report.read_bytes()[: report.stat().st_size // 2])
"""


class Running(msgspec.Struct, frozen=True):
    """A session of nox in which a test is asleep. `tool`: the process that runs the test."""

    nox: subprocess.Popen[str]
    tool: int
    descendants: tuple[psutil.Process, ...]

    def ended(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and what was printed."""
        printed, _ = self.nox.communicate(timeout=_LIMIT)
        return self.nox.returncode, printed

    def survivors(self) -> list[psutil.Process]:
        return [each for each in self.descendants if not gone(each.pid)]


def start(monorepo: Monorepo, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        (sys.executable, "-m", "nox", *words),
        cwd=monorepo.root,
        env=monorepo.environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@contextmanager
def asleep(monorepo: Monorepo) -> Iterator[Running]:
    """Run the unit tests until one that takes minutes is running."""
    mark = plant_slow(monorepo)
    with start(monorepo, "-s", "unit-tests") as nox:
        try:
            yield Running(nox, awaited(mark, nox), tuple(psutil.Process(nox.pid).children(recursive=True)))
        finally:
            nox.kill()


def plant_slow(monorepo: Monorepo) -> Path:
    mark = monorepo.root.parent / "mark"
    (monorepo.root / SERVICE_TESTS / "test_slow.py").write_text(_SLOW.format(mark=str(mark)), encoding="utf-8")
    return mark


def awaited(mark: Path, nox: subprocess.Popen[str]) -> int:
    deadline = time.monotonic() + _LIMIT
    while time.monotonic() < deadline and nox.poll() is None:
        if mark.exists() and mark.read_text(encoding="utf-8"):
            return int(mark.read_text(encoding="utf-8"))
        time.sleep(0.02)
    raise AssertionError(nox.communicate(timeout=_LIMIT)[0])


def latest(monorepo: Monorepo) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((monorepo.root / ".lockstep/latest/run.json").read_text(encoding="utf-8"))
    return found


def heals(monorepo: Monorepo, gate: str = "unit-tests") -> None:
    """Take the fault away: the next run is green, and no private folder is left."""
    (monorepo.root / SERVICE_TESTS / "test_slow.py").unlink(missing_ok=True)
    outcome = monorepo.nox("-s", gate)
    assert (outcome.exit_code, outcome.verdicts) == (0, {gate: "passed"}), outcome.printed
    assert list(monorepo.temporary.glob(f"{PRIVATE}*")) == []


def test_a_tool_that_is_killed_is_errored_and_its_gate_is_red(monorepo: Monorepo) -> None:
    with asleep(monorepo) as running:
        os.kill(running.tool, signal.SIGKILL)
        code, printed = running.ended()
    assert code == _ERRORED, printed
    assert "was killed by signal 9" in printed
    [gate] = latest(monorepo)["gates"]
    assert gate["verdict"] == "errored"
    heals(monorepo)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_run_that_is_ended_leaves_a_record_and_no_child(monorepo: Monorepo, number: signal.Signals) -> None:
    with asleep(monorepo) as running:
        assert running.tool in {each.pid for each in running.descendants}
        running.nox.send_signal(number)
        code, printed = running.ended()
        assert running.survivors() == []
    assert code != 0, printed
    record = latest(monorepo)
    assert (record["outcome"], record["exit_code"]) == ("interrupted", _INTERRUPTED)
    assert [gate["verdict"] for gate in record["gates"]] == ["errored"]
    heals(monorepo)


def test_a_run_that_waits_for_another_can_be_interrupted(monorepo: Monorepo) -> None:
    with asleep(monorepo) as running:
        mark = monorepo.root.parent / "mark"
        mark.unlink()
        with start(monorepo, "-s", "unit-tests") as second:
            deadline = time.monotonic() + _LIMIT
            while time.monotonic() < deadline and len(list((monorepo.root / ".lockstep/runs").iterdir())) < 2:
                time.sleep(0.02)
            time.sleep(1)
            second.send_signal(signal.SIGINT)
            printed, _ = second.communicate(timeout=_LIMIT)
        assert second.returncode != 0, printed
        assert not mark.exists()
        assert running.nox.poll() is None


def test_a_report_that_is_cut_in_half_is_errored(monorepo: Monorepo) -> None:
    (monorepo.root / SERVICE / "conftest.py").write_text(_HALVING, encoding="utf-8")
    outcome = monorepo.nox("-s", "unit-tests")
    assert (outcome.exit_code, outcome.verdicts) == (_ERRORED, {"unit-tests": "errored"}), outcome.printed
    assert "JUnit report is not whole XML" in outcome.printed
    (monorepo.root / SERVICE / "conftest.py").unlink()
    heals(monorepo)


def test_a_time_limit_of_the_configuration_ends_the_tool(monorepo: Monorepo) -> None:
    mark = plant_slow(monorepo)
    configure(monorepo, "[gates.unit-tests]\ntimeout = 8\n")
    outcome = monorepo.nox("-s", "unit-tests")
    assert (outcome.exit_code, outcome.verdicts) == (_ERRORED, {"unit-tests": "errored"}), outcome.printed
    assert "after its time limit of 8 s" in outcome.printed
    assert gone(int(mark.read_text(encoding="utf-8")))


def gone(pid: int) -> bool:
    """Whether the process has ended, though nobody may have asked yet how."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def configure(monorepo: Monorepo, text: str) -> None:
    with (monorepo.root / "lockstep.toml").open("a", encoding="utf-8") as config:
        config.write(f"\n{text}")


@pytest.fixture(scope="session")
def mounting() -> tuple[str, ...]:
    """Return what lets a command mount file systems of its own; where nothing does the test fails in CI."""
    for prefix in (("unshare", "--mount"), ("unshare", "--map-root-user", "--mount")):
        trial = (*prefix, "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt")
        if shutil.which("unshare") and subprocess.run(trial, check=False, capture_output=True).returncode == 0:
            return prefix
    if os.environ.get("CI") == "true":
        pytest.fail("no file system can be mounted on this machine; CI must allow it")
    pytest.skip("no file system can be mounted on this machine")


@pytest.mark.parametrize("size", ["4k", "16k", "64k"])
def test_a_full_disk_is_a_clear_error_and_nothing_is_lost(
    monorepo: Monorepo, mounting: tuple[str, ...], size: str
) -> None:
    state = monorepo.root / ".lockstep"
    before = {str(path) for path in state.rglob("*")}
    script = f"mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(state))} && exec {shlex.quote(sys.executable)} -m nox -s lint"
    done = subprocess.run(
        (*mounting, "sh", "-c", script), cwd=monorepo.root, capture_output=True, text=True, timeout=_LIMIT, check=False
    )
    assert done.returncode != 0, done.stdout
    assert "No space left on device" in done.stderr + done.stdout
    assert "free some space" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
    assert {str(path) for path in state.rglob("*")} == before
    assert monorepo.nox("-s", "lint").exit_code == 0


def test_two_runs_at_once_do_the_work_once_and_agree(monorepo: Monorepo) -> None:
    shutil.rmtree(monorepo.root / ".lockstep/cache")
    both = [start(monorepo, "-s", "lint") for _ in range(2)]
    printed = [each.communicate(timeout=_LIMIT)[0] for each in both]
    assert [each.returncode for each in both] == [0, 0], printed
    records = [
        json.loads((folder / "run.json").read_text(encoding="utf-8"))
        for folder in (monorepo.root / ".lockstep/runs").iterdir()
    ]
    assert len(records) == 2
    for action in records[0]["actions"]:
        other = next(each for each in records[1]["actions"] if each["id"] == action["id"])
        assert action["cached"] != other["cached"], action["id"]


def test_a_file_of_200_mb_stops_nobody(monorepo: Monorepo) -> None:
    with (monorepo.root / SERVICE_SRC / "archive.bin").open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    outcome = monorepo.nox("-s", "gates")
    assert (outcome.exit_code, outcome.failing()) == (0, set()), outcome.printed


def test_a_shallow_clone_has_no_history_to_scan(monorepo: Monorepo, tmp_path: Path) -> None:
    perform(
        monorepo.root,
        "git",
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@shop.example",
        "commit",
        "-q",
        "-m",
        "x",
        "--allow-empty",
    )
    clone = tmp_path / "clone"
    perform(tmp_path, "git", "clone", "-q", "--depth=1", monorepo.root.as_uri(), str(clone))
    there = Monorepo(clone)
    outcome = there.nox("-s", "gitleaks")
    assert (outcome.exit_code, outcome.record["outcome"]) == (0, "incomplete"), outcome.printed
    assert outcome.verdicts == {"gitleaks": "unavailable"}
    assert "git fetch --unshallow" in outcome.printed
    assert there.nox("-s", "gitleaks", CI="true").exit_code == 1


def test_a_repository_with_no_commit_is_judged(monorepo: Monorepo) -> None:
    shutil.rmtree(monorepo.root / ".git")
    perform(monorepo.root, "git", "init", "-q")
    outcome = monorepo.nox("-s", "lint", "gitleaks")
    assert outcome.exit_code == 0, outcome.printed
    (monorepo.root / SERVICE_SRC / "unused.py").write_text('"""Lamps."""\n\nimport os\n', encoding="utf-8")
    outcome = monorepo.nox("-s", "lint")
    assert (outcome.exit_code, outcome.verdicts) == (1, {"lint": "failed"}), outcome.printed


def test_an_empty_configuration_is_the_default(monorepo: Monorepo) -> None:
    (monorepo.root / "lockstep.toml").write_text("", encoding="utf-8")
    outcome = monorepo.nox("-s", "lint", "types")
    assert outcome.exit_code == 0, outcome.printed


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[thresholds2]\nlines = 3\n", "unknown key thresholds2 (did you mean `thresholds`?)"),
        ("[gates.lint]\ntimeuot = 3\n", "unknown key gates.lint.timeuot (did you mean `timeout`?)"),
        ("[gates.lnt]\ntimeout = 3\n", "unknown gate: lnt"),
        ("[gates.lint]\ncpus = 0\n", "gates.lint.cpus"),
        ("[gates.lint\n", "lockstep.toml is not TOML"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused_and_nothing_runs(
    monorepo: Monorepo, text: str, error: str
) -> None:
    configure(monorepo, text)
    outcome: Outcome = monorepo.nox("-s", "lint")
    assert outcome.exit_code != 0
    assert error in outcome.printed
    assert "lockstep.toml" in outcome.printed
    assert "Traceback" not in outcome.printed
    assert outcome.record == {}
    assert not (monorepo.root / ".lockstep/runs").exists()
