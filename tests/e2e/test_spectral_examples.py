"""The real Spectral: Lockstep's short cut for examples (`rules/spectral/plain.js`) changes no verdict, and no name is a pattern."""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import lockstep
from lockstep.contracts import lint

pytestmark = pytest.mark.e2e

RULES = Path(lockstep.__file__).parent / "rules/spectral"
OWN = ("oas3-valid-media-example", "oas3-valid-schema-example")
TEXT = {"type": "string"}
COUNT = {"type": "integer"}
THING = {"type": "object", "required": ["id"], "properties": {"id": TEXT, "size": {**COUNT, "minimum": 1}}}
CASES: tuple[tuple[Mapping[str, object], tuple[object, ...]], ...] = (
    (TEXT, ("a", 5, None, ["a"])),
    (COUNT, (5, 5.5, 5.0, "5", True)),
    ({"type": "number"}, (5.5, "5.5", None)),
    ({"type": "boolean"}, (True, 0)),
    ({**TEXT, "nullable": True}, (None, "a")),
    ({"nullable": True}, (None,)),
    ({**TEXT, "nullable": True, "enum": ["a"]}, (None, "a", "b")),
    (THING, ({"id": "a"}, {"id": "a", "size": 1}, {"id": "a", "size": 0}, {"size": 1}, {"id": 5}, [], "a")),
    ({**THING, "additionalProperties": False}, ({"id": "a"}, {"id": "a", "more": 1})),
    ({**THING, "additionalProperties": COUNT}, ({"id": "a", "more": 1}, {"id": "a", "more": "1"})),
    ({"type": "object", "properties": {"id": {**TEXT, "readOnly": True}}, "required": ["id"]}, ({}, {"id": "a"})),
    ({"type": "object", "properties": {"constructor": TEXT}, "required": ["toString"]}, ({}, {"toString": "a"})),
    ({"type": "array", "items": COUNT, "minItems": 1, "maxItems": 2}, ([1], [], [1, 2, 3], ["1"])),
    ({"type": "array", "items": [COUNT]}, ([1], ["1"])),
    ({"type": "array", "uniqueItems": True}, ([1, 2], [1, 1], [{}, {}], ["1", 1])),
    ({**TEXT, "minLength": 1, "maxLength": 2}, ("ab", "", "abc", "\N{GRINNING FACE}\N{GRINNING FACE}")),
    ({**TEXT, "pattern": "^a"}, ("a", "b")),
    ({**TEXT, "pattern": "("}, ("a",)),
    ({**COUNT, "maximum": 5}, (5, 6)),
    ({**COUNT, "maximum": "5"}, (5,)),
    ({**COUNT, "maximum": 5, "exclusiveMaximum": True}, (4, 5)),
    ({**COUNT, "format": "int32"}, (5, 2**31)),
    ({**COUNT, "format": "int64"}, (2**40,)),
    ({**TEXT, "format": "date"}, ("2024-02-28", "2024-02-30", "2024-12-30", "28.2.2024")),
    (
        {**TEXT, "format": "date-time"},
        ("2024-02-28T01:02:03Z", "2024-02-28T01:02:03.5+01:00", "2024-02-28T01:02:03+25:00"),
    ),
    ({**TEXT, "format": "uuid"}, ("123e4567-e89b-12d3-a456-426614174000", "123")),
    ({**TEXT, "format": "uri"}, ("https://things.example/a?b=c#d", "https://things.example/{a}")),
    ({**TEXT, "format": "email"}, ("a@things.example", "a")),
    ({**TEXT, "format": "__proto__"}, ("a",)),
    ({"enum": ["a", 1, None]}, ("a", 1, None, "b")),
    ({"enum": []}, ("a",)),
    ({"type": "thing"}, ("a",)),
    ({"type": "object", "required": []}, ({},)),
    ({"type": "object", "required": True}, ({},)),
    ({"allOf": [THING, {"properties": {"kind": TEXT}}]}, ({"id": "a"}, {"id": "a", "kind": 5}, {})),
    ({"anyOf": [TEXT, COUNT]}, ("a", 5, True)),
    ({"oneOf": [COUNT, {"type": "number"}]}, (5.5, 5, "a")),
    ({"oneOf": [THING, TEXT, {"type": "array"}]}, ({"id": "a"}, "a", {}, 5)),
    ({"oneOf": [THING, {**THING, "required": ["kind"]}]}, ({"id": "a"}, {"kind": 5}, {"id": "a", "kind": 5}, {})),
    ({"oneOf": [THING, {**THING, "properties": {"id": {**TEXT, "readOnly": True}}}]}, ({"id": "a"}, {})),
    ({"oneOf": [{**TEXT, "nullable": True}, {**COUNT, "nullable": True}]}, (None, "a")),
    ({"type": "object", "minProperties": 1, "maxProperties": 2}, ({"a": 1}, {}, {"a": 1, "b": 2, "c": 3})),
    ({**THING, "discriminator": {"propertyName": "kind"}}, ({"id": "a"}, {})),
    ({"not": TEXT}, (5, "a")),
    ({**TEXT, "description": 5}, ("a",)),
    ({**TEXT, "x-note": {"id": 5}, "xml": {"name": "a"}, "deprecated": True, "title": "a"}, ("a", 5)),
)

