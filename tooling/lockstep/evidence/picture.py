"""A chain that was held against a policy, as the lineage that is shown. Pure."""

import shlex
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import NamedTuple

import msgspec

from lockstep.evidence import canonical, statements
from lockstep.evidence.canonical import MalformedError
from lockstep.evidence.links import Chain, Proven, SubjectKind
from lockstep.evidence.policy import Loaded, Policy
from lockstep.evidence.statements import Kind
from lockstep.model.lineage import Flaw, Lineage, Product, Proof, Standing

_BUNDLE = ".sigstore.json"


class Asked(NamedTuple):
    """How it was asked: the policy's file and the folders of evidence."""

    policy: str
    folders: tuple[str, ...]


def lineage(chain: Chain, loaded: Loaded, asked: Asked) -> Lineage:
    """Return what is to be shown of the chain: the repository, its commit, the gates, the artifact, what vouches for it."""
    policy = loaded.policy
    return Lineage(
        source=chain.source,
        commit=chain.commit,
        tree=chain.tree,
        drawn=chain.moment.replace(microsecond=0),
        gates=(*_verdicts(chain), *_no_verdicts(chain, policy)),
        products=(_product(chain, loaded, asked),) if chain.subject.kind is SubjectKind.ARTIFACT else (),
        policy=asked.policy,
        sources=tuple(_proof(each, chain, *_said(each)) for each in _of_commit(chain) if each.kind is not Kind.GATE),
        flaws=tuple(Flaw(each.code, each.what, each.where, each.why, each.remedy) for each in chain.broken),
    )


def _verdicts(chain: Chain) -> Iterator[Proof]:
    return (_verdict(document, chain) for document in _of_commit(chain) if document.kind is Kind.GATE)


def _of_commit(chain: Chain) -> Iterator[Proven]:
    return (document for document in chain.proven if document.about(f"gitCommit:{chain.commit}"))


def _verdict(document: Proven, chain: Chain) -> Proof:
    try:
        result = canonical.read(document.predicate, statements.TestResult)
        facts = statements.gate_facts(result)
    except MalformedError:
        return _proof(document, chain, "a verdict", "that cannot be read")
    found = _proof(document, chain, facts.gate, "")
    return msgspec.structs.replace(found, verdict=result.result.lower(), ended=facts.finished)


def _no_verdicts(chain: Chain, policy: Policy) -> Iterator[Proof]:
    known = {proof.name for proof in _verdicts(chain)}
    for gate in policy.gates.required:
        if gate not in known:
            yield Proof(gate, Standing.MISSING, why="no verdict that can be believed is about this commit")


def _product(chain: Chain, loaded: Loaded, asked: Asked) -> Product:
    digest = f"sha256:{chain.subject.digest}"
    own = [each for each in chain.proven if each.about(digest)]
    return Product(
        name=chain.subject.name,
        digest=digest,
        proofs=(*(_proof(each, chain, *_said(each)) for each in own), *_lacking(own, loaded.policy)),
        command=_command(chain, loaded, asked, [each for each in own if each.kind is Kind.PROVENANCE]),
    )


def _lacking(own: Iterable[Proven], policy: Policy) -> Iterator[Proof]:
    there = {document.kind for document in own}
    for kind in policy.asks_for():
        if kind not in there:
            yield Proof(kind.word, Standing.MISSING, why="none that can be believed is about it")


def _proof(document: Proven, chain: Chain, name: str, says: str) -> Proof:
    broken = [each.why for each in chain.broken if each.where == document.place]
    standing = Standing.BROKEN if broken else Standing.VERIFIED
    signer, seen = document.signer, document.moment
    return Proof(name, standing, says, document.place, signer, why="; ".join(broken), seen=seen)


def _said(document: Proven) -> tuple[str, str]:
    """Return what a document is called, and what it says in short."""
    if document.kind is Kind.PROVENANCE:
        try:
            built = canonical.read(document.predicate, statements.Provenance)
        except MalformedError:
            return "provenance", "that cannot be read"
        return "provenance", f"built by {built.run_details.builder.id}"
    if document.kind is Kind.SBOM:
        cyclonedx = document.predicate.get("bomFormat") == "CycloneDX"
        listed = document.predicate.get("components" if cyclonedx else "packages")
        count = len(listed) if isinstance(listed, list) else 0
        return "SBOM (CycloneDX)" if cyclonedx else "SBOM", f"{count} package{'' if count == 1 else 's'}"
    return (document.kind.word if document.kind is Kind.SIGNATURE else document.predicate_type), ""


def _command(chain: Chain, loaded: Loaded, asked: Asked, provenance: list[Proven]) -> str:
    """Return the command that checks the artifact by hand: by cosign alone where a key signed its provenance as a bundle."""
    keys = {each.name: each.key for each in loaded.policy.signers if each.key}
    for document in provenance:
        if document.signer in keys and document.place.endswith(_BUNDLE):
            key = _key_file(asked, document.signer, keys[document.signer])
            return shlex.join((
                *("cosign", "verify-blob-attestation", "--key", key, "--insecure-ignore-tlog"),
                *("--type", statements.PROVENANCE, "--bundle", document.place, *_subject(chain)),
            ))  # fmt: skip
    folders = (word for folder in asked.folders for word in ("--bundles", folder))
    return shlex.join(("lockstep", "evidence.verify", chain.subject.name, "--policy", asked.policy, *folders))


def _key_file(asked: Asked, signer: str, key: str) -> str:
    return f"{signer}.pub" if "-----BEGIN" in key else str(PurePath(asked.policy).parent / key)


def _subject(chain: Chain) -> tuple[str, ...]:
    """Return the artifact in cosign's words: a file, or the digest where it was asked for by that."""
    name, digest = chain.subject.name, chain.subject.digest
    return ("--digest", digest, "--digestAlg", "sha256") if name.endswith(digest) else (name,)
