"""Which contract a provider's name means."""

import pytest

from lockstep.contracts.providers import contracts_of, is_pact, may_be_contract, provider_of
from tests.contracts.contracts_of import Json

PATHS = (
    "schemas/openapi/orders.yaml",
    "schemas/openapi/stock-api.v2.json",
    "schemas/openapi/billing/openapi.yaml",
    "schemas/openapi/mail/v1.yaml",
    "schemas/openapi/mail/v2.yaml",
    "schemas/openapi/README.md",
    "schemas/openapi/pacts/parts.json",
)


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ("orders", ("schemas/openapi/orders.yaml",)),
        ("Orders", ("schemas/openapi/orders.yaml",)),
        ("orders-service", ("schemas/openapi/orders.yaml",)),
        ("OrdersApi", ("schemas/openapi/orders.yaml",)),
        ("Orders API Provider", ("schemas/openapi/orders.yaml",)),
        ("stock", ("schemas/openapi/stock-api.v2.json",)),
        ("billing", ("schemas/openapi/billing/openapi.yaml",)),
        ("mail", ("schemas/openapi/mail/v1.yaml", "schemas/openapi/mail/v2.yaml")),
        ("order", ()),
        ("parts", ()),
        ("README", ()),
        ("service", ()),
    ],
)
def test_a_contract_is_called_by_its_file_or_by_its_folder(provider: str, expected: tuple[str, ...]) -> None:
    assert contracts_of(provider, PATHS, {}) == expected


def test_the_same_name_comes_before_a_similar_one() -> None:
    paths = ("a/shop-service.yaml", "a/shop.yaml")
    assert contracts_of("shop", paths, {}) == ("a/shop.yaml",)
    assert contracts_of("shop service", paths, {}) == ("a/shop-service.yaml",)
    assert contracts_of("shop backend", paths, {}) == paths


def test_what_the_configuration_names_counts_alone() -> None:
    assert contracts_of("orders", PATHS, {"orders": "api/o.yaml"}) == ("api/o.yaml",)


@pytest.mark.parametrize(
    ("path", "pact", "contract"),
    [
        ("services/web/pacts/web-shop.json", True, False),
        ("pacts/a/b.json", True, False),
        ("services/web/pacts.json", False, True),
        ("services/web/pacts/notes.yaml", False, True),
        ("schemas/openapi/.spectral.yaml", False, False),
    ],
)
def test_a_pact_is_a_json_file_in_a_folder_of_pacts(path: str, pact: bool, contract: bool) -> None:  # noqa: FBT001 - a table
    assert (is_pact(path), may_be_contract(path)) == (pact, contract)


@pytest.mark.parametrize(
    ("value", "name"), [({"provider": {"name": "a"}}, "a"), ({"provider": {"name": 1}}, ""), ({}, "")]
)
def test_a_provider_is_named_or_not(value: Json, name: str) -> None:
    assert provider_of(value) == name