NAMES = ("a[1].yaml", "b(c).yaml", "b{c,d}.yaml", "e*f?g.yaml", "!h+(i)@(j)!(k)|l]})m.yaml", "http:/n/ü o~#%.yaml")


def contract(version: str) -> str:
    """Return a contract with every case as a response, a request, named examples, and the example of a schema."""
    paths: dict[str, object] = {}
    schemas: dict[str, object] = {}
    for number, (schema, values) in enumerate(CASES):
        schemas[f"Case{number}"] = {**schema, "example": values[0], "default": values[-1]}
        for place, value in enumerate(values):
            one = {"application/json": {"schema": schema, "example": value}}
            named = {"a": {"value": value}, "b": {"externalValue": "a.json"}, "c": {}, "d": [value]}
            many = {"application/json": {"schema": schema, "examples": named}}
            answer = {"200": {"description": "a", "content": one}, "default": {"description": "a", "content": many}}
            paths[f"/{number}/{place}"] = {"post": {"requestBody": {"content": one}, "responses": answer}}
    whole = {"openapi": version, "info": {"title": "a", "version": "1"}, "paths": paths}
    return json.dumps({**whole, "components": {"schemas": schemas}})


def found(spectral: tuple[str, ...], ruleset: Path, folder: Path) -> set[tuple[str, str, str, str]]:
    argv = (*spectral, "lint", "--quiet", f"--ruleset={ruleset}", "--format=json", "3.0.json", "3.1.json")
    done = subprocess.run(argv, cwd=folder, capture_output=True, check=False)
    told = json.loads(done.stdout)
    return {(Path(each["source"]).name, each["code"], str(each["path"]), each["message"]) for each in told}


def test_every_example_is_judged_as_spectral_judges_it(tool: Callable[[str], tuple[str, ...]], tmp_path: Path) -> None:
    for version in ("3.0", "3.1"):
        (tmp_path / f"{version}.json").write_text(contract(f"{version}.0"), "utf-8")
    rules = dict.fromkeys(OWN, "error")
    sets: dict[str, list[list[str]]] = {
        "theirs": [["spectral:oas", "off"]],
        "ours": [["spectral:oas", "off"], [str(RULES / "examples.js"), "off"]],
    }
    for name, extends in sets.items():
        (tmp_path / f"{name}.json").write_text(json.dumps({"extends": extends, "rules": rules}), "utf-8")
    theirs = found(tool("spectral"), tmp_path / "theirs.json", tmp_path)
    assert found(tool("spectral"), tmp_path / "ours.json", tmp_path) == theirs
    assert {each[:2] for each in theirs} == {(f"{version}.json", rule) for version in ("3.0", "3.1") for rule in OWN}
    assert len(theirs) > 500


def test_contracts_of_any_name_are_linted(
    tool: Callable[[str], tuple[str, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("openapi: 3.0.0\ninfo: {title: a, version: x}\npaths: {}\n", "utf-8")
    options = ("lint", "--quiet", "--fail-severity=hint", "--fail-on-unmatched-globs", "--format=json")
    ruleset = ("--ruleset", str(RULES / "contracts.yaml"), "--output.json=report.json")
    words = ["refused.json", "report.json", *tool("spectral"), *options, *ruleset, "--", *NAMES]
    assert lint.main(words) == 1
    told = {
        Path(each["source"]).relative_to(tmp_path).as_posix() for each in json.loads(Path("report.json").read_bytes())
    }
    assert told == set(NAMES)
