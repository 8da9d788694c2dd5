"""The program behind the pacts of contract-checks, over a tree."""

import json
from pathlib import Path

import pytest

from lockstep.contracts import pacts
from lockstep.contracts.files import LARGEST
from tests.contracts.contracts_of import Json, answered
from tests.contracts.pacts_of import expecting, pact_of

ORDER = {"type": "object", "properties": {"id": {"type": "integer"}}}
PACT = "services/web/pacts/web-shop.json"
FOLDER = "schemas/openapi"


class Tree:
    """A tree of files, and the program in it."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys

    def write(self, files: dict[str, Json]) -> None:
        for path, content in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")

    def verify(self, *words: str, pact: str = PACT) -> tuple[int, list[dict[str, Json]]]:
        code = pacts.main([f"--tree={self.root}", f"--folder={FOLDER}", *words, "--", pact])
        return code, json.loads(self._capsys.readouterr().out)["items"]


@pytest.fixture
def tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Tree:
    made = Tree(tmp_path, capsys)
    made.write({f"{FOLDER}/shop.json": answered(ORDER), PACT: pact_of(expecting({"id": 1}))})
    return made


def rules(found: tuple[int, list[dict[str, Json]]]) -> tuple[int, list[tuple[str, str, int]]]:
    code, items = found
    return code, [(each["rule"], each["path"], each["line"]) for each in items]


def test_a_pact_that_the_contract_holds_is_verified(tree: Tree) -> None:
    assert tree.verify() == (0, [])


def test_a_breach_stands_on_the_line_that_describes_the_interaction_and_says_who_what_and_why(tree: Tree) -> None:
    tree.write({PACT: pact_of(expecting({"id": 1}), expecting({"id": "x"}))})
    code, items = tree.verify()
    assert rules((code, items)) == (1, [("response-refused", PACT, 23)])
    assert (tree.root / PACT).read_text("utf-8").splitlines()[22].strip() == '"description": "a request",'
    assert items[0]["message"] == (
        "web of shop, \"a request\": GET /a, response 200 body #/id: 'x' is not of type 'integer' "
        "(schemas/openapi/shop.json#/paths/~1a/get/responses/200/content/application~1json/schema/properties/id/type)"
    )
    assert items[0]["anchor"].startswith("web a request GET /a response 200 body #/id /paths")


def test_what_is_doubtful_does_not_fail(tree: Tree) -> None:
    tree.write({f"{FOLDER}/shop.json": answered({})})
    assert rules(tree.verify()) == (0, [("response-undescribed", PACT, 10)])


def test_a_contract_may_refer_to_other_files_of_the_tree_and_to_none_outside(tree: Tree) -> None:
    tree.write(
        {f"{FOLDER}/shop.json": answered({"$ref": "../parts.json#/Order"}), "schemas/parts.json": {"Order": ORDER}}
    )
    assert tree.verify() == (0, [])
    tree.write({f"{FOLDER}/shop.json": answered({"$ref": "../../../parts.json#/Order"})})
    assert rules(tree.verify()) == (1, [("unreadable", f"{FOLDER}/shop.json", 0)])


def test_a_provider_that_is_not_here_is_said_to_be_unverified(tree: Tree) -> None:
    tree.write({PACT: pact_of(provider="mail"), f"{FOLDER}/mail.yaml": "parts: 1\n"})
    code, items = tree.verify()
    assert rules((code, items)) == (0, [("provider-unknown", PACT, 6)])
    assert items[0]["message"].startswith(
        "it is not verified against mail: no contract of this repository is called so"
    )


def test_a_provider_that_several_contracts_may_mean_has_to_be_named(tree: Tree) -> None:
    tree.write({f"{FOLDER}/shop/{name}.json": answered(ORDER) for name in ("v1", "v2")})
    (tree.root / FOLDER / "shop.json").unlink()
    code, items = tree.verify()
    assert rules((code, items)) == (1, [("provider-ambiguous", PACT, 6)])
    assert "schemas/openapi/shop/v1.json, schemas/openapi/shop/v2.json may be meant" in items[0]["message"]
    assert tree.verify("--provider=shop\tschemas/openapi/shop/v1.json") == (0, [])


def test_the_configuration_names_a_contract_anywhere(tree: Tree) -> None:
    tree.write({PACT: pact_of(expecting({"id": 1}), provider="Till"), "services/till/api.json": answered(ORDER)})
    assert tree.verify("--provider=Till\tservices/till/api.json") == (0, [])
    code, items = tree.verify("--provider=Till\tservices/till/gone.json")
    assert rules((code, items)) == (1, [("unreadable", "services/till/gone.json", 0)])
    assert "[pacts.providers], names it" in items[0]["message"]
    tree.write({"services/till/api.json": {"parts": 1}})
    assert rules(tree.verify("--provider=Till\tservices/till/api.json"))[0] == 1


def test_a_pact_beside_a_contract_is_verified_against_it_whatever_its_provider_is_called(tree: Tree) -> None:
    beside = f"{FOLDER}/pacts/web.json"
    tree.write({beside: pact_of(expecting({"id": "x"}), provider="The Lamp Shop")})
    assert rules(tree.verify(f"--own={FOLDER}", pact=beside)) == (1, [("response-refused", beside, 10)])
    tree.write({f"{FOLDER}/till.json": answered(ORDER)})
    assert rules(tree.verify(f"--own={FOLDER}", pact=beside)) == (0, [("provider-unknown", beside, 6)])


@pytest.mark.parametrize(("text", "line"), [("{", 2), ("{}", 0), ('{"a": 1,\n "a": [}', 2)])
def test_a_pact_that_cannot_be_read_fails(tree: Tree, text: str, line: int) -> None:
    tree.write({PACT: text})
    assert rules(tree.verify()) == (1, [("unreadable", PACT, line)])


def test_a_contract_that_cannot_be_used_fails(tree: Tree) -> None:
    tree.write({f"{FOLDER}/shop.json": '{\n"openapi": ['})
    assert rules(tree.verify()) == (1, [("unreadable", f"{FOLDER}/shop.json", 3)])
    tree.write({f"{FOLDER}/shop.json": answered(ORDER, version="4.0.0")})
    assert rules(tree.verify()) == (1, [("unreadable", f"{FOLDER}/shop.json", 0)])
    tree.write(
        {
            f"{FOLDER}/shop.json": answered(
                {"$ref": "#/components/schemas/A"}, components={"schemas": {"A": {"type": 3}}}
            )
        }
    )
    assert rules(tree.verify()) == (1, [("unreadable", f"{FOLDER}/shop.json", 0)])


def test_a_pact_that_went_away_fails(tree: Tree) -> None:
    (tree.root / PACT).unlink()
    assert rules(tree.verify()) == (1, [("unreadable", PACT, 0)])


def test_a_pact_and_a_contract_that_are_too_large_are_refused_before_they_are_read(tree: Tree) -> None:
    (tree.root / PACT).write_bytes(b" " * (LARGEST + 1))
    assert rules(tree.verify())[0] == 1
    tree.write({PACT: pact_of(expecting({"id": 1}))})
    (tree.root / FOLDER / "shop.json").write_bytes(b" " * (LARGEST + 1))
    assert rules(tree.verify()) == (1, [("unreadable", f"{FOLDER}/shop.json", 1)])
