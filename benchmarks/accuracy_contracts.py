"""How often the comparison of contracts agrees with public test suites: `python -m benchmarks.accuracy_contracts FOLDER`.

FOLDER holds checkouts that are not part of this repository, each in a folder named as its repository (owner+name):
OpenAPITools+openapi-diff, oasdiff+oasdiff, Azure+openapi-diff, confluentinc+schema-registry, apache+avro. What is not
there is left out. `--oasdiff PROGRAM` names a built oasdiff: it is measured beside Lockstep, and what it says of its own
test data is the expectation there (its tests assert just that). `--openapi-diff PROGRAM` names npm's openapi-diff, which is
measured likewise, on contracts turned to JSON. `--verbose` names every case that is judged differently.
"""

import argparse
import functools
import json
import re
import runpy
import subprocess
import sys
import tempfile
import types
import unittest
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lockstep.contracts import avro, json_schema, openapi, protobuf
from lockstep.contracts.change import ContractError
from lockstep.contracts.documents import read

_LIMIT = 20
_PAIR = 2
# Labels that say nothing of what is sent or read, or the contrary of what other suites (and the language) say: counted
# in the first table, left out of the second.
DISPUTED = {
    "ApiResponseBCTest: bc_response_apiresponse_decreased.yaml": "a 400 that is no longer described: told as possible",
    "HeaderBCTest: bc_response_header_required_increased.yaml": "a header of a response that is always sent now",
    "MinLengthBCTest: bc_response_minlength_increased.yaml": "longer texts in a response: the pair is labelled inversely",
    "MinLengthBCTest: bc_response_minlength_changed_but_compatible.yaml": "shorter texts in a response: likewise",
    "OperationBCTest: bc_operation_changed_incompatible_operation_id.yaml": "an operationId, which is never sent: possible",
    "SecuritySchemeBCTest: bc_security_scheme_bearer_format_changed.yaml": "bearerFormat is a hint for people",
    "WriteOnlyBCTest: bc_response_writeonly_required_decreased.yaml": "a property that is sent now and was not",
    "SchemaBCTest: bc_request_schema_format_increased.yaml": "int32 to int64 in a request: wider",
    "SchemaBCTest: bc_response_schema_format_decreased.yaml": "int64 to int32 in a response: narrower",
    "SchemaBCTest: bc_response_schema_props_required_decreased.yaml": "an optional property, compatible in another test",
    "version_check_04.json": "the contract's own version number went down",
    "removed_definition.json": "a definition was renamed; what is sent is the same",
    "param_check_01.json": "definitions that no operation uses",
    "response_check_01.json": "definitions that no operation uses",
    "parameter_order_change.json": "the order of arguments in generated code",
    "parameter_location_change.json": "where arguments stand in generated code",
    "checker/request_xml_type_compatible_base.yaml -> checker/request_xml_type_compatible_revision.yaml": "object to string",
    "checker/response_xml_type_compatible_base.yaml -> checker/response_xml_type_compatible_revision.yaml": "string to object",
}


class Case(NamedTuple):
    """A pair of known verdict: its name, the two versions (paths, or values), and whether the new one breaks."""

    name: str
    old: Any
    new: Any
    breaks: bool


class Score(NamedTuple):
    """How many breaking pairs were caught, and how many compatible ones refused, of how many; and how many were not read."""

    caught: int
    breaking: int
    refused: int
    compatible: int
    unread: int

    def row(self, suite: str, engine: str) -> str:
        """Return the row of the table."""
        recall = f"{100 * self.caught / self.breaking:.1f} %" if self.breaking else "-"
        false = f"{100 * self.refused / self.compatible:.1f} %" if self.compatible else "-"
        unread = f", {self.unread} not read" if self.unread else ""
        return (
            f"| {suite} | {engine}{unread} | {self.caught} of {self.breaking} ({recall}) | "
            f"{self.refused} of {self.compatible} ({false}) |"
        )


