"""HTTP contracts: what breaks clients, in requests, responses and security, in every version of the language."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.contracts import openapi
from lockstep.contracts.api import Contract
from lockstep.contracts.change import ContractError
from tests.contracts.contracts_of import Json, answered, api, asked, certain, changes, possible, with_parameter

OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}
REQUIRED = {**OBJECT, "required": ["a"]}
WIDER = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
STATUS = {"type": "string", "enum": ["open", "shut"]}
NARROW = {"type": "string", "enum": ["open"]}
SECURED = {
    "security": [{"key": []}],
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "K"}}},
}


def _two(*names: str) -> dict[str, Json]:
    return {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in names]}


PETS = {"components": {"schemas": {"Cat": OBJECT, "Dog": WIDER, "Rat": {"type": "string"}}}}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (api(), api(path="/a") | {"info": {"title": "u", "version": "2"}}),
        (api(path="/a/{id}"), api(path="/a/{key}")),
        (api(), {**api(), "paths": {**api()["paths"], "/b": {"get": {"responses": {}}}}}),
        (api(), with_parameter()),
        (with_parameter(required=True), with_parameter()),
        (with_parameter(schema=NARROW), with_parameter(schema=STATUS)),
        (with_parameter(schema={"type": "integer"}), with_parameter(schema={"type": "string"})),
        (
            with_parameter(schema={"type": "string"}),
            with_parameter(schema={"type": "array", "items": {"type": "string"}}),
        ),
        (with_parameter(**{"in": "header", "name": "X-A"}), with_parameter(**{"in": "header", "name": "x-a"})),
        (asked(REQUIRED), asked(OBJECT)),
        (asked(OBJECT), asked(WIDER)),
        (asked({"type": "integer", "format": "int32"}), asked({"type": "integer", "format": "int64"})),
        (
            asked({**OBJECT, "properties": {"a": {"type": "string", "readOnly": True}}}),
            asked({**REQUIRED, "properties": {"a": {"type": "string", "readOnly": True}}}),
        ),
        (answered(OBJECT), answered(REQUIRED)),
        (answered(OBJECT), answered(WIDER)),
        (answered(STATUS), answered(NARROW)),
        (answered({"type": "string", "nullable": True}), answered({"type": "string"})),
        (answered({"type": "string", "nullable": True}), answered({"type": ["string", "null"]}, version="3.1.0")),
        (answered(_two("Cat", "Dog"), **PETS), answered(_two("Cat"), **PETS)),
        (asked(_two("Cat"), **PETS), asked(_two("Cat", "Rat"), **PETS)),
        (api(**SECURED), api(**{**SECURED, "security": []})),
        (api(**SECURED), api(**{**SECURED, "security": [{"key": []}, {"other": []}]})),
    ],
)
def test_what_breaks_nobody_is_let_pass(old: Json, new: Json) -> None:
    assert certain(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "rule", "part"),
    [
        (api(), api(method="put"), "operation-removed", ""),
        (api(path="/a"), api(path="/b"), "operation-removed", ""),
        (api(), with_parameter(required=True), "required-parameter-added", "query parameter p"),
        (with_parameter(), with_parameter(required=True), "parameter-became-required", "query parameter p"),
        (with_parameter(), api(), "parameter-removed", "query parameter p"),
        (with_parameter(schema=STATUS), with_parameter(schema=NARROW), "enum-value-refused", "query parameter p"),
        (
            with_parameter(),
            with_parameter(style="spaceDelimited"),
            "parameter-serialisation-changed",
            "query parameter p",
        ),
        (with_parameter(), with_parameter(explode=False), "parameter-serialisation-changed", "query parameter p"),
        (
            with_parameter(allowEmptyValue=True),
            with_parameter(),
            "parameter-serialisation-changed",
            "query parameter p",
        ),
        (api(method="post"), asked(OBJECT), "", ""),
        (asked(OBJECT), asked(REQUIRED), "property-became-required", "request body"),
        (asked(OBJECT), asked({**WIDER, "required": ["b"]}), "required-property-added", "request body"),
        (asked(STATUS), asked(NARROW), "enum-value-refused", "request body"),
        (asked({"type": "string"}), asked({"type": "string", "maxLength": 3}), "max-length-added", "request body"),
        (asked({"type": "string"}), asked({"type": "string", "format": "uuid"}), "format-changed", "request body"),
        (
            asked({"type": "integer", "format": "int64"}),
            asked({"type": "integer", "format": "int32"}),
            "format-changed",
            "request body",
        ),
        (asked({"type": "string", "nullable": True}), asked({"type": "string"}), "null-refused", "request body"),
        (asked(_two("Cat", "Rat"), **PETS), asked(_two("Cat"), **PETS), "one-of-narrowed", "request body"),
        (asked(OBJECT), api(method="post"), "body-removed", "request body"),
        (answered(REQUIRED), answered(OBJECT), "property-became-required", "response 200"),
        (answered(REQUIRED), answered({"type": "object", "required": ["a"]}), "property-removed", "response 200"),
        (answered(NARROW), answered(STATUS), "enum-value-refused", "response 200"),
        (answered({"type": "string"}), answered({"type": "integer"}), "type-changed", "response 200"),
        (answered(_two("Cat"), **PETS), answered(_two("Cat", "Rat"), **PETS), "one-of-narrowed", "response 200"),
        (
            api({"responses": {"200": {"description": ""}, "201": {"description": ""}}}),
            api(),
            "response-removed",
            "response 201",
        ),
        (api(), api(**SECURED), "security-narrowed", "security"),
        (api(**SECURED), api(**{**SECURED, "security": [{"key": [], "other": []}]}), "security-narrowed", "security"),
    ],
)
def test_what_breaks_clients_is_named_with_its_part(old: Json, new: Json, rule: str, part: str) -> None:
    found = {(change.rule, change.part) for change in changes(old, new) if change.certain}
    assert (rule, part) in found if rule else not found


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (answered(WIDER), answered(OBJECT), "property-removed"),
        (asked(WIDER), asked(OBJECT), "property-removed"),
        (api({"operationId": "a"}), api({"operationId": "b"}), "operation-id-changed"),
        (
            with_parameter(schema={"type": "string", "default": "a"}),
            with_parameter(schema={"type": "string", "default": "b"}),
            "parameter-default-changed",
        ),
        (api({"responses": {"200": {}, "404": {}}}), api(), "response-removed"),
        (asked(OBJECT), asked({**OBJECT, "additionalProperties": False}), "additional-properties-refused"),
    ],
)
def test_what_may_break_some_clients_is_named_as_such(old: Json, new: Json, rule: str) -> None:
    assert certain(old, new) == []
    assert possible(old, new) == [rule]


def test_a_change_says_operation_part_what_and_whom() -> None:
    (change,) = changes(asked(OBJECT, path="/orders/{id}"), asked(REQUIRED, path="/orders/{id}"))
    assert (change.operation, change.part) == ("POST /orders/{id}", "request body")
    assert change.what == "the property `a` is required, and may be missing in what is written"
    assert change.why == "clients that send what was allowed before are refused or misunderstood"
    assert change.reader.document == "new"
    assert change.reader.pointer.endswith("/schema/required/0")


def test_a_schema_that_many_operations_use_is_told_once() -> None:
    def shared(schema: Json) -> Json:
        use = {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S"}}}}}}
        paths = {f"/{n}": {"get": use} for n in range(3)}
        return {**api(), "paths": paths, "components": {"schemas": {"S": schema}}}

    (change,) = changes(shared(REQUIRED), shared(OBJECT))
    assert change.operation == "GET /0"
    assert change.what.endswith("(and in 2 more operations)")


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ({"type": "http", "scheme": "basic"}, {"type": "http", "scheme": "bearer"}, "security-scheme-changed"),
        (
            {"type": "apiKey", "in": "header", "name": "A"},
            {"type": "apiKey", "in": "query", "name": "A"},
            "security-scheme-changed",
        ),
        (
            {"type": "oauth2", "flows": {"implicit": {"scopes": {"a": "", "b": ""}}}},
            {"type": "oauth2", "flows": {"implicit": {"scopes": {"a": ""}}}},
            "security-scheme-changed",
        ),
        (
            {"type": "oauth2", "flows": {"implicit": {"scopes": {}}, "password": {"scopes": {}}}},
            {"type": "oauth2", "flows": {"implicit": {"scopes": {}}}},
            "security-scheme-changed",
        ),
    ],
)
def test_a_security_scheme_that_is_used_and_changes_breaks(old: Json, new: Json, rule: str) -> None:
    first, second = ({"security": [{"s": []}], "components": {"securitySchemes": {"s": each}}} for each in (old, new))
    assert certain(api(**first), api(**second)) == [rule]
    assert certain(api(**{**first, "security": []}), api(**{**second, "security": []})) == []


def test_headers_of_responses_are_promises() -> None:
    def with_header(**header: Json) -> Json:
        return api({"responses": {"200": {"headers": {"X-A": {"schema": {"type": "string"}} | header}}}})

    assert certain(with_header(), api()) == ["header-removed"]
    assert certain(with_header(required=True), with_header()) == ["header-became-optional"]
    assert certain(with_header(), with_header(schema={"type": "integer"})) == ["type-changed"]


def test_media_types_that_are_wider_will_do() -> None:
    def sent(*types: str) -> Json:
        return api({"requestBody": {"content": {each: {} for each in types}}}, method="post")

    def given(*types: str) -> Json:
        return api({"responses": {"200": {"content": {each: {} for each in types}}}})

    assert certain(sent("application/json"), sent("application/*")) == []
    assert certain(sent("application/json; charset=utf-8"), sent("Application/JSON")) == []
    assert certain(sent("application/json"), sent("text/plain")) == ["media-type-removed"]
    assert certain(sent("application/json"), sent("application/problem+json")) == ["media-type-removed"]


@pytest.mark.parametrize("special", ["application/hal+json", "application/problem+json;charset=utf-8"])
def test_a_special_kind_of_a_media_type_may_break_who_insists_on_the_plain_one(special: str) -> None:
    def sent_back(type_: str, schema: Json) -> Json:
        return api({"responses": {"200": {"content": {type_: {"schema": schema}}}}})

    before = sent_back("application/json", OBJECT)
    (change,) = changes(before, sent_back(special, OBJECT))
    assert (change.rule, change.certain) == ("media-type-removed", False)
    assert change.what == f"the media type application/json is gone, {special} is instead of it"
    assert certain(sent_back("application/json", REQUIRED), sent_back(special, OBJECT)) == ["property-became-required"]
    assert certain(sent_back(special, OBJECT), before) == ["media-type-removed"]


def test_webhooks_and_callbacks_go_the_other_way() -> None:
    def hook(schema: Json) -> Json:
        content = {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {}}
        return api(version="3.1.0", webhooks={"made": {"post": content}})

    def callback(schema: Json) -> Json:
        content = {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {}}
        return api({"callbacks": {"made": {"{$request.body#/url}": {"post": content}}}})

    for kind in (hook, callback):
        assert certain(kind(NARROW), kind(STATUS)) == ["enum-value-refused"]
        assert certain(kind(STATUS), kind(NARROW)) == []


def test_swagger_is_understood() -> None:
    def swagger(*parameters: Json, schema: Json = OBJECT) -> Json:
        operation = {"parameters": list(parameters), "responses": {"200": {"description": "", "schema": schema}}}
        return api(
            operation, version="2.0", method="post", produces=["application/json"], consumes=["application/json"]
        )

    body = {"in": "body", "name": "b", "schema": OBJECT}
    assert certain(swagger(body), swagger({**body, "schema": REQUIRED})) == ["property-became-required"]
    assert certain(swagger(schema=REQUIRED), swagger()) == ["property-became-required"]
    query = {"in": "query", "name": "q", "type": "string", "enum": ["a", "b"]}
    assert certain(swagger(query), swagger({**query, "enum": ["a"]})) == ["enum-value-refused"]
    form = {"in": "formData", "name": "f", "type": "string"}
    assert certain(swagger(form), swagger(form, {**form, "name": "g", "required": True})) == [
        "body-became-required",
        "required-property-added",
    ]


def test_references_lead_into_other_files() -> None:
    def load(name: str, type_: str) -> Contract:
        files = {
            "schemas/a.yaml": b"A:\n  $ref: b.yaml#/B\n",
            "schemas/b.yaml": f"B: {{type: {type_}}}\n".encode(),
        }
        contract = answered({"$ref": "schemas/a.yaml#/A"})
        return openapi.load(name, json.dumps(contract).encode(), files.get)

    (change,) = openapi.breaking(load("old.yaml", "string"), load("new.yaml", "integer"))
    assert (change.rule, change.writer.document, change.writer.pointer) == ("type-changed", "schemas/b.yaml", "/B")


def test_a_file_that_is_missing_is_an_error() -> None:
    with pytest.raises(ContractError, match="leads nowhere"):
        changes(answered({"$ref": "other.yaml"}), answered({"$ref": "other.yaml#/a"}))


@pytest.mark.parametrize(
    ("contract", "why"),
    [
        ([], "no mapping"),
        ({"openapi": "4.0.0"}, "its version is 4.0.0"),
        ({"info": {}}, "not said"),
    ],
)
def test_what_is_no_contract_is_refused(contract: Json, why: str) -> None:
    with pytest.raises(ContractError, match=why):
        openapi.load("a", json.dumps(contract).encode())


def test_circles_of_references_are_an_error_where_they_mean_nothing() -> None:
    circle = {
        "components": {"schemas": {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}}
    }
    circular = answered({"$ref": "#/components/schemas/A"}, **circle)
    assert changes(circular, circular) == ()
    parameters = {"components": {"parameters": {"A": {"$ref": "#/components/parameters/A"}}}}
    with pytest.raises(ContractError, match="circle"):
        changes(api({"parameters": [{"$ref": "#/components/parameters/A"}]}, **parameters), api())


_JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 1) | st.sampled_from(["", "object", "#/paths", "query"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    "$ref",
                    "parameters",
                    "schema",
                    "content",
                    "responses",
                    "200",
                    "in",
                    "name",
                    "properties",
                    "type",
                    "security",
                    "items",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(_JSON, _JSON)
def test_any_shape_is_compared_or_refused_with_that_error(operation: Json, item: Json) -> None:
    contract = {
        "openapi": "3.1.0",
        "paths": {"/a": {"get": operation, "parameters": item}, "/b": item},
        "components": item,
    }
    try:
        found = changes(contract, contract)
    except ContractError:
        return
    assert found == ()
