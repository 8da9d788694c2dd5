"""What a contract refuses of a pact, behaviour by behaviour. `CASES` are in the order of the published behaviour of such verifiers."""

import contextlib
import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockstep.contracts import pact
from lockstep.contracts.api import load
from lockstep.contracts.change import ContractError
from lockstep.contracts.verification import verify
from tests.contracts.contracts_of import Json, answered, api, asked, with_parameter
from tests.contracts.pacts_of import JSON, asking, breaches, expecting, pact_of, sent

ORDER = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "note": {"type": "string"}}}
CLOSED = ORDER | {"additionalProperties": False}
TREE = {"type": "object", "properties": {"name": {"type": "string"}, "below": {"$ref": "#/components/schemas/Tree"}}}
CAT = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "purrs": {"type": "boolean"}}}
DOG = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "barks": {"type": "integer"}}}
PETS = {"components": {"schemas": {"Cat": CAT, "Dog": DOG, "Tree": TREE}}}
EITHER = {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]}
TOLD = EITHER | {"discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}}}
BOTH = {"allOf": [{"type": "object", "properties": {"a": {"type": "string"}}}, ORDER]}
NUMBERS = {"type": "array", "items": {"type": "integer"}}
FIELDS = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}}
REFUSED = ("parameter-refused",)
FORM = "application/x-www-form-urlencoded"
TYPED = {"headers": {"Content-Type": JSON}}
SCHEMES = {
    "components": {
        "securitySchemes": {
            "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "query": {"type": "apiKey", "in": "query", "name": "key"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
            "basic": {"type": "http", "scheme": "basic"},
            "token": {"type": "oauth2", "flows": {}},
        }
    }
}
UNSEEN = {"components": {"securitySchemes": {"line": {"type": "mutualTLS"}}}}
OLD = {"version": "2.0", "basePath": "/v1"}


class Case(NamedTuple):
    """An interaction, a contract, and the rules of what it refuses and what is doubtful."""

    name: str
    interaction: Json
    contract: Json
    refused: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()


def at(path: str, **parameter: Json) -> Json:
    """Return a contract with a path whose parameter `p` has the schema."""
    return api({"parameters": [{"in": "path", "name": "p", "required": True, "schema": parameter}]}, path=path)


def secured(*alternatives: Json) -> Json:
    return api({"security": [{name: [] for name in each} for each in alternatives]}, **SCHEMES)


def old(operation: Json, **more: Json) -> Json:
    """Return a Swagger contract."""
    return api(operation, **OLD, **more)


def headed(**headers: Json) -> Json:
    return api({"responses": {"200": {"description": "ok", "headers": headers}}})


def produced(*media: str) -> Json:
    return api({"responses": {"200": {"description": "ok", "content": {name: {"schema": {}} for name in media}}}})


def with_content(schema: Json) -> Json:
    return api({"parameters": [{"in": "query", "name": "p", "content": {JSON: {"schema": schema}}}]})


def styled(style: str, schema: Json, **more: Json) -> Json:
    parameter = {"in": "path", "name": "p", "required": True, "style": style, "schema": schema} | more
    return api({"parameters": [parameter]}, path="/a/{p}")


def formed(schema: Json, media: str = FORM) -> Json:
    return api({"requestBody": {"content": {media: {"schema": schema}}}}, method="post")


def texts(media: str, schema: Json) -> Json:
    return api({"responses": {"200": {"description": "ok", "content": {media: {"schema": schema}}}}})


def statuses(*names: str) -> Json:
    return api({"responses": {name: {"description": "ok"} for name in names}})


