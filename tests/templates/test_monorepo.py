import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from copier.errors import CopierError
from jsonschema import Draft202012Validator

from lockstep import config, gates
from tests.engine.running import run, verdicts
from tests.templates.rendering import MONOREPO, commit, render

EXPECTED = (
    ".github/workflows/ci.yml",
    ".pre-commit-config.yaml",
    ".github/pull_request_template.md",
    ".gitignore",
    ".yamllint",
    "CODEOWNERS",
    "Makefile",
    "README.md",
    "iac/modules/tags/main.tf",
    "iac/network/main.tf",
    "libs/python/common/src/common/money.py",
    "lockstep.toml",
    "noxfile.py",
    "ops/dashboards/api-overview.json",
    "ops/runbooks/orders-errors.md",
    "ops/slo.yaml",
    "schemas/events/order-cancelled/1.json",
    "schemas/events/order-created/1.json",
    "schemas/openapi/orders.yaml",
    "schemas/openapi/pacts/storefront-orders.json",
    "scripts/release-notes.sh",
    "services/orders/Dockerfile",
    "services/orders/src/orders/api.py",
    "tasks.py",
    "tooling/requirements.txt",
    "uv.lock",
    "waivers.toml",
)
RESIDUE = re.compile(r"(?<!\$)\{\{ |^[^$]* \}\}|\{% | %\}|\{# ", re.MULTILINE)  # `${{ }}` is GitHub's own
WORKFLOW = ".github/workflows/ci.yml"
QUAY, HARBOUR = "https://github.com/tidewater/quay-side", "https://github.com/northwind/harbour"
SURFACES = {"workflow": WORKFLOW, "hooks": ".pre-commit-config.yaml"}
ANSWERS: dict[str, str | int] = {
    "project_name": "Quay Side",
    "organization": "tidewater",
    "owner_team": "harbourmasters",
    "default_branch": "trunk",
    "python_versions": "3.12, 3.13",
    "coverage_lines": 91,
    "coverage_branches": 87,
    "cost_center": "cc-4711",
    "region": "eu-central-1",
    "advisory_database": "registry.tidewater.example/mirror/trivy-db:2",
    "lockstep_version": "9.8.7",
}


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("default"))


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("answered"), **ANSWERS)


def texts(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in files}


@pytest.mark.parametrize("path", EXPECTED)
def test_everything_is_there(default: Path, path: str) -> None:
    assert (default / path).is_file()


def test_only_scripts_are_executable(default: Path) -> None:
    programs = {path.name for path in default.rglob("*") if path.is_file() and os.access(path, os.X_OK)}
    assert programs == {"release-notes.sh"}


@pytest.mark.parametrize("rendered", ["default", "answered"])
def test_no_template_language_is_left(rendered: str, request: pytest.FixtureRequest) -> None:
    files = texts(request.getfixturevalue(rendered))
    assert not [name for name in files if name.endswith(".jinja") or RESIDUE.search(name)]
    assert not [name for name, text in files.items() if RESIDUE.search(text)]


def test_a_path_of_this_machine_is_in_the_answers_file_only(default: Path) -> None:
    found = [name for name, text in texts(default).items() if str(MONOREPO.parents[1]) in text]
    assert found == [".copier-answers.yml"]


def test_every_toml_and_json_file_can_be_read(default: Path, answered: Path) -> None:
    for root in (default, answered):
        for path in (*root.rglob("*.toml"), root / "uv.lock"):
            tomllib.loads(path.read_text(encoding="utf-8"))
        for path in root.rglob("*.json"):
            json.loads(path.read_text(encoding="utf-8"))


def test_the_configuration_holds_the_answers(answered: Path) -> None:
    assert tomllib.loads((answered / "lockstep.toml").read_text(encoding="utf-8")) == {
        "repository": {"base": "origin/trunk", "owners": ["@tidewater/harbourmasters"]},
        "thresholds": {"lines": 91, "branches": 87},
        "python": {"versions": ["3.12", "3.13"]},
        "advisories": {"database": "registry.tidewater.example/mirror/trivy-db:2"},
        "evidence": {"source": QUAY, "builder": f"{QUAY}/{WORKFLOW}"},
        "surfaces": SURFACES,
    }
    assert (answered / "tooling/requirements.txt").read_text(encoding="utf-8") == "lockstep-ci==9.8.7\n"


def test_the_default_configuration_leaves_versions_licences_and_advisories_to_lockstep(default: Path) -> None:
    assert tomllib.loads((default / "lockstep.toml").read_text(encoding="utf-8")) == {
        "repository": {"base": "origin/main", "owners": ["@northwind/platform"]},
        "thresholds": {"lines": 85, "branches": 80},
        "evidence": {"source": HARBOUR, "builder": f"{HARBOUR}/{WORKFLOW}"},
        "surfaces": SURFACES,
    }


