"""lint through the real tools: what is clean, what each tool finds, what hostile files do, and fixes."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lockstep.engine import fix
from lockstep.engine.request import Request
from lockstep.gates.lint import GATE
from lockstep.host import system
from lockstep.model.digests import printable
from lockstep.model.record import RunRecord
from tests.e2e.gating import DATA, copied
from tests.engine import running

pytestmark = pytest.mark.e2e

Tool = Callable[[str], tuple[str, ...]]
Files = Mapping[str, str | bytes]
Found = set[tuple[str, int, str]]
CLEAN, DIRTY = "lint/clean", "lint/dirty"
LATIN = os.fsdecode(b"caf\xe9")


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory, tool: Tool) -> Path:
    """Return the installed packages of the panel, which has an ESLint of its own."""
    folder = tmp_path_factory.mktemp("panel")
    copied(f"{CLEAN}/panel", folder)
    command = (*tool("npm"), "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")
    subprocess.run(command, cwd=folder, check=True)
    return folder / "node_modules"


def tree(root: Path, files: Files) -> Path:
    """Make a repository of files, all of them staged."""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode() if isinstance(content, str) else content)
    running.git(root, "init", "--quiet", "--initial-branch=main")
    running.git(root, "add", "--all")
    return root


def case(name: str, root: Path, modules: Path | None) -> Path:
    """Make a repository of a case, with the panel's packages where they are given."""
    copied(name, root)
    shutil.copyfile(DATA / CLEAN / "panel/package-lock.json", root / "panel/package-lock.json")
    if modules is not None:
        (root / "panel/node_modules").symlink_to(modules)
    return tree(root, {".gitignore": "node_modules\n.lockstep/\n"})


def linted(root: Path, *, staged: bool = False) -> RunRecord:
    return running.run(root, GATE, host=system(), staged=staged)


def found(record: RunRecord, *checks: str) -> Found:
    """Return path, line and rule of what the checks (all of them if none is named) found."""
    (gate,) = record.gates
    return {
        (each.location.path, each.location.line, each.rule)
        for each in gate.findings
        if not checks or each.check in checks
    }


def ends(record: RunRecord) -> dict[str, set[str]]:
    """Return the verdicts of each check's actions."""
    verdicts: dict[str, set[str]] = {}
    for action in record.actions:
        verdicts.setdefault(action.check, set()).add(str(action.verdict))
    return verdicts


def test_clean_is_clean_by_every_check(tmp_path: Path, modules: Path) -> None:
    record = linted(case(CLEAN, tmp_path / "lamps", modules))
    assert found(record) == set()
    assert ends(record) == {check.id: {"passed"} for check in GATE.checks}
    assert running.verdicts(record) == {"lint": "passed"}


DOCKERFILE = "services/shop/Dockerfile"
WORKFLOW = ".github/workflows/hello.yml"
DEFECTS: Mapping[str, Found] = {
    "ruff-check": {("libs/python/lamps/src/lamps/price.py", 1, "F401")},
    "ruff-format": {("libs/python/lamps/src/lamps/price.py", 6, "unformatted")},
    "black": {("services/shop/src/shop/till.py", 5, "black-format")},
    "shellcheck": {("scripts/say", 3, "SC2086"), ("scripts/say.sh", 4, "SC2086")},
    "shfmt": {("scripts/say.sh", 4, "shfmt-format")},
    "yamllint": {("ops/slo.yaml", 4, "key-duplicates")},
    "hadolint": {(DOCKERFILE, 12, "DL3003"), (DOCKERFILE, 12, "SC2164")},
    "dockerfiles": {
        (DOCKERFILE, 3, "image-digest"),
        (DOCKERFILE, 6, "image-latest"),
        (DOCKERFILE, 8, "image-digest"),
        (DOCKERFILE, 9, "secret-variable"),
        (DOCKERFILE, 10, "remote-add"),
        (DOCKERFILE, 13, "root-user"),
    },
    "biome": {
        ("web/src/light.js", 1, "format"),
        ("web/src/light.js", 2, "lint/suspicious/noDoubleEquals"),
        ("web/src/light.js", 3, "lint/suspicious/noDebugger"),
    },
    "eslint": {("panel/dim.js", 1, "no-unused-vars"), ("panel/dim.js", 2, "prefer-const")},
    "terraform-fmt": {("iac/net/main.tf", 2, "terraform-fmt")},
    "actionlint": {(WORKFLOW, 8, "job-needs"), (WORKFLOW, 18, "shellcheck/SC2086")},
    "zizmor": {(WORKFLOW, 14, "unpinned-uses"), (".github/actions/hello/action.yml", 14, "template-injection")},
    "surfaces": {(".pre-commit-config.yaml", 1, "surface-drift")},
}


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory, modules: Path) -> RunRecord:
    return linted(case(DIRTY, tmp_path_factory.mktemp("dirty") / "lamps", modules))


