import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from lockstep.gates.codeql import GATE
from lockstep.host import Host
from lockstep.model.component import FileEntry
from lockstep.model.digests import of_bytes
from lockstep.model.finding import Severity
from lockstep.model.gate import Judge, Scope
from lockstep.plugin import lockstep_codeql, lockstep_semgrep
from tests.engine import running
from tests.engine.running import machine, repository
from tests.gates.invoking import LIBRARY, WHOLE, invocation, output

SEMGREP, CODEQL = GATE.checks
RECORDED = Path(__file__).parent / "data" / "codeql" / "codeql.sarif"


def entry(path: str, mode: str = "100644", size: int = 1) -> FileEntry:
    return FileEntry(path, mode, of_bytes(b""), size)


def test_only_high_and_critical_weaknesses_fail_the_gate() -> None:
    assert GATE.judge is Judge.SECURITY


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("src/shop/till.py", "python"),
        ("src/shop/till.pyi", "python"),
        ("web/page.tsx", "javascript"),
        ("web/page.MJS", "javascript"),
        ("scripts/a.sh", "bash"),
        ("scripts/a.bats", "bash"),
        ("Dockerfile", "dockerfile"),
        ("services/shop/Dockerfile.dev", "dockerfile"),
        ("services/shop/dev.Dockerfile", "dockerfile"),
        ("Containerfile", "dockerfile"),
        ("Dockerfile.dockerignore", None),
        (".github/workflows/ci.yml", "workflows"),
        (".github/workflows/ci.YAML", "workflows"),
        (".github/actions/build/action.yml", "workflows"),
        ("action.yaml", "workflows"),
        (".github/dependabot.yml", None),
        ("services/shop/action.yml", None),
        ("README.md", None),
        ("py", None),
        (".py", None),
    ],
)
def test_the_path_tells_the_language(path: str, language: str | None) -> None:
    kind = lockstep_semgrep.kind_of(path)
    assert (kind[0] if kind else None) == language
    assert SEMGREP.select(LIBRARY, entry(path)) is bool(language)


def test_programs_without_a_suffix_are_handed_over_and_links_are_not() -> None:
    assert SEMGREP.select(LIBRARY, entry("scripts/deploy", "100755"))
    assert not SEMGREP.select(LIBRARY, entry("scripts/deploy"))
    assert not SEMGREP.select(LIBRARY, entry("bin/tool", "100755", 10_000_000))
    assert not SEMGREP.select(LIBRARY, entry("src/link.py", "120000"))
    assert not CODEQL.select(LIBRARY, entry("src/link.py", "120000"))


def test_semgrep_is_handed_copies_and_lockstep_s_own_rules() -> None:
    assert SEMGREP.argv(invocation("a.py", tools=("semgrep", "lockstep"))) == (
        "/store/lockstep",
        "/data/plugin/lockstep_semgrep.py",
        "--semgrep=/store/semgrep",
        "--rules=/data/rules/semgrep",
        "--tree=/scratch/tree",
        "--scratch=/scratch",
        "--cache=/cache",
        "--report=/scratch/semgrep.json",
        "--jobs=1",
    )
    assert SEMGREP.materialise


def test_without_notes_nothing_is_believed() -> None:
    assert SEMGREP.parse(output(0), invocation()).problem == "semgrep wrote no report"
    assert CODEQL.parse(output(0), invocation()).problem == "codeql wrote no report"


# CodeQL: an addition where the machine has it.


def test_codeql_analyses_the_languages_that_are_there() -> None:
    files = ("a.py", "b.py", "web/c.ts", ".github/workflows/ci.yml")
    argv = CODEQL.argv(invocation(*files, component=WHOLE, tools=("codeql", "lockstep")))
    assert argv[:3] == ("/store/lockstep", "/data/plugin/lockstep_codeql.py", "--codeql=/store/codeql")
    assert argv[-3:] == ("--language=actions", "--language=javascript", "--language=python")
    assert (CODEQL.scope, CODEQL.program, CODEQL.optional) == (Scope.REPOSITORY, "codeql", True)


def test_a_recorded_log_is_read_with_codeqls_own_severities() -> None:
    report = CODEQL.parse(output(0, files={"codeql.sarif": RECORDED.read_bytes()}), invocation(component=WHOLE))
    assert report.problem == ""
    assert [(each.tool, each.rule, str(each.location), each.severity) for each in report.findings] == [
        ("codeql", "py/sql-injection", "services/shop/src/shop/orders.py:12:20", Severity.HIGH),
        (
            "codeql",
            "py/bind-socket-all-network-interfaces",
            "services/shop/src/shop/server.py:7:1",
            Severity.MEDIUM,
        ),
    ]


