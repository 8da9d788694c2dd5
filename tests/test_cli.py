"""The command line itself: what it lists, and what it says to words that it does not know."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from invoke.collection import Collection
from invoke.context import Context
from invoke.program import Program
from invoke.tasks import task

from lockstep import __version__, cli
from lockstep.errors import RefusedError
from lockstep.tasks import namespace
from tests.typed import typed


def test_every_verb_is_listed_in_its_namespace(capsys: pytest.CaptureFixture[str]) -> None:
    code, shown, _ = typed(capsys, "--list")
    assert code == 0
    for verb in ("plan", "explain", "affected", "tools.install", "waivers.add", "github.surfaces"):
        assert f"  {verb} " in shown


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(capsys, "--version") == (0, f"Lockstep {__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["nonsense"], "No idea what 'nonsense' is!\n"),
        (["plan", "--bad"], "No idea what '--bad' is!\n"),
        (["explain"], "'explain' did not receive required positional arguments: 'action'\n"),
    ],
)
def test_unknown_words_are_one_line(capsys: pytest.CaptureFixture[str], words: list[str], error: str) -> None:
    assert typed(capsys, *words) == (1, "", error)


@task
def refuse(_: Context) -> None:
    """Refuse."""
    raise RefusedError("not on a Friday", remedy="wait")


@task
def stumble(_: Context) -> None:
    """Have a bug."""
    raise TypeError("nobody thought of this")


@task
def wait(_: Context) -> None:
    """Be asked to end."""
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    except KeyboardInterrupt:
        sys.stdout.write("children first\n")
        raise


@task(name="install", iterable=["tool"])
def several(_: Context, tool: list[str], everything: bool = False) -> None:  # noqa: FBT001, FBT002 - invoke's way
    """Be about several."""
    sys.stdout.write(f"{tool} {everything}\n")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    verbs = Collection(refuse, stumble, wait, Collection("tools", several))
    monkeypatch.setattr(cli, "program", Program(name="Lockstep", binary="lockstep", namespace=verbs))
    return tmp_path


def test_an_error_that_a_verb_let_through_is_told_with_its_exit_code(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(capsys, "refuse") == (6, "", "error: not on a Friday\n  mend: wait\n")


def test_a_bug_is_one_error_and_its_traceback_a_file(
    broken: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lockstep.host.files.user_cache", lambda: broken)
    code, _, told = typed(capsys, "stumble")
    assert code == 5
    assert told.startswith(f"error: Lockstep has a bug: TypeError: nobody thought of this\n  at: {broken}/crash.txt\n")
    assert "in stumble\n" in (broken / "crash.txt").read_text()


def test_a_bug_that_cannot_be_written_down_says_where_it_struck(
    broken: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (broken / "file").write_text("")
    monkeypatch.setattr("lockstep.host.files.user_cache", lambda: broken / "file")
    code, _, told = typed(capsys, "stumble")
    assert code == 5
    assert f"  at: {__file__}:" in told


def test_secrets_are_masked_in_the_traceback(
    broken: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lockstep.host.files.user_cache", lambda: broken)
    monkeypatch.setenv("SHOP_TOKEN", "nobody thought")
    assert "TypeError: *** of this" in typed(capsys, "stumble")[2]
    assert 'raise TypeError("nobody' not in (broken / "crash.txt").read_text()


def test_a_request_to_end_is_what_control_c_is(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert typed(capsys, "wait") == (1, "children first\n", "")
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ([], "[] False\n"),
        (["act", "go", "--everything"], "['act', 'go'] True\n"),
        (["--everything", "--tool", "act"], "['act'] True\n"),
    ],
)
def test_verbs_about_several_tools_take_their_names_as_words(
    broken: Path, capsys: pytest.CaptureFixture[str], words: list[str], printed: str
) -> None:
    assert typed(capsys, "tools.install", *words) == (0, printed, "")


def test_invoke_finds_the_same_verbs(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text("from lockstep.tasks import namespace\n")
    done = subprocess.run(
        (sys.executable, "-m", "invoke", "--list"),
        cwd=tmp_path,
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(f"  {name}." in done.stdout for name in namespace.collections)
    assert "plan" in done.stdout


def test_whoever_reads_may_stop_reading() -> None:
    argv = (sys.executable, "-c", "from lockstep import cli; cli.main()", "--list")
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 141
