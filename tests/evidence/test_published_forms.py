"""What Lockstep writes is what in-toto and SLSA publish: their own protobuf definitions (in-toto-attestation) read it."""

import json

import pytest
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2  # type: ignore[import-untyped]
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2  # type: ignore[import-untyped]

from lockstep.evidence import building, canonical, statements, verdicts
from lockstep.evidence.statements import Descriptor
from lockstep.model.artifact import Artifact, ArtifactKind
from lockstep.model.record import RepositoryRecord, RunRecord, ToolRecord
from lockstep.model.verdict import Verdict
from tests.evidence.forms import check_provenance, predicate, read_statement
from tests.evidence.making import COMMIT, TREE
from tests.report.records import action, gate, run

_NAME = "\udcff\u202e <b>"
_SCOPE = verdicts.Scope("https://git.example/shop", complete=True, dirty=False, tools={"lint": frozenset({"ruff"})})


def _record(verdict: Verdict) -> RunRecord:
    """Return a record whose names are not all UTF-8."""
    return run(
        (gate("lint", "static", verdict),),
        (action("lint", "ruff", _NAME, 0.0, 1.0),),
        id="r",
        repository=RepositoryRecord("shop", COMMIT, TREE, _NAME, dirty=False, mode="working-tree"),
        tools=(ToolRecord("ruff", "0.17.6", "d1" * 32), ToolRecord("mypy", "2.4.1", "d2" * 32)),
    )


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.FAILED])
def test_a_verdict_is_an_in_toto_test_result(verdict: Verdict) -> None:
    ((name, payload),) = verdicts.make(_record(verdict), b"{}", _SCOPE)
    found = read_statement(payload)
    assert (name, found.predicate_type) == ("lint", statements.TEST_RESULT)
    result = predicate(found, test_result_pb2.TestResult())
    assert result.result == str(verdict).upper()
    assert [each.name for each in result.configuration] == ["gate", "ruff"]
    assert statements.gate_facts(canonical.read(statements.decode(payload).predicate, statements.TestResult)).run == "r"


def test_provenance_is_that_of_slsa() -> None:
    artifact = Artifact("libs/lamps", ArtifactKind.WHEEL, "lamps-1.whl", f"sha256:{'ab' * 32}", 5, "any")
    materials = (Descriptor(uri="docker://registry.example/base", digest={"sha256": "ba" * 32}),)
    build = building.Build("https://ci.example/builder", {"arguments": {}}, materials, ())
    (_, provenance), (_, signature) = building.make(_record(Verdict.PASSED), artifact, build, _SCOPE)
    check_provenance(provenance)
    found = predicate(read_statement(provenance), provenance_pb2.Provenance())
    assert found.run_details.builder.id == "https://ci.example/builder"
    assert [len(each.digest) for each in found.build_definition.resolved_dependencies] == [2, 1]
    assert json.loads(signature)["predicateType"] == statements.COSIGN_SIGN