FAKE = f"""#!{sys.executable}
import shutil, sys
argv = sys.argv[1:]
with open({{log!r}}, "a") as log:
    print(*argv, file=log)
output = [word.partition("=")[2] for word in argv if word.startswith("--output=")]
if output:
    shutil.copyfile({str(RECORDED)!r}, output[0])
print("talk")
sys.exit({{code}})
"""


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """Make a program called codeql that writes down how it was called."""
    program = tmp_path / "bin" / "codeql"
    program.parent.mkdir()
    program.write_text(FAKE.format(log=str(tmp_path / "called"), code=0), encoding="utf-8")
    program.chmod(0o755)
    return program


def analysed(fake: Path, tmp_path: Path) -> subprocess.CompletedProcess[bytes]:
    tree, scratch = tmp_path / "tree", tmp_path / "scratch"
    scratch.mkdir()
    driver = (sys.executable, lockstep_codeql.__file__, f"--codeql={fake}", f"--tree={tree}", "--threads=2")
    where = (f"--scratch={scratch}", f"--report={scratch}/codeql.sarif")
    languages = ("--language=actions", "--language=python")
    return subprocess.run((*driver, *where, *languages), capture_output=True, check=False)


def test_each_language_is_built_and_analysed_with_the_extended_security_suite(fake: Path, tmp_path: Path) -> None:
    done = analysed(fake, tmp_path)
    assert (done.returncode, done.stdout) == (0, b"")
    tree, scratch = tmp_path / "tree", tmp_path / "scratch"
    expected = []
    for language in ("actions", "python"):
        database, suite = f"{scratch}/database-{language}", f"{language}-security-extended.qls"
        form = f"--format=sarif-latest --output={scratch}/{language}.sarif --sarif-category={language}"
        expected += [
            f"database create {database} --language {language} --source-root {tree} --threads=2",
            f"database analyze {database} codeql/{language}-queries:codeql-suites/{suite} {form} --threads=2",
        ]
    assert (tmp_path / "called").read_text(encoding="utf-8").splitlines() == expected
    log = msgspec.json.decode((scratch / "codeql.sarif").read_bytes())
    assert (log["version"], len(log["runs"])) == ("2.1.0", 2)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 32", "codeql database create ended with exit code 32"),
        ('[ "$2" = create ]', "codeql database analyze ended with exit code 1"),
        ("exit 0", "codeql wrote no log for actions"),
        ("kill -9 $$", "codeql database create ended with exit code -9"),
    ],
)
def test_a_codeql_that_did_not_get_to_its_end_is_not_believed(
    fake: Path, tmp_path: Path, script: str, why: str
) -> None:
    fake.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    done = analysed(fake, tmp_path)
    assert done.returncode == lockstep_codeql.FAILED
    assert why in done.stderr.decode()
    assert not (tmp_path / "scratch" / "codeql.sarif").exists()


ONLY_CODEQL = msgspec.structs.replace(GATE, checks=(CODEQL,))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {"services/shop/src/shop/orders.py": "\n" * 11 + "query = 1\n"})


def having(fake: Path, store: Path) -> Host:
    return machine(store, PATH=f"{fake.parent}:/usr/bin:/bin")


def test_it_runs_where_the_machine_has_it_and_its_result_is_cached(fake: Path, shop: Path, tmp_path: Path) -> None:
    host = having(fake, tmp_path / "store")
    record = running.run(shop, ONLY_CODEQL, host=host)
    assert running.verdicts(record) == {"codeql": "failed"}
    assert [(action.tool, action.check) for action in record.actions] == [("codeql", "codeql")]
    assert ("codeql", "") in {(tool.name, tool.version) for tool in record.tools}
    found = {finding.rule: finding.snippet for finding in record.gates[0].findings}
    assert found["py/sql-injection"] == "query = 1"
    assert [action.cached for action in running.run(shop, ONLY_CODEQL, host=host).actions] == [True]


def test_another_codeql_runs_again(fake: Path, shop: Path, tmp_path: Path) -> None:
    host = having(fake, tmp_path / "store")
    running.run(shop, ONLY_CODEQL, host=host)
    fake.write_text(fake.read_text(encoding="utf-8") + "# newer\n", encoding="utf-8")
    assert [action.cached for action in running.run(shop, ONLY_CODEQL, host=host).actions] == [False]


def test_one_that_fails_is_errored(fake: Path, shop: Path, tmp_path: Path) -> None:
    fake.write_text(FAKE.format(log=str(tmp_path / "called"), code=2), encoding="utf-8")
    record = running.run(shop, ONLY_CODEQL, host=having(fake, tmp_path / "store"))
    assert running.verdicts(record) == {"codeql": "errored"}


def test_there_is_nothing_of_it_where_the_machine_has_none(shop: Path) -> None:
    assert running.run(shop, ONLY_CODEQL).actions == ()


def test_a_program_that_is_not_optional_is_unavailable_where_the_machine_has_none(shop: Path) -> None:
    needed = msgspec.structs.replace(GATE, checks=(msgspec.structs.replace(CODEQL, optional=False),))
    record = running.run(shop, needed)
    assert running.verdicts(record) == {"codeql": "unavailable"}
    assert "no codeql on its PATH" in record.gates[0].reason
