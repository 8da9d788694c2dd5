"""`contracts.diff` and `owners` through invoke's own program."""

import json
from pathlib import Path

import pytest
from invoke.collection import Collection
from invoke.program import Program

from lockstep.cli import spread
from lockstep.tasks import contracts, owners

OLD = '{"type": "record", "name": "R", "fields": []}'
NEW = '{"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]}'


class Terminal:
    """A folder, and a terminal in it."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def say(self, *words: str) -> tuple[int, str]:
        """Return exit code and everything that was printed."""
        collection = Collection()
        collection.add_collection(Collection.from_module(contracts, name="contracts"))
        collection.add_task(owners.owners)
        code = 0
        try:
            Program(namespace=collection, version="0").run(spread(["lockstep", *words]), exit=True)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        shown = self._capsys.readouterr()
        return code, shown.out + shown.err


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    monkeypatch.chdir(tmp_path)
    for name, text in {"old.avsc": OLD, "new.avsc": NEW, "bad.avsc": "{"}.items():
        Path(name).write_text(text, encoding="utf-8")
    return Terminal(capsys)


def test_what_breaks_is_told_and_ends_with_1(terminal: Terminal) -> None:
    code, shown = terminal.say("contracts.diff", "--kind=avro", "old.avsc", "new.avsc")
    assert code == 1
    assert shown.splitlines() == [
        "breaks  the field `a` has no default, and is not written",
        "    readers with the new schema cannot read what was written before  [field-without-default-added]",
        "    read at new.avsc#/fields/0",
        "    written at old.avsc#",
        "1 breaking, 0 possibly breaking",
    ]


def test_what_is_compatible_ends_with_0(terminal: Terminal) -> None:
    assert terminal.say("contracts.diff", "--kind=avro", "old.avsc", "new.avsc", "--mode=FORWARD") == (
        0,
        "compatible\n",
    )


def test_it_can_be_told_as_json(terminal: Terminal) -> None:
    code, shown = terminal.say("contracts.diff", "--kind=avro", "old.avsc", "new.avsc", "--json")
    (change,) = json.loads(shown)
    assert (code, change["rule"], change["reader"]["pointer"]) == (1, "field-without-default-added", "/fields/0")


def test_what_may_break_is_told_and_ends_with_0(terminal: Terminal) -> None:
    def api(*statuses: str) -> str:
        responses: dict[str, object] = {status: {} for status in statuses}
        return json.dumps({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": responses}}}})

    Path("old.json").write_text(api("200", "404"))
    Path("new.json").write_text(api("200"))
    code, shown = terminal.say("contracts.diff", "--kind=openapi", "old.json", "new.json")
    assert (code, shown.splitlines()[-1]) == (0, "0 breaking, 1 possibly breaking")
    assert shown.startswith("may break  GET /a, response 404: the response 404 is gone\n")


def test_files_that_a_contract_refers_to_are_found_beside_it(terminal: Terminal) -> None:
    for name, type_ in (("old", "string"), ("new", "integer")):
        Path(name).mkdir()
        Path(name, "part.yaml").write_text(f"A: {{type: {type_}}}\n")
        operation = "{get: {responses: {'200': {content: {a/b: {schema: {$ref: part.yaml#/A}}}}}}}"
        Path(name, "api.yaml").write_text(f"openapi: 3.1.0\npaths: {{/a: {operation}}}\n")
    code, shown = terminal.say("contracts.diff", "--kind=openapi", "old/api.yaml", "new/api.yaml")
    assert (code, "written at new/part.yaml#/A" in shown) == (1, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--kind=avro", "old.avsc", "bad.avsc"), "bad.avsc\n  because: it is no JSON"),
        (("--kind=avro", "none.avsc", "new.avsc"), "none.avsc\n  because: No such file"),
        (("--kind=xsd", "old.avsc", "new.avsc"), "there is no kind xsd\n  mend: one of openapi, asyncapi"),
        (("--kind=avro", "old.avsc", "new.avsc", "--mode=SIDEWAYS"), "there is no mode SIDEWAYS"),
    ],
)
def test_what_cannot_be_read_ends_with_2(terminal: Terminal, words: tuple[str, ...], why: str) -> None:
    code, shown = terminal.say("contracts.diff", *words)
    assert (code, why in shown) == (2, True)


def test_owners_of_paths_are_told_with_the_line_that_says_so(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(".git").mkdir()
    Path("CODEOWNERS").write_text("* @shop\n/schemas/ @ada @bob\n/free/\n!x @y\n")
    Path("schemas").mkdir()
    code, shown = terminal.say("owners", "schemas/a.yaml", "README.md", "free/x")
    assert code == 0
    assert shown.splitlines() == [
        "schemas/a.yaml  @ada @bob  CODEOWNERS:2 /schemas/",
        "README.md  @shop  CODEOWNERS:1 *",
        "free/x  (nobody)  CODEOWNERS:3 /free/",
        "CODEOWNERS:4: GitHub skips this line",
    ]
    monkeypatch.chdir("schemas")
    assert terminal.say("owners", "a.yaml")[1].startswith("a.yaml  @ada @bob")


def test_without_owners_or_a_repository_it_says_so(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert terminal.say("owners", "x")[0] == 3
    Path(".git").mkdir()
    assert terminal.say("owners", "x") == (2, "error: there is no CODEOWNERS\n  mend: write .github/CODEOWNERS\n")
    Path("CODEOWNERS").write_text("/y @a\n")
    assert terminal.say("owners", "x") == (0, "x  (nobody)\n")


def _pact(terminal: Terminal, identity: object, *words: str) -> tuple[int, str]:
    contract = {"openapi": "3.0.3", "paths": {"/a": {"get": {"responses": {"200": {"content": _ORDER}}}}}}
    interaction = {
        "description": "a request",
        "request": {"path": "/a"},
        "response": {"status": 200, "body": {"id": identity}},
    }
    pact = {"consumer": {"name": "web"}, "provider": {"name": "shop"}, "interactions": [interaction]}
    Path("api.json").write_text(json.dumps(contract), encoding="utf-8")
    Path("pact.json").write_text(json.dumps(pact), encoding="utf-8")
    return terminal.say("contracts.pact", "pact.json", "api.json", *words)


_ORDER = {"application/json": {"schema": {"properties": {"id": {"type": "integer"}}}}}


def test_a_pact_that_a_contract_holds_is_verified(terminal: Terminal) -> None:
    assert _pact(terminal, 7) == (0, "verified\n")


def test_what_a_contract_refuses_of_a_pact_is_told_and_ends_with_1(terminal: Terminal) -> None:
    schema = "api.json#/paths/~1a/get/responses/200/content/application~1json/schema/properties/id/type"
    code, shown = _pact(terminal, "x")
    assert code == 1
    assert shown.splitlines() == [
        "refused  GET /a, response 200 body #/id: 'x' is not of type 'integer'",
        '    web of shop, "a request"  [response-refused]',
        "    expected at #/interactions/0",
        f"    by {schema}",
        "1 refused, 0 doubtful",
    ]
    code, shown = _pact(terminal, "x", "--json")
    assert (code, [each["rule"] for each in json.loads(shown)]) == (1, ["response-refused"])


def test_a_pact_that_cannot_be_read_ends_with_2(terminal: Terminal) -> None:
    code, shown = terminal.say("contracts.pact", "bad.avsc", "bad.avsc")
    assert (code, shown.splitlines()[:2]) == (2, ["error: the contract cannot be read", "  at: bad.avsc:2"])
