"""What is planned: which actions, with which limits, files and inputs."""

import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from lockstep.engine.prepare import Prepared, prepared
from lockstep.engine.request import Request
from lockstep.model.gate import Gate, Scope
from tests.engine.running import check, gate, machine, repository, run, write


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {"services/a/one.txt": "fine\n", "libs/python/b/two.txt": "fine\n"})


def planned(root: Path, *gates: Gate, **request: object) -> Prepared:
    known = {each.id: each for each in gates}
    wanted = Request(**({"gates": tuple(known), "known": known} | request))  # type: ignore[arg-type]
    with prepared(machine(root.parent / "store"), root, wanted) as ready:
        return ready


def limits(ready: Prepared) -> set[tuple[int, int]]:
    return {(action.timeout, action.cpus) for action in ready.plan.actions}


def test_limits_are_the_configurations_then_the_checks_then_the_gates(shop: Path) -> None:
    assert limits(planned(shop, gate())) == {(20, 1)}
    assert limits(planned(shop, gate(check(timeout=7, cpus=2)))) == {(7, 2)}
    write(shop, {"lockstep.toml": "[gates.words]\ntimeout = 3\ncpus = 4\n"})
    assert limits(planned(shop, gate(check(timeout=7, cpus=2)))) == {(3, 4)}


@pytest.mark.parametrize(("configured", "given"), [(1, 1), (2, 2), (8, 2)])
def test_a_tool_is_told_how_many_processors_it_got_and_its_key_holds_no_number(
    shop: Path, configured: int, given: int
) -> None:
    tells = check(
        "import os, sys; sys.exit(int(os.environ['CPUS']))", env=lambda it: {"CPUS": str(it.cpus)}, exits=(1, 2)
    )
    before = run(shop, gate(tells))
    assert {action.exit_code for action in before.actions} == {1}
    write(shop, {"lockstep.toml": f"[gates.words]\ncpus = {configured}\n"})
    record = run(shop, gate(tells), fresh=True)
    assert {action.exit_code for action in record.actions} == {given}
    assert {action.key for action in record.actions} == {action.key for action in before.actions}


def test_a_check_with_one_action_takes_the_first_python_of_the_matrix(tmp_path: Path) -> None:
    files = {
        "lockstep.toml": '[python]\nversions = ["3.12", "3.11"]\n[component."libs/python/b"]\npython = ["3.13"]\n',
        "services/a/pyproject.toml": '[project]\nname = "a"\n',
        "libs/python/b/pyproject.toml": '[project]\nname = "b"\n',
    }
    root = repository(tmp_path / "shop", files)
    plain = check(select=lambda _, entry: entry.path.endswith("pyproject.toml"))
    once, each = replace(plain, python=True), replace(plain, python=True, per_version=True)
    actions = [planned(root, gate(one)).plan.actions for one in (once, each, plain)]
    assert [{(action.component.name, action.python) for action in made} for made in actions] == [
        {("services/a", "3.12"), ("libs/python/b", "3.13")},
        {("services/a", "3.12"), ("services/a", "3.11"), ("libs/python/b", "3.13")},
        {("services/a", ""), ("libs/python/b", "")},
    ]


def inputs(ready: Prepared) -> dict[str, set[str]]:
    return {action.component.name: {entry.path for entry in action.inputs} for action in ready.plan.actions}


def test_configuration_is_an_input_in_the_component_and_above_it(shop: Path) -> None:
    places = ("", "services/", "services/a/", "services/a/deep/", "libs/python/b/", "other/")
    write(shop, {f"{place}rules.toml": "" for place in places})
    configured = inputs(planned(shop, gate(check(context=("rules.toml",)))))
    above = {"rules.toml", "services/rules.toml"}
    assert configured["services/a"] == {
        "services/a/one.txt",
        "services/a/rules.toml",
        "services/a/deep/rules.toml",
        *above,
    }
    assert configured["libs/python/b"] == {"libs/python/b/two.txt", "libs/python/b/rules.toml", "rules.toml"}


