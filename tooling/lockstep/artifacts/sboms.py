"""SPDX 2.3 documents that are the same for the same thing, and say what the tool that wrote them did not find.

CycloneDX documents are made from them, so that both say the same.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import unquote
from uuid import NAMESPACE_URL, uuid5

import msgspec

from lockstep.model.digests import of_value

_NOWHERE = "NOASSERTION"
_UNSAID = frozenset({"", _NOWHERE, "NONE"})
# What stands for text that is no expression: it names a licence that nobody can look up.
_OWN = "LicenseRef-"
_REFERENCE = re.compile(r"\bLicenseRef-[A-Za-z0-9.-]+")
_LICENCES = ("licenseConcluded", "licenseDeclared")
_SAID = "This licence is named in [licenses.packages] of the repository's lockstep.toml."
# What SPDX proposes where a document lies nowhere (clause 6.5).
_SPACE = "https://spdx.org/spdxdocs"
_ENCODER = msgspec.json.Encoder(order="deterministic")


def normal(data: bytes, *, name: str, about: str, epoch: int) -> dict[str, Any]:
    """Return the document in `data` with a name, a namespace and a time that depend on nothing else.

    about: what tells it from other documents of that name, such as the digest of what it is about.

    Raises:
        ValueError: it is no SPDX 2 document.
    """
    document = msgspec.json.decode(data)
    if not isinstance(document, dict) or not str(document.get("spdxVersion", "")).startswith("SPDX-2."):
        raise ValueError("it is no SPDX 2 document")
    created = datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    space = f"{_SPACE}/{re.sub(r'[^A-Za-z0-9.-]+', '-', name)}-{about.removeprefix('sha256:')}"
    information = {**document.get("creationInfo", {}), "created": created}
    packages = [_located(package) for package in document.get("packages", ())]
    named = {**document, "name": name, "documentNamespace": space, "creationInfo": information}
    return named | ({"packages": packages} if packages else {})


def _located(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return the package without a place to get it that is a folder of what was scanned: SPDX wants addresses (clause 7.7)."""
    where = str(package.get("downloadLocation", _NOWHERE))
    good = "://" in where or where in {_NOWHERE, "NONE"}
    return {**package} if good else {**package, "downloadLocation": _NOWHERE}