def java_cases(folder: Path) -> Iterator[Case]:
    """Yield the pairs of OpenAPITools/openapi-diff's tests of backward compatibility."""
    data = folder / "core/src/test/resources"
    for test in sorted(folder.glob("core/src/test/java/**/backcompat/*.java")):
        text = test.read_text("utf-8")
        base = re.search(r'BASE = "([^"]+)"', text)
        for call in re.finditer(r"\bassert(\w+)\(([^;]*?)\);", text):
            names = re.findall(r'"([^"]+\.(?:yaml|json))"', call[2])
            if base and len(names) == 1:
                breaks = "ncompatible" in call[1]
                yield Case(f"{test.stem}: {names[0]}", data / base[1], data / names[0], breaks)


def go_pairs(folder: Path) -> Iterator[tuple[str, Path, Path]]:
    """Yield the pairs of files that oasdiff's tests of breaking changes open and do not change."""
    seen = set()
    for test in sorted((folder / "checker").glob("*_test.go")):
        for body in re.split(r"\nfunc ", test.read_text("utf-8"))[1:]:
            names = re.findall(r'open\("\.\./data/([^"]+)"\)', body)
            if len(names) == _PAIR and names[0] != names[1] and ".Spec." not in body and tuple(names) not in seen:
                seen.add(tuple(names))
                old, new = (folder / "data" / name for name in names)
                if old.is_file() and new.is_file():
                    yield f"{names[0]} -> {names[1]}", old, new


def azure_cases(folder: Path) -> Iterator[Case]:
    """Yield the pairs (Swagger 2.0) of Azure/openapi-diff whose test asserts an error, or that there is no message."""
    tests = folder / "openapi-diff/src/modeler/AutoRest.Swagger.Tests"
    text = (tests / "SwaggerModelerCompareTests.cs").read_text("utf-8-sig")
    seen = set()
    for body in re.split(r"\[Fact\]", text)[1:]:
        named = re.search(r'CompareSwagger\("([^"]+)"\)', body)
        if named is None or named[1] in seen:
            continue
        error = "Assert.Equal(Category.Error" in body
        clean = (
            "Assert.Empty(" in body
            and "Assert.NotEmpty" not in body
            and "Where" not in body.split("Assert.Empty(")[1][:40]
        )
        if error or clean:
            seen.add(named[1])
            old, new = (tests / "Resource/Swagger" / side / named[1] for side in ("old", "new"))
            yield Case(named[1], old, new, error)


def judged(case: Case) -> bool | None:
    """Return whether Lockstep says that a pair of contracts breaks; None where it cannot be read."""
    try:
        old, new = (_contract(path) for path in (case.old, case.new))
        return any(change.certain for change in openapi.breaking(old, new))
    except ContractError as error:
        sys.stderr.write(f"{case.name}: {error.document}: {error.why}\n")
        return None


def _contract(path: Path) -> Any:  # noqa: ANN401 - whatever the suite holds
    def others(name: str) -> bytes | None:
        file = path.parent / name
        return file.read_bytes() if file.is_file() else None

    return openapi.load(path.name, path.read_bytes(), others)


@functools.cache
def said_by(program: str, old: Path, new: Path, *levels: int) -> bool | None:
    """Return whether oasdiff tells of a change of one of the levels (3: error, 2: warning); None where it cannot read."""
    command = (program, "breaking", str(old), str(new), "--format", "json", "--flatten-params", "--flatten-allof")
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_LIMIT)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode > 1:
        return None
    found = json.loads(done.stdout or b"[]") or []
    return any(each["level"] in levels for each in found)


@functools.cache
def said_by_npm(program: str, old: Path, new: Path) -> bool | None:
    """Return whether npm's openapi-diff finds breaking differences; None where it does not read or compare the pair.

    It is made for JSON, to which the contracts are turned; what they refer to in other files is not there.
    """
    with tempfile.TemporaryDirectory() as room:
        try:
            for name, path in (("old.json", old), ("new.json", new)):
                Path(room, name).write_text(json.dumps(read(path.name, path.read_bytes()).value), "utf-8")
            done = subprocess.run(
                [program, "old.json", "new.json"], cwd=room, capture_output=True, check=False, timeout=_LIMIT
            )
        except (ContractError, subprocess.TimeoutExpired):
            return None
    told = re.search(rb'^    "breakingDifferencesFound": (true|false)', done.stdout, re.MULTILINE)
    if told:
        return told[1] == b"true"
    return False if done.returncode == 0 else None