def test_what_a_configuration_extends_is_an_input_too(shop: Path) -> None:
    files = {"services/a/ruff.toml": 'extend = "../base.toml"\n', "services/base.toml": 'extend = "../top.toml"\n'}
    write(shop, {**files, "top.toml": "", "ruff.toml": 'extend = "other.toml"\n', "other.toml": ""})
    assert inputs(planned(shop, gate(check(context=("ruff.toml",)))))["services/a"] == {
        "services/a/one.txt",
        "services/a/ruff.toml",
        "services/base.toml",
        "top.toml",
        "ruff.toml",
        "other.toml",
    }


def test_configuration_is_an_input_everywhere_for_a_check_of_the_repository(shop: Path) -> None:
    write(shop, {"services/a/deep/rules.toml": "", "other/rules.toml": ""})
    whole = check(context=("rules.toml",), scope=Scope.REPOSITORY)
    assert inputs(planned(shop, gate(whole)))["."] >= {"services/a/deep/rules.toml", "other/rules.toml"}


def test_a_check_of_the_repository_is_configured_as_its_root_is(shop: Path) -> None:
    write(shop, {".github/zizmor.yml": ""})
    (action,) = planned(shop, gate(check(scope=Scope.REPOSITORY))).plan.actions
    assert action.component.configuration("zizmor") == ".github/zizmor.yml"


def test_a_check_of_the_repository_is_one_action_over_all_files_and_none_where_none_is_selected(shop: Path) -> None:
    whole = check(scope=Scope.REPOSITORY)
    [action] = planned(shop, gate(whole)).plan.actions
    assert (action.id, action.files) == ("words:grep:.", ("libs/python/b/two.txt", "services/a/one.txt"))
    narrowed = planned(shop, gate(whole), components=("services/a",)).plan.actions
    assert [each.id for each in narrowed] == ["words:grep:."]
    nothing = check(scope=Scope.REPOSITORY, select=lambda *_: False)
    assert planned(shop, gate(nothing)).plan.actions == ()
    history = check(scope=Scope.REPOSITORY, select=lambda *_: False, tracked_history=True)
    assert [each.files for each in planned(shop, gate(history)).plan.actions] == [()]


PYTHON = {
    "services/a/pyproject.toml": "[tool.uv.sources]\nb = { path = '../../libs/python/b' }\n[project]\nname = 'a'\n",
    "libs/python/b/pyproject.toml": "[project]\nname = 'b'\n",
}


def test_inputs_are_the_selected_files_and_configuration_on_the_way_up(shop: Path) -> None:
    write(shop, {"words.toml": "", "services/words.toml": "", "libs/words.toml": "", "services/a/note.md": ""})
    ready = planned(shop, gate(check(context=("words.toml",))))
    expected = {"services/a/one.txt", "services/words.toml", "words.toml"}
    assert inputs(ready)["services/a"] == expected


def test_a_check_of_what_a_component_uses_has_those_files_as_inputs_and_is_handed_its_own(shop: Path) -> None:
    write(shop, {**PYTHON, "libs/python/b/note.md": ""})
    ready = planned(shop, gate(check(closure=True)))
    assert inputs(ready)["services/a"] == {"services/a/one.txt", "libs/python/b/two.txt"}
    assert next(each.files for each in ready.plan.actions if each.component.name == "services/a") == (
        "services/a/one.txt",
    )


def test_a_check_of_all_files_has_all_of_its_component_or_of_all_it_uses_as_inputs(shop: Path) -> None:
    write(shop, {**PYTHON, "services/a/note.md": ""})
    own = {"services/a/one.txt", "services/a/note.md", "services/a/pyproject.toml"}
    assert inputs(planned(shop, gate(check(whole=True))))["services/a"] == own
    both = planned(shop, gate(check(whole=True, closure=True)))
    assert inputs(both)["services/a"] == own | {"libs/python/b/two.txt", "libs/python/b/pyproject.toml"}


