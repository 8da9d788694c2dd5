"""Small contracts, written out from the part that a test is about."""

import json
from typing import Any

from lockstep.contracts import openapi
from lockstep.contracts.change import Change

# Any JSON value.
Json = Any


def api(operation: Json = None, **more: Json) -> dict[str, Json]:
    """Return a contract with one operation; `version`, `path` and `method` say of which kind, what is left is added on top."""
    version, path, method = (more.pop(*each) for each in (("version", "3.0.3"), ("path", "/a"), ("method", "get")))
    body = {"responses": {"200": {"description": "ok"}}} | (operation or {})
    first = {"swagger": version} if version == "2.0" else {"openapi": version}
    return {**first, "info": {"title": "t", "version": "1"}, "paths": {path: {method: body}}} | more


def asked(schema: Json, **more: Json) -> dict[str, Json]:
    """Return a contract whose request body has the schema."""
    return api({"requestBody": {"content": {"application/json": {"schema": schema}}}}, method="post", **more)


def answered(schema: Json, **more: Json) -> dict[str, Json]:
    """Return a contract whose response has the schema."""
    content = {"application/json": {"schema": schema}}
    return api({"responses": {"200": {"description": "ok", "content": content}}}, **more)


def with_parameter(**parameter: Json) -> dict[str, Json]:
    """Return a contract with one parameter, a query parameter `p` unless said otherwise."""
    return api({"parameters": [{"in": "query", "name": "p", "schema": {"type": "string"}} | parameter]})


def changes(old: Json, new: Json) -> tuple[Change, ...]:
    """Return what the new contract breaks."""
    versions = (openapi.load(name, json.dumps(each).encode()) for name, each in (("old", old), ("new", new)))
    return openapi.breaking(*versions)


def certain(old: Json, new: Json) -> list[str]:
    """Return the rules of what breaks for certain."""
    return [change.rule for change in changes(old, new) if change.certain]


def possible(old: Json, new: Json) -> list[str]:
    """Return the rules of what may break."""
    return [change.rule for change in changes(old, new) if not change.certain]
