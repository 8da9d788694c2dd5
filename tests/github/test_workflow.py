"""The generated workflow, against CI-CL-001."""

import re

import pytest

from lockstep.config import Config, EvidenceConfig, GateConfig, KeylessConfig, RepositoryConfig, ToolsConfig
from lockstep.github import workflow
from lockstep.model.gate import Gate, Stage

LINT = Gate("lint", Stage.STATIC, "Lint", "mend", 600)
TESTS = Gate("unit-tests", Stage.TEST, "Tests", "mend", 600)
SECRETS = Gate("gitleaks", Stage.SECURITY, "Secrets", "mend", 1200)
CONTRACTS = Gate("contract-checks", Stage.CONTRACTS, "Contracts", "mend", 1200, approvable=("api-compatibility",))
GATES = (LINT, TESTS, SECRETS, CONTRACTS)


def text(config: Config | None = None) -> str:
    return workflow.render(GATES, config or Config())


def job(name: str, config: Config | None = None) -> str:
    found = re.search(rf"^  {name}:\n(?:    .*\n|\n)*", text(config), re.MULTILINE)
    assert found
    return found[0]


@pytest.mark.parametrize("gate", GATES)
def test_every_gate_is_a_job_of_its_own_name_that_calls_its_session(gate: Gate) -> None:
    assert f"    name: {gate.id}\n" in job(gate.id)
    assert f"      - run: make nox-{gate.id}\n" in job(gate.id)


def test_a_job_has_its_gates_time_limit_and_some_for_the_set_up() -> None:
    assert "timeout-minutes: 25\n" in job("lint")
    assert "timeout-minutes: 35\n" in job("gitleaks")


def test_a_time_limit_of_the_repository_holds_in_the_job_too() -> None:
    config = Config(gates={"lint": GateConfig(timeout=61), "gitleaks": GateConfig()})
    assert "timeout-minutes: 17\n" in job("lint", config)
    assert "timeout-minutes: 35\n" in job("gitleaks", config)


def test_it_runs_for_pull_requests_to_the_base_every_push_version_tags_on_demand_and_at_night() -> None:
    assert (
        '"on":\n  pull_request:\n    branches: [main]\n  push:\n    branches: ["**"]\n    tags: ["v*", "**/v*"]\n'
        '  workflow_dispatch:\n  schedule:\n    - cron: "0 7 * * *"'
    ) in text()
    assert "branches: [trunk]\n" in text(Config(repository=RepositoryConfig(base="origin/trunk")))


def test_only_a_release_is_never_cancelled() -> None:
    assert "  cancel-in-progress: ${{ !startsWith(github.ref, 'refs/tags/') }}\n" in text()


def test_it_may_read_the_repository_and_where_changes_are_approved_the_reviews() -> None:
    assert re.findall(r"^ *permissions:.*\n(?: +[\w-]+: read.*\n)*", text(), re.MULTILINE) == [
        "permissions:\n  contents: read\n",
        "    permissions:\n      contents: read\n      pull-requests: read  # who approved a breaking change\n",
        "    permissions: {}\n",
    ]
    assert "pull-requests: read" in job("contract-checks").split("steps:")[0]
    assert text().count("persist-credentials: false") == len(GATES)


def test_jobs_that_sign_without_a_key_may_ask_for_a_token_and_nothing_more() -> None:
    keyless = KeylessConfig(fulcio="https://fulcio.example", timestamp="https://tsa.example")
    config = Config(evidence=EvidenceConfig(keyless=keyless))
    own = "      id-token: write  # a certificate that says which workflow signed the evidence\n"
    assert f"    permissions:\n      contents: read\n{own}    steps:\n" in job("lint", config)
    assert f"      pull-requests: read  # who approved a breaking change\n{own}    steps:" in job(
        "contract-checks", config
    )
    assert text(config).count(": write") == len(GATES)
    assert text(config).replace(f"    permissions:\n      contents: read\n{own}", "").replace(own, "") == text()


def test_only_the_run_of_a_gate_whose_findings_can_be_approved_has_a_token() -> None:
    run = (
        "      - run: make nox-contract-checks\n        env:\n          GITHUB_TOKEN: ${{ github.token }}\n      - if:"
    )
    assert run in job("contract-checks")
    assert text().count("github.token") == 1


def test_the_whole_history_is_there_for_base_and_secrets() -> None:
    assert text().count("fetch-depth: 0") == len(GATES)


def test_actions_are_pinned_by_full_commit_sha_with_their_release() -> None:
    uses = re.findall(r"uses: (.*)", text())
    assert len(uses) == 4 * len(GATES)
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", each) for each in uses)


def test_reports_are_kept_for_30_days_and_those_of_a_release_for_365() -> None:
    kept = "retention-days: ${{ startsWith(github.ref, 'refs/tags/') && 365 || 30 }}\n"
    assert text().count(kept) == len(GATES)
    assert "if: always()" in job("lint")


def test_tools_are_cached_by_the_digest_of_the_locks_and_a_release_takes_nothing_from_a_cache() -> None:
    lint = job("lint", Config(tools=ToolsConfig(lock="tools.toml")))
    assert re.search(r"key: tools-lint-.*hashFiles\('\*\*/\*\.lock', .*'lockstep\.toml', 'tools\.toml'\) }}\n", lint)
    assert lint.count("lookup-only: ${{ startsWith(github.ref, 'refs/tags/') }}\n") == 2


def test_the_aggregate_waits_for_all_and_always_reports() -> None:
    aggregate = job("gates")
    assert "    if: always()\n" in aggregate
    assert re.findall(r"      - ([\w-]+)\n", aggregate) == [gate.id for gate in GATES]
    assert "if:" not in job("lint").split("steps:")[0]