def score(cases: list[Case], judge: Callable[[Case], bool | None], *, verbose: bool) -> Score:
    """Judge every case. What cannot be read counts against the judge: as missed, or as refused."""
    caught = refused = breaking = compatible = unread = 0
    for case in cases:
        said = judge(case)
        unread += said is None
        breaking += case.breaks
        compatible += not case.breaks
        caught += case.breaks and said is True
        refused += not case.breaks and said is not False
        if verbose and said is not case.breaks:
            print(f"  {'missed' if case.breaks else 'refused'}: {case.name}")
    return Score(caught, breaking, refused, compatible, unread)


def confluent_cases(folder: Path, room: str) -> Iterator[Case]:
    """Yield the pairs of Confluent's test data of one room (`json-schema-provider`, `protobuf-provider`)."""
    for path in sorted((folder / room / "src/test/resources").glob("diff-*examples*.json")):
        for case in read(path.name, path.read_bytes()).value:
            if "original_references" not in case:
                yield Case(case["description"], case["original_schema"], case["update_schema"], not case["compatible"])


def event_judge(form: Any, encode: Callable[[Any], bytes]) -> Callable[[Case], bool | None]:  # noqa: ANN401 - whatever the suite holds
    """Return a judge of event schemas of one format."""

    def judge(case: Case) -> bool | None:
        try:
            old, new = (form.load(name, encode(value)) for name, value in (("old", case.old), ("new", case.new)))
        except ContractError as error:
            sys.stderr.write(f"{case.name}: {error.why}\n")
            return None
        return bool(form.unreadable(old, new))

    return judge


def avro_cases(folder: Path) -> list[Case]:
    """Return the pairs of Apache Avro's own tests, by running them on stand-ins that only take notes."""
    cases: list[Case] = []

    class Checker:
        def get_compatibility(self, reader: Any, writer: Any) -> types.SimpleNamespace:  # noqa: ANN401 - whatever the suite holds
            cases.append(
                Case(f"{json.dumps(writer)[:70]} read as {json.dumps(reader)[:70]}", writer, reader, breaks=False)
            )
            return types.SimpleNamespace(compatibility="noted", locations="", messages="")

    class Schema:
        """Anything that the tests ask of a schema: only its JSON matters."""

    kinds = types.SimpleNamespace(**{name.upper(): name for name in _AVRO_TYPES})
    standing = {
        "avro.compatibility": {
            "ReaderWriterCompatibilityChecker": Checker,
            "SchemaCompatibilityType": types.SimpleNamespace(compatible="compatible", incompatible="incompatible"),
            "SchemaType": kinds,
        },
        "avro.schema": {
            "parse": lambda text: _Json(json.loads(text)),
            "PrimitiveSchema": lambda kind: kind,
            "ArraySchema": lambda kind, names: _Json(type="array", items=kind),  # noqa: ARG005 - their signature
            "MapSchema": lambda kind, names: _Json(type="map", values=kind),  # noqa: ARG005
            "UnionSchema": lambda branches, names=None: list(branches),  # noqa: ARG005
            "Names": dict,
            "Schema": Schema,
        },
    }
    for name, members in standing.items():
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(members)
    suite = runpy.run_path(str(folder / "lang/py/avro/test/test_compatibility.py"), run_name="suite")[
        "TestCompatibility"
    ]

    def noted(_: object, *arguments: object) -> None:
        if len(arguments) > 1 and arguments[1] in {"compatible", "incompatible"}:
            cases[-1] = cases[-1]._replace(breaks=arguments[1] == "incompatible")

    quiet = dict.fromkeys(("assertIn", "assertEqual", "assertIsInstance"), lambda *_: None)
    for name, method in {**quiet, "assertIs": noted}.items():
        setattr(suite, name, method)
    suite.assertTrue = lambda *_: cases.__setitem__(-1, cases[-1]._replace(breaks=False))
    suite.assertFalse = lambda *_: cases.__setitem__(-1, cases[-1]._replace(breaks=True))
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(suite).run(result)
    if result.errors or result.failures:
        raise SystemExit(str((result.errors + result.failures)[0][1]))
    return cases


