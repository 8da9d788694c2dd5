"""What a chain looks like that was held against a policy."""

from pathlib import Path

import msgspec
import pytest

from lockstep.evidence import picture
from lockstep.evidence.links import Chain, Proven, Subject, SubjectKind
from lockstep.evidence.statements import Kind
from lockstep.model.lineage import Lineage, Product, Standing
from lockstep.report import tree
from tests.evidence import making
from tests.evidence.making import World

_ASKED = picture.Asked("policy.json", ("evidence",))


@pytest.fixture
def world(roots: Path) -> World:
    return making.world(roots)


def drawn(world: World) -> Lineage:
    return picture.lineage(world.verify(), world.loaded(), _ASKED)


def product(world: World) -> Product:
    (found,) = drawn(world).products
    return found


def test_a_chain_that_holds_is_verified_in_every_link(world: World) -> None:
    found = drawn(world)
    assert found.standing is Standing.VERIFIED
    assert [gate.name for gate in found.gates] == sorted(making.GATES)
    assert {proof.standing for proof in (*found.gates, *found.products[0].proofs)} == {Standing.VERIFIED}
    assert product(world).standing is Standing.VERIFIED


def test_what_is_broken_says_why_where_it_stands(world: World) -> None:
    failed = making.gate("lint", result="FAILED")
    world.files["lint.sigstore.json"] = making.by_key(making.cast().ci, failed)
    found = drawn(world)
    assert found.standing is Standing.BROKEN
    (lint,) = [gate for gate in found.gates if gate.name == "lint"]
    assert (lint.standing, lint.verdict, lint.why) == (Standing.BROKEN, "failed", "its result is FAILED")


def test_a_verdict_that_cannot_be_read_is_there_as_such(world: World) -> None:
    strange = making.edited(making.gate("lint"), "predicate", "result", to="MAYBE")
    world.files["lint.sigstore.json"] = making.by_key(making.cast().ci, strange)
    found = {gate.name: gate.standing for gate in drawn(world).gates}
    assert (found["a verdict"], found["lint"]) == (Standing.BROKEN, Standing.MISSING)


def test_provenance_that_cannot_be_read_is_there_as_such(world: World) -> None:
    strange = making.edited(making.provenance(), "predicate", "runDetails", to=1)
    world.files["provenance.sigstore.json"] = making.by_key(making.cast().ci, strange)
    assert ("provenance", "that cannot be read") in {(each.name, each.says) for each in product(world).proofs}


def test_what_the_policy_does_not_ask_for_is_not_missing(world: World) -> None:
    del world.files["sbom.intoto.json"]
    assert Standing.MISSING in {proof.standing for proof in product(world).proofs}
    world.policy["sbom"] = False
    assert Standing.MISSING not in {proof.standing for proof in product(world).proofs}


def test_a_list_in_cyclonedx_is_called_so(world: World) -> None:
    listed = {"bomFormat": "CycloneDX", "components": [{"name": "flask"}, {"name": "jinja"}]}
    chain = world.verify()
    document = Proven("cdx.json", Kind.SBOM, "ci", (f"sha256:{making.DIGEST}",), predicate=listed)
    proven = tuple(each for each in chain.proven if each.kind is not Kind.SBOM)
    found = picture.lineage(_with(chain, (*proven, document)), world.loaded(), _ASKED).products[0].proofs
    assert ("SBOM (CycloneDX)", "2 packages") in {(proof.name, proof.says) for proof in found}


def _with(chain: Chain, proven: tuple[Proven, ...]) -> Chain:
    return msgspec.structs.replace(chain, proven=proven)


def test_a_commit_has_no_artifact(world: World) -> None:
    asked = world._replace(subject=Subject(SubjectKind.COMMIT, making.COMMIT, making.COMMIT))
    assert drawn(asked).products == ()


def test_what_is_said_of_the_commit_besides_verdicts_stands_with_it(world: World) -> None:
    chain = world.verify()
    listed = {"spdxVersion": "SPDX-2.3", "packages": [{"name": "flask"}]}
    document = Proven("all.json", Kind.SBOM, "ci", (f"gitCommit:{making.COMMIT}",), predicate=listed)
    found = picture.lineage(_with(chain, (*chain.proven, document)), world.loaded(), _ASKED)
    assert [(proof.name, proof.says) for proof in found.sources] == [("SBOM", "1 package")]
    assert [gate.name for gate in found.gates] == sorted(making.GATES)
    assert any("SBOM: 1 package, signed by ci" in line for line in tree.lines(tree.tree(found)))
