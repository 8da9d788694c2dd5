"""The workflow and the hooks are what the gates give, and drift is told with its line."""

from pathlib import Path

import pytest

from lockstep.config import Config, SurfacesConfig
from lockstep.github import hooks, surfaces
from lockstep.model.gate import Gate, Stage

LINT = Gate("lint", Stage.STATIC, "Lint", "mend", 600)
TESTS = Gate("unit-tests", Stage.TEST, "Tests", "mend", 600)
SECRETS = Gate("gitleaks", Stage.SECURITY, "Secrets", "mend", 1200)
GATES = (LINT, TESTS, SECRETS)
CONFIG = Config(surfaces=SurfacesConfig(workflow=".github/workflows/ci.yml", hooks=".pre-commit-config.yaml"))


def test_hooks_call_the_sessions_on_staged_bytes() -> None:
    text = hooks.render(GATES)
    assert "entry: make nox-lint ARGS=--staged\n" in text
    assert {gate.id: hooks.stage(gate) for gate in GATES} == {
        "lint": "pre-commit",
        "unit-tests": "pre-push",
        "gitleaks": "pre-commit",
    }


def test_no_drift_after_writing_and_the_first_differing_line_is_told(tmp_path: Path) -> None:
    wanted = surfaces.expected(CONFIG)
    for path, text in wanted.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert list(surfaces.drift(tmp_path, wanted)) == []
    workflow_path = tmp_path / ".github/workflows/ci.yml"
    workflow_path.write_text(workflow_path.read_text().replace("name: CI\n", "name: Other\n"))
    [line] = surfaces.drift(tmp_path, wanted)
    assert line.startswith(".github/workflows/ci.yml:5: differs")
    assert surfaces.REMEDY in line


@pytest.mark.parametrize(("found", "place"), [(None, ":1: the file is missing"), ("", ":1: differs"), ("a", ":1: ")])
def test_a_missing_empty_or_foreign_file_is_drift(tmp_path: Path, found: str | None, place: str) -> None:
    if found is not None:
        (tmp_path / "ci.yml").write_text(found)
    [line] = surfaces.drift(tmp_path, {"ci.yml": "a\nb\n" if found else "x\n"})
    assert line.startswith("ci.yml")
    assert place in line or "differs" in line


@pytest.mark.parametrize(
    ("found", "line"),
    [(b"a\r\nb\n", 1), (b"a\nb", 2), (b"a\n", 1), (b"a\nb\nc\n", 3), (b"a\n\xff\n", 2), (b"\n", 1)],
)
def test_every_byte_counts_and_the_first_differing_line_is_named(tmp_path: Path, found: bytes, line: int) -> None:
    (tmp_path / "ci.yml").write_bytes(found)
    assert next(iter(surfaces.drift(tmp_path, {"ci.yml": "a\nb\n"}))).startswith(f"ci.yml:{line}: differs")


def test_nothing_is_expected_where_nothing_is_configured() -> None:
    assert surfaces.expected(Config()) == {}


def test_as_a_program_it_ends_with_one_for_drift_and_two_where_it_cannot_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert surfaces.main(tmp_path) == 0
    (tmp_path / "lockstep.toml").write_text('[surfaces]\nhooks = "hooks.yaml"\n')
    assert surfaces.main(tmp_path) == 1
    assert "hooks.yaml:1: the file is missing" in capsys.readouterr().out
    (tmp_path / "lockstep.toml").write_text("[surfaces]\nhoks = 1\n")
    assert surfaces.main(tmp_path) == 2
    assert "did you mean `hooks`?" in capsys.readouterr().err
