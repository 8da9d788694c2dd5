"""What the README says is so."""

import re
from pathlib import Path

import pytest

from lockstep import report, sessions
from lockstep.gates import discover
from lockstep.model.verdict import Verdict
from lockstep.report.words import SYMBOLS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
_SCREEN = 60
_GATE = re.compile(r"^\S (\S+) +(passed|failed|errored|unavailable|not-applicable)  ", re.MULTILINE)


def test_it_fits_on_a_screen() -> None:
    assert len(README.splitlines()) <= _SCREEN


@pytest.mark.parametrize("target", ["gates", "test"])
def test_the_two_commands_are_targets(target: str) -> None:
    assert re.search(rf"^make {target} +#", README, re.MULTILINE)
    assert re.search(rf"^{target}: ", MAKEFILE, re.MULTILINE)


def test_the_pythons_are_those_that_are_looked_for() -> None:
    found = re.search(r"a Python from (3\.\d+) to (3\.\d+)", README)
    assert found
    assert f"Python from {found[1]} to {found[2]} " in (ROOT / "tooling" / "find-python.sh").read_text(encoding="utf-8")
    assert f'requires-python = ">={found[1]}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_picture_of_a_run_shows_every_gate_and_adds_up() -> None:
    shown = _GATE.findall(README)
    assert [name for name, _ in shown] == list(discover())
    ends = [verdict for _, verdict in shown]
    tally = ", ".join(f"{ends.count(verdict)} {verdict}" for verdict in Verdict if verdict in ends)
    shares = re.findall(r"  cached (\d+)/(\d+)", README)
    cached, actions = (sum(map(int, column)) for column in zip(*shares, strict=True))
    (last,) = re.findall(r"^\S (\w+) · (.*) · [\d.]+ s · (\d+) actions, (\d+) cached$", README, re.MULTILINE)
    assert last == ("failed", tally, str(actions), str(cached))


def test_the_picture_of_a_run_names_what_fails_with_the_gates_own_remedy() -> None:
    for name in re.findall(rf"^{SYMBOLS[Verdict.FAILED]} (\S+) failed$", README, re.MULTILINE):
        gate = discover()[name]
        assert f"  mend: {gate.remedy}" in README
        assert f"  alone: nox -s {name}" in README


def test_the_files_of_a_run_are_those_that_it_leaves() -> None:
    told, _, _ = README.partition("in\n`.lockstep/latest/`")
    names = {name for name, _ in report.WRITERS} | {report.PAGE}
    assert {name for name in names if f"`{name}`" in told} == names


def test_every_page_that_it_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert links
    assert all((ROOT / link).is_file() for link in links)


def test_what_a_noxfile_needs_is_what_it_says() -> None:
    assert "sessions.register(__file__)" in (ROOT / "noxfile.py").read_text(encoding="utf-8")
    assert callable(sessions.register)