def test_the_default_version_is_this_one(default: Path) -> None:
    project = tomllib.loads((MONOREPO.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = (default / "tooling/requirements.txt").read_text(encoding="utf-8")
    assert pinned == f"{project['name']}=={project['version']}\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", "# Quay Side\n"),
        ("README.md", "against origin/trunk"),
        ("README.md", "from `registry.tidewater.example/mirror/trivy-db:2`"),
        ("CODEOWNERS", "* @tidewater/harbourmasters\n"),
        ("CODEOWNERS", "/iac/ @tidewater/harbourmasters @tidewater/security\n"),
        ("schemas/openapi/orders.yaml", "- url: https://orders.quay-side.example\n"),
        ("schemas/openapi/orders.yaml", "email: harbourmasters@tidewater.example\n"),
        ("schemas/events/order-created/1.json", "https://schemas.quay-side.example/events/order-created/1.json"),
        ("iac/network/terraform.tfvars", 'cost_center = "cc-4711"\n'),
        ("iac/network/terraform.tfvars", 'region = "eu-central-1"\n'),
        ("ops/dashboards/api-overview.json", '"region": "eu-central-1"'),
    ],
)
def test_answers_flow_through(answered: Path, path: str, text: str) -> None:
    assert text in re.sub(r" +", " ", (answered / path).read_text(encoding="utf-8"))


def test_without_an_advisory_database_the_repository_says_what_that_means(default: Path) -> None:
    assert "`[gates.trivy.unavailable]`" in (default / "README.md").read_text(encoding="utf-8")
    written = (default / "lockstep.toml").read_text(encoding="utf-8")
    settings = config.parse(re.sub(r"^# (?=.* = |\[)", "", written, flags=re.MULTILINE).encode())
    assert settings.advisories.database == "registry.example/mirror/trivy-db:2"
    assert settings.gates["trivy"].unavailable is not None


@pytest.mark.parametrize(("strict", "ended"), [(False, ("incomplete", 0)), (True, ("failed", 1))])
def test_without_an_advisory_database_a_run_is_incomplete_and_a_strict_one_red(
    tmp_path: Path, *, strict: bool, ended: tuple[str, int]
) -> None:
    root = render(tmp_path / "repository")
    commit(root)
    record = run(root, gates=("trivy",), known=gates.discover(), strict=strict)
    assert (verdicts(record), (record.outcome, record.exit_code)) == ({"trivy": "unavailable"}, ended)


def test_the_lock_is_the_same_whatever_is_answered(default: Path, answered: Path) -> None:
    assert (default / "uv.lock").read_bytes() == (answered / "uv.lock").read_bytes()


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("project_slug", "Quay Side"),
        ("owner_team", "harbour masters"),
        ("coverage_lines", 101),
        ("cost_center", "4711"),
        ("region", "here"),
        ("advisory_database", "--insecure"),
        ("advisory_database", 'registry.example/"db"'),
        ("python_versions", "3.10"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(tmp_path: Path, name: str, answer: str | int) -> None:
    with pytest.raises((CopierError, ValueError), match=name):
        render(tmp_path, **{name: answer})


@pytest.mark.parametrize("event", ["order-created", "order-cancelled"])
def test_event_examples_keep_their_own_contract(default: Path, event: str) -> None:
    schema = json.loads((default / f"schemas/events/{event}/1.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    for example in schema["examples"]:
        Draft202012Validator(schema).validate(example)


def test_what_the_service_publishes_keeps_the_contract(default: Path) -> None:
    program = (
        "import json\n"
        "from orders.book import OrderBook\n"
        "from orders.validation import read_draft\n"
        "price = {'amount': '12.50', 'currency': 'CAD'}\n"
        "body = {'customer': {'name': 'Ida', 'email': 'ida@northwind.example'},\n"
        "        'lines': [{'sku': 'LAMP-7', 'quantity': 2, 'unit_price': price}]}\n"
        "book = OrderBook(publish=lambda event: print(json.dumps(event)))\n"
        "order = book.place('acme', 'key', read_draft(body)).order\n"
        "book.cancel('acme', order.order_id, 'too late')\n"
    )
    roots = os.pathsep.join(str(default / part) for part in ("services/orders/src", "libs/python/common/src"))
    env = {"PYTHONPATH": roots, "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run((sys.executable, "-c", program), env=env, capture_output=True, check=True, timeout=60)
    events = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [event["type"] for event in events] == ["order-created", "order-cancelled"]
    for event in events:
        path = default / "schemas" / "events" / event["type"] / "1.json"
        Draft202012Validator(json.loads(path.read_text(encoding="utf-8"))).validate(event)


def test_release_notes_come_from_the_commits(tmp_path: Path) -> None:
    root = render(tmp_path / "repository")
    commit(root)
    script = str(root / "scripts/release-notes.sh")
    notes = subprocess.run((script,), cwd=root, capture_output=True, text=True, check=True, timeout=60)
    assert "### Added\n\n- start (" in notes.stdout
    refused = subprocess.run((script, "v9"), cwd=root, capture_output=True, text=True, check=False, timeout=60)
    assert (refused.returncode, refused.stderr) == (2, "release-notes: no such commit: v9\n")