@pytest.mark.parametrize("check", [check.id for check in GATE.checks])
def test_dirty_is_found_at_its_place(dirty: RunRecord, check: str) -> None:
    assert found(dirty, check) == DEFECTS[check], [action.reason for action in dirty.actions]
    assert "failed" in ends(dirty)[check]
    assert "errored" not in ends(dirty)[check]


def test_an_eslint_that_is_not_installed_is_unavailable(tmp_path: Path) -> None:
    record = linted(case(CLEAN, tmp_path / "lamps", None))
    assert ends(record)["eslint"] == {"unavailable"}
    assert running.verdicts(record) == {"lint": "unavailable"}
    (reason,) = {action.reason for action in record.actions if action.check == "eslint"}
    assert reason == "what panel/package-lock.json names is not installed (npm ci)"


SCRIPT = "#!/bin/sh\necho $1\n"
TWICE = "---\na: 1\na: 2\n"
FROM = "FROM example.com/a:1\n"
UNTIDY = "const a  = 1;\nexport { a };\n"
RAGGED = 'variable "a" {\ntype = string\n}\n'
JOB = """\
name: a
on: push
permissions: {}
concurrency: { group: a, cancel-in-progress: true }
jobs:
  a:
    name: A
    runs-on: ubuntu-latest
    needs: [b]
    steps: [{ name: A, run: echo }]
"""
W = ".github/workflows"
HOSTILE: Files = {
    "syntax.py": "def f(:\n",
    "crlf.py": "x = 1\r\n",
    "empty.py": "",
    "-dash.py": "import os\n",
    "@at.py": "import os\n",
    f"{LATIN}.py": "import os\n",
    "latin.py": b'x = "\xe9"\n',
    "feed.py": "x = 1\n\x0c\ny = '\u2028'\n",
    "syntax.sh": "#!/bin/sh\nif true; then\n",
    "crlf.sh": "#!/bin/sh\necho hi\r\n",
    "empty.sh": "",
    "-dash.sh": SCRIPT,
    f"{LATIN}.sh": SCRIPT,
    "latin.sh": b'#!/bin/sh\necho "\xe9"\n',
    "syntax.yaml": "---\na: [1\n",
    "crlf.yaml": "---\r\na: 1\r\n",
    "empty.yaml": "",
    "-dash.yaml": TWICE,
    f"{LATIN}.yaml": TWICE,
    "syntax.Dockerfile": f"FROM a@sha256:{'a' * 64}\nRUNN x\n",
    "crlf.Dockerfile": FROM.replace("\n", "\r\n"),
    "empty.Dockerfile": "",
    "-dash.Dockerfile": FROM,
    f"{LATIN}.Dockerfile": FROM,
    "latin.Dockerfile": b"# \xe9\n" + FROM.encode(),
    "heredoc.Dockerfile": f"{FROM}RUN <<EOF\n",
    "syntax.ts": "function (\n",
    "crlf.js": "export const a = 1;\r\n",
    "empty.js": "",
    "-dash.js": UNTIDY,
    f"{LATIN}.js": UNTIDY,
    "latin.js": b'export const a = "\xe9";\n',
    "large.js": " " * 2_000_000,
    "iac/broken/syntax.tf": 'variable "a" {\n',
    "crlf.tf": "a = 1\r\nbc = 2\r\n",
    "empty.tf": "",
    "-dash.tf": RAGGED,
    f"{LATIN}.tf": RAGGED,
    f"{W}/syntax.yml": "name: [\n",
    f"{W}/crlf.yml": JOB.replace("\n", "\r\n"),
    f"{W}/empty.yml": "",
    f"{W}/-dash.yml": JOB,
    f"{W}/{LATIN}.yml": JOB,
    f"{W}/other.yml": "a: 1\n",
}
LATIN_SHOWN = printable(LATIN)
ANSWERS: tuple[tuple[str, str, Found], ...] = (
    ("ruff-check", ".py", {
        ("syntax.py", 1, "invalid-syntax"), ("syntax.py", 2, "invalid-syntax"), ("-dash.py", 1, "F401"),
        ("@at.py", 1, "F401"), (f"{LATIN_SHOWN}.py", 1, "F401"), ("latin.py", 1, "E902"),
    }),
    # What does not parse is told once, by ruff-check.
    ("ruff-format", ".py", {("latin.py", 1, "io"), ("feed.py", 2, "unformatted")}),
    ("shellcheck", ".sh", {
        ("syntax.sh", 2, "SC1009"), ("syntax.sh", 2, "SC1073"), ("syntax.sh", 3, "SC1072"), ("crlf.sh", 2, "SC1017"),
        ("empty.sh", 1, "SC2148"), ("-dash.sh", 2, "SC2086"), (f"{LATIN_SHOWN}.sh", 2, "SC2086"),
    }),
    ("shfmt", ".sh", {
        ("syntax.sh", 2, "syntax"), ("crlf.sh", 2, "shfmt-format"), ("empty.sh", 1, "shfmt-format"),
        ("latin.sh", 2, "syntax"),
    }),
    ("yamllint", ".yaml", {
        ("syntax.yaml", 3, "syntax"), ("crlf.yaml", 1, "new-lines"), ("-dash.yaml", 3, "key-duplicates"),
        (f"{LATIN_SHOWN}.yaml", 3, "key-duplicates"),
    }),
    # An instruction that nobody knows is told once, by hadolint.
    ("hadolint", ".Dockerfile", {("syntax.Dockerfile", 2, "DL1000"), ("heredoc.Dockerfile", 2, "SC1072")}),
    ("dockerfiles", ".Dockerfile", {
        ("crlf.Dockerfile", 1, "image-digest"), ("-dash.Dockerfile", 1, "image-digest"),
        (f"{LATIN_SHOWN}.Dockerfile", 1, "image-digest"), ("latin.Dockerfile", 2, "image-digest"),
        ("latin.Dockerfile", 2, "root-user"),
        ("heredoc.Dockerfile", 1, "syntax"),
    }),
    ("biome", "", {
        ("syntax.ts", 1, "parse"), ("syntax.ts", 2, "parse"), ("syntax.ts", 1, "format"), ("crlf.js", 1, "format"),
        ("-dash.js", 1, "format"), (f"{LATIN_SHOWN}.js", 1, "file-name"), ("latin.js", 1, "internalError/io"),
        ("large.js", 1, "too-large"),
    }),
    ("terraform-fmt", "", {
        ("iac/broken/syntax.tf", 1, "syntax"), ("-dash.tf", 2, "terraform-fmt"),
        (f"{LATIN_SHOWN}.tf", 2, "terraform-fmt"), ("crlf.tf", 1, "terraform-fmt"),
    }),
    ("actionlint", "", {
        (f"{W}/syntax.yml", 1, "syntax-check"), (f"{W}/crlf.yml", 6, "job-needs"),
        (f"{W}/empty.yml", 1, "syntax-check"), (f"{W}/-dash.yml", 6, "job-needs"),
        (f"{W}/{LATIN_SHOWN}.yml", 6, "job-needs"), (f"{W}/other.yml", 1, "syntax-check"),
    }),
    ("zizmor", "", {
        (f"{W}/syntax.yml", 1, "not-audited"), (f"{W}/empty.yml", 1, "not-audited"),
        (f"{W}/{LATIN_SHOWN}.yml", 1, "file-name"), (f"{W}/other.yml", 1, "not-audited"),
    }),
)  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    return linted(tree(tmp_path_factory.mktemp("hostile") / "lamps", HOSTILE))