OPERATIONS = (
    Case("known", sent(), api()),
    Case("unknown-path", sent("/b"), api(), ("operation-unknown",)),
    Case("unknown-method", sent(method="DELETE"), api(), ("operation-unknown",)),
    Case("longer-path", sent("/a/b"), api(), ("operation-unknown",)),
    Case("trailing-slash", sent("/a/"), api()),
    Case("template", sent("/a/7"), at("/a/{p}", type="integer")),
    Case("template-refuses", sent("/a/x"), at("/a/{p}", type="integer"), ("parameter-refused",)),
    Case("template-boolean", sent("/a/yes"), at("/a/{p}", type="boolean"), ("parameter-refused",)),
    Case("template-encoded", sent("/a/b%20c"), at("/a/{p}", type="string", enum=["b c"])),
    Case("template-part", sent("/a/7.json"), at("/a/{p}.json", type="integer")),
    Case(
        "template-list", sent("/a/1,2,x"), at("/a/{p}", type="array", items={"type": "integer"}), ("parameter-refused",)
    ),
    Case("base-path", sent("/v1/a"), old({})),
    Case("base-path-missing", sent("/a"), old({}), ("operation-unknown",)),
    Case("server", sent("/api/v2/a"), api(servers=[{"url": "https://shop.example/api/v2"}])),
    Case("server-left-out", sent("/a"), api(servers=[{"url": "https://shop.example/api/v2"}])),
    Case(
        "server-other", sent("/api/v3/a"), api(servers=[{"url": "https://shop.example/api/v2"}]), ("operation-unknown",)
    ),
    Case("server-of-operation", sent("/own/a"), api({"servers": [{"url": "{scheme}://x.example/own/"}]})),
    Case("server-relative", sent("/rel/a"), api(servers=[{"url": "/rel"}])),
)
PARAMETERS = (
    Case("query", sent(query="p=x"), with_parameter()),
    Case("query-object", sent(query={"p": ["x"]}), with_parameter()),
    Case("query-missing", sent(), with_parameter(required=True), ("parameter-missing",)),
    Case("query-optional", sent(), with_parameter()),
    Case("query-refused", sent(query="p=x"), with_parameter(schema={"type": "number"}), ("parameter-refused",)),
    Case(
        "query-case",
        sent(query="P=x"),
        with_parameter(required=True),
        ("parameter-missing",),
        ("parameter-undeclared",),
    ),
    Case("query-undeclared", sent(query="q=1"), with_parameter(), (), ("parameter-undeclared",)),
    Case(
        "query-repeated", sent(query="p=1&p=2"), with_parameter(schema={"type": "array", "items": {"type": "integer"}})
    ),
    Case(
        "query-repeated-refused",
        sent(query="p=1&p=x"),
        with_parameter(schema={"type": "array", "items": {"type": "integer"}}),
        ("parameter-refused",),
    ),
    Case("query-empty", sent(query="p="), with_parameter(allowEmptyValue=True, schema={"type": "integer"})),
    Case(
        "header",
        sent(headers={"x-p": "7"}),
        with_parameter(**{"in": "header", "name": "X-P", "schema": {"type": "integer"}}),
    ),
    Case(
        "header-refused",
        sent(headers={"x-p": "x"}),
        with_parameter(**{"in": "header", "name": "X-P", "schema": {"type": "integer"}}),
        ("parameter-refused",),
    ),
    Case(
        "header-missing",
        sent(),
        with_parameter(**{"in": "header", "name": "X-P", "required": True}),
        ("parameter-missing",),
    ),
    Case("header-undeclared", sent(headers={"X-Other": "1"}), api(), (), ("parameter-undeclared",)),
    Case("header-usual", sent(headers={"User-Agent": "web", "If-Match": "1"}), api()),
    Case("wrong-on-purpose", sent(query="q=1", answer={"status": 400}), statuses("200", "400")),
    Case(
        "enum", sent(query="p=c"), with_parameter(schema={"type": "string", "enum": ["a", "b"]}), ("parameter-refused",)
    ),
    Case(
        "pattern",
        sent(query="p=c"),
        with_parameter(schema={"type": "string", "pattern": "^[ab]$"}),
        ("parameter-refused",),
    ),
    Case(
        "minimum", sent(query="p=3"), with_parameter(schema={"type": "integer", "minimum": 4}), ("parameter-refused",)
    ),
    Case(
        "exclusive",
        sent(query="p=4"),
        with_parameter(schema={"type": "integer", "minimum": 4, "exclusiveMinimum": True}),
        ("parameter-refused",),
    ),
    Case(
        "length", sent(query="p=abc"), with_parameter(schema={"type": "string", "maxLength": 2}), ("parameter-refused",)
    ),
    Case(
        "multiple",
        sent(query="p=3"),
        with_parameter(schema={"type": "integer", "multipleOf": 2}),
        ("parameter-refused",),
    ),
    Case(
        "csv",
        sent("/v1/a", query="p=1,2"),
        old({"parameters": [{"in": "query", "name": "p", "type": "array", "items": {"type": "integer"}}]}),
    ),
    Case(
        "pipes-refused",
        sent("/v1/a", query="p=1|x"),
        old(
            {
                "parameters": [
                    {
                        "in": "query",
                        "name": "p",
                        "type": "array",
                        "items": {"type": "integer"},
                        "collectionFormat": "pipes",
                    }
                ]
            }
        ),
        ("parameter-refused",),
    ),
    Case(
        "multi",
        sent("/v1/a", query="p=1&p=2"),
        old(
            {
                "parameters": [
                    {
                        "in": "query",
                        "name": "p",
                        "type": "array",
                        "items": {"type": "integer"},
                        "collectionFormat": "multi",
                    }
                ]
            }
        ),
    ),
)
FORMATS = tuple(
    Case(
        f"format-{name}-{'refused' if wrong else 'taken'}",
        sent(query={"p": [text]}),
        with_parameter(schema={"type": kind, "format": name}),
        ("parameter-refused",) if wrong else (),
    )
    for name, kind, text, wrong in (
        ("date", "string", "2026-02-28", False),
        ("date", "string", "2026-02-30", True),
        ("date-time", "string", "2026-02-28T10:00:00Z", False),
        ("date-time", "string", "2026-02-28T10:00:00.123456789+01:00", False),
        ("date-time", "string", "2026-02-28", True),
        ("int32", "integer", "2147483647", False),
        ("int32", "integer", "2147483648", True),
        ("int64", "integer", "9223372036854775807", False),
        ("byte", "string", "aGk=", False),
        ("byte", "string", "a?", True),
        ("uuid", "string", "7f3b0f0e-6b8f-4a6c-9d6b-0d9f4c1f8a11", False),
        ("uuid", "string", "7", True),
        ("email", "string", "ada", True),
        ("unknown", "string", "anything", False),
        ("double", "number", "1.5e3", False),
    )
)
BODIES = (
    Case("body", asking({"id": 1}), asked(ORDER)),
    Case("body-refused", asking({"id": "x"}), asked(ORDER), ("body-refused",)),
    Case("body-lacks", asking({"note": "x"}), asked(ORDER), ("body-refused",)),
    Case("body-twice", asking({"id": "x", "note": 1}), asked(ORDER), ("body-refused", "body-refused")),
    Case("body-text", asking("x"), asked(ORDER), ("body-refused",)),
    Case("body-additional", asking({"id": 1, "more": 1}), asked(CLOSED), ("body-refused",)),
    Case("body-open", asking({"id": 1, "more": 1}), asked(ORDER)),
    Case("body-for-refusal", asking({"id": "x"}, answer={"status": 422}), asked(ORDER) | {}, ("status-undeclared",)),
    Case("body-optional", sent(method="POST"), asked(ORDER)),
    Case(
        "body-missing",
        sent(method="POST"),
        api({"requestBody": {"required": True, "content": {JSON: {"schema": ORDER}}}}, method="post"),
        ("body-missing",),
    ),
    Case("body-undeclared", asking({"id": 1}), api(method="post"), (), ("body-undeclared",)),
    Case("body-circular", asking({"below": {"below": {"name": 1}}}), asked(TREE, **PETS), ("body-refused",)),
    Case("body-media", asking({"id": 1}, media="application/xml"), asked(ORDER), ("media-type-refused",)),
    Case("body-media-parameters", asking({"id": 1}, media="Application/JSON; charset=utf-8"), asked(ORDER)),
    Case("body-media-unsaid", sent(method="POST", body={"id": 1}), asked(ORDER), (), ("media-type-missing",)),
    Case("body-either", asking({"kind": "cat", "purrs": "x"}), asked(EITHER, **PETS), ()),
    Case(
        "body-of-swagger",
        asking({"id": 1}, path="/v1/a"),
        api({"parameters": [{"in": "body", "name": "b", "schema": ORDER}]}, method="post", **OLD),
    ),
    Case(
        "body-of-swagger-unsaid",
        sent("/v1/a", method="POST", body={"id": "x"}),
        api({"parameters": [{"in": "body", "name": "b", "schema": ORDER}]}, method="post", **OLD),
        ("body-refused",),
    ),
    Case("body-told", asking({"kind": "cat", "purrs": "x"}), asked(TOLD, **PETS), ("body-refused",)),
    Case("body-nullable", asking({"id": None}), asked({"properties": {"id": {"type": "integer", "nullable": True}}})),
    Case("body-null", asking({"id": None}), asked(ORDER), ("body-refused",)),
    Case(
        "body-3.1-null",
        asking({"id": None}),
        asked({"properties": {"id": {"type": ["integer", "null"]}}}, version="3.1.0"),
    ),
)
RESPONSES = (
    Case("response", expecting({"id": 1, "note": "x"}), answered(ORDER)),
    Case("response-excerpt", expecting({"note": "x"}), answered(ORDER)),
    Case("response-excerpt-of-items", expecting([{"note": "x"}]), answered({"type": "array", "items": ORDER})),
    Case("response-refused", expecting({"id": "x"}), answered(ORDER), ("response-refused",)),
    Case("response-refused-twice", expecting({"id": "x", "note": 1}), answered(ORDER), ("response-refused",) * 2),
    Case(
        "response-item-refused",
        expecting([{"id": "x"}]),
        answered({"type": "array", "items": ORDER}),
        ("response-refused",),
    ),
    Case("response-undeclared", expecting({"id": 1, "more": 1}), answered(ORDER), ("response-undeclared",)),
    Case("response-undeclared-closed", expecting({"id": 1, "more": 1}), answered(CLOSED), ("response-undeclared",)),
    Case(
        "response-undeclared-open",
        expecting({"id": 1, "more": 1}),
        answered(ORDER | {"additionalProperties": True}),
        ("response-undeclared",),
    ),
    Case(
        "response-map",
        expecting({"id": 1, "more": 1}),
        answered(ORDER | {"additionalProperties": {"type": "integer"}}),
    ),
    Case(
        "response-map-refused",
        expecting({"more": "x"}),
        answered(ORDER | {"additionalProperties": {"type": "integer"}}),
        ("response-refused",),
    ),
    Case("response-anything", expecting({"id": 1}), answered({}), (), ("response-undescribed",)),
    Case("response-circular", expecting({"below": {"name": 1}}), answered(TREE, **PETS), ("response-refused",)),
    Case(
        "response-circular-undeclared", expecting({"below": {"x": 1}}), answered(TREE, **PETS), ("response-undeclared",)
    ),
    Case("response-all-of", expecting({"a": "x", "id": 1}), answered(BOTH)),
    Case("response-all-of-undeclared", expecting({"a": "x", "b": 1}), answered(BOTH), ("response-undeclared",)),
    Case("response-one-of", expecting({"kind": "cat", "purrs": True}), answered(EITHER, **PETS)),
    Case("response-one-of-part", expecting({"kind": "cat"}), answered(EITHER, **PETS)),
    Case(
        "response-one-of-undeclared",
        expecting({"kind": "cat", "x": 1}),
        answered(EITHER, **PETS),
        ("response-undeclared",),
    ),
    Case("response-told", expecting({"kind": "cat", "barks": 1}), answered(TOLD, **PETS), ("response-undeclared",)),
    Case("response-none-declared", expecting({"id": 1}), api(), ("response-body-undeclared",)),
    Case("response-nothing-expected", sent(), answered(ORDER)),
    Case("status", sent(answer={"status": 202}), statuses("200"), ("status-undeclared",)),
    Case("status-default", sent(answer={"status": 202}), statuses("default"), (), ("status-by-default",)),
    Case("status-default-of-failure", sent(answer={"status": 404}), statuses("200", "default")),
    Case("status-range", sent(answer={"status": 202}), statuses("2XX")),
    Case("header-known", sent(answer={"headers": {"x-n": "1"}}), headed(**{"X-N": {"schema": {"type": "integer"}}})),
    Case(
        "header-wrong",
        sent(answer={"headers": {"X-N": "x"}}),
        headed(**{"X-N": {"schema": {"type": "integer"}}}),
        ("response-header-refused",),
    ),
    Case("header-not-expected", sent(), headed(**{"X-N": {"schema": {"type": "integer"}}})),
    Case("header-not-declared", sent(answer={"headers": {"X-N": "1"}}), headed(), ("response-header-undeclared",)),
    Case(
        "header-of-any-server", sent(answer={"headers": {"ETag": "1"}}), headed(), (), ("response-header-undeclared",)
    ),
)
MEDIA = (
    Case("produces", sent(answer={"headers": {"Content-Type": JSON}}), produced(JSON)),
    Case(
        "produces-other",
        sent(answer={"headers": {"Content-Type": "application/xml"}}),
        produced(JSON),
        ("response-media-type-undeclared",),
    ),
    Case("produces-range", sent(answer={"headers": {"Content-Type": JSON}}), produced("application/*")),
    Case("produces-suffix", sent(answer={"headers": {"Content-Type": "application/x+json"}}), produced(JSON)),
    Case("accepts", sent(headers={"Accept": "text/html, application/json;q=0.9"}), produced(JSON)),
    Case("accepts-range", sent(headers={"Accept": "application/*"}), produced(JSON)),
    Case("accepts-any", sent(headers={"Accept": "*/*"}), produced(JSON)),
    Case("accepts-other", sent(headers={"Accept": "text/html"}), produced(JSON), ("accept-refused",)),
)
WRITTEN = (
    *(
        Case(f"written-{name}", sent(query=query), with_parameter(schema=schema, **about), wrong)
        for name, query, schema, about, wrong in (
            ("comma", "p=1,2", NUMBERS, {"explode": False}, ()),
            ("comma-refused", "p=1,x", NUMBERS, {"explode": False}, REFUSED),
            ("space", "p=1%202", NUMBERS, {"style": "spaceDelimited", "explode": False}, ()),
            ("pipe", "p=1|2", NUMBERS, {"style": "pipeDelimited", "explode": False}, ()),
            ("brackets", "p[]=1&p[]=2", NUMBERS, {}, ()),
            ("deep", "p[a]=1&p[b]=x", FIELDS, {"style": "deepObject"}, ()),
            ("deep-refused", "p[a]=x", FIELDS, {"style": "deepObject"}, REFUSED),
            ("spread", "a=1&b=x", FIELDS, {}, ()),
            ("spread-refused", "a=x", FIELDS, {}, REFUSED),
            ("spread-missing", "", FIELDS, {"required": True}, ("parameter-missing",)),
            ("pairs", "p=a,1,b,x", FIELDS, {"explode": False}, ()),
            ("pairs-refused", "p=a,x", FIELDS, {"explode": False}, REFUSED),
            ("boolean", "p=true", {"type": "boolean"}, {}, ()),
            ("either", "p=x", {"oneOf": [{"type": "integer"}, {"type": "string", "maxLength": 1}]}, {}, ()),
            (
                "either-refused",
                "p=xx",
                {"oneOf": [{"type": "integer"}, {"type": "string", "maxLength": 1}]},
                {},
                REFUSED,
            ),
            ("twice", "p=1&p=2", {"type": "integer"}, {}, REFUSED),
            ("one-or-many", "p=1", {"type": ["array", "integer"], "items": {"type": "string", "minLength": 2}}, {}, ()),
            ("any", "p=x", {}, {}, ()),
            ("text-of-digits", "p=007", {"type": "string"}, {}, ()),
        )
    ),
    Case("written-json", sent(query={"p": ['{"a": 1}']}), with_content(FIELDS)),
    Case("written-json-refused", sent(query={"p": ['{"a": "x"}']}), with_content(FIELDS), REFUSED),
    Case("written-no-json", sent(query="p=x"), with_content(FIELDS), REFUSED),
    Case("written-nullable", sent(query="p="), with_parameter(schema={"type": "integer", "nullable": True})),
    Case("written-label", sent("/a/.1.2"), styled("label", NUMBERS)),
    Case("written-matrix", sent("/a/;p=1,2"), styled("matrix", NUMBERS)),
    Case("written-object", sent("/a/a=1,b=x"), styled("simple", FIELDS, explode=True)),
    Case(
        "cookie",
        sent(headers={"Cookie": "x=1; p=7"}),
        with_parameter(**{"in": "cookie", "schema": {"type": "integer"}}),
    ),
    Case(
        "cookie-refused",
        sent(headers={"Cookie": "p=x"}),
        with_parameter(**{"in": "cookie", "schema": {"type": "integer"}}),
        REFUSED,
    ),
    Case("cookie-missing", sent(), with_parameter(**{"in": "cookie", "required": True}), ("parameter-missing",)),
    Case("of-any-schema", sent(query="p=1"), {**api({"parameters": [{"in": "query", "name": "p"}]})}),
    Case("told-elsewhere", sent(), with_parameter(**{"in": "header", "name": "Accept", "required": True})),
    Case("form", asking("a=1&b=x", media=FORM), formed(FIELDS)),
    Case("form-refused", asking("a=x&b=x", media=FORM), formed(FIELDS), ("body-refused",)),
    Case("form-repeated", asking("c=1&c=2", media=FORM), formed({"properties": {"c": NUMBERS}})),
    Case(
        "form-of-swagger",
        asking("a=x", path="/v1/a", media=FORM),
        api(
            {"parameters": [{"in": "formData", "name": "a", "type": "integer"}], "consumes": [FORM]},
            method="post",
            **OLD,
        ),
        ("body-refused",),
    ),
    Case(
        "other-body",
        asking("<a/>", media="application/xml"),
        formed(FIELDS, "application/xml"),
        (),
        ("body-not-compared",),
    ),
    Case("text-body", asking("long", media="text/plain"), formed({"maxLength": 3}, "text/plain"), ("body-refused",)),
    Case("body-of-any-kind", asking({"a": 1}), api({"requestBody": {"content": {JSON: {}}}}, method="post")),
)
ANSWERS = (
    Case("text-expected", expecting("long"), texts("text/plain", {"maxLength": 3}), ("response-refused",)),
    Case("json-text-expected", expecting("long"), texts(JSON, {"maxLength": 3}), ("response-refused",)),
    Case(
        "other-expected",
        expecting("<a/>", headers={"Content-Type": "text/xml"}),
        texts("text/xml", {"type": "string"}),
    ),
    Case(
        "bytes-expected",
        expecting("x", headers={"Content-Type": "image/png"}),
        texts("image/png", {"type": "string"}),
        (),
        ("body-not-compared",),
    ),
    Case("nothing-but-text", expecting({"a": 1}), texts("text/plain", {}), ("response-media-type-undeclared",)),
    Case(
        "no-schema",
        expecting({"a": 1}),
        api({"responses": {"200": {"content": {JSON: {}}}}}),
        (),
        ("response-undescribed",),
    ),
    Case("type-of-nothing", sent(answer=TYPED), api(), (), ("response-media-type-undeclared",)),
    Case("type-of-a-head", sent(method="HEAD", answer=TYPED), api(method="head")),
    Case(
        "accepted-kind",
        sent(headers={"Accept": JSON}, answer={"body": {"id": "x"}}),
        answered(ORDER),
        ("response-refused",),
    ),
)
SECURITY = (
    Case("header-key", sent(headers={"x-key": "1"}), secured(["header"])),
    Case("header-key-missing", sent(), secured(["header"]), ("credentials-missing",)),
    Case("query-key", sent(query="key=1"), secured(["query"])),
    Case(
        "query-key-case", sent(query="KEY=1"), secured(["query"]), ("credentials-missing",), ("parameter-undeclared",)
    ),
    Case("basic", sent(headers={"Authorization": "Basic eA=="}), secured(["basic"])),
    Case("basic-missing", sent(), secured(["basic"]), ("credentials-missing",)),
    Case("one-of-two", sent(query="key=1"), secured(["header"], ["query"])),
    Case("both-of-two", sent(query="key=1"), secured(["header", "query"]), ("credentials-missing",)),
    Case("nobody-is-asked", sent(), secured(["header"], [])),
    Case("refused-on-purpose", sent(answer={"status": 401}), secured(["header"]) | {}, ("status-undeclared",)),
    Case("token", sent(), secured(["token"]), (), ("credentials-missing",)),
    Case("unseen", sent(), api({"security": [{"line": []}]}, version="3.1.0", **UNSEEN)),
)
CASES = (*OPERATIONS, *PARAMETERS, *FORMATS, *BODIES, *RESPONSES, *MEDIA, *WRITTEN, *ANSWERS, *SECURITY)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_contract_refuses_what_it_does_not_promise(case: Case) -> None:
    found = breaches(case.interaction, case.contract)
    certain = tuple(each.rule for each in found if each.certain)
    assert (certain, tuple(each.rule for each in found if not each.certain)) == (case.refused, case.doubtful)


