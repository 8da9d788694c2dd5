"""Faults: a clear error or a right verdict, never a false green, nothing lost, no child left."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from lockstep.errors import ConfigError, RunError, WorkspaceError
from tests.engine.running import check, gate, git, places, repository, run, verdicts, write


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {"services/a/one.txt": "fine\n", "libs/python/b/two.txt": "fine\n"})


def test_a_repository_with_no_commit_is_checked(tmp_path: Path) -> None:
    root = tmp_path / "new"
    root.mkdir()
    git(root, "init", "--quiet")
    write(root, {"a.txt": "BAD\n"})
    record = run(root)
    assert (record.outcome, record.repository.commit) == ("failed", "")
    assert list(places(record)) == ["a.txt:1"]


def test_a_folder_without_git_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="git init"):
        run(tmp_path)


def test_an_empty_configuration_is_the_default_and_an_unknown_key_is_refused(shop: Path) -> None:
    write(shop, {"lockstep.toml": ""})
    assert run(shop).outcome == "passed"
    write(shop, {"lockstep.toml": "[thresholds]\nlinse = 3\n"})
    with pytest.raises(
        ConfigError, match=r"lockstep\.toml:2: unknown key thresholds\.linse \(did you mean `lines`\?\)"
    ):
        run(shop)


def test_a_file_name_that_is_not_utf8_is_checked_and_reported(shop: Path) -> None:
    name = os.fsencode(shop / "services/a") + b"/caf\xe9.txt"
    with open(name, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a name in bytes
        stream.write("BAD\n")
    record = run(shop)
    assert record.outcome == "failed"
    json.loads((shop / ".lockstep/latest/run.json").read_text(encoding="utf-8"))
    json.loads((shop / ".lockstep/latest/results.sarif").read_text(encoding="utf-8"))


def test_links_that_loop_and_links_that_leave_are_never_followed(shop: Path) -> None:
    (shop / "services/a/loop.txt").symlink_to("loop.txt")
    (shop / "services/a/up").symlink_to("..")
    (shop / "services/a/out.txt").symlink_to("/etc/hostname")
    record = run(shop)
    assert record.outcome == "passed"


def test_a_submodule_is_left_to_its_own_repository(shop: Path, tmp_path: Path) -> None:
    other = repository(tmp_path / "other", {"inner.txt": "BAD\n"})
    git(shop, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "vendor/other")
    git(shop, "commit", "--quiet", "--message", "vendor")
    record = run(shop)
    assert record.outcome == "passed"
    assert any("vendor/other" in note for note in record.notes)


def test_a_file_of_200_mb_is_digested_in_pieces(shop: Path) -> None:
    big = shop / "services/a/big.bin"
    with big.open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    assert run(shop).outcome == "passed"


def test_two_runs_at_once_in_one_checkout_do_the_work_once(shop: Path) -> None:
    slow = gate(check("import time, sys; time.sleep(1); sys.exit(0)"))
    records = []
    threads = [threading.Thread(target=lambda: records.append(run(shop, slow))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [record.outcome for record in records] == ["passed", "passed"]
    assert len({record.id for record in records}) == 2
    assert sorted(each.cached for record in records for each in record.actions) == [False, False, True, True]


def test_a_full_disk_is_a_clear_error_and_nothing_green(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lockstep.host.files.os.replace", full)
    with pytest.raises(RunError, match="No space left on device"):
        run(shop)
    assert not (shop / ".lockstep/latest").exists()


def test_a_damaged_result_is_a_miss(shop: Path) -> None:
    run(shop)
    for path in (shop / ".lockstep/cache/ac").rglob("*.json"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    record = run(shop)
    assert record.outcome == "passed"
    assert not any(each.cached for each in record.actions)


def test_a_result_whose_log_is_lost_is_a_miss(shop: Path) -> None:
    run(shop)
    for path in (shop / ".lockstep/cache/cas").rglob("*"):
        if path.is_file():
            path.unlink()
    assert not any(each.cached for each in run(shop).actions)


def test_an_interrupt_ends_every_child_and_leaves_a_record(shop: Path) -> None:
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from tests.engine.running import check, gate, run
        code = "import time, os; open(os.environ['MARK'], 'w').write(str(os.getpid())); time.sleep(60)"
        root = Path(sys.argv[1])
        mark = root.parent / "pid"
        run(root, gate(check(code, env=lambda _: {"MARK": str(mark)})))
        """
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(shop)], stderr=subprocess.PIPE)
    mark = shop.parent / "pid"
    deadline = time.monotonic() + 20
    while not (mark.exists() and mark.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    _, stderr = child.communicate(timeout=20)
    assert child.returncode != 0
    assert b"KeyboardInterrupt" in stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)
    record = json.loads((shop / ".lockstep/latest/run.json").read_text())
    assert (record["outcome"], record["exit_code"]) == ("interrupted", 130)
    assert list((shop.parent / "temporary").iterdir()) == []
    assert run(shop).outcome == "passed"


def test_a_history_scan_in_a_shallow_clone_is_unavailable(shop: Path, tmp_path: Path) -> None:
    write(shop, {"more.txt": "fine\n"})
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", "more")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", shop.as_uri(), str(clone))
    record = run(clone, gate(check("import sys; sys.exit(0)", tracked_history=True)))
    assert (record.outcome, verdicts(record)) == ("incomplete", {"words": "unavailable"})
    assert "git fetch --unshallow" in record.gates[0].reason
