"""What a contract refuses of a pact, behaviour by behaviour. `CASES` are in the order of the published behaviour of such verifiers."""

from typing import NamedTuple

import pytest

from tests.contracts.contracts_of import Json, answered, api, asked, with_parameter
from tests.contracts.pacts_of import JSON, asking, breaches, expecting, sent

ORDER = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "note": {"type": "string"}}}
CLOSED = ORDER | {"additionalProperties": False}
TREE = {"type": "object", "properties": {"name": {"type": "string"}, "below": {"$ref": "#/components/schemas/Tree"}}}
CAT = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "purrs": {"type": "boolean"}}}
DOG = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "barks": {"type": "integer"}}}
PETS = {"components": {"schemas": {"Cat": CAT, "Dog": DOG, "Tree": TREE}}}
EITHER = {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]}
TOLD = EITHER | {"discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}}}
BOTH = {"allOf": [{"type": "object", "properties": {"a": {"type": "string"}}}, ORDER]}
KEY = {"components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}}
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
CASES = (*OPERATIONS, *PARAMETERS, *FORMATS, *BODIES, *RESPONSES, *MEDIA, *SECURITY)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_contract_refuses_what_it_does_not_promise(case: Case) -> None:
    found = breaches(case.interaction, case.contract)
    certain = tuple(each.rule for each in found if each.certain)
    assert (certain, tuple(each.rule for each in found if not each.certain)) == (case.refused, case.doubtful)
