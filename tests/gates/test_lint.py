"""lint as declared: which tool sees which file, by whose configuration, and in what order fixes are applied."""

import json
import os
from itertools import pairwise

import msgspec
import pytest

from lockstep.gates.lint import GATE
from lockstep.model.component import Component, FileEntry, Kind
from lockstep.model.digests import of_bytes
from lockstep.model.finding import Finding, Location
from lockstep.model.gate import Check, Invocation, Scope, Settings
from tests.gates.invoking import LIBRARY, WHOLE, invocation, output, selects

CHECKS = {check.id: check for check in GATE.checks}
WEB = Component("web", "web", Kind.NODE_PACKAGE)


def configured(component: Component, **files: str) -> Component:
    return msgspec.structs.replace(component, configured=tuple(files.items()))


def of(check: Check, *files: str, component: Component = WHOLE, settings: Settings | None = None) -> Invocation:
    return invocation(*files, component=component, tools=check.tools, settings=settings)


def argv(name: str, *files: str, component: Component = WHOLE, settings: Settings | None = None) -> tuple[str, ...]:
    check = CHECKS[name]
    return check.argv(of(check, *files, component=component, settings=settings))


def fix(name: str, *files: str, component: Component = WHOLE) -> tuple[str, ...]:
    check = CHECKS[name]
    assert check.fix is not None
    return check.fix(of(check, *files, component=component))


@pytest.mark.parametrize(
    ("path", "checks"),
    [
        ("a.py", {"ruff-check", "ruff-format"}),
        ("a.pyi", {"ruff-check", "ruff-format"}),
        ("a.ipynb", {"ruff-check", "ruff-format"}),
        ("a.sh", {"shellcheck", "shfmt"}),
        ("a.bash", {"shellcheck", "shfmt"}),
        ("a.bats", {"shellcheck", "shfmt"}),
        ("run", set()),
        ("a.yaml", {"yamllint", "surfaces"}),
        ("Dockerfile", {"hadolint", "dockerfiles"}),
        ("Containerfile", {"hadolint", "dockerfiles"}),
        ("Dockerfile.dev", {"hadolint", "dockerfiles"}),
        ("dev.dockerfile", {"hadolint", "dockerfiles"}),
        ("Dockerfile.dockerignore", set()),
        ("dockerfile.rego", set()),
        ("dockerfile.prod", {"hadolint", "dockerfiles"}),
        ("Dockerfile.go", {"hadolint", "dockerfiles"}),
        ("a.js", {"biome"}),
        ("a.tsx", {"biome"}),
        ("a.css", set()),
        ("a.tf", {"terraform-fmt"}),
        ("prod.tfvars", {"terraform-fmt"}),
        ("a.tftest.hcl", {"terraform-fmt"}),
        ("a.hcl", set()),
        (".github/workflows/ci.yml", {"yamllint", "surfaces", "actionlint", "zizmor"}),
        (".github/workflows/deep/ci.yml", {"yamllint", "surfaces"}),
        (".github/dependabot.yml", {"yamllint", "surfaces", "zizmor"}),
        ("tools/hello/action.yml", {"yamllint", "surfaces", "zizmor"}),
        ("lockstep.toml", {"surfaces"}),
        ("README.md", {"surfaces"}),
    ],
)
def test_each_file_is_seen_by_its_tools(path: str, checks: set[str]) -> None:
    assert {check.id for check in GATE.checks if selects(check, WHOLE, path)} == checks


def test_what_helm_renders_is_no_yaml_yet() -> None:
    chart = msgspec.structs.replace(WHOLE, templates=frozenset({"templates/a.yaml"}))
    assert not selects(CHECKS["yamllint"], chart, "templates/a.yaml")
    assert selects(CHECKS["yamllint"], chart, "values.yaml")


@pytest.mark.parametrize("check", GATE.checks, ids=lambda check: check.id)
def test_no_tool_is_handed_a_link(check: Check) -> None:
    names = ("a.py", "a.sh", "run", "a.yaml", "Dockerfile", "a.js", "a.tf", ".github/workflows/ci.yml", "action.yml")
    everything = configured(WHOLE, black="pyproject.toml", eslint="eslint.config.js", biome="biome.json")
    assert not any(check.select(everything, FileEntry(name, "120000", of_bytes(b""), 1)) for name in names)


