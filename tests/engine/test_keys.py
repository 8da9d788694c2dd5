"""Action keys: whatever can change an outcome changes the key, and nothing else does."""

import string
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.engine import keys
from lockstep.engine.keys import Surroundings
from lockstep.engine.plan import Action
from lockstep.model.component import Component, FileEntry, Kind
from lockstep.model.digests import Digest, of_bytes
from lockstep.model.gate import Check, LicencePolicy, Scan, Settings
from tests.engine.running import check

_ONE = of_bytes(b"one")
_TWO = of_bytes(b"two")
LIB = Component("libs/b", "libs/b", Kind.PYTHON_LIBRARY, python=True, source_roots=("libs/b/src",))
SERVICE = Component("services/a", "services/a", Kind.SERVICE, depends=("libs/b",), source_roots=("services/a/src",))
AROUND = Surroundings(
    rules=_ONE,
    tools={"lockstep": "one", "other": "one"},
    python={"words:grep:services/a": "cpython 3.13 one"},
    history="one",
    environment={"LEVEL": "one"},
    settings=Settings(),
    components={"libs/b": LIB, "services/a": SERVICE},
)
FILES = (FileEntry("services/a/one.txt", "100644", _ONE, 3), FileEntry("services/a/two.txt", "100755", _TWO, 3))


def action(
    inputs: tuple[FileEntry, ...] = FILES,
    *,
    env: Mapping[str, str] | None = None,
    argv: tuple[str, ...] = ("grep", "BAD"),
    **fields: object,
) -> Action:
    declared = check(python=True, tracked_history=True, env=lambda _: env or {"MODE": "one"}, argv=lambda _: argv)
    made = {
        "id": "words:grep:services/a",
        "gate": "words",
        "check": declared,
        "component": SERVICE,
        "files": tuple(entry.path for entry in inputs),
        "inputs": inputs,
        "timeout": 20,
    }
    return Action(**(made | fields))  # type: ignore[arg-type]


def digest(subject: Action, around: Surroundings = AROUND) -> Digest:
    return keys.make(subject, around).digest


def around(**fields: object) -> Surroundings:
    return msgspec.structs.replace(AROUND, **fields)


_NAMES = st.binary(min_size=1, max_size=6).filter(lambda name: b"\0" not in name)
_PATHS = _NAMES.map(lambda name: name.decode("utf-8", "surrogateescape"))
_ENTRIES = st.dictionaries(
    _PATHS,
    st.tuples(st.sampled_from(["100644", "100755", "120000"]), st.binary(max_size=3).map(of_bytes)),
    max_size=4,
)


def entries(found: Mapping[str, tuple[str, Digest]]) -> tuple[FileEntry, ...]:
    return tuple(FileEntry(path, mode, content, 1) for path, (mode, content) in found.items())


@given(_ENTRIES, _ENTRIES)
def test_inputs_have_one_key_only_where_names_modes_and_bytes_are_the_same(
    one: dict[str, tuple[str, Digest]], other: dict[str, tuple[str, Digest]]
) -> None:
    same = digest(action(entries(one), files=())) == digest(action(entries(other), files=()))
    assert same == (one == other)


@given(_ENTRIES, st.randoms())
def test_the_order_of_inputs_never_counts(found: dict[str, tuple[str, Digest]], random: st.DataObject) -> None:
    shuffled = list(entries(found))
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert digest(action(tuple(shuffled), files=())) == digest(action(entries(found), files=()))


_WORDS = st.lists(st.text(string.ascii_letters + " '\"\\\n-", max_size=4), min_size=1, max_size=4).map(tuple)


