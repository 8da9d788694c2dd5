"""The published forms of documents, as those who publish them check them."""

import base64
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from google.protobuf import json_format  # type: ignore[import-untyped]
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2  # type: ignore[import-untyped]
from in_toto_attestation.v1 import statement, statement_pb2  # type: ignore[import-untyped]
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from lockstep.evidence import statements

# Beyond so many relationships SPDX's library takes longer than what it says is worth.
_MANY = 2000
_SPDX = Path(__file__).parent / "data" / "spdx-2.3.schema.json"


@cache
def _schema() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads(_SPDX.read_bytes()))


def check_spdx(data: bytes | dict[str, Any]) -> None:
    """Hold a document against the JSON Schema of SPDX 2.3, and against what SPDX's own library says of its meaning."""
    document = json.loads(data) if isinstance(data, bytes) else data
    _schema().validate(document)
    if len(document.get("relationships", ())) > _MANY:
        return
    read = JsonLikeDictParser().parse(document)  # type: ignore[no-untyped-call]
    said = validate_full_spdx_document(read, "SPDX-2.3")
    assert [each.validation_message for each in said] == []


def check_cyclonedx(data: bytes) -> None:
    """Hold a document against the JSON Schema of CycloneDX 1.6, which CycloneDX's own library carries."""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(data.decode()) is None


def check_run(folder: Path) -> Counter[str]:
    """Hold every document and every signed statement that a run left in `folder` against its form; return how many of each kind."""
    found = Counter[str]()
    for path in sorted((folder / "sbom").rglob("*.json")):
        data = path.read_bytes()
        check_cyclonedx(data) if path.name.endswith(".cdx.json") else check_spdx(data)
        found[path.suffixes[-2]] += 1
    for path in sorted((folder / "evidence").glob("*.json")):
        payload = base64.b64decode(json.loads(path.read_bytes())["dsseEnvelope"]["payload"])
        kind = read_statement(payload).predicate_type
        if kind == statements.PROVENANCE:
            check_provenance(payload)
        elif kind == statements.SPDX[0]:
            check_spdx(json.loads(payload)["predicate"])
        elif kind == statements.CYCLONEDX:
            check_cyclonedx(json.dumps(json.loads(payload)["predicate"]).encode())
        found[kind] += 1
    return found


def read_statement(payload: bytes) -> Any:  # noqa: ANN401 - a message of in-toto's
    """Return the statement as in-toto's own library reads and validates it; it refuses fields that it does not know."""
    found = json_format.Parse(payload, statement_pb2.Statement())
    if found.predicate_type != statements.COSIGN_SIGN:  # cosign's own, which says nothing
        statement.Statement.copy_from_pb(found).validate()
    return found


def predicate(found: Any, message: Any) -> Any:  # noqa: ANN401 - messages of in-toto's
    """Return a statement's predicate as a message of in-toto's."""
    return json_format.ParseDict(json_format.MessageToDict(found.predicate), message)


def check_provenance(payload: bytes) -> None:
    """Hold a statement against the definition of SLSA's provenance v1, with all that it says is required."""
    found = predicate(read_statement(payload), provenance_pb2.Provenance())
    definition, details = found.build_definition, found.run_details
    assert definition.build_type
    assert definition.external_parameters.fields
    assert details.builder.id
    for each in definition.resolved_dependencies:
        assert each.uri or each.digest or each.content
