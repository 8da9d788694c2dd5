"""The pages name every gate, check and key, so that none is left to be guessed."""

import re
from collections.abc import Iterator

import msgspec
import pytest

from lockstep import gates
from lockstep.config import Config
from lockstep.github import pages
from lockstep.model.gate import Check, Gate, Judge, Scope, Stage


def check(**more: object) -> Check:
    declared = {
        "id": "spell",
        "title": "words | are right",
        "remedy": "spell",
        "tools": ("speller", "words"),
        "select": lambda *_: True,
        "argv": lambda _: (),
        "parse": lambda *_: None,
    }
    return Check(**(declared | more))  # type: ignore[arg-type]


def gate(*checks: Check, **more: object) -> Gate:
    declared = {"id": "spelling", "stage": Stage.STATIC, "title": "Spelling", "remedy": "spell", "timeout": 600}
    return Gate(**(declared | {"checks": checks} | more))  # type: ignore[arg-type]


def test_every_gate_and_check_of_the_registry_is_there() -> None:
    page = pages.gates(gates.discover().values())
    for each in gates.discover().values():
        assert f"\n## {each.id}\n" in page
        assert each.remedy in page
        assert all(f"| `{one.id}` |" in page for one in each.checks)


def test_a_check_is_a_row() -> None:
    page = pages.gates([gate(check(), check(id="fixing", fix=lambda _: (), scope=Scope.REPOSITORY))])
    assert "| `spell` | words \\| are right | speller, words | each component |\n" in page
    assert "| `fixing` | words \\| are right (`--fix` mends it) | speller, words | the repository |\n" in page


def test_a_check_without_a_tool_names_its_program_or_the_environment() -> None:
    page = pages.gates([gate(check(tools=(), program="codeql"), check(id="b", tools=(), per_version=True))])
    assert "| codeql | each component |" in page
    assert "| the component's own environment | each component and Python version |" in page


@pytest.mark.parametrize("judge", Judge)
def test_it_says_how_each_kind_of_gate_is_judged(judge: Judge) -> None:
    page = pages.gates([gate(judge=judge, requires=("unit-tests",))])
    assert re.search(r"Spelling: .+\. It judges the reports of `unit-tests`\. Stage static; each action may", page)
    assert "| check |" not in page


def structs(found: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    yield found
    for field in msgspec.structs.fields(found):
        yield from (each for inner in nested(field.type) for each in structs(inner))


def nested(type_: object) -> Iterator[type[msgspec.Struct]]:
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        yield type_
    for each in getattr(type_, "__args__", ()):
        yield from nested(each)


def test_every_key_of_the_configuration_is_there() -> None:
    page = pages.configuration()
    for struct in structs(Config):
        for field in msgspec.structs.fields(struct):
            assert f"| `{field.encode_name}` |" in page or re.search(rf"### `\[+([\w.]+\.)?{field.name}\b", page), field


@pytest.mark.parametrize(
    "line",
    [
        "### `[repository]`\n",
        "### `[[rules]]`\n",
        "### `[component.NAME.thresholds]`\n",
        "### `[gates.NAME.unavailable]`\n",
        "### `[[waiver]]`\n",
        "| `base` | text | `origin/main` |\n",
        "| `lines` | a number from 0 to 100 | `85` |\n",
        "| `timeout` | a whole number above 0 |  |\n",
        "| `install` | `path` or `wheel` | `path` |\n",
        "| `versions` | a list; each text |  |\n",
        "| `packages` | a table; each text |  |\n",
        "| `expires` | a date, `YYYY-MM-DD` | must be given |\n",
        "| `kind` | `repository` or `service` or ",
    ],
)
def test_a_key_has_its_kind_of_value_and_its_default(line: str) -> None:
    assert line in pages.configuration()
