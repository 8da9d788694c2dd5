"""Small pacts, written out from the part that a test is about."""

import json
from typing import Any

from lockstep.contracts import api, pact
from lockstep.contracts.verification import Breach, verify

# Any JSON value.
Json = Any

JSON = "application/json"


def sent(path: str = "/a", *, method: str = "GET", answer: Json = None, **more: Json) -> dict[str, Json]:
    """Return an interaction: a request, and the response 200 unless said otherwise."""
    request = {"method": method, "path": path} | more
    return {"description": "a request", "request": request, "response": {"status": 200} | (answer or {})}


def asking(body: Json, *, media: str = JSON, **more: Json) -> dict[str, Json]:
    """Return an interaction that sends a body."""
    return sent(method="POST", headers={"Content-Type": media}, body=body, **more)


def expecting(body: Json, **more: Json) -> dict[str, Json]:
    """Return an interaction that expects a body."""
    return sent(answer={"body": body} | more)


def pact_of(*interactions: Json, version: str = "2.0.0", provider: str = "shop") -> dict[str, Json]:
    """Return a pact, whole."""
    return {
        "consumer": {"name": "web"},
        "provider": {"name": provider},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": version}},
    }


def breaches(interaction: Json, contract: Json, version: str = "2.0.0") -> tuple[Breach, ...]:
    """Return what the contract refuses of a pact with one interaction."""
    read = pact.load("pact.json", json.dumps(pact_of(interaction, version=version)).encode())
    return verify(read, api.load("api.json", json.dumps(contract).encode()))


def refused(interaction: Json, contract: Json) -> list[str]:
    """Return the rules of what is refused for certain."""
    return [each.rule for each in breaches(interaction, contract) if each.certain]


def doubtful(interaction: Json, contract: Json) -> list[str]:
    """Return the rules of what is doubtful."""
    return [each.rule for each in breaches(interaction, contract) if not each.certain]
