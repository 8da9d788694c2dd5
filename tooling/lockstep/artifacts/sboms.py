"""SPDX 2.3 documents that are the same for the same thing, and say licences where the tool that wrote them found none."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

_UNSAID = frozenset({"", "NOASSERTION", "NONE"})
# What stands for text that is no expression: it names a licence that nobody can look up.
_OWN = "LicenseRef-"
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
    return {**document, "name": name, "documentNamespace": space, "creationInfo": information}


def licensed(document: Mapping[str, Any], licences: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """Return the document with licences, by name (PEP 503) and version, where it says none."""
    packages = [_licensed(package, licences.get(_key(package), "")) for package in document.get("packages", ())]
    return {**document, "packages": packages}


def listed(document: Mapping[str, Any]) -> Mapping[tuple[str, str], bool]:
    """Return the packages by name (PEP 503) and version, and whether the document says a licence of each."""
    return {_key(package): not _unsaid(package.get("licenseDeclared")) for package in document.get("packages", ())}


def packed(document: Mapping[str, Any]) -> bytes:
    """Return the bytes of a document."""
    return _ENCODER.encode(document)


def key(name: str, version: str) -> tuple[str, str]:
    """Return what tells a distribution from others."""
    return re.sub(r"[-_.]+", "-", name).lower(), version


def _key(package: Mapping[str, Any]) -> tuple[str, str]:
    return key(str(package.get("name", "")), str(package.get("versionInfo", "")))


def _licensed(package: Mapping[str, Any], licence: str) -> dict[str, Any]:
    unsaid = [name for name in ("licenseConcluded", "licenseDeclared") if _unsaid(package.get(name))]
    return {**package, **(dict.fromkeys(unsaid, licence) if licence else {})}


def _unsaid(licence: object) -> bool:
    return not isinstance(licence, str) or licence in _UNSAID or licence.startswith(_OWN)
