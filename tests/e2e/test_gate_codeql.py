"""codeql through the real Semgrep and Lockstep's own rules."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import lockstep
from lockstep import host
from lockstep.gates.codeql import GATE
from lockstep.host import Host
from lockstep.model.component import Component, Kind
from lockstep.model.finding import Severity
from lockstep.plugin import lockstep_semgrep
from tests.e2e.gating import Done, copied, run
from tests.engine import running
from tests.engine.running import git, repository, write

pytestmark = pytest.mark.e2e

SEMGREP = GATE.checks[0]
WHOLE = Component(".", ".", Kind.REPOSITORY)
RULES = Path(lockstep.__file__).parent / "rules" / "semgrep"
Tool = Callable[[str], tuple[str, ...]]


@pytest.fixture
def tools(tool: Tool) -> Tool:
    return lambda name: (sys.executable,) if name == "lockstep" else tool(name)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {"README.md": "# Shop\n", ".gitignore": ".lockstep/\n"})


def scanned(root: Path, tmp_path: Path, tools: Tool) -> Done:
    return run(SEMGREP, root, WHOLE, tmp_path / "scratch", tool=tools)


def test_sane_code_of_every_language_is_clean(shop: Path, tmp_path: Path, tools: Tool) -> None:
    copied("codeql/clean", shop)
    done = scanned(shop, tmp_path, tools)
    assert (done.report.problem, done.places) == ("", set())


def test_every_weakness_is_found_whatever_folders_comments_and_ignore_files_say(
    shop: Path, tmp_path: Path, tools: Tool
) -> None:
    copied("codeql/dirty", shop)
    done = scanned(shop, tmp_path, tools)
    assert done.places == {
        (".github/workflows/ci.yml", 8, "lockstep-workflows-script-injection"),
        ("Dockerfile.dev", 2, "lockstep-dockerfile-curl-piped-to-shell"),
        ("node_modules/x/generated.py", 2, "lockstep-python-dynamic-eval"),
        ("scripts/deploy", 2, "lockstep-bash-eval-variable"),
        ("scripts/setup.ksh", 2, "lockstep-bash-curl-piped-to-shell"),
        ("src/discounts.py", 2, "lockstep-python-dynamic-eval"),
        ("src/login.py", 3, "lockstep-python-hardcoded-password"),
        ("tests/test_discounts.py", 2, "lockstep-python-dynamic-eval"),
        ("web/page.mjs", 1, "lockstep-javascript-dynamic-eval"),
    }
    assert {each.severity for each in done.report.findings} == {Severity.HIGH, Severity.CRITICAL}
    assert all(each.help_url.startswith("https://") for each in done.report.findings)


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("large.py", "x = 1\n" * 250_000 + "eval(text)\n", "lockstep-python-dynamic-eval"),
        ("long.py", "x = '" + "y" * 1_500_000 + "'\neval(text)\n", "lockstep-python-dynamic-eval"),
        ("bundle.min.js", "eval(text);\n", "lockstep-javascript-dynamic-eval"),
        ("types.d.ts", "eval(text);\n", "lockstep-javascript-dynamic-eval"),
        ("types.d.mts", "eval(text);\n", "lockstep-javascript-dynamic-eval"),
        ("vendor/x.py", "eval(text)\n", "lockstep-python-dynamic-eval"),
        ("ü ß.py", "eval(text)\n", "lockstep-python-dynamic-eval"),
        ("a\nb.py", "eval(text)\n", "lockstep-python-dynamic-eval"),
        ("--config.py", "eval(text)\n", "lockstep-python-dynamic-eval"),
        ("[x]*?.py", "eval(text)\n", "lockstep-python-dynamic-eval"),
        ("crlf.sh", 'echo a\r\neval "$1"\r\n', "lockstep-bash-eval-variable"),
        ("bom.py", "\ufeffeval(text)\n", "lockstep-python-dynamic-eval"),
    ],
)
def test_no_file_is_passed_over(shop: Path, tmp_path: Path, tools: Tool, path: str, text: str, rule: str) -> None:
    write(shop, {path: text})
    done = scanned(shop, tmp_path, tools)
    assert {(place, found) for place, _, found in done.places} == {(path, rule)}, done


def test_minified_javascript_is_remarked_whatever_it_is_called(shop: Path, tmp_path: Path, tools: Tool) -> None:
    write(shop, {"bundle.js": "var a=1;" * 2000 + "eval(text);\n"})
    done = scanned(shop, tmp_path, tools)
    assert done.places == {("bundle.js", 1, "minified-file")}
    assert [each.severity for each in done.report.findings] == [Severity.LOW]


def test_rules_that_leave_tests_alone_still_do(shop: Path, tmp_path: Path, tools: Tool) -> None:
    login = 'def login(session):\n    session.login("shop", password="correct1horse")\n'
    write(shop, {"src/a.py": login, "tests/a.py": login, "src/test_a.py": login})
    assert scanned(shop, tmp_path, tools).places == {("src/a.py", 2, "lockstep-python-hardcoded-password")}


def test_a_file_that_cannot_be_read_is_a_finding_and_one_read_in_part_a_remark(
    shop: Path, tmp_path: Path, tools: Tool
) -> None:
    write(
        shop,
        {
            ".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n      - run: curl x | sh\n   bad: [\n",
            "partly.py": "x = 1\neval(y)\n\ndef g(a):\n    return a +\n",
        },
    )
    done = scanned(shop, tmp_path, tools)
    assert done.places == {
        (".github/workflows/ci.yml", 0, "unread-file"),
        ("partly.py", 2, "lockstep-python-dynamic-eval"),
        ("partly.py", 5, "partly-read-file"),
    }


def test_a_line_that_holds_a_secret_is_not_shown(shop: Path, tmp_path: Path, tools: Tool) -> None:
    copied("codeql/dirty", shop)
    found = [each for each in scanned(shop, tmp_path, tools).report.findings if each.location.path == "src/login.py"]
    assert [each.snippet.startswith("not shown: it holds a secret (") for each in found] == [True]


TIMEOUT = """echo '{"paths": {"scanned": ["a.py"]}, "results": [],
  "errors": [{"type": "Timeout", "path": "a.py", "rule_id": "r"}]}'"""


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo no; exit 2", "semgrep ended with exit code 2 and no report"),
        ('echo \'{"errors": [{"message": "bad rule"}]}\'; exit 7', "semgrep ended with exit code 7: bad rule"),
        ('echo \'{"paths": {"scanned": []}, "errors": [], "results": []}\'', "semgrep passed over 1 files"),
        ("kill -9 $$", "semgrep ended with exit code -9"),
        (TIMEOUT, "semgrep gave up on a.py with r: Timeout"),
    ],
)
def test_a_semgrep_that_did_not_get_to_its_end_is_not_believed(
    shop: Path, tmp_path: Path, script: str, why: str
) -> None:
    fake = tmp_path / "semgrep"
    fake.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    fake.chmod(0o755)
    write(shop, {"a.py": "x = 1\n"})
    done = scanned(shop, tmp_path, lambda name: (str(fake if name == "semgrep" else sys.executable),))
    assert why in done.output.stderr.decode()
    assert done.output.exit_code == lockstep_semgrep.FAILED