@pytest.mark.parametrize(("check", "suffix", "expected"), ANSWERS, ids=[answer[0] for answer in ANSWERS])
def test_hostile_files_are_findings_of_their_own_and_hide_nothing(
    hostile: RunRecord, check: str, suffix: str, expected: Found
) -> None:
    assert ends(hostile)[check] <= {"passed", "failed"}, [action.reason for action in hostile.actions]
    answers = {each for each in found(hostile, check) if each[0].endswith(suffix)}
    assert answers >= expected
    assert {path for path, _, _ in answers} == {path for path, _, _ in expected}


@pytest.mark.parametrize(
    ("files", "check", "expected"),
    [
        ({"latin.yaml": b'---\na: "\xe9"\n'}, "yamllint", {("latin.yaml", 1, "syntax")}),
        ({f"{W}/a.yml": JOB, f"{W}/b.yml": b'name: "\xe9"\n'}, "zizmor", {(f"{W}/b.yml", 1, "not-audited")}),
        ({f"{LATIN}.js": UNTIDY}, "biome", {(f"{LATIN_SHOWN}.js", 1, "file-name")}),
    ],
)
def test_a_file_that_stops_a_tool_is_its_finding(tmp_path: Path, files: Files, check: str, expected: Found) -> None:
    assert found(linted(tree(tmp_path / "lamps", files)), check) == expected


