"""What every gate and every check must have, whoever writes it: words, tools that the lock knows, cases and tests."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lockstep import gates, toolchain
from lockstep.config import Config
from lockstep.engine.freshness import IMAGE
from lockstep.model.component import Component, FileEntry
from lockstep.model.digests import of_bytes
from lockstep.model.gate import MINUTE, Check, Gate, Scope
from lockstep.workspace import discovery
from lockstep.workspace.tree import owner

TESTS = Path(__file__).parents[1]
DATA = TESTS / "gates" / "data"
GATES = tuple(gates.discover().values())
CHECKS = tuple((gate, check) for gate in GATES for check in gate.checks)
OWN = "lockstep"
KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

every_gate = pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.id)
every_check = pytest.mark.parametrize(
    ("gate", "check"), CHECKS, ids=[f"{gate.id}:{check.id}" for gate, check in CHECKS]
)


def module_of(gate: Gate) -> str:
    return gate.id.replace("-", "_")


def is_sentence_part(text: str) -> bool:
    """Whether the text stands in reports and pages as it is: one line, without a full stop."""
    return bool(text) and text == text.strip() and "\n" not in text and not text.endswith(".")


def test_there_are_gates_and_their_ids_are_unique() -> None:
    assert GATES
    assert len({gate.id for gate in GATES}) == len(GATES)


@every_gate
def test_a_gate_says_what_it_is_and_how_it_is_mended(gate: Gate) -> None:
    assert KEBAB.fullmatch(gate.id)
    assert is_sentence_part(gate.title)
    assert gate.title[0].isupper()
    assert is_sentence_part(gate.remedy)
    assert gate.timeout > 0
    assert gate.timeout % MINUTE == 0


@every_gate
def test_a_gate_has_checks_or_judges_the_reports_of_others(gate: Gate) -> None:
    assert gate.checks or gate.requires
    assert set(gate.requires) <= {other.id for other in GATES} - {gate.id}


@every_gate
def test_a_gate_lives_in_the_module_of_its_name_and_says_what_it_does(gate: Gate) -> None:
    from importlib import import_module  # noqa: PLC0415 - by name

    module = import_module(f"{gates.__name__}.{module_of(gate)}")
    assert module.GATE is gate
    assert (module.__doc__ or "").startswith(f"{gate.id}: ")


@every_gate
def test_the_checks_of_a_gate_have_ids_of_their_own(gate: Gate) -> None:
    ids = [check.id for check in gate.checks]
    assert len(set(ids)) == len(ids)
    assert all(KEBAB.fullmatch(name) for name in ids)


@every_gate
def test_a_gate_has_its_tests(gate: Gate) -> None:
    wanted = [TESTS / "gates" / f"test_{module_of(gate)}.py"]
    wanted += [TESTS / "e2e" / f"test_gate_{module_of(gate)}.py"] if gate.checks else []
    assert [path.name for path in wanted if not path.is_file()] == []


@every_check
def test_a_check_says_what_it_assures_and_what_mends_a_finding(gate: Gate, check: Check) -> None:
    assert is_sentence_part(check.title)
    assert is_sentence_part(check.remedy)
    assert check.timeout <= gate.timeout


@every_check
def test_a_check_runs_tools_that_the_lock_knows_or_the_components_own_python(gate: Gate, check: Check) -> None:
    assert check.tools or check.python or check.program, gate.id
    lock = toolchain.load(Path(), Config())
    assert {name for name in check.tools if name != OWN} <= set(lock.entries)


@every_check
def test_a_check_knows_when_its_tool_has_run_to_its_end(gate: Gate, check: Check) -> None:
    assert 0 in check.exits, gate.id
    assert all(code >= 0 for code in check.exits)
    assert len(set(check.exits)) == len(check.exits)


@every_check
@pytest.mark.parametrize("kind", ["clean", "dirty"])
def test_a_check_has_clean_and_dirty_cases(gate: Gate, check: Check, kind: str) -> None:
    found = [case.name for case in cases(gate, kind) if looks_elsewhere(check) or any(seen(check, case))]
    assert found, f"no case {kind} in tests/gates/data/{gate.id} holds a file that {check.id} is handed"


def cases(gate: Gate, kind: str) -> Iterator[Path]:
    """Yield the folders of `tests/gates/data/GATE` that are called KIND or NAME-KIND and hold something."""
    folders = sorted(DATA.joinpath(gate.id).glob(f"*{kind}"))
    yield from (each for each in folders if each.name == kind or each.name.endswith(f"-{kind}"))


def looks_elsewhere(check: Check) -> bool:
    """Whether it is handed no files: it looks into the history, or into an image, which end-to-end tests build."""
    return check.tracked_history or IMAGE in check.freshness


def seen(check: Check, case: Path) -> Iterator[FileEntry]:
    """Yield what the check is handed where the case is a repository of its own."""
    contents = {path.relative_to(case).as_posix(): path.read_bytes() for path in case.rglob("*") if path.is_file()}
    components = {each.path: each for each in discovery.make(contents, contents, Config()).components}
    for path, data in contents.items():
        mode = "100755" if (case / path).stat().st_mode & 0o100 else "100644"
        entry = FileEntry(path, mode, of_bytes(data), len(data))
        if check.select(owned(check, path, components), entry):
            yield entry


def owned(check: Check, path: str, components: dict[str, Component]) -> Component:
    """Return the component whose action the file would be part of."""
    return components["." if check.scope is Scope.REPOSITORY else owner(components, path)]


@every_gate
def test_what_lies_in_the_repository_is_not_imported_for_modules_of_lockstep(gate: Gate) -> None:
    """`python -m` looks for modules in the current folder first, but for `-P`."""
    package = Path(gates.__file__).parent / module_of(gate)
    for source in (package.with_suffix(".py"), *package.rglob("*.py")):
        text = source.read_text("utf-8") if source.exists() else ""
        assert text.count('"-m", ') == text.count('"-P", "-m", ')