class Counting(NamedTuple):
    """A scan with a memory: paths and rules found, and which files Semgrep was handed."""

    found: set[tuple[str, str]]
    handed: set[str]


@pytest.fixture
def scan(tmp_path: Path, semgrep: str) -> Callable[..., Counting]:
    """Return a function that scans files with one memory."""
    runs = iter(range(100))

    def scanning(files: Mapping[str, str], rules: Path = RULES) -> Counting:
        scratch = tmp_path / f"scan-{next(runs)}"
        write(scratch / "tree", dict(files))
        report = scratch / "report.json"
        argv = (sys.executable, lockstep_semgrep.__file__, f"--semgrep={semgrep}", f"--rules={rules}")
        where = (f"--tree={scratch}/tree", f"--scratch={scratch}", f"--cache={tmp_path}/memory", f"--report={report}")
        done = subprocess.run((*argv, *where), capture_output=True, check=False)
        assert done.returncode in {0, 1}, done.stderr
        copies = scratch / "files"
        handed = {path.relative_to(copies).as_posix() for path in copies.rglob("*.*") if path.suffix}
        found: list[dict[str, Any]] = json.loads(report.read_bytes())
        return Counting({(each["path"], each["rule"]) for each in found}, handed)

    return scanning


def test_only_new_files_are_scanned_and_old_findings_stay(scan: Callable[..., Counting]) -> None:
    files = {"a.py": "eval(text)\n", "b.py": "x = 1\n"}
    eval_in_a = {("a.py", "lockstep-python-dynamic-eval")}
    assert scan(files) == (eval_in_a, {"a.py", "b.py"})
    assert scan(files) == (eval_in_a, set())
    assert scan(files | {"b.py": "x = 2\n"}) == (eval_in_a, {"b.py"})
    assert scan(files) == (eval_in_a, set())
    assert scan({"b.py": files["a.py"]}) == ({("b.py", "lockstep-python-dynamic-eval")}, {"b.py"})


def test_other_rules_scan_everything_again(scan: Callable[..., Counting], tmp_path: Path) -> None:
    files = {"a.py": "eval(text)\n"}
    scan(files)
    rules = tmp_path / "rules"
    write(rules, {"python/x.yaml": (RULES / "python" / "sql.yaml").read_text(encoding="utf-8")})
    assert scan(files, rules) == (set(), {"a.py"})


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"identity": 1}', "null"])
def test_a_damaged_memory_is_no_memory(scan: Callable[..., Counting], tmp_path: Path, damage: str) -> None:
    files = {"a.py": "eval(text)\n"}
    scan(files)
    (tmp_path / "memory" / "scanned.json").write_text(damage, encoding="utf-8")
    assert scan(files) == ({("a.py", "lockstep-python-dynamic-eval")}, {"a.py"})


def test_through_the_engine_each_component_is_one_action_and_no_secret_is_left(shop: Path, tool: Tool) -> None:
    tool("semgrep")
    machine: Host = running.machine(host.system().store)
    secret = "correct1" + "horse"
    write(
        shop,
        {
            "services/a/src/a.py": f'def login(session):\n    session.login("shop", password="{secret}")\n',
            "services/b/src/b.py": "x = 1\n",
            "notes.md": "text\n",
        },
    )
    git(shop, "add", "--all")
    record = running.run(shop, GATE, host=machine)
    assert {action.component: str(action.verdict) for action in record.actions} == {
        "services/a": "failed",
        "services/b": "passed",
    }
    [finding] = record.gates[0].findings
    assert (finding.component, str(finding.location)) == ("services/a", "services/a/src/a.py:2:5")
    kept = [path for path in (shop / ".lockstep").rglob("*") if path.is_file() and not path.is_symlink()]
    assert [path for path in kept if secret.encode() in path.read_bytes()] == []
    assert all(action.cached for action in running.run(shop, GATE, host=machine).actions)