def test_the_path_that_fits_is_meant_and_one_without_parameters_first() -> None:
    number = {"in": "path", "name": "n", "required": True, "schema": {"type": "integer"}}
    responses = {"200": {"description": "ok"}, "404": {"description": "no"}}
    paths = {
        "/a/{n}/x": {"get": {"parameters": [number], "responses": responses}},
        "/a/b/{name}": {"get": {"responses": {"204": {"description": "none"}}}},
        "/a/new": {"get": {"responses": {"201": {"description": "made"}}}},
        "/a/{n}": {"get": {"parameters": [number], "responses": responses}},
    }
    contract = api() | {"paths": paths}
    assert breaches(sent("/a/new", answer={"status": 201}), contract) == ()
    assert breaches(sent("/a/7/x"), contract) == ()
    assert breaches(sent("/a/b/x", answer={"status": 204}), contract) == ()
    (unknown,) = breaches(sent("/a/x", answer={"status": 404}), contract)[:1] or (None,)
    assert unknown is None


def test_a_method_that_is_missing_names_those_that_are_there() -> None:
    (found,) = breaches(sent(method="PUT"), api())
    assert found.what == "the path has no PUT, but GET"
    (found,) = breaches(sent("/b"), api())
    assert found.what == "the contract has no such path"


def test_a_message_is_not_compared_and_says_so() -> None:
    interaction = {"type": "Asynchronous/Messages", "description": "an order was made"}
    (found,) = breaches(interaction, api(), version="4.0")
    assert (found.rule, found.interaction, found.certain) == ("message-not-compared", "an order was made", False)


