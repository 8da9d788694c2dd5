"""The sessions through nox itself, as typed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lockstep import gates
from tests.engine.running import repository
from tests.report.screens import Pty, Screen

pytestmark = pytest.mark.e2e

NOXFILE = "from lockstep import sessions\n\nsessions.register(__file__)\n"
NOX = (sys.executable, "-m", "nox")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {"noxfile.py": NOXFILE, ".gitignore": "__pycache__/\n.lockstep/\n.nox/\n"})


@pytest.fixture
def environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in {"CI", "GITHUB_ACTIONS", "NO_COLOR"}}


def nox(shop: Path, environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((*NOX, *words), cwd=shop, env=environ, capture_output=True, text=True, check=False)


def test_the_sessions_are_listed_and_gates_is_the_default(shop: Path, environ: dict[str, str]) -> None:
    done = nox(shop, environ, "--list")
    assert done.returncode == 0
    assert "* gates -> Every gate, each judged: the one required check." in done.stdout
    assert all(f"\n- {gate} -> " in done.stdout for gate in gates.discover())


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--bad",), "error: unrecognized arguments: --bad\n  at: nox -s types --\n"),
        (("services/zzz",), "error: no component is called services/zzz\n"),
        (("--since", "nowhere"), "nowhere"),
    ],
)
def test_wrong_words_are_one_clear_error(
    shop: Path, environ: dict[str, str], words: tuple[str, ...], error: str
) -> None:
    done = nox(shop, environ, "-s", "types", "--", *words)
    assert done.returncode == 1
    assert error in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_nothing_to_check_is_told_in_a_terminal_and_is_no_pass(shop: Path, environ: dict[str, str]) -> None:
    terminal = Pty(100, 30)
    done = subprocess.run(
        (*NOX, "-s", "types"),
        cwd=shop,
        env={**environ, "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=terminal.stream,
        stderr=terminal.stream,
        check=False,
    )
    screen = Screen(100).feed(terminal.close())
    assert done.returncode == 0
    assert "· types  not-applicable  0.00 s" in screen.lines
    assert any(line.startswith("? incomplete · 1 not-applicable") for line in screen.lines)
    assert screen.cursor_visible
