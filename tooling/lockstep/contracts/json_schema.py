"""JSON Schema (draft-07, 2019-09, 2020-12) as the schema of events: what a reader by one version makes of another's events."""

from collections.abc import Mapping
from typing import Any

from lockstep.contracts.change import Change, ContractError
from lockstep.contracts.containment import Comparison, Profile
from lockstep.contracts.documents import Document, read
from lockstep.contracts.schemas import Library, Node, identifiers

NAME = "json-schema"
_OLD = ("http://json-schema.org/draft-03", "http://json-schema.org/draft-04", "http://json-schema.org/draft-06")
_WITHOUT_SIBLINGS = "http://json-schema.org/draft-07"


def load(name: str, data: bytes) -> Node:
    """Return the schema in `data`.

    Raises:
        ContractError: it cannot be read, or is no schema of its draft.
    """
    return schema(read(name, data))


def schema(document: Document) -> Node:
    """Return the schema that a document holds.

    Raises:
        ContractError: it is no schema of its draft.
    """
    _check(document)
    library = Library({document.name: document}, {}, siblings=not _dialect(document).startswith(_WITHOUT_SIBLINGS))
    known: dict[str, Node] = {}
    root = Node(library._replace(identifiers=known), document.name, "", document.value)
    known |= dict(identifiers(root))
    return root


def unreadable(writer: Node, reader: Node) -> tuple[Change, ...]:
    """Return what the reader may refuse of what is written by the writer's schema."""
    return Comparison(Profile()).unreadable((writer,), (reader,))


def _dialect(document: Document) -> str:
    value = document.value
    said = value.get("$schema") if isinstance(value, dict) else None
    return said if isinstance(said, str) else ""


def _check(document: Document) -> None:
    import jsonschema  # noqa: PLC0415 - only where there is a JSON schema

    if not isinstance(document.value, dict | bool):
        raise ContractError(document.name, "it is no JSON schema: neither an object nor a boolean")
    dialect = _dialect(document)
    if dialect.startswith(_OLD):
        raise ContractError(document.name, f"{dialect} is too old; draft-07, 2019-09 and 2020-12 are understood")
    default: Any = jsonschema.Draft202012Validator if _is_new(document.value) else jsonschema.Draft7Validator
    validator: Any = jsonschema.validators.validator_for(document.value, default=default)
    try:
        validator.check_schema(document.value)
    except jsonschema.SchemaError as error:
        pointer = "".join(f"/{part}" for part in error.absolute_path)
        why = f"it is no JSON schema: {error.message[:200]} (at #{pointer})"
        raise ContractError(document.name, why, pointer=pointer) from error


def _is_new(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a schema without `$schema` uses what only 2019-09 and later know."""
    return isinstance(value, Mapping) and not value.keys().isdisjoint({"$defs", "prefixItems", "dependentRequired"})
