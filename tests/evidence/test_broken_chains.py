"""An intact chain holds; changed in one place it is refused, for that reason."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from lockstep.evidence import statements
from lockstep.evidence.links import Subject, SubjectKind
from tests.evidence import authorities
from tests.evidence.making import (
    DIGEST,
    SIGNED,
    Json,
    World,
    by_certificate,
    by_key,
    by_key_v2,
    cast,
    compact,
    downloaded,
    edited,
    gate,
    of_image,
    provenance,
    sbom,
)

Edit = Callable[[World], object]
_LINT, _PROVENANCE, _SBOM, _SIGNATURE = (
    "lint.sigstore.json",
    "provenance.sigstore.json",
    "sbom.intoto.json",
    "signature.json",
)
_GATE = ("predicate", "configuration", 0, "annotations")
_SOURCE = ("predicate", "buildDefinition", "resolvedDependencies", 0)


def _put(name: str, make: Callable[[], bytes]) -> Edit:
    return lambda world: world.files.update({name: make()})


def _lint(**facts: Any) -> Edit:  # noqa: ANN401 - any fact
    return _put(_LINT, lambda: by_key(cast().ci, gate("lint", **facts)))


def _built(*path: str | int, to: Any) -> Edit:  # noqa: ANN401 - any JSON value
    return _put(_PROVENANCE, lambda: by_certificate(edited(provenance(), *path, to=to)))


def _bytes(name: str, change: Callable[[bytes], bytes]) -> Edit:
    return lambda world: world.files.update({name: change(world.files[name])})


def _json(name: str, change: Callable[[Json], object]) -> Edit:
    def changed(data: bytes) -> bytes:
        value = json.loads(data)
        change(value)
        return compact(value)

    return _bytes(name, changed)


def _policy(change: Callable[[Json], object]) -> Edit:
    return lambda world: change(world.policy)


def _payload(change: Callable[[Json], object]) -> Callable[[Json], object]:
    """Change what an envelope says, and leave its signature."""

    def changed(value: Json) -> None:
        envelope = value.get("dsseEnvelope", value)
        statement = json.loads(base64.b64decode(envelope["payload"]))
        change(statement)
        envelope["payload"] = base64.b64encode(compact(statement)).decode()

    return changed


def _subject(digest: str) -> Callable[[Json], object]:
    return lambda statement: statement["subject"][0].update(digest={"sha256": digest})


def _waiver(expires: str) -> Json:
    return {"fingerprint": "f0" * 32, "severity": "high", "owner": "@shop", "expires": expires}


_OTHER = "cd" * 32
# What is missing where a document is not believed.
_FOLLOWING = ("missing-gate", "missing-sbom", "missing-signature", "missing-provenance", "other-commit")
_OTHER_COMMIT = edited(gate("lint"), "subject", 0, "digest", to={"gitCommit": "0c" * 20})
_CHAINS: dict[str, tuple[Edit, str, str]] = {
    # the artifact is another
    "swapped digest in provenance, signature left": (
        _json(_PROVENANCE, _payload(_subject(_OTHER))),
        "altered",
        _PROVENANCE,
    ),
    "provenance of another artifact": (
        _built("subject", 0, "digest", to={"sha256": _OTHER}),
        "other-artifact",
        _PROVENANCE,
    ),
    "signature of another artifact": (
        _put(_SIGNATURE, lambda: downloaded(cast().ci, _OTHER)),
        "other-artifact",
        _SIGNATURE,
    ),
    "SBOM of another artifact": (
        _put(_SBOM, lambda: by_key_v2(cast().ci, edited(sbom(), "subject", 0, "digest", to={"sha256": _OTHER}))),
        "other-artifact",
        _SBOM,
    ),
    # not signed, or not by whom it should be
    "no signature in an envelope": (_json(_SBOM, lambda value: value.update(signatures=[])), "malformed", _SBOM),
    "two signatures in an envelope": (
        _json(_SBOM, lambda value: value.update(signatures=value["signatures"] * 2)),
        "malformed",
        _SBOM,
    ),
    "empty signature": (_json(_SBOM, lambda value: value["signatures"][0].update(sig="")), "wrong-key", _SBOM),
    "a bundle by a key that nobody trusts": (
        _put(_LINT, lambda: by_key(cast().stranger, gate("lint"))),
        "wrong-key",
        _LINT,
    ),
    "an envelope by a key that nobody trusts": (
        _put(_SBOM, lambda: by_key_v2(cast().stranger, sbom())),
        "wrong-key",
        _SBOM,
    ),
    "an image signed with a key that nobody trusts": (
        _put(_SIGNATURE, lambda: downloaded(cast().stranger)),
        "wrong-key",
        _SIGNATURE,
    ),
    "a bundle that names another key than its own": (
        _json(
            _LINT,
            lambda value: value["verificationMaterial"]["publicKey"].update(hint=cast().stranger.public.hint),
        ),
        "wrong-key",
        _LINT,
    ),
    "a key rotated away": (_put(_LINT, lambda: by_key(cast().old, gate("lint"))), "retired-key", _LINT),
    "a key that is not in use yet": (
        _policy(lambda policy: policy["signers"][0].update({"from": "2026-12-01"})),
        "retired-key",
        _LINT,
    ),
    "a signer who may not vouch for gates": (
        _policy(lambda policy: policy["signers"][0].update(signs=["sbom", "signature"])),
        "not-entitled",
        _LINT,
    ),
    "a certificate of another identity": (
        _put(_PROVENANCE, lambda: by_certificate(provenance(), identity="https://git.example/shop/.ci/other.yml@main")),
        "wrong-identity",
        _PROVENANCE,
    ),
    "a certificate by another issuer's word": (
        _put(_PROVENANCE, lambda: by_certificate(provenance(), issuer="https://oidc.other.example")),
        "wrong-issuer",
        _PROVENANCE,
    ),
    "a certificate without an issuer": (
        _put(_PROVENANCE, lambda: by_certificate(provenance(), issuer="")),
        "wrong-issuer",
        _PROVENANCE,
    ),
    "a certificate of another repository": (
        _put(_PROVENANCE, lambda: by_certificate(provenance(), repository="https://git.example/other")),
        "wrong-repository",
        _PROVENANCE,
    ),
    "a certificate that had expired": (
        _put(_PROVENANCE, lambda: by_certificate(provenance(), stamped=SIGNED + timedelta(minutes=30))),
        "expired-certificate",
        _PROVENANCE,
    ),
    "a certificate before its time": (
        _put(_PROVENANCE, lambda: by_certificate(provenance(), stamped=SIGNED - timedelta(minutes=30))),
        "expired-certificate",
        _PROVENANCE,
    ),
    "a certificate by an authority that nobody trusts": (
        _put(_PROVENANCE, lambda: by_certificate(provenance(), by=cast().other_fulcio)),
        "untrusted-certificate",
        _PROVENANCE,
    ),
    "a certificate that is not for signing code": (
        _put(_PROVENANCE, lambda: by_certificate(provenance(), usage=ExtendedKeyUsageOID.CLIENT_AUTH)),
        "untrusted-certificate",
        _PROVENANCE,
    ),
    "a signature whose time nobody vouches for": (
        _put(_PROVENANCE, lambda: by_certificate(provenance(), stamped=None)),
        "no-trusted-time",
        _PROVENANCE,
    ),
    "a timestamp by an authority that nobody trusts": (
        _put(_PROVENANCE, lambda: by_certificate(provenance(), stamper=authorities.stamper(cast().other_fulcio))),
        "untrusted-time",
        _PROVENANCE,
    ),
    "an identity whose days are over": (
        _policy(lambda policy: policy["signers"][2].update(until="2026-11-23")),
        "retired-key",
        _PROVENANCE,
    ),
    # built from something else, or elsewhere
    "another source repository": (
        _built(*_SOURCE, "uri", to="git+https://git.example/fork@refs/heads/main"),
        "wrong-repository",
        _PROVENANCE,
    ),
    "no source at all": (_built(*_SOURCE[:3], to=[]), "wrong-repository", _PROVENANCE),
    "the same repository twice": (
        _built(*_SOURCE[:3], to=provenance()["predicate"]["buildDefinition"]["resolvedDependencies"][:1] * 2),
        "wrong-repository",
        _PROVENANCE,
    ),
    "another commit": (_built(*_SOURCE, "digest", to={"gitCommit": "0c" * 20}), "other-commit", _LINT),
    "another tree of the same commit": (
        _built(*_SOURCE, "digest", "gitTree", to="e7" * 20),
        "other-tree",
        "gitCommit:" + "c0" * 20,
    ),
    "a build of a dirty tree": (_built(*_SOURCE, "annotations", to={"dirty": True}), "dirty-tree", _PROVENANCE),
    "a builder that nobody trusts": (
        _built("predicate", "runDetails", "builder", "id", to="https://laptop.example"),
        "wrong-builder",
        _PROVENANCE,
    ),
    "a builder in whose name its signer may not speak": (
        _policy(lambda policy: policy["signers"][2].update(builders=["https://other.example"])),
        "wrong-builder",
        _PROVENANCE,
    ),
    "provenance without a builder": (_built("predicate", "runDetails", to={}), "malformed", _PROVENANCE),
    "two sources of one artifact": (
        _put(
            "more.json", lambda: by_certificate(edited(provenance(), *_SOURCE, "digest", to={"gitCommit": "0c" * 20}))
        ),
        "other-commit",
        f"registry.example/shop@sha256:{DIGEST}",
    ),
    # gates
    "a gate that did not run": (lambda world: world.files.pop(_LINT), "missing-gate", "gitCommit:" + "c0" * 20),
    "a gate that failed": (_lint(result="FAILED"), "failed-gate", _LINT),
    "a gate that only warned": (_lint(result="WARNED"), "failed-gate", _LINT),
    "a gate that failed after it had passed": (
        _put("again.json", lambda: by_key(cast().ci, gate("lint", result="FAILED", finished="2026-11-24T11:30:00Z"))),
        "failed-gate",
        "again.json",
    ),
    "a gate on another commit": (_put(_LINT, lambda: by_key(cast().ci, _OTHER_COMMIT)), "other-commit", _LINT),
    "a gate in another repository": (
        _put(
            _LINT,
            lambda: by_key(cast().ci, edited(gate("lint"), "subject", 0, "uri", to="git+https://git.example/fork")),
        ),
        "wrong-repository",
        _LINT,
    ),
    "a gate on a commit of no repository": (
        _put(_LINT, lambda: by_key(cast().ci, edited(gate("lint"), "subject", 0, "uri", to=""))),
        "wrong-repository",
        _LINT,
    ),
    "a gate on a dirty tree": (_lint(dirty=True), "dirty-tree", _LINT),
    "a gate on one component": (_lint(complete=False), "partial-gate", _LINT),
    "a gate that passed too long ago": (_lint(finished="2026-11-22T11:00:00Z"), "stale-gate", _LINT),
    "a gate that is not over": (_lint(finished="2026-11-24T13:00:00Z"), "from-the-future", _LINT),
    "a critical finding that is left": (_lint(open={"critical": 1}), "open-findings", _LINT),
    "a high finding that is left": (_lint(open={"high": 2}), "open-findings", _LINT),
    "a finding of a severity that nobody knows": (_lint(open={"CRITICAL": 1}), "malformed", _LINT),
    "fewer findings than none": (_lint(open={"critical": -1}), "malformed", _LINT),
    "a verdict that ended in no time zone": (_lint(finished="2026-11-24T11:00:00"), "malformed", _LINT),
    "a waiver that expired": (_lint(waivers=[_waiver("2026-11-23")]), "expired-waiver", _LINT),
    "a waiver whose end cannot be read": (_lint(waivers=[_waiver("soon")]), "expired-waiver", _LINT),
    "a verdict with a fact that nobody knows": (_lint(mood="good"), "malformed", _LINT),
    "a test result of another program": (
        _put(_LINT, lambda: by_key(cast().ci, edited(gate("lint"), *_GATE[:3], "name", to="suite"))),
        "malformed",
        _LINT,
    ),
    # something is not there
    "no SBOM": (lambda world: world.files.pop(_SBOM), "missing-sbom", f"sha256:{DIGEST}"),
    "an SBOM of nothing": (
        _put(_SBOM, lambda: by_key_v2(cast().ci, edited(sbom(), "predicate", "packages", to=[]))),
        "empty-sbom",
        _SBOM,
    ),
    "a CycloneDX document of nothing": (
        _put(_SBOM, lambda: by_key_v2(cast().ci, of_image(statements.CYCLONEDX, {"bomFormat": "CycloneDX"}))),
        "empty-sbom",
        _SBOM,
    ),
    "a CycloneDX document that is none": (
        _put(_SBOM, lambda: by_key_v2(cast().ci, of_image(statements.CYCLONEDX, {"components": [{}]}))),
        "empty-sbom",
        _SBOM,
    ),
    "no signature": (lambda world: world.files.pop(_SIGNATURE), "missing-signature", f"sha256:{DIGEST}"),
    "no provenance": (lambda world: world.files.pop(_PROVENANCE), "missing-provenance", f"sha256:{DIGEST}"),
    "no evidence": (lambda world: world.files.clear(), "no-evidence", ""),
    "a predicate that nobody knows": (
        _put("more.json", lambda: by_key(cast().ci, of_image("https://example.com/mood/v1", {}))),
        "foreign-predicate",
        "more.json",
    ),
    "a record that was edited": (lambda world: world.records.update({"": b"{}"}), "record-changed", _LINT),
    # bytes
    "a truncated bundle": (_bytes(_LINT, lambda data: data[: len(data) // 2]), "malformed", _LINT),
    "an empty file": (_bytes(_LINT, lambda _: b""), "malformed", _LINT),
    "a file twice": (lambda world: world.files.update({"z.json": world.files[_LINT]}), "duplicate", "z.json"),
    "an envelope twice in a file": (_bytes(_LINT, lambda data: data * 2), "duplicate", f"{_LINT}:2"),
    "something behind the end": (_bytes(_LINT, lambda data: data[:-1] + b"{}\n"), "malformed", _LINT),
    "a key given twice": (
        _bytes(_LINT, lambda data: data.replace(b'{"mediaType":', b'{"mediaType":"x","mediaType":', 1)),
        "malformed",
        _LINT,
    ),
    "white space": (_bytes(_LINT, lambda data: data.replace(b":", b" :", 1)), "malformed", _LINT),
    "a field that nobody knows": (_json(_LINT, lambda value: value.update(note="x")), "malformed", _LINT),
    "a bundle stripped of its key": (
        _json(_LINT, lambda value: value["verificationMaterial"].pop("publicKey")),
        "malformed",
        _LINT,
    ),
    "a bundle stripped of its envelope": (_json(_LINT, lambda value: value.pop("dsseEnvelope")), "malformed", _LINT),
    "a bundle stripped of its timestamp": (
        _json(_PROVENANCE, lambda value: value["verificationMaterial"].pop("timestampVerificationData")),
        "no-trusted-time",
        _PROVENANCE,
    ),
    "a bundle of another version": (
        _json(_LINT, lambda value: value.update(mediaType="application/vnd.dev.sigstore.bundle.v0.4+json")),
        "malformed",
        _LINT,
    ),
    "a payload that is no statement": (
        _json(_SBOM, lambda value: value.update(payloadType="text/plain")),
        "malformed",
        _SBOM,
    ),
    "base64 in another form": (
        _json(_SBOM, lambda value: value["signatures"][0].update(sig=value["signatures"][0]["sig"].rstrip("=") + "\n")),
        "malformed",
        _SBOM,
    ),
    "a statement of another kind": (
        _put(_SBOM, lambda: by_key_v2(cast().ci, edited(sbom(), "_type", to="https://in-toto.io/Statement/v9"))),
        "malformed",
        _SBOM,
    ),
    "a subject without a digest": (
        _put(_SBOM, lambda: by_key_v2(cast().ci, edited(sbom(), "subject", 0, "digest", to={}))),
        "malformed",
        _SBOM,
    ),
    "neither bundle nor envelope": (_put("more.json", lambda: b"[]\n"), "malformed", "more.json"),
    "a downloaded signature with what is not checked": (
        _put(_SIGNATURE, lambda: downloaded(cast().ci, Cert="-----BEGIN CERTIFICATE-----")),
        "malformed",
        _SIGNATURE,
    ),
}


def test_an_intact_chain_of_both_generations_holds(world: World) -> None:
    chain = world.verify()
    assert chain.broken == ()
    assert (chain.commit, chain.tree, len(chain.proven)) == ("c0" * 20, "7e" * 20, 6)


@pytest.mark.parametrize("more", [{"components": [{"name": "flask"}]}, {"metadata": {"component": {"name": "shop"}}}])
def test_a_cyclonedx_document_is_an_sbom_as_well(world: World, more: dict[str, Any]) -> None:
    predicate = {"bomFormat": "CycloneDX", "specVersion": "1.6"} | more
    world.files[_SBOM] = by_key_v2(cast().ci, of_image(statements.CYCLONEDX, predicate))
    assert world.verify().broken == ()


def test_there_are_enough_of_them() -> None:
    assert len(_CHAINS) >= 40


@pytest.mark.parametrize("name", _CHAINS)
def test_a_broken_chain_is_refused_for_its_reason(world: World, name: str) -> None:
    edit, code, place = _CHAINS[name]
    edit(world)
    chain = world.verify()
    assert (code, place) in {(broken.code, broken.where) for broken in chain.broken}
    assert {broken.code for broken in chain.broken} <= {code, *_FOLLOWING}
    assert all(broken.what and broken.why and broken.remedy for broken in chain.broken)


def test_every_broken_link_is_named(world: World) -> None:
    for name in ("a gate that failed", "no SBOM", "a builder that nobody trusts", "a truncated bundle"):
        _CHAINS[name][0](world)
    assert {"malformed", "missing-sbom", "wrong-builder", "missing-gate"} <= world.codes()


def test_a_commit_alone_needs_its_gates(world: World) -> None:
    commit = Subject(SubjectKind.COMMIT, "c0" * 20, "c0" * 20)
    assert world._replace(subject=commit).verify().broken == ()
    _CHAINS["a gate that failed"][0](world)
    assert world._replace(subject=commit).codes() == {"failed-gate"}


def test_what_the_policy_does_not_ask_for_need_not_be_there(world: World) -> None:
    world.policy.update(sbom=False, signature=False, predicates=["https://example.com/mood/v1"])
    for name in ("no SBOM", "no signature", "a predicate that nobody knows"):
        _CHAINS[name][0](world)
    assert world.verify().broken == ()


def test_without_provenance_no_gate_counts(world: World) -> None:
    world.files.pop(_PROVENANCE)
    world.files.pop(_LINT)
    assert world.codes() == {"missing-provenance", "missing-gate", "other-commit"}


def test_a_waiver_counts_on_its_last_day_and_an_approval_has_none(world: World) -> None:
    _lint(waivers=[_waiver("2026-11-24"), _waiver("")])(world)
    assert world.verify().broken == ()


def test_a_gate_has_an_age_of_its_own(world: World) -> None:
    world.policy["gates"]["max_age_of"] = {"lint": 1}
    _lint(finished="2026-11-24T10:30:00Z")(world)
    assert world.codes() == {"stale-gate"}
