"""Actions by the commit that a release or a major version of theirs is: what the generated workflow uses, and `--fix` writes.

A tag can come to mean another commit; these were read from the actions' repositories.
"""

from collections.abc import Mapping
from types import MappingProxyType

# `OWNER/NAME@REF` -> full commit SHA.
ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "actions/cache@v4": "0057852bfaa89a56745cba8c7296529d2fc39830",
        "actions/cache@v5": "27d5ce7f107fe9357f9df03efb73ab90386fccae",
        "actions/cache@v5.0.5": "27d5ce7f107fe9357f9df03efb73ab90386fccae",
        "actions/checkout@v4": "11d5960a326750d5838078e36cf38b85af677262",
        "actions/checkout@v5": "fbc6f3992d24b796d5a048ff273f7fcc4a7b6c09",
        "actions/checkout@v6": "d23441a48e516b6c34aea4fa41551a30e30af803",
        "actions/checkout@v7": "3d3c42e5aac5ba805825da76410c181273ba90b1",
        "actions/checkout@v7.0.1": "3d3c42e5aac5ba805825da76410c181273ba90b1",
        "actions/upload-artifact@v4": "ea165f8d65b6e75b540449e92b4886f43607fa02",
        "actions/upload-artifact@v5": "330a01c490aca151604b8cf639adc76d48f6c5d4",
        "actions/upload-artifact@v6": "b7c566a772e6b6bfb58ed0dc250532a479d7789f",
        "actions/upload-artifact@v7": "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
        "actions/upload-artifact@v7.0.0": "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
    }
)


def pinned(reference: str) -> str:
    """Return an action that is known here by its commit, the release in a comment: `OWNER/NAME@SHA  # REF`."""
    name, _, release = reference.partition("@")
    return f"{name}@{ACTIONS[reference]}  # {release}"