class _Json(dict[str, Any]):
    """A schema that the tests look into."""

    def to_json(self) -> Any:  # noqa: ANN401 - whatever the suite holds
        return self

    @property
    def fields(self) -> list[types.SimpleNamespace]:
        return [types.SimpleNamespace(**field) for field in self["fields"]]


_AVRO_TYPES = (
    *("boolean", "null", "int", "long", "string", "bytes", "float", "double"),
    *("array", "map", "enum", "record", "fixed"),
)


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path)
    words.add_argument("--oasdiff", default="")
    words.add_argument("--openapi-diff", default="")
    words.add_argument("--verbose", action="store_true")
    given = words.parse_args()
    others: dict[str, Callable[[Case], bool | None]] = {}
    if given.oasdiff:
        others["oasdiff"] = lambda case: said_by(given.oasdiff, case.old, case.new, 3)
    if given.openapi_diff:
        others["openapi-diff (npm)"] = lambda case: said_by_npm(given.openapi_diff, case.old, case.new)
    print("| suite | engine | breaking pairs caught | compatible pairs refused |")
    print("|---|---|---|---|")
    for suite, cases in _contract_suites(given.folder, given.oasdiff):
        agreed = [case for case in cases if case.name not in DISPUTED]
        for name, some in ((suite, cases), (f"{suite}, less {len(cases) - len(agreed)} disputed", agreed)):
            print(score(some, judged, verbose=given.verbose).row(name, "Lockstep"))
            for engine, judge in others.items():
                print(score(some, judge, verbose=False).row(name, engine))
    for suite, cases, judge in _event_suites(given.folder):
        print(score(cases, judge, verbose=given.verbose).row(suite, "Lockstep"))


def _contract_suites(folder: Path, oasdiff: str) -> Iterator[tuple[str, list[Case]]]:
    java, go, azure = (folder / name for name in ("OpenAPITools+openapi-diff", "oasdiff+oasdiff", "Azure+openapi-diff"))
    if java.is_dir():
        yield "OpenAPITools/openapi-diff", list(java_cases(java))
    if azure.is_dir():
        yield "Azure/openapi-diff (Swagger 2.0)", list(azure_cases(azure))
    if go.is_dir() and oasdiff:
        yield "oasdiff", list(_go_cases(go, oasdiff))


def _go_cases(folder: Path, oasdiff: str) -> Iterator[Case]:
    """Yield oasdiff's pairs as it judges them: errors break, nothing at all does not; mere warnings are neither."""
    for name, old, new in go_pairs(folder):
        error, any_ = (said_by(oasdiff, old, new, *levels) for levels in ((3,), (3, 2)))
        if error is not None and error == any_:
            yield Case(name, old, new, error)


def _event_suites(folder: Path) -> Iterator[tuple[str, list[Case], Callable[[Case], bool | None]]]:
    registry, apache = folder / "confluentinc+schema-registry", folder / "apache+avro"
    if registry.is_dir():
        cases = list(confluent_cases(registry, "json-schema-provider"))
        yield "Confluent, JSON Schema", cases, event_judge(json_schema, lambda value: json.dumps(value).encode())
        cases = list(confluent_cases(registry, "protobuf-provider"))
        yield "Confluent, Protobuf", cases, event_judge(protobuf, str.encode)
    if apache.is_dir():
        yield "Apache Avro", avro_cases(apache), event_judge(avro, lambda value: json.dumps(value).encode())


if __name__ == "__main__":
    main()
