"""SPDX documents that are the same for the same thing."""

import json
from typing import Any

import pytest

from lockstep.artifacts import sboms
from lockstep.artifacts.sboms import Known

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


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("https://index.example/bulb.tgz", "https://index.example/bulb.tgz"),
        ("git+ssh://git.example/bulb", "git+ssh://git.example/bulb"),
        ("NONE", "NONE"),
        ("parts/bulb", "NOASSERTION"),
        ("file:../bulb", "NOASSERTION"),
    ],
)
def test_a_folder_is_no_place_to_get_a_package(said: str, kept: str) -> None:
    (package,) = made(packages=[{"name": "bulb", "downloadLocation": said}])["packages"]
    assert package["downloadLocation"] == kept


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


def test_a_licence_of_nobodys_list_is_explained_once() -> None:
    known = {("lamp-shade", "1"): "LicenseRef-Acme OR LicenseRef-Else"}
    found = sboms.licensed(made(hasExtractedLicensingInfos=[{"licenseId": "LicenseRef-Else"}]), known)
    assert [each["licenseId"] for each in found["hasExtractedLicensingInfos"]] == ["LicenseRef-Else", "LicenseRef-Acme"]
    assert "hasExtractedLicensingInfos" not in sboms.licensed(made(), {})


def test_licences_are_said_where_none_is_and_only_there() -> None:
    known = {sboms.key("lamp.shade", "1"): "ISC", ("bulb", "2"): "GPL-3.0-only", ("lamp-shade", "9"): "MIT"}
    shade, bulb = sboms.licensed(made(), known)["packages"]
    assert (shade["licenseDeclared"], shade["licenseConcluded"]) == ("ISC", "ISC")
    assert (bulb["licenseDeclared"], bulb["licenseConcluded"]) == ("MIT", "GPL-3.0-only")


def purl(locator: str) -> list[dict[str, str]]:
    return [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}]


LISTED = {
    **DOCUMENT,
    "packages": [
        {"name": "Lamp_Shade", "versionInfo": "1", "externalRefs": purl("pkg:pypi/lamp-shade@1")},
        {"name": "bulb", "versionInfo": "2", "externalRefs": purl("pkg:npm/bulb@2"), "licenseDeclared": "MIT"},
        {"name": "a.example/wick", "versionInfo": "v1", "externalRefs": purl("pkg:golang/a.example/wick@v1#sub")},
        {"name": "root", "SPDXID": "SPDXRef-root"},
    ],
    "relationships": [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-root", "relationshipType": "DESCRIBES"}
    ],
}


def test_what_is_listed_already_is_not_listed_again_and_gets_its_licence() -> None:
    known = (
        Known("pkg:pypi/lamp-shade@1", "lamp.shade", "1", "ISC", "uv.lock"),
        Known("pkg:npm/bulb@2", "bulb", "2", "GPL-3.0-only", "package-lock.json"),
        Known("pkg:golang/a.example/wick@v1", "a.example/wick", "v1", "", "go.mod"),
        Known("pkg:golang/a.example/wick@v1", "a.example/wick", "v1", "Zlib", "sub/go.mod"),
    )
    shade, bulb, wick, root = sboms.completed(LISTED, known)["packages"]
    assert (shade["licenseDeclared"], bulb["licenseDeclared"], wick["licenseDeclared"]) == ("ISC", "MIT", "Zlib")
    assert "licenseDeclared" not in root


def test_what_is_missing_is_added_with_where_it_comes_from_and_is_part_of_the_whole() -> None:
    known = (
        Known("pkg:cargo/bulb@2", "bulb", "2", "", "b/Cargo.lock"),
        Known("pkg:cargo/bulb@2", "bulb", "2", "MIT", "a/Cargo.lock"),
        Known("pkg:pypi/loose", "loose", "", "", "requirements.txt"),
    )
    made = sboms.completed(LISTED, known)
    bulb, loose = made["packages"][4:]
    assert (bulb["versionInfo"], bulb["licenseConcluded"], bulb["externalRefs"]) == (
        "2",
        "MIT",
        purl("pkg:cargo/bulb@2"),
    )
    assert bulb["sourceInfo"].endswith("/a/Cargo.lock")
    assert (loose["licenseDeclared"], "versionInfo" in loose) == ("NOASSERTION", False)
    contained = [
        each["relatedSpdxElement"] for each in made["relationships"] if each["spdxElementId"] == "SPDXRef-root"
    ]
    assert contained == [bulb["SPDXID"], loose["SPDXID"]]
    assert sboms.completed(LISTED, reversed(known)) == made


def test_a_document_says_from_which_files_it_has_its_packages() -> None:
    told = ("acquired package info from a list: /a/go.mod, /b/go.mod", "acquired package info from a list: /c.lock", "")
    assert sboms.sources({"packages": [{"sourceInfo": each} for each in told]}) == {"a/go.mod", "b/go.mod", "c.lock"}


def cyclonedx(**other: object) -> bytes:
    return json.dumps({"bomFormat": "CycloneDX", "serialNumber": "urn:uuid:1", "components": []} | other).encode()


def test_a_cyclonedx_document_has_name_time_and_tool_of_the_spdx_one() -> None:
    spdx = made(creationInfo={"creators": ["Organization: Anybody", "Tool: fine-lister-1.2", "Tool: lister"]})
    found = sboms.cyclonedx(cyclonedx(metadata={"timestamp": "2027", "component": {"type": "container"}}), spdx)
    assert found["metadata"] == {
        "timestamp": "2023-11-14T22:13:20Z",
        "tools": {
            "components": [
                {"type": "application", "name": "fine-lister", "version": "1.2"},
                {"type": "application", "name": "lister"},
            ]
        },
        "component": {"type": "container", "name": "a shop/till"},
    }
    again = sboms.cyclonedx(cyclonedx(serialNumber="urn:uuid:2"), spdx)
    assert again["serialNumber"] == found["serialNumber"]
    assert again["metadata"]["component"] == {"type": "file", "name": "a shop/till"}
    assert sboms.cyclonedx(cyclonedx(), made())["serialNumber"] == found["serialNumber"]


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"bomFormat": "SPDX"}'])
def test_what_is_no_cyclonedx_document_is_told(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the reader says
        sboms.cyclonedx(data, made())