def licensed(document: Mapping[str, Any], licences: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """Return the document with licences, by name (PEP 503) and version, where it says none."""
    packages = [_licensed(package, licences.get(_key(package), "")) for package in document.get("packages", ())]
    return _explained({**document, "packages": packages})


def listed(document: Mapping[str, Any]) -> Mapping[tuple[str, str], bool]:
    """Return the packages by name (PEP 503) and version, and whether the document says a licence of each."""
    return {_key(package): not _unsaid(package.get("licenseDeclared")) for package in document.get("packages", ())}


class Known(NamedTuple):
    """A package that somebody else than the tool knows of. licence: "" for none known. place: the file that names it."""

    purl: str
    name: str
    version: str
    licence: str
    place: str


def completed(document: Mapping[str, Any], known: Iterable[Known]) -> dict[str, Any]:
    """Return the document with all packages that are known, each with its licence where it says none."""
    wanted: dict[tuple[str, str, str], Known] = {}
    for each in sorted(known):
        identity = _identity(each.purl, each.name, each.version)
        if identity not in wanted or (each.licence and not wanted[identity].licence):
            wanted[identity] = each
    listed = {_of(package): package for package in document.get("packages", ())}
    packages = [
        _licensed(package, found.licence if (found := wanted.get(_of(package))) else "")
        for package in document.get("packages", ())
    ]
    more = [_package(each) for identity, each in wanted.items() if identity not in listed]
    contained = [_contained(root, package) for root in _roots(document) for package in more]
    relationships = [*document.get("relationships", ()), *contained]
    return _explained({**document, "packages": [*packages, *more], "relationships": relationships})


def sources(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the files that the document takes packages from, relative to what was scanned."""
    told = (str(package.get("sourceInfo", "")).rpartition(": /")[2] for package in document.get("packages", ()))
    return frozenset(path for each in told for path in each.split(", /") if path)


def cyclonedx(data: bytes, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the CycloneDX document in `data`, made from the SPDX `document`, with that one's name, time and tool.

    Raises:
        ValueError: it is no CycloneDX document.
    """
    made = msgspec.json.decode(data)
    if not isinstance(made, dict) or made.get("bomFormat") != "CycloneDX":
        raise ValueError("it is no CycloneDX document")
    information = document["creationInfo"]
    about = {**made.get("metadata", {}).get("component", {}), "name": document["name"]}
    metadata = {
        "timestamp": information["created"],
        "tools": {"components": list(_tools(information.get("creators", ())))},
        "component": {"type": "file", **about},
    }
    return {**made, "serialNumber": uuid5(NAMESPACE_URL, document["documentNamespace"]).urn, "metadata": metadata}


def _tools(creators: Iterable[str]) -> Iterator[dict[str, str]]:
    for creator in creators:
        kind, _, tool = creator.partition(": ")
        if kind == "Tool":
            name, _, version = tool.rpartition("-")
            yield {"type": "application", "name": name or version, **({"version": version} if name else {})}


def _roots(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the document describes."""
    for each in document.get("relationships", ()):
        if each.get("relationshipType") == "DESCRIBES":
            yield each["relatedSpdxElement"]


def _contained(root: str, package: Mapping[str, Any]) -> dict[str, str]:
    return {"spdxElementId": root, "relatedSpdxElement": package["SPDXID"], "relationshipType": "CONTAINS"}


def _package(known: Known) -> dict[str, Any]:
    kind = known.purl.removeprefix("pkg:").partition("/")[0]
    reference = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": known.purl}
    licence = known.licence or _NOWHERE
    return {
        "name": known.name,
        "SPDXID": f"SPDXRef-Package-{kind}-{of_value(list(known[:3]))[:16]}",
        **({"versionInfo": known.version} if known.version else {}),
        "supplier": _NOWHERE,
        "downloadLocation": _NOWHERE,
        "filesAnalyzed": False,
        "sourceInfo": f"named by the lock file: /{known.place}",
        "licenseConcluded": licence,
        "licenseDeclared": licence,
        "copyrightText": _NOWHERE,
        "externalRefs": [reference],
    }


def _of(package: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return what tells a package from others, of any ecosystem."""
    references = (each for each in package.get("externalRefs", ()) if each.get("referenceType") == "purl")
    purl = next((str(each.get("referenceLocator", "")) for each in references), "")
    return _identity(purl, str(package.get("name", "")), str(package.get("versionInfo", "")))


def _identity(purl: str, name: str, version: str) -> tuple[str, str, str]:
    kind = unquote(purl.removeprefix("pkg:").partition("/")[0])
    return kind, key(name, version)[0] if kind == "pypi" else name, version


def packed(document: Mapping[str, Any]) -> bytes:
    """Return the bytes of a document."""
    return _ENCODER.encode(document)


def key(name: str, version: str) -> tuple[str, str]:
    """Return what tells a distribution from others."""
    return re.sub(r"[-_.]+", "-", name).lower(), version


def _key(package: Mapping[str, Any]) -> tuple[str, str]:
    return key(str(package.get("name", "")), str(package.get("versionInfo", "")))


def _licensed(package: Mapping[str, Any], licence: str) -> dict[str, Any]:
    unsaid = [name for name in _LICENCES if _unsaid(package.get(name))]
    return {**package, **(dict.fromkeys(unsaid, licence) if licence else {})}


def _explained(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with an entry for each licence that SPDX does not list and nobody explains (clause 10)."""
    texts = (str(package.get(name, "")) for package in document["packages"] for name in _LICENCES)
    used = {name for text in texts for name in _REFERENCE.findall(text)}
    explained = document.get("hasExtractedLicensingInfos", [])
    missing = sorted(used - {each.get("licenseId") for each in explained})
    more = [{"licenseId": name, "extractedText": _SAID} for name in missing]
    return {**document, **({"hasExtractedLicensingInfos": [*explained, *more]} if more else {})}


def _unsaid(licence: object) -> bool:
    return not isinstance(licence, str) or licence in _UNSAID or licence.startswith(_OWN)