def test_one_of_several_files_that_stopped_a_tool_is_never_green(tmp_path: Path) -> None:
    files: Files = {"a.yaml": b'---\na: "\xe9"\n', "b.yaml": "---\na: 1\n"}
    record = linted(tree(tmp_path / "lamps", files))
    assert running.verdicts(record) == {"lint": "errored"}
    assert "in one of a.yaml, b.yaml: UnicodeDecodeError" in record.actions[0].reason


SILENCE: Files = {
    "ruff.toml": 'lint.select = []\nexclude = ["*"]\n',
    ".shellcheckrc": "disable=all\n",
    ".editorconfig": "[*.sh]\nindent_style = tab\nignore = true\n",
    ".yamllint": "rules: {}\n",
    ".hadolint.yaml": "ignored: [DL3003]\n",
    "biome.json": '{ "formatter": { "enabled": false } }\n',
    ".github/zizmor.yml": "rules: { excessive-permissions: { disable: true } }\n",
    ".git/HEAD": "ref: refs/heads/main\n",
}
UNCONFIGURED: Files = {
    "a.py": "import os\n",
    "a.sh": '#!/bin/sh\nif true; then\n      echo "$1" $2\nfi\n',
    "a.yaml": TWICE,
    "Dockerfile": "FROM example.com/a\nRUN cd /a\n",
    "a.js": UNTIDY,
    f"{W}/a.yml": JOB.replace("permissions: {}\n", ""),
}


def test_no_configuration_outside_of_the_repository_is_heard(tmp_path: Path) -> None:
    tree_above = tmp_path / "home"
    for path, content in SILENCE.items():
        (tree_above / path).parent.mkdir(parents=True, exist_ok=True)
        (tree_above / path).write_bytes(content.encode() if isinstance(content, str) else content)
    record = linted(tree(tree_above / "lamps", UNCONFIGURED))
    assert found(record) >= {
        ("a.py", 1, "F401"),
        ("a.sh", 3, "SC2086"),
        ("a.sh", 3, "shfmt-format"),
        ("a.yaml", 3, "key-duplicates"),
        ("Dockerfile", 2, "DL3003"),
        ("a.js", 1, "format"),
        (f"{W}/a.yml", 5, "excessive-permissions"),
    }


def test_the_components_own_exclusions_hold_and_no_others(tmp_path: Path) -> None:
    files = {
        "libs/python/a/pyproject.toml": '[project]\nname = "a"\n[tool.ruff]\nextend-exclude = ["old"]\n',
        "libs/python/a/old/x.py": "import os\n",
        "libs/python/b/pyproject.toml": '[project]\nname = "b"\n',
        "libs/python/b/dist/x.py": "import os\n",
        "libs/python/c/pyproject.toml": '[project]\nname = "c"\n[tool.black]\nextend-exclude = "old"\n',
        "libs/python/c/old/x.py": "x  =  1\n",
        "libs/python/c/dist/x.py": "x  =  1\n",
    }
    record = linted(tree(tmp_path / "lamps", files))
    assert found(record) == {
        ("libs/python/b/dist/x.py", 1, "F401"),
        ("libs/python/c/dist/x.py", 1, "black-left-out"),
    }


