"""The workflow and the hooks are what the gates give, and drift is told with its line."""

from pathlib import Path

import pytest

from lockstep.config import Config, SurfacesConfig
from lockstep.github import hooks, surfaces, workflow
from lockstep.model.gate import Gate, Stage

LINT = Gate("lint", Stage.STATIC, "Lint", "mend", 600)
TESTS = Gate("unit-tests", Stage.TEST, "Tests", "mend", 600)
SECRETS = Gate("gitleaks", Stage.SECURITY, "Secrets", "mend", 1200)
GATES = (LINT, TESTS, SECRETS)
CONFIG = Config(surfaces=SurfacesConfig(workflow=".github/workflows/ci.yml", hooks=".pre-commit-config.yaml"))


def test_every_gate_is_a_job_of_its_own_name_with_its_time_limit() -> None:
    text = workflow.render(GATES)
    for gate in GATES:
        assert f"  {gate.id}:\n    name: {gate.id}\n" in text
        assert f"run: make nox-{gate.id}\n" in text
    assert text.count("timeout-minutes: 25") == 2
    assert "timeout-minutes: 35" in text


def test_the_aggregate_waits_for_all_and_always_reports() -> None:
    aggregate = workflow.render(GATES).split("  gates:\n")[1]
    assert "if: always()" in aggregate
    assert all(f"      - {gate.id}\n" in aggregate for gate in GATES)


def test_actions_are_pinned_by_full_commit_sha() -> None:
    uses = [line.split("uses: ")[1] for line in workflow.render(GATES).splitlines() if "uses: " in line]
    assert uses
    assert all(len(use.split("@")[1].split(" ")[0]) == 40 for use in uses)


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
    assert line.startswith(".github/workflows/ci.yml:3: differs")
    assert surfaces.REMEDY in line


@pytest.mark.parametrize(("found", "place"), [(None, ":1: the file is missing"), ("", ":1: differs"), ("a", ":1: ")])
def test_a_missing_empty_or_foreign_file_is_drift(tmp_path: Path, found: str | None, place: str) -> None:
    if found is not None:
        (tmp_path / "ci.yml").write_text(found)
    [line] = surfaces.drift(tmp_path, {"ci.yml": "a\nb\n" if found else "x\n"})
    assert line.startswith("ci.yml")
    assert place in line or "differs" in line


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
