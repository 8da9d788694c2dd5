"""Which files are read for what they say about other places, told by their names alone.

Kept apart from the reading itself (`references`), which a warm run never needs.
"""

from collections.abc import Mapping
from enum import StrEnum

from lockstep.artifacts import dockerfiles
from lockstep.contracts import providers
from lockstep.parsers import configured


class Format(StrEnum):
    """What a file is. `setup` says nothing about other places, but how tools are configured."""

    PYPROJECT = "pyproject"
    SETUP = "setup"
    PACKAGE_JSON = "package-json"
    REQUIREMENTS = "requirements"
    DOCKERFILE = "dockerfile"
    TERRAFORM = "terraform"
    SCHEMA = "schema"
    PACT = "pact"


_BY_NAME: Mapping[str, Format | None] = {
    **dict.fromkeys(configured.BARE, Format.SETUP),
    "pyproject.toml": Format.PYPROJECT,
    "setup.cfg": Format.SETUP,
    "package.json": Format.PACKAGE_JSON,
    "package-lock.json": None,
    "npm-shrinkwrap.json": None,
    "pnpm-lock.yaml": None,
}
_BY_SUFFIX: Mapping[str, Format] = {
    "toml": Format.SETUP,
    "tf": Format.TERRAFORM,
    "tofu": Format.TERRAFORM,
    "yaml": Format.SCHEMA,
    "yml": Format.SCHEMA,
    "json": Format.SCHEMA,
}


def of(path: str) -> Format | None:
    """Return the format of the file, or None where it is not read."""
    folder, _, name = path.rpartition("/")
    if name in _BY_NAME:
        return _BY_NAME[name]
    if dockerfiles.is_named(path):
        return Format.DOCKERFILE
    stem, _, suffix = name.rpartition(".")
    if suffix in {"txt", "in"}:
        named = "requirements" in stem or "constraints" in stem or folder.rpartition("/")[2] == "requirements"
        return Format.REQUIREMENTS if named else None
    if providers.is_pact(path):
        return Format.PACT
    return Format.TERRAFORM if name.endswith(".tf.json") else _BY_SUFFIX.get(suffix)
