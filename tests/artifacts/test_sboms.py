"""SPDX documents that are the same for the same thing."""

import json
from typing import Any

import pytest

from lockstep.artifacts import sboms

DOCUMENT: dict[str, Any] = {
    "spdxVersion": "SPDX-2.3",
    "name": "/somewhere/x",
    "documentNamespace": "https://somebody.example/6f1c",
    "creationInfo": {"created": "2026-11-25T11:00:00Z", "creators": ["Tool: lister"]},
    "packages": [
        {"name": "Lamp_Shade", "versionInfo": "1", "licenseDeclared": "NOASSERTION", "licenseConcluded": "NOASSERTION"},
        {"name": "bulb", "versionInfo": "2", "licenseDeclared": "MIT", "licenseConcluded": "NOASSERTION"},
    ],
}


def made(**other: object) -> dict[str, Any]:
    data = json.dumps(DOCUMENT | other).encode()
    return sboms.normal(data, name="a shop/till", about="sha256:ab", epoch=1_700_000_000)


def test_time_name_and_namespace_depend_on_what_it_is_about_alone() -> None:
    elsewhere = made(
        name="/elsewhere/y",
        documentNamespace="https://somebody.example/77aa",
        creationInfo={"created": "2027-01-01T00:00:00Z", "creators": ["Tool: lister"]},
    )
    assert sboms.packed(elsewhere) == sboms.packed(made())
    assert made()["name"] == "a shop/till"
    assert made()["documentNamespace"] == "https://spdx.org/spdxdocs/a-shop-till-ab"
    assert made()["creationInfo"] == {"created": "2023-11-14T22:13:20Z", "creators": ["Tool: lister"]}


@pytest.mark.parametrize("data", [b"", b"no", b"[]", b"{}", b'{"spdxVersion": "3.0"}'])
def test_what_is_no_document_is_told(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the reader says
        sboms.normal(data, name="n", about="", epoch=0)


def test_packages_are_listed_by_normal_name_with_whether_they_say_a_licence() -> None:
    assert sboms.listed(made()) == {("lamp-shade", "1"): False, ("bulb", "2"): True}
    assert sboms.listed({}) == {}


@pytest.mark.parametrize("said", ["", "NONE", "NOASSERTION", "LicenseRef-see-the-box", None])
def test_what_names_no_licence_that_can_be_looked_up_says_none(said: str | None) -> None:
    package = {"name": "bulb", "versionInfo": "2", "licenseDeclared": said}
    assert sboms.listed({"packages": [package]}) == {("bulb", "2"): False}
    (licensed,) = sboms.licensed({"packages": [package]}, {("bulb", "2"): "MIT"})["packages"]
    assert licensed["licenseDeclared"] == "MIT"


def test_licences_are_said_where_none_is_and_only_there() -> None:
    known = {sboms.key("lamp.shade", "1"): "ISC", ("bulb", "2"): "GPL-3.0-only", ("lamp-shade", "9"): "MIT"}
    shade, bulb = sboms.licensed(made(), known)["packages"]
    assert (shade["licenseDeclared"], shade["licenseConcluded"]) == ("ISC", "ISC")
    assert (bulb["licenseDeclared"], bulb["licenseConcluded"]) == ("MIT", "GPL-3.0-only")