def test_what_a_check_reads_of_all_that_a_component_uses_is_an_input_and_copied_and_not_handed_over(shop: Path) -> None:
    write(shop, {**PYTHON, "libs/python/b/note.md": "", "services/a/note.md": ""})
    ready = planned(shop, gate(check(reads=lambda _, entry: entry.path.endswith(".md"))))
    (action,) = (each for each in ready.plan.actions if each.component.name == "services/a")
    assert action.files == ("services/a/one.txt",)
    assert action.materialised == ("libs/python/b/note.md", "services/a/note.md", "services/a/one.txt")


def test_there_is_an_action_for_each_version_of_the_matrix(shop: Path) -> None:
    write(shop, {**PYTHON, "lockstep.toml": "[python]\nversions = ['3.98', '3.99']\n"})
    versioned = gate(check(per_version=True))
    assert [each.id for each in planned(shop, versioned, components=("services/a",)).plan.actions] == [
        "words:grep:services/a@3.98",
        "words:grep:services/a@3.99",
    ]
    with (shop / "lockstep.toml").open("a") as config:
        config.write("[component.'services/a']\npython = []\n")
    assert [each.id for each in planned(shop, versioned, components=("services/a/",)).plan.actions] == [
        "words:grep:services/a"
    ]


def test_a_check_that_wants_an_interpreter_has_one_action_for_the_first_version_of_the_matrix(shop: Path) -> None:
    write(shop, {"lockstep.toml": "[python]\nversions = ['3.98', '3.99']\n"})
    ready = planned(shop, gate(check(interpreter=True)), components=("services/a",))
    assert [each.id for each in ready.plan.actions] == ["words:grep:services/a@3.98"]
    assert "3.98" in ready.blocked["words:grep:services/a@3.98"]


def test_a_check_that_wants_an_interpreter_is_told_where_it_is(shop: Path) -> None:
    code = "import sys; print('services/a/one.txt:1' if sys.argv[1] == sys.executable else '')"
    asking = check(interpreter=True, argv=lambda given: (*given.program("lockstep"), "-c", code, given.python))
    record = run(shop, gate(asking), components=("services/a",))
    assert [each.findings for each in record.actions] == [1]
    version = ".".join(str(part) for part in sys.version_info[:3])
    assert planned(shop, gate(asking)).keys["words:grep:services/a"].parts["python"] == f"cpython {version}"


def test_a_check_that_needs_python_passes_over_what_is_none(shop: Path) -> None:
    write(shop, {"services/a/pyproject.toml": "[project]\nname = 'a'\n"})
    ready = planned(shop, gate(check(python=True)))
    assert [each.component.name for each in ready.plan.actions] == ["services/a"]


def test_excluded_files_are_handed_to_nobody_and_stay_inputs(shop: Path) -> None:
    write(shop, {"lockstep.toml": '[repository]\nexclude = ["services/a/made/**"]\n', "services/a/made/x.txt": "BAD\n"})
    ready = planned(shop, gate(check(whole=True)))
    [action] = [each for each in ready.plan.actions if each.component.name == "services/a"]
    assert action.files == ("services/a/one.txt",)
    assert "services/a/made/x.txt" in inputs(ready)["services/a"]


def test_links_are_inputs_and_never_handed_to_a_tool(shop: Path) -> None:
    (shop / "services/a/link.txt").symlink_to("one.txt")
    ready = planned(shop, gate())
    [action] = [each for each in ready.plan.actions if each.component.name == "services/a"]
    assert action.files == ("services/a/one.txt",)
    assert "services/a/link.txt" in inputs(ready)["services/a"]


def test_gates_that_supply_reports_are_planned_and_not_judged(shop: Path) -> None:
    supplier, user = gate(id="words"), gate(id="sums", checks=(), requires=("words",))
    ready = planned(shop, supplier, user, gates=("sums",))
    assert ([each.id for each in ready.plan.gates], [each.id for each in ready.plan.suppliers]) == (["sums"], ["words"])
    assert {each.gate for each in ready.plan.of_gate(user)} == {"words"}