@given(_WORDS, _WORDS)
def test_commands_have_one_key_only_where_every_word_is_the_same(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert (digest(action(argv=one)) == digest(action(argv=other))) == (one == other)


_VARIABLES = st.dictionaries(st.text(string.ascii_uppercase, min_size=1, max_size=3), st.text(max_size=3), max_size=3)


@given(_VARIABLES, _VARIABLES)
def test_variables_of_a_check_have_one_key_only_where_all_are_the_same(
    one: dict[str, str], other: dict[str, str]
) -> None:
    assert (digest(action(env=one or None)) == digest(action(env=other or None))) == (one == other)


@given(_VARIABLES, _VARIABLES)
def test_variables_passed_from_outside_count_and_are_not_mistaken_for_a_checks_own(
    one: dict[str, str], other: dict[str, str]
) -> None:
    keyed = (
        digest(action(env={"A": "x"}), around(environment=one)),
        digest(action(env={"A": "x"}), around(environment=other)),
    )
    assert (keyed[0] == keyed[1]) == (one == other)
    assert digest(action(env={"A": "x", "B": "y"}), around(environment={})) != digest(
        action(env={"A": "x"}), around(environment={"B": "y"})
    )


@pytest.mark.parametrize(
    "other",
    [
        {"rules": _TWO},
        {"tools": {**AROUND.tools, "lockstep": "two"}},
        {"python": {"words:grep:services/a": "cpython 3.14 one"}},
        {"history": "two"},
    ],
)
def test_rules_tools_environment_and_history_count(other: dict[str, object]) -> None:
    assert digest(action(), around(**other)) != digest(action())


def test_the_tools_of_other_checks_do_not_count() -> None:
    assert digest(action(), around(tools={**AROUND.tools, "other": "two"})) == digest(action())


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("gate", lambda it: msgspec.structs.replace(it, gate="letters")),
        ("check", lambda it: msgspec.structs.replace(it, check=msgspec.structs.replace(it.check, id="find"))),
        ("component", lambda it: msgspec.structs.replace(it, component=LIB)),
    ],
)
def test_what_it_is_and_what_it_is_about_count(field: str, change: Callable[[Action], Action]) -> None:
    assert digest(change(action())) != digest(action()), field


def test_how_long_and_on_how_many_processors_does_not_count() -> None:
    assert digest(msgspec.structs.replace(action(), timeout=9, cpus=7)) == digest(action())


_STRICT = Settings(licenses=LicencePolicy(allow=("MIT",)), shfmt_indent=8, base="origin/next", scan=Scan.RANGE)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("files", [("services/a/one.txt",), ()])
def test_settings_that_a_check_does_not_ask_for_do_not_count(files: tuple[str, ...], whole: bool) -> None:  # noqa: FBT001
    subject = action(files=files, check=check(argv=lambda _: ("grep",), whole=whole))
    assert digest(subject, around(settings=_STRICT)) == digest(subject)


@pytest.mark.parametrize(
    "asking",
    [
        check(whole=True, argv=lambda it: ("grep", *it.settings.licenses.allow)),
        check(argv=lambda it: ("grep", str(it.settings.shfmt_indent))),
        check(argv=lambda _: ("grep",), env=lambda it: {"BASE": it.settings.base}),
    ],
)
def test_settings_count_where_a_check_makes_its_command_of_them(asking: Check) -> None:
    subject = action(check=asking)
    assert digest(subject, around(settings=_STRICT)) != digest(subject)


def test_no_path_of_the_machine_is_in_a_key() -> None:
    subject = action(argv=("x",), component=SERVICE)
    shown = check(
        argv=lambda it: (it.root, it.python, it.scratch, it.cache, it.data, *it.import_paths, str(it.cpus)),
        tools=(),
    )
    parts = keys.make(msgspec.structs.replace(subject, check=shown), AROUND).parts
    assert parts["argv"].split("\0") == [
        "{root}",
        "{python}",
        "{scratch}",
        "{cache}",
        "{data}",
        "{root}/services/a/src",
        "{root}/libs/b/src",
        "0",
    ]


def test_parts_can_be_shown_whatever_the_names_are() -> None:
    name = b"caf\xe9.txt".decode("utf-8", "surrogateescape")
    parts = keys.make(action((FileEntry(name, "100644", _ONE, 1),)), AROUND).parts
    assert "file caf\\xe9.txt" in parts
    msgspec.json.encode(parts)


def test_import_paths_are_the_components_own_first_each_once_and_cycles_end() -> None:
    looping = msgspec.structs.replace(LIB, depends=("services/a", "gone"), source_roots=("libs/b/src", "."))
    found = keys.import_paths("/tree", SERVICE, {"libs/b": looping, "services/a": SERVICE})
    assert found == ("/tree/services/a/src", "/tree/libs/b/src", "/tree")


@pytest.mark.parametrize("path", ["artifacts/backends.txt", "gates/build.py", "rules/rego/images.rego", "config.py"])
def test_what_decides_how_output_is_made_is_part_of_every_key(tmp_path: Path, path: str) -> None:
    for name in ("config.py", path):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("first")
    before = keys.rules_digest(tmp_path, tmp_path / "known", 0)
    (tmp_path / path).write_text("the second")
    assert keys.rules_digest(tmp_path, tmp_path / "known", 0) != before