def test_what_is_missing_of_several_credentials_is_named() -> None:
    (found,) = breaches(sent(query="key=1"), secured(["header", "query"]))
    assert found.what == "credentials are missing: header (header x-key)"
    (found,) = breaches(sent(), secured(["header"], ["token"]))
    assert (found.what, found.certain) == ("credentials are missing: token (header authorization)", False)


def test_what_is_pending_is_told_and_refused_by_nothing() -> None:
    (found,) = breaches(expecting({"id": "x"}) | {"pending": True}, answered(ORDER))
    assert (found.rule, found.certain) == ("response-refused", False)


def test_a_pact_of_nothing_says_so() -> None:
    read = pact.load("pact.json", json.dumps(pact_of()).encode())
    (found,) = verify(read, load("api.json", json.dumps(api()).encode()))
    assert (found.rule, found.what, found.certain) == ("nothing-expected", "the pact has no interactions", False)


_VALUES: tuple[Json, ...] = (
    "",
    "x",
    "#/a",
    0,
    None,
    True,
    1.5,
    [],
    ["a"],
    {},
    {"a": 1},
    [{}],
    {"$ref": "#"},
    {"$ref": "#/x"},
    {"type": ["a", 3]},
)


def _places(value: Json, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*at, key)
        yield from _places(child, (*at, key))


def _spoiled(value: Json, place: tuple[str | int, ...], new: Json) -> Json:
    """Return a copy of a value in which something else stands at a place."""
    copied = json.loads(json.dumps(value))
    inner = copied
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = new
    return copied


@settings(max_examples=150)
@given(st.data())
def test_whatever_stands_in_a_pact_or_a_contract_ends_in_breaches_or_in_one_clear_error(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(CASES))
    whole = json.loads(json.dumps([pact_of(case.interaction), case.contract]))
    place = data.draw(st.sampled_from([*_places(whole)]))
    spoiled = _spoiled(whole, place, data.draw(st.sampled_from(_VALUES)))
    with contextlib.suppress(ContractError):
        read = pact.load("pact.json", json.dumps(spoiled[0]).encode())
        verify(read, load("api.json", json.dumps(spoiled[1]).encode()))
