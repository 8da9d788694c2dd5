"""Processes: how they end is always told, and no child outlives them."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from lockstep.host.process import Completed, Process, SystemProcesses

ENV = {"PATH": os.environ["PATH"]}


def run(code: str, **more: object) -> Completed:
    return SystemProcesses().run(Process((sys.executable, "-c", code), "/", ENV, **more))  # type: ignore[arg-type]


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:  # noqa: PTH123
            if stat.read().split(")")[1].split()[0] == "Z":
                return True
        time.sleep(0.02)
    return False


def test_both_streams_and_the_code_are_kept_however_much_is_printed() -> None:
    done = run("import sys; sys.stderr.write('e' * 300000); sys.stdout.write('o' * 300000); sys.exit(3)")
    assert (done.exit_code, len(done.stdout), len(done.stderr), done.failure) == (3, 300000, 300000, "")


def test_standard_input_is_given() -> None:
    assert run("print(input())", stdin=b"hello\n").stdout == b"hello\n"


def test_nothing_of_the_environment_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_LEAK", "1")
    assert run("import os; print('LOCKSTEP_LEAK' in os.environ)").stdout == b"False\n"


def test_a_missing_program_is_told() -> None:
    done = SystemProcesses().run(Process(("no-such-program",), "/", ENV))
    assert (done.exit_code, done.failure) == (127, "not-started")


def test_a_timeout_ends_the_whole_group() -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    done = run(code, timeout=1.0)
    assert done.failure == "timeout"
    assert gone(int(done.stdout))


def test_a_child_left_behind_by_a_clean_exit_is_ended() -> None:
    code = "import subprocess, sys\nprint(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid)"
    done = run(code)
    assert (done.exit_code, done.failure) == (0, "")
    assert gone(int(done.stdout))


def test_a_killed_process_has_a_negative_code() -> None:
    assert run("import os; os.kill(os.getpid(), 9)").exit_code == -9


def test_cancel_ends_what_runs_and_refuses_what_comes() -> None:
    processes = SystemProcesses()
    ended: list[Completed] = []
    sleeping = Process((sys.executable, "-c", "import time; time.sleep(60)"), "/", ENV)
    thread = threading.Thread(target=lambda: ended.append(processes.run(sleeping)))
    thread.start()
    while not processes._live:
        time.sleep(0.005)
    processes.cancel()
    thread.join(10)
    assert [done.failure for done in (*ended, processes.run(sleeping))] == ["cancelled", "cancelled"]


def test_cancelling_that_is_interrupted_ends_everything_all_the_same(tmp_path: Path) -> None:
    processes = SystemProcesses()
    ended: list[Completed] = []
    deaf = "import pathlib, signal, sys, time; signal.signal(15, signal.SIG_IGN); pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"

    def one(name: str) -> None:
        ended.append(processes.run(Process((sys.executable, "-c", deaf, str(tmp_path / name)), "/", ENV)))

    threads = [threading.Thread(target=one, args=(name,)) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    while len(list(tmp_path.iterdir())) < len(threads):
        time.sleep(0.005)
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt):
            processes.cancel()
    finally:
        signal.signal(signal.SIGALRM, before)
    for thread in threads:
        thread.join(20)
    assert [done.failure for done in ended] == ["cancelled", "cancelled"]


def test_output_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lockstep.host.process._OUTPUT_LIMIT", 100_000)
    assert run("import sys\nwhile True: sys.stdout.write('x' * 10000)", timeout=30.0).failure == "output-limit"


def test_a_process_that_ignores_terminate_is_killed() -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    assert run(code, timeout=1.0).failure == "timeout"