@pytest.mark.parametrize(
    ("mode", "size", "path", "expected"),
    [
        ("100755", 10, "bin/run", True),
        ("100755", 10, ".hook", True),
        ("100644", 10, "bin/run", False),
        ("100755", 10, "bin/run.py", False),
        ("100755", 10_000_000, "bin/run", False),
    ],
)
def test_programs_without_a_suffix_may_be_scripts(mode: str, size: int, path: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert CHECKS["shellcheck"].select(WHOLE, FileEntry(path, mode, of_bytes(b""), size)) is expected


def test_the_formatter_is_the_one_that_the_component_has_chosen() -> None:
    chosen = configured(LIBRARY, black="pyproject.toml")
    assert selects(CHECKS["black"], chosen, "libs/lamps/a.py")
    assert not selects(CHECKS["ruff-format"], chosen, "libs/lamps/a.py")
    assert selects(CHECKS["ruff-check"], chosen, "libs/lamps/a.py")
    assert not selects(CHECKS["black"], LIBRARY, "libs/lamps/a.py")


@pytest.mark.parametrize(
    ("files", "checks"),
    [
        ({}, {"biome"}),
        ({"biome": "web/biome.json"}, {"biome"}),
        ({"eslint": "web/eslint.config.js"}, {"eslint"}),
        ({"eslint": "eslint.config.js", "biome": "web/biome.json"}, {"biome", "eslint"}),
    ],
)
def test_scripts_are_seen_by_what_the_component_configures_and_else_by_biome(
    files: dict[str, str], checks: set[str]
) -> None:
    component = configured(WEB, **files)
    assert {name for name in ("biome", "eslint") if selects(CHECKS[name], component, "web/a.ts")} == checks


@pytest.mark.parametrize(
    ("check", "tool", "file", "without", "with_"),
    [
        ("ruff-check", "ruff", "a.py", "--isolated", "--force-exclude"),
        ("ruff-format", "ruff", "a.py", "--isolated", "--force-exclude"),
        ("shellcheck", "shellcheck", "a.sh", "--norc", ""),
        ("shfmt", "editorconfig", "a.sh", "--indent", "--apply-ignore"),
        ("yamllint", "yamllint", "a.yaml", "--config-data", "--config-file"),
        ("hadolint", "hadolint", "Dockerfile", "", "--config"),
        ("biome", "biome", "a.js", "--config-path=/data/rules/biome-default.json", ""),
        ("actionlint", "actionlint", "a.yml", "", "-config-file"),
        ("zizmor", "zizmor", "a.yml", "--no-config", "--config"),
    ],
)
def test_without_configuration_in_the_repository_none_is_looked_for(
    check: str, tool: str, file: str, without: str, with_: str
) -> None:
    plain, told = argv(check, file), argv(check, file, component=configured(WHOLE, **{tool: "the-config"}))
    assert set(plain) - set(told) == {
        without,
        *{"--indent": {"2"}, "--config-data": {"default"}}.get(without, set()),
    } - {""}
    assert set(told) - set(plain) <= {with_, "the-config"}
    assert with_ in {"", *told}


def test_checking_changes_nothing_whatever_is_configured() -> None:
    assert "--no-fix" in argv("ruff-check", "a.py")
    assert "--check" in argv("ruff-format", "a.py")
    assert "--diff" in argv("shfmt", "a.sh")
    assert "-check" in argv("terraform-fmt", "a.tf")
    assert "--write" not in argv("biome", "a.js")


def test_black_is_handed_folders_and_its_configuration() -> None:
    component = configured(LIBRARY, black="pyproject.toml")
    command = argv("black", "libs/lamps/src/a.py", "libs/lamps/tests/b.py", component=component)
    assert command[-4:] == ("--config=/tree/pyproject.toml", "--", "libs/lamps/src", "libs/lamps/tests")


def test_the_indent_of_scripts_is_a_setting_where_no_editorconfig_says() -> None:
    command = argv("shfmt", "a.sh", settings=Settings(shfmt_indent=8))
    assert command == ("/store/shfmt", "--diff", "--indent", "8", "--", "a.sh")


def test_scripts_run_in_the_components_folder() -> None:
    assert CHECKS["biome"].in_component
    assert argv("biome", "web/-a.js", component=WEB)[-2:] == ("--", "./-a.js")
    command = argv("eslint", "web/src/a.js", component=configured(WEB, eslint="web/eslint.config.js"))
    assert command == (
        "/store/lockstep",
        "/data/plugin/lockstep_eslint.py",
        "web",
        "--no-warn-ignored",
        "--format=json",
        "--",
        "src/a.js",
    )


def test_a_name_that_a_tool_refuses_is_not_handed_over() -> None:
    assert argv("zizmor", "a.yml", "caf\udce9.yml")[-2:] == ("--", "a.yml")
    assert argv("biome", "caf\udce9.js")[-2:] == ("--", "/scratch/tmp")


def test_actionlint_has_its_shellcheck_from_the_lock() -> None:
    assert "-shellcheck=/store/shellcheck" in argv("actionlint", ".github/workflows/a.yml")
    assert "-pyflakes=" in argv("actionlint", ".github/workflows/a.yml")


def test_the_repositorys_modules_do_not_stand_in_for_lockstep() -> None:
    assert argv("surfaces") == ("/store/lockstep", "-P", "-m", "lockstep.github.surfaces")


def test_workflows_and_surfaces_are_checked_once_for_the_repository() -> None:
    assert {check.id for check in GATE.checks if check.scope is Scope.REPOSITORY} == {
        "actionlint",
        "zizmor",
        "surfaces",
    }


def test_linters_fix_before_formatters() -> None:
    ordered = sorted((check for check in GATE.checks if check.fix), key=lambda check: check.fix_order)
    linters, formatters = (
        {"ruff-check", "eslint", "zizmor", "dockerfiles"},
        {"ruff-format", "black", "shfmt", "biome", "terraform-fmt"},
    )
    assert {check.id for check in ordered} == linters | formatters
    assert all(
        before.fix_order < after.fix_order
        for before, after in pairwise(ordered)
        if before.id in linters and after.id in formatters
    )


def test_only_safe_fixes_are_applied() -> None:
    assert "--no-unsafe-fixes" in fix("ruff-check", "a.py")
    assert "--fix=safe" in fix("zizmor", "a.yml")
    assert {"--write"} < set(fix("biome", "a.js"))
    assert "--unsafe" not in fix("biome", "a.js")


def test_what_is_known_by_digest_is_pinned_before_zizmor_mends_the_rest() -> None:
    pinning = ("/store/lockstep", "-P", "-m", "lockstep.plugin.pinning")
    assert fix("dockerfiles", "Dockerfile", "-x.dockerfile") == (
        *pinning,
        "dockerfiles",
        "Dockerfile",
        "./-x.dockerfile",
    )
    command = fix("zizmor", "a.yml", "--")
    assert command[:8] == (*pinning, "workflows", "a.yml", "./--", "--")
    assert command[8] == "/store/zizmor"


SHELL = (
    b'{"comments": [{"file": "%s", "line": %d, "endLine": %d, "column": 1, "endColumn": 1, "level": "error", '
    b'"code": %d, "message": "it is wrong", "fix": null}]}'
)


@pytest.mark.parametrize(
    ("path", "line", "code", "kept"),
    [
        ("bin/run", 1, 1071, False),
        ("bin/run", 1, 2148, False),
        ("bin/run", 1, 1072, False),
        ("bin/run", 9, 1072, True),
        ("bin/run", 2, 2086, True),
        ("a.sh", 1, 1071, True),
        ("a.sh", 1, 2148, True),
    ],
)
def test_a_program_that_is_no_script_is_left_alone(path: str, line: int, code: int, kept: bool) -> None:  # noqa: FBT001 - a table
    check = CHECKS["shellcheck"]
    report = check.parse(output(1, stdout=SHELL % (path.encode(), line, line, code)), of(check, path))
    assert report.problem == ""
    assert [each.rule for each in report.findings] == ([f"SC{code}"] if kept else [])


def test_what_shellcheck_could_not_tell_stays_a_problem() -> None:
    check = CHECKS["shellcheck"]
    assert check.parse(output(1, stdout=b'{"comments": []}'), of(check, "a.sh")).problem


def test_what_is_not_pinned_is_told_with_the_setting_that_makes_it_known() -> None:
    def said(rule: str) -> str:
        result = {
            "ruleId": f"zizmor/{rule}",
            "message": {"text": "it floats"},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.yml"}, "region": {"startLine": 3}}}],
        }
        run = {"tool": {"driver": {"name": "zizmor"}}, "results": [result]}
        audited = b" INFO audit: zizmor: completed ./a.yml"
        done = output(0, stdout=json.dumps({"version": "2.1.0", "runs": [run]}).encode(), stderr=audited)
        (finding,) = CHECKS["zizmor"].parse(done, of(CHECKS["zizmor"], "a.yml")).findings
        return finding.message

    assert "[pins.actions] in lockstep.toml" in said("unpinned-uses")
    assert "[pins.images] in lockstep.toml" in said("unpinned-images")
    assert said("artipacked") == "it floats"


def test_surfaces_have_a_rule_of_their_own() -> None:
    report = CHECKS["surfaces"].parse(output(1, stdout=b"a:3: wrong\n"), of(CHECKS["surfaces"], "a"))
    assert report.findings == (Finding("lockstep", "surface-drift", "wrong", Location("a", 3)),)


def test_what_policies_deny_of_dockerfiles_is_told_of_the_file_with_that_number() -> None:
    denied = b'{"rule":"root-user","severity":"high","message":"as root","path":"1","line":2,"end_line":2}'
    unread = b'{"path":"0","line":1,"message":"too large"}'
    made = {"report.json": b'{"findings":[%s],"syntax":[],"unread":[%s]}' % (denied, unread)}
    names = ("Dockerfile", os.fsdecode(b"caf\xe9.dockerfile"))
    report = CHECKS["dockerfiles"].parse(output(0, files=made), of(CHECKS["dockerfiles"], *names))
    assert [(each.rule, each.location.path, each.location.line, each.anchor) for each in report.findings] == [
        ("unread-file", names[0], 1, names[0]),
        ("root-user", names[1], 2, ""),
    ]


@pytest.mark.parametrize("check", GATE.checks, ids=lambda check: check.id)
def test_a_tool_that_says_nothing_but_fails_is_a_problem(check: Check) -> None:
    component = configured(WHOLE, black="pyproject.toml")
    report = check.parse(output(1), of(check, "a", component=component))
    assert report.problem