def test_staged_bytes_are_seen_though_git_ignores_where_they_lie(tmp_path: Path, modules: Path) -> None:
    root = case(DIRTY, tmp_path / "lamps", modules)
    shutil.rmtree(root / ".github/actions")
    (root / "services/shop/src/shop/till.py").write_text("", encoding="utf-8")
    (root / WORKFLOW).write_text("", encoding="utf-8")
    record = linted(root, staged=True)
    for check in ("black", "ruff-check", "actionlint", "zizmor", "biome"):
        assert found(record, check) == DEFECTS[check]


def test_a_change_of_configuration_is_seen_wherever_the_tool_may_find_it(tmp_path: Path) -> None:
    root = tree(
        tmp_path / "lamps",
        {
            ".editorconfig": "root = true\n[*.sh]\nindent_style = space\nindent_size = 2\n",
            "ruff.toml": "",
            "src/deep/a.py": "import os\n",
            "scripts/a.sh": "#!/bin/sh\nif true; then\n  echo\nfi\n",
        },
    )
    assert found(linted(root)) == {("src/deep/a.py", 1, "F401")}
    assert all(action.cached for action in linted(root).actions)
    running.write(
        root, {"src/deep/ruff.toml": 'lint.ignore = ["F401"]\n', "scripts/.editorconfig": "[*]\nindent_size=4\n"}
    )
    assert found(linted(root)) == {("scripts/a.sh", 3, "shfmt-format")}
    running.write(root, {"src/deep/ruff.toml": 'extend = "../../base/ruff.toml"\n', "base/ruff.toml": ""})
    assert found(linted(root), "ruff-check") == {("src/deep/a.py", 1, "F401")}
    running.write(root, {"base/ruff.toml": 'lint.ignore = ["F401"]\n'})
    assert found(linted(root), "ruff-check") == set()


def test_fixes_end_stable_and_leave_what_they_cannot_mend(tmp_path: Path, modules: Path) -> None:
    root = case(DIRTY, tmp_path / "lamps", modules)
    request = Request(gates=("lint",), known={"lint": GATE})
    assert fix.run(system(), root, request) == (
        WORKFLOW,
        "iac/net/main.tf",
        "libs/python/lamps/src/lamps/price.py",
        "panel/dim.js",
        "scripts/say.sh",
        DOCKERFILE,
        "services/shop/src/shop/till.py",
        "web/src/light.js",
    )
    assert fix.run(system(), root, request) == ()
    left = found(linted(root), "ruff-check", "ruff-format", "black", "shfmt", "terraform-fmt", "biome", "eslint")
    assert {rule for _, _, rule in left} == {
        "lint/suspicious/noDoubleEquals",
        "lint/suspicious/noDebugger",
        "no-unused-vars",
    }
    assert (root / "services/shop/src/shop/migrations/first.py").read_text(encoding="utf-8") == "x  =  1\n"


def test_what_is_known_by_digest_is_pinned_and_what_is_not_stays_a_finding(tmp_path: Path) -> None:
    root = tree(
        tmp_path / "lamps",
        {path: (DATA / DIRTY / path).read_bytes() for path in (WORKFLOW, DOCKERFILE, "lockstep.toml")},
    )
    assert fix.run(system(), root, Request(gates=("lint",), known={"lint": GATE})) == (WORKFLOW, DOCKERFILE)
    record = linted(root)
    assert {each for each in found(record, "dockerfiles") if each[2].startswith("image")} == {
        (DOCKERFILE, 3, "image-digest"),
        (DOCKERFILE, 6, "image-latest"),
    }
    assert "unpinned-uses" not in {rule for _, _, rule in found(record, "zizmor")}
    assert "checkout@11d5960a326750d5838078e36cf38b85af677262  # v4\n" in (root / WORKFLOW).read_text(encoding="utf-8")


def test_fixes_change_no_hostile_file_for_the_worse(tmp_path: Path) -> None:
    root = tree(tmp_path / "lamps", HOSTILE)
    request = Request(gates=("lint",), known={"lint": GATE})
    fix.run(system(), root, request)
    assert fix.run(system(), root, request) == ()
    for path in ("syntax.py", "syntax.sh", "syntax.ts", "latin.py", "latin.js", "iac/broken/syntax.tf"):
        content = HOSTILE[path]
        assert (root / path).read_bytes() == (content.encode() if isinstance(content, str) else content)
