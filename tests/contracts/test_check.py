"""The program behind contract-checks, in a folder with a base beside it."""

import json
from pathlib import Path

import pytest

from lockstep.contracts import check, lint
from lockstep.contracts.files import LARGEST
from tests.contracts.contracts_of import Json

API = """\
openapi: 3.1.0
info: {title: t, version: 1.0.0}
paths:
  /a:
    get:
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema:
                $ref: parts.yaml#/Order
"""
PARTS = """\
Order:
  type: object
  required: [a]
  properties:
    a: {type: string}
"""
EVENT = '{"type": "object",\n "required": ["a"],\n "properties": {"a": {"type": "string"}, "version": {"const": 1}}}\n'


class Tree:
    """A tree to check, and what it was before."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.now, self.base = folder / "now", folder / "base"
        self.now.mkdir()
        self.base.mkdir()
        self._capsys = capsys

    def write(self, files: dict[str, str]) -> None:
        for path, text in files.items():
            for target in (self.now / path, self.base / path.removeprefix("schemas/")):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")

    def change(self, path: str, text: str) -> None:
        (self.now / path).parent.mkdir(parents=True, exist_ok=True)
        (self.now / path).write_text(text, encoding="utf-8")

    def check(self, kind: str, folder: str, *words: str, base: str = "") -> tuple[int, list[dict[str, Json]]]:
        files = sorted(
            path.relative_to(self.now).as_posix() for path in (self.now / folder).rglob("*") if path.is_file()
        )
        options = (f"--kind={kind}", f"--base={base or self.base}", "--top=schemas", f"--folder={folder}", *words)
        code = check.main([*options, "--", *files])
        out = self._capsys.readouterr().out
        return code, json.loads(out)["items"] if out else []


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tree:
    made = Tree(tmp_path, capsys)
    monkeypatch.chdir(made.now)
    made.write(
        {"schemas/openapi/shop.yaml": API, "schemas/openapi/parts.yaml": PARTS, "schemas/events/made/1.json": EVENT}
    )
    return made


def places(items: list[dict[str, Json]]) -> list[tuple[str, str, int]]:
    return [(item["rule"], item["path"], item["line"]) for item in items]


def test_nothing_changed_breaks_nothing(tree: Tree) -> None:
    assert tree.check("apis", "schemas/openapi") == (0, [])
    assert tree.check("events", "schemas/events/made") == (0, [])


def test_a_change_stands_in_the_file_and_line_that_it_is_about(tree: Tree) -> None:
    tree.change("schemas/openapi/parts.yaml", PARTS.replace("  required: [a]\n", ""))
    tree.change("schemas/openapi/shop.yaml", "# a comment\n" + API)
    code, items = tree.check("apis", "schemas/openapi")
    assert (code, places(items)) == (1, [("property-became-required", "schemas/openapi/parts.yaml", 4)])
    assert items[0]["message"].startswith("GET /a, response 200: the property `a` is required")


def test_what_only_may_break_does_not_fail(tree: Tree) -> None:
    tree.write(
        {"schemas/openapi/shop.yaml": API.replace("        '200'", "        '404': {description: no}\n        '200'")}
    )
    tree.change("schemas/openapi/shop.yaml", API)
    code, items = tree.check("apis", "schemas/openapi")
    assert (code, [(item["rule"], item["certain"]) for item in items]) == (0, [("response-removed", False)])


def test_a_part_that_changed_alone_is_compared_through_the_contracts_that_use_it(tree: Tree) -> None:
    tree.change("schemas/openapi/parts.yaml", PARTS.replace("type: string", "type: integer"))
    code, items = tree.check("apis", "schemas/openapi")
    assert (code, places(items)) == (1, [("type-changed", "schemas/openapi/parts.yaml", 5)])


def test_a_contract_that_is_gone_or_cannot_be_read_breaks(tree: Tree) -> None:
    (tree.now / "schemas/openapi/shop.yaml").unlink()
    assert places(tree.check("apis", "schemas/openapi")[1]) == [("contract-removed", "schemas/openapi/shop.yaml", 0)]
    tree.change("schemas/openapi/shop.yaml", "openapi: 3.1.0\n a: [")
    assert places(tree.check("apis", "schemas/openapi")[1]) == [("unreadable", "schemas/openapi/shop.yaml", 2)]


def test_what_is_gone_and_was_too_large_to_be_read_may_have_been_a_contract(tree: Tree) -> None:
    tree.write({"schemas/openapi/large.json": API + " " * LARGEST})
    (tree.now / "schemas/openapi/large.json").unlink()
    code, items = tree.check("apis", "schemas/openapi")
    assert (code, places(items)) == (1, [("contract-removed", "schemas/openapi/large.json", 0)])
    assert (
        "is gone; what it was is too large to be read; if a contract, whoever relies on it breaks"
        in items[0]["message"]
    )


def test_what_could_not_be_read_before_and_cannot_now_is_told_where_it_changed(tree: Tree) -> None:
    tree.write({"schemas/openapi/odd.yaml": "openapi: 3.1.0\na: [\n"})
    assert tree.check("apis", "schemas/openapi") == (0, [])
    tree.change("schemas/openapi/odd.yaml", "openapi: 3.1.0\na: [b\n")
    code, items = tree.check("apis", "schemas/openapi")
    assert (code, places(items)) == (1, [("unreadable", "schemas/openapi/odd.yaml", 3)])
    tree.change("schemas/openapi/odd.yaml", "a: b\n")
    assert tree.check("apis", "schemas/openapi") == (0, [])


@pytest.mark.parametrize(
    ("schema", "line"),
    [("$ref: parts.yaml#/Lost", 12), ("$ref: lost.yaml#/Order", 12), ("{properties: {a: 3}}", 12)],
)
def test_what_cannot_be_compared_is_told_where_it_stands(tree: Tree, schema: str, line: int) -> None:
    tree.change("schemas/openapi/shop.yaml", API.replace("$ref: parts.yaml#/Order", schema))
    assert places(tree.check("apis", "schemas/openapi")[1]) == [("unreadable", "schemas/openapi/shop.yaml", line)]


def test_alternatives_that_multiply_are_told_where_they_do(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    both = "{anyOf: [{$ref: '#/F'}, {allOf: [{$ref: '#/F'}, {required: [a]}]}]}"
    levels = "".join(f"{name}: {both.replace('F', other)}\n" for name, other in ("AB", "BC", "CD", "DE"))
    parts = f"Order: {{$ref: '#/A'}}\n{levels}E: {{type: object, required: [{{}}]}}\n"
    tree.write({"schemas/openapi/parts.yaml": parts.replace("[{}]", "[a]")})
    tree.change("schemas/openapi/parts.yaml", parts.replace("[{}]", "[a, b]"))
    monkeypatch.setattr("lockstep.contracts.containment._MOST_LOOKED_AT", 20)
    ((rule, path, line),) = places(tree.check("apis", "schemas/openapi")[1])
    assert (rule, path) == ("unreadable", "schemas/openapi/parts.yaml")
    assert line in range(2, 6)


def test_a_new_contract_has_nothing_to_break(tree: Tree) -> None:
    tree.change("schemas/openapi/new.yaml", API)
    assert tree.check("apis", "schemas/openapi") == (0, [])
    assert tree.check("apis", "schemas/openapi", base=str(tree.base / "none")) == (0, [])


def test_an_event_that_readers_cannot_read_says_pointer_and_version(tree: Tree) -> None:
    tree.change("schemas/events/made/1.json", EVENT.replace('["a"]', '["a", "b"]'))
    code, items = tree.check("events", "schemas/events/made")
    assert (code, places(items)) == (1, [("required-property-added", "schemas/events/made/1.json", 2)])
    assert "against schemas/events/made/1.json (before)" in items[0]["message"]
    assert items[0]["message"].endswith("(#/required/1)")


def test_the_mode_decides(tree: Tree) -> None:
    tree.change("schemas/events/made/1.json", EVENT.replace(' "required": ["a"],\n', ""))
    assert tree.check("events", "schemas/events/made")[0] == 0
    code, items = tree.check("events", "schemas/events/made", "--mode=FORWARD")
    assert (code, [item["rule"] for item in items]) == (1, ["property-became-required"])
    assert tree.check("events", "schemas/events/made", "--mode=NONE")[0] == 0


def test_a_version_beside_is_read_with_the_one_before_and_its_own_mark_does_not_count(tree: Tree) -> None:
    tree.change("schemas/events/made/2.json", EVENT.replace('"const": 1', '"const": 2'))
    assert tree.check("events", "schemas/events/made") == (0, [])
    tree.change("schemas/events/made/2.json", EVENT.replace('["a"]', '["a", "b"]'))
    code, items = tree.check("events", "schemas/events/made")
    assert (code, places(items)) == (1, [("required-property-added", "schemas/events/made/2.json", 2)])


def test_releases_count_in_transitive_modes(tree: Tree, tmp_path: Path) -> None:
    released = tmp_path / "released"
    (released / "events/made").mkdir(parents=True)
    (released / "events/made/1.json").write_text(EVENT.replace('["a"]', "[]"), encoding="utf-8")
    (tmp_path / "index").write_text(f"{released}\n", encoding="utf-8")
    words = ("--mode=BACKWARD_TRANSITIVE", f"--releases={tmp_path / 'index'}")
    code, items = tree.check("events", "schemas/events/made", *words)
    assert (code, [item["rule"] for item in items]) == (1, ["property-became-required"])
    assert "(released)" in items[0]["message"]
    assert tree.check("events", "schemas/events/made", f"--releases={tmp_path / 'index'}")[0] == 0


def test_an_event_or_a_folder_of_them_that_is_gone_breaks(tree: Tree) -> None:
    tree.write({"schemas/events/lost/1.json": EVENT, "schemas/events/made/0.json": EVENT})
    (tree.now / "schemas/events/lost/1.json").unlink()
    (tree.now / "schemas/events/made/0.json").unlink()
    words = ("--component=schemas/events/made", "--component=schemas/events/other")
    expected = [("schema-removed", f"schemas/events/{name}", 0) for name in ("lost/1.json", "made/0.json")]
    assert places(tree.check("events", "schemas/events/made", *words)[1]) == expected
    assert tree.check("events", "schemas/events/other", *words)[1] == []


def test_a_schema_that_is_none_breaks_even_without_a_base(tree: Tree) -> None:
    tree.change("schemas/events/made/1.json", '{"type": 3}')
    assert places(tree.check("events", "schemas/events/made", base=str(tree.base / "none"))[1]) == [
        ("unreadable", "schemas/events/made/1.json", 1)
    ]


def _doubling(times: int, **more: Json) -> str:
    """Return a contract whose schemas each refer twice to the next."""
    to = [{"$ref": f"#/components/schemas/S{n}"} for n in range(times + 1)]
    schemas = {f"S{n}": {"type": "object", "properties": {"l": to[n + 1], "r": to[n + 1]}} | more for n in range(times)}
    return json.dumps(
        {"openapi": "3.1.0", "components": {"schemas": {**schemas, f"S{times}": {"type": "string"}}}}, indent=0
    )


def _chain(length: int) -> str:
    schemas = {f"S{n}": {"items": {"$ref": f"#/components/schemas/S{n + 1}"}} for n in range(length)}
    return json.dumps({"openapi": "3.1.0", "components": {"schemas": {**schemas, f"S{length}": {}}}}, indent=0)


@pytest.mark.parametrize(
    ("files", "path", "why", "line"),
    [
        ({"bad.yaml": "openapi: 3.1.0\na: ["}, "bad.yaml", "it is no YAML", 3),
        (
            {"a.yaml": "openapi: 3.1.0\nx:\n  $ref: ../b.yaml#/x"},
            "a.yaml",
            "refers to ../b.yaml, which is no file of",
            3,
        ),
        ({"a.yaml": "openapi: 3.1.0\nx: {$ref: /dev/zero}"}, "a.yaml", "refers to /dev/zero, which is no file of", 2),
        (
            {"a.yaml": "openapi: 3.1.0\nx: {$ref: '%2e%2e/b.yaml'}"},
            "a.yaml",
            "refers to ../b.yaml, which is no file",
            2,
        ),
        ({"a.yaml": "openapi: 3.1.0\nx: {$ref: 'https://lamps.example/x'}"}, "a.yaml", "refers to https://lamps", 2),
        ({"a.yaml": "openapi: 3.1.0\nx: {$ref: link.yaml}"}, "a.yaml", "refers to link.yaml, which is no file", 2),
        (
            {"a.yaml": "openapi: 3.1.0\nx: {$ref: b.yaml}", "b.yaml": "\nx: {$ref: c.yaml}"},
            "b.yaml",
            "refers to c.y",
            2,
        ),
        ({"a.yaml": "openapi: 3.1.0\nx: {$ref: b.yaml}", "b.yaml": "x: ["}, "b.yaml", "it is no YAML", 2),
        (
            {"a.json": _doubling(30)},
            "a.json",
            "values; the most is 10000000: refer to less at #/components/schemas/S0",
            8,
        ),
        ({"a.json": _doubling(17, example={})}, "a.json", "values in schemas that have examples or defaults; the", 8),
        ({"a.json": _chain(700)}, "a.json", "values that lie 1404 deep in each other; the most is 1000", 6),
    ],
)
def test_what_would_exhaust_a_linter_is_refused_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], path: str, why: str, line: int
) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    (tmp_path / "b.yaml").write_text("x: 1", encoding="utf-8")
    (root / "link.yaml").symlink_to(tmp_path / "b.yaml")
    monkeypatch.chdir(root)
    for name, text in files.items():
        Path(name).write_text(text, encoding="utf-8")
    assert lint.main(["refused", "report", "/none", "--", next(iter(files))]) == 1
    (refused,) = json.loads(Path("refused").read_text())
    assert (refused["path"], refused["line"]) == (path, line)
    assert why in refused["why"]
    assert Path("report").read_text() == "[]"


@pytest.mark.parametrize(("files", "code"), [({"bad.yaml": "a: ["}, 1), ({"part.yaml": "a: 1"}, 0)])
def test_without_a_contract_no_linter_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in files.items():
        Path(name).write_text(text, encoding="utf-8")
    assert lint.main(["refused", "report", "/none", "--", *files]) == code
    assert Path("report").read_text() == "[]"
